// Two roles on one puzzle, as the AT-GRPO workflows have them (at-grpo.md section 5): `tool` proposes a list of actions, which is
// tried on a copy, `plan` sees the proposal and decides, which changes the world. A turn is complete when both have acted.
// Wraps a one-agent world in its plan form; what an answer is worth to its role is the puzzle's to say (`RoleScores`).
// Runs no code: a tool that writes programs runs them in its workflow and sends what they printed.

import { inlineTaskOf } from "../../core/inline-task.ts";
import type {
  Action,
  AgentTransition,
  CanonicalState,
  EndReason,
  Json,
  NamedValue,
  Observation,
  PerAgent,
  Task,
  Transition,
} from "../../core/types.ts";
import { SINGLE_AGENT } from "../../core/types.ts";
import type { World } from "../../core/world.ts";
import { readHashList } from "./move-text.ts";
import { type OptionValues, optionIdentity, optionsSchemaJson, parseOptionTable } from "./option-table.ts";

export const TOOL = "tool";
export const PLAN = "plan";
export const TEAM = "grid";

export const TEAM_OPTIONS = {
  rewardForm: {
    kind: "choice",
    values: ["paper", "released", "outcome"],
    initial: "paper",
    about:
      "paper: weighted local scores and progress; released: the shaped rewards of the released code; outcome: success alone",
  },
  maxTurns: {
    kind: "integer",
    minimum: 1,
    maximum: 1000,
    initial: 4,
    about: "turns of an episode; a turn is both roles once",
  },
} as const;
export type TeamOptions = OptionValues<typeof TEAM_OPTIONS>;

/** What a list is worth, each value in [0, 1]. `before` is the state it starts from, `after` where it leads. */
export interface RoleScores<State> {
  /** Success pays 1 whatever this says. */
  team(before: State, after: State, initial: State): number;
  legal(before: State, list: readonly Json[]): number;
  /** Weight 0.8 of the planner: shortest way, no deadlock, progress. */
  plan(before: State, after: State, list: readonly Json[]): number;
  /** Weight 0.8 of the tool: how far its list leads. */
  tool(before: State, after: State, list: readonly Json[]): number;
  /** Letters without quotes are a list too. */
  readonly bareMoves: boolean;
}

export interface TeamState<State> {
  readonly initial: State;
  readonly inner: State;
  readonly options: TeamOptions;
  readonly phase: typeof TOOL | typeof PLAN;
  /** The tool's list of this turn as JSON; undefined before it acted, null where it gave none. */
  readonly proposal: string | null | undefined;
  readonly turn: number;
  readonly endReason: EndReason | undefined;
}

const COMPONENTS = ["format", "legal", "runs", "quality", "environment", "missing"];
const MISSING_LIST = -2;
const NOBODY: readonly string[] = [];
const TERMINATING: ReadonlySet<EndReason> = new Set<EndReason>(["GOAL_REACHED", "TASK_FAILED"]);

/**
 * The two-role form of a world.
 * @param innerOptionsJson options of the inner world by reward form; they must choose its plan form without a limit of turns
 */
