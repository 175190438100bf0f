// Tally: two agents add to one total and want to hit a target; a die adds too. Small enough to be written again in any
// language from this file, and large enough to have what protocols get wrong: two agents, private observations, a random
// stream, team reward and an end. `proto/vectors/tally.json` is its transcript; a server that hosts it and reproduces the
// transcript hashes as the contract says. Served in both turn models; it trains nobody.

import { integer, readJson, record } from "../core/form.ts";
import { inlineTaskOf, MAX_INLINE_TASK_BYTES } from "../core/inline-task.ts";
import { deriveSeed } from "../core/random.ts";
import { taskDigest } from "../core/state-hash.ts";
import type { Action, AgentTransition, EndReason, Observation, PerAgent, Task, Transition } from "../core/types.ts";
import type { World } from "../core/world.ts";

const AGENTS = ["a", "b"] as const;
type AgentId = (typeof AGENTS)[number];
const ADMISSIBLE = ["pass", "add 1", "add 2", "add 3"] as const;
const ROUNDS = 6;
const TASKS = 8;
/** Park and Miller's generator: the next state is this times the last, modulo 2^31 - 1. No product exceeds 2^53. */
const MULTIPLIER = 48_271;
const MODULUS = 2_147_483_647;

export interface TallyTask {
  readonly target: number;
}

export interface TallyState {
  readonly target: number;
  readonly total: number;
  /** What each agent added last; -1 before its first action. */
  readonly last: Readonly<Record<AgentId, number>>;
  /** What the last round's die added; -1 before the first. */
  readonly die: number;
  /** Of the generator, in [1, 2^31 - 2]. */
  readonly rng: number;
  /** Completed rounds. */
  readonly turn: number;
  readonly due: readonly AgentId[];
}

/** No play reaches more than 6 rounds of 3, 3 and 2. */
const TASK_FORM = record(
  { target: integer(1, ROUNDS * 8, "what the total must reach exactly") },
  { description: "A target to add up to.", examples: [{ target: 12 }, { target: 3 }] },
);

const seedRng = (seed: number): number => (deriveSeed(seed, "tally") % (MODULUS - 1)) + 1;

function amountOf(action: Action): number | undefined {
  const text = "text" in action ? action.text : "choice" in action ? ADMISSIBLE[action.choice] : undefined;
  const index = ADMISSIBLE.indexOf(text as (typeof ADMISSIBLE)[number]);
  return index === -1 ? undefined : index;
}

function endOf({ total, target, turn }: TallyState): { reason: EndReason; score: number; team: number } | undefined {
  if (total === target) return { reason: "GOAL_REACHED", score: 1, team: 1 };
  if (total > target) return { reason: "TASK_FAILED", score: 0, team: -1 };
  return turn === ROUNDS ? { reason: "MAX_TURNS", score: 0, team: 0 } : undefined;
}

/** The round is over: the die is cast and the goal is looked at. */
function castDie(state: TallyState): TallyState {
  const rng = (state.rng * MULTIPLIER) % MODULUS;
  const die = rng % 3;
  return { ...state, rng, die, total: state.total + die, turn: state.turn + 1 };
}

function step(state: TallyState, actions: PerAgent<Action>, isSequential: boolean): Transition<TallyState> {
  let next = state;
  const acted = new Map<string, Omit<AgentTransition, "terminated" | "truncated">>();
  for (const agentId of state.due) {
    const action = actions.get(agentId);
    if (action === undefined) throw new Error(`agent ${agentId} is due and has no action`);
    const amount = amountOf(action);
    const reward = amount === undefined ? -0.5 : amount * 0.25;
    acted.set(agentId, {
      reward,
      rewardComponents: amount === 0 ? [] : [{ name: amount === undefined ? "invalid" : "added", value: reward }],
      validity: amount === undefined ? "NOT_ADMISSIBLE" : "VALID",
      normalizedAction: amount === undefined ? "" : (ADMISSIBLE[amount] ?? ""),
    });
    const last = { ...next.last, [agentId]: amount ?? 0 };
    next = { ...next, total: next.total + (amount ?? 0), last };
  }
  const isRoundOver = !isSequential || state.due[0] === "b";
  if (isRoundOver) next = castDie(next);
  const end = isRoundOver ? endOf(next) : undefined;
  const due: readonly AgentId[] = end !== undefined ? [] : isRoundOver ? (isSequential ? ["a"] : AGENTS) : ["b"];
  next = { ...next, due };
  const terminated = end !== undefined && end.reason !== "MAX_TURNS";
  const truncated = end?.reason === "MAX_TURNS";
  const idle = { reward: 0, rewardComponents: [], validity: "VALID", normalizedAction: "" } as const;
  // Whoever ends is told so, also an agent that did not act in this step.
  const told = AGENTS.filter((agentId) => acted.has(agentId) || end !== undefined);
  return {
    state: next,
    agents: new Map(told.map((agentId) => [agentId, { ...(acted.get(agentId) ?? idle), terminated, truncated }])),
    teamRewards: end === undefined || end.team === 0 ? [] : [{ name: "pair", value: end.team }],
    actingAgents: due,
    endReason: end?.reason,
    score: end?.score,
  };
}