export function createTeamWorld<State extends { readonly endReason: EndReason | undefined }, Options, Data>(
  name: string,
  inner: World<State, Options, Data>,
  innerOptionsJson: (rewardForm: TeamOptions["rewardForm"]) => string,
  scores: RoleScores<State>,
): World<TeamState<State>, TeamOptions, Data> {
  const { version, splits, limits } = inner.description;
  const teamTasks = new WeakMap<Task<Data>, Task<Data>>();

  const task = (split: string, index: number): Task<Data> => {
    const known = inner.task(split, index);
    let made = teamTasks.get(known);
    if (made === undefined) {
      made = { ...known, taskId: `${name}/${version}/${split}/${index}` };
      teamTasks.set(known, made);
    }
    return made;
  };

  const { inlineTask: innerTask, description: ofInner } = inner;
  const inline: Partial<World<TeamState<State>, TeamOptions, Data>> =
    innerTask === undefined
      ? {}
      : {
          inlineTask: (json) => {
            const made = innerTask(json);
            return inlineTaskOf({ name, version }, made, made.contentDigest);
          },
        };

  const acting = (state: TeamState<State>): readonly string[] =>
    state.endReason === undefined ? [state.phase] : NOBODY;

  const admissibleActions = (state: TeamState<State>, agentId: string): readonly string[] => {
    if (state.endReason !== undefined || agentId !== state.phase) return NOBODY;
    const single = inner.admissibleActions(state.inner, SINGLE_AGENT);
    return state.phase === PLAN && typeof state.proposal === "string" ? [`#### ${state.proposal}`, ...single] : single;
  };

  const textOf = (state: TeamState<State>, action: Action | undefined): string | undefined => {
    if (action === undefined) return "";
    if ("text" in action) return action.text;
    return "choice" in action ? admissibleActions(state, state.phase)[action.choice] : undefined;
  };

  /** The role's own reward for its answer, by reward form. */
  const localReward = (
    state: TeamState<State>,
    list: readonly Json[] | undefined,
    after: State,
    environment: number,
  ): readonly NamedValue[] => {
    const { rewardForm } = state.options;
    const isEmpty = list === undefined || list.length === 0;
    if (rewardForm === "outcome") return [];
    if (rewardForm === "released") {
      return isEmpty ? [{ name: "missing", value: MISSING_LIST }] : [{ name: "environment", value: environment }];
    }
    const format = { name: "format", value: list === undefined ? 0 : 0.1 };
    if (isEmpty) return [format];
    if (state.phase === TOOL) {
      const quality = 0.8 * scores.tool(state.inner, after, list);
      return [format, { name: "runs", value: 0.1 }, { name: "quality", value: quality }];
    }
    const legal = 0.1 * scores.legal(state.inner, list);
    return [
      format,
      { name: "legal", value: legal },
      { name: "quality", value: 0.8 * scores.plan(state.inner, after, list) },
    ];
  };

  const teamReward = (state: TeamState<State>, after: State, environment: number): number => {
    if (state.options.rewardForm === "released") return state.phase === PLAN ? environment : 0;
    if (after.endReason === "GOAL_REACHED") return 1;
    return state.options.rewardForm === "outcome" ? 0 : scores.team(state.inner, after, state.initial);
  };

  const step = (state: TeamState<State>, actions: PerAgent<Action>): Transition<TeamState<State>> => {
    if (state.endReason !== undefined) {
      const score = state.endReason === "GOAL_REACHED" ? 1 : 0;
      return { state, agents: new Map(), actingAgents: NOBODY, endReason: state.endReason, score };
    }
    const text = textOf(state, actions.get(state.phase));
    const list = text === undefined ? undefined : readHashList(text, false, scores.bareMoves);
    const played = inner.step(state.inner, new Map([[SINGLE_AGENT, { text: text ?? "" }]]));
    const own = played.agents.get(SINGLE_AGENT) as AgentTransition;
    const planned = state.phase === PLAN;
    const components = localReward(state, list, played.state, own.reward);
    const turn = state.turn + (planned ? 1 : 0);
    let endReason: EndReason | undefined;
    if (planned) endReason = played.endReason ?? (turn >= state.options.maxTurns ? "MAX_TURNS" : undefined);
    const next: TeamState<State> = {
      ...state,
      inner: planned ? played.state : state.inner,
      phase: planned ? TOOL : PLAN,
      proposal: planned ? undefined : list === undefined || list.length === 0 ? null : JSON.stringify(list),
      turn,
      endReason,
    };
    const terminated = endReason !== undefined && TERMINATING.has(endReason);
    const flags = { terminated, truncated: endReason !== undefined && !terminated };
    let reward = 0;
    for (const { value } of components) reward += value;
    const validity = text === undefined ? "NOT_ADMISSIBLE" : list === undefined ? "UNPARSABLE" : own.validity;
    const agents = new Map<string, AgentTransition>([
      [
        state.phase,
        { reward, rewardComponents: components, validity, normalizedAction: own.normalizedAction, ...flags },
      ],
    ]);
    // The other role ends with the episode although it did not act.
    if (endReason !== undefined) {
      agents.set(next.phase, {
        reward: 0,
        rewardComponents: [],
        validity: "NO_EFFECT",
        normalizedAction: "",
        ...flags,
      });
    }
    return {
      state: next,
      agents,
      actingAgents: acting(next),
      endReason,
      score: endReason === undefined ? undefined : endReason === "GOAL_REACHED" ? 1 : 0,
      teamRewards: [{ name: TEAM, value: teamReward(state, planned ? played.state : state.inner, own.reward) }],
    };
  };

  const observe = (state: TeamState<State>, agentId: string): Observation => {
    const { blocks } = inner.observe(state.inner, SINGLE_AGENT);
    if (agentId !== PLAN || state.phase !== PLAN) return { blocks };
    const proposal = state.proposal === null ? "The tool proposes nothing." : `The tool proposes: ${state.proposal}`;
    return { blocks: [...blocks, { text: proposal }] };
  };

  const canonical = (state: TeamState<State>): CanonicalState => {
    const { full, semantic, rng } = inner.canonical(state.inner);
    const { phase, proposal = null } = state;
    const done = state.endReason !== undefined;
    const options = optionIdentity(TEAM_OPTIONS, state.options);
    return {
      full: { inner: full, innerTurn: inner.canonical(state.inner).turn, options, phase, proposal, teamDone: done },
      semantic: { inner: semantic, phase, teamDone: done },
      rng,
      turn: state.turn,
    };
  };

  return {
    description: {
      name,
      version,
      stateSchema: `${name}/1`,
      turnModel: "SEQUENTIAL",
      agents: [
        { agentId: TOOL, role: "tool", team: TEAM },
        { agentId: PLAN, role: "planner", team: TEAM },
      ],
      splits,
      rewardComponents: COMPONENTS,
      optionsSchemaJson: optionsSchemaJson(TEAM_OPTIONS),
      ...(ofInner.taskSchemaJson === undefined ? {} : { taskSchemaJson: ofInner.taskSchemaJson }),
      limits: { ...limits, maxTurns: 2 * TEAM_OPTIONS.maxTurns.maximum },
    },
    parseOptions: (optionsJson) => parseOptionTable(name, TEAM_OPTIONS, optionsJson),
    task,
    taskById(taskId) {
      const prefix = `${name}/`;
      if (!taskId.startsWith(prefix)) return undefined;
      const found = inner.taskById(`${inner.description.name}/${taskId.slice(prefix.length)}`);
      return found === undefined ? undefined : task(found.split, found.index);
    },
    reset(given, seed, options) {
      const state = inner.reset(given, seed, inner.parseOptions(innerOptionsJson(options.rewardForm)));
      return { initial: state, inner: state, options, phase: TOOL, proposal: undefined, turn: 0, endReason: undefined };
    },
    step,
    observe,
    admissibleActions,
    canonical,
    initiallyActing: acting,
    ...inline,
    vocabulary: () => [...(inner.vocabulary?.() ?? []), ..."The tool proposes nothing : .".split(" ")],
  };
}