function observe(state: TallyState, agentId: string): Observation {
  const last = state.last[agentId as AgentId];
  const past =
    state.die === -1 && last === -1 ? "" : ` You added ${Math.max(0, last)}, the die ${Math.max(0, state.die)}.`;
  const anchor = `You are ${agentId}. The total is ${state.total} of ${state.target}.${past}`;
  return { blocks: [{ text: `${anchor} Round ${state.turn + 1} of ${ROUNDS}.` }], anchor };
}

function tallyWorld(name: string, isSequential: boolean): World<TallyState, null, TallyTask> {
  const version = "1.0.0";
  const problem = (data: TallyTask) => ({
    title: `bring the total to exactly ${data.target}`,
    tags: ["difficulty:easy"],
    maxTurns: isSequential ? 2 * ROUNDS : ROUNDS,
    data,
  });
  const digestOf = ({ target }: TallyTask) => taskDigest({ target });
  const task = (split: string, index: number): Task<TallyTask> => {
    if (split !== "train") throw new Error(`${name} has no split ${JSON.stringify(split)}; it has: train`);
    if (!Number.isInteger(index) || index < 0 || index >= TASKS) throw new Error(`${name} has no task ${index}`);
    const data = { target: 8 + index };
    return {
      taskId: `${name}/${version}/${split}/${index}`,
      split,
      index,
      ...problem(data),
      contentDigest: digestOf(data),
    };
  };
  return {
    description: {
      name,
      version,
      stateSchema: "tally/1",
      turnModel: isSequential ? "SEQUENTIAL" : "SIMULTANEOUS",
      agents: AGENTS.map((agentId) => ({ agentId, role: "adder", team: "pair" })),
      splits: [{ name: "train", kind: "train", taskCount: TASKS }],
      rewardComponents: ["added", "invalid"],
      optionsSchemaJson: "",
      taskSchemaJson: JSON.stringify(TASK_FORM.schema),
      limits: { maxTurns: isSequential ? 2 * ROUNDS : ROUNDS, maxActionBytes: 64, maxObservationBytes: 256 },
    },
    parseOptions: (optionsJson) => {
      if (optionsJson !== "" && optionsJson !== "{}") throw new Error(`options: ${name} takes none`);
      return null;
    },
    task,
    taskById: (taskId) => {
      for (let index = 0; index < TASKS; index++)
        if (task("train", index).taskId === taskId) return task("train", index);
      return undefined;
    },
    inlineTask: (json) => {
      const data = readJson(TASK_FORM, json, MAX_INLINE_TASK_BYTES);
      return inlineTaskOf({ name, version }, problem(data), digestOf(data));
    },
    reset: ({ data }, seed) => ({
      target: data.target,
      total: 0,
      last: { a: -1, b: -1 },
      die: -1,
      rng: seedRng(seed),
      turn: 0,
      due: isSequential ? ["a"] : AGENTS,
    }),
    step: (state, actions) => step(state, actions, isSequential),
    observe,
    admissibleActions: () => ADMISSIBLE,
    canonical: ({ rng, turn, target, total, last, die, due }) => ({
      full: { die, due, last, target, total },
      semantic: { due, target, total },
      rng,
      turn,
    }),
    initiallyActing: ({ due }) => due,
    reseed: (state, seed) => ({ ...state, rng: seedRng(seed) }),
  };
}

/** Both agents act in every step. */
export const tally = tallyWorld("tally", false);

/** Agent a acts, then b; the die is cast after b. */
export const tallySequential = tallyWorld("tally-sequential", true);
