// Plays an expert on this machine, without any server, and records what it did. Part of the steps execute a random
// admissible action instead, so that the demonstrations also show the way back from mistakes; the label is always the
// expert's. Equal arguments give equal files: every draw comes from (seed, episode).

import type { HouseholdBelief } from "../client/prompt/household-belief.ts";
import { advanceBelief, beginBelief } from "../client/prompt/household-belief.ts";
import { RandomStream as LearnerStream } from "../client/random.ts";
import type { DemonstrationEpisode, DemonstrationStep, Demonstrations } from "../client/train/demonstrations.ts";
import { asOutcome } from "../client/train/imitation-rows.ts";
import { deriveSeed, RandomStream } from "../envs/core/random.ts";
import { SINGLE_AGENT } from "../envs/core/types.ts";
import type { World } from "../envs/core/world.ts";
import { fail } from "../proto/errors.ts";
import { builtInWorld, worldOptions, worldWithExpert } from "./experts.ts";
import { nextAction } from "./household-explorer.ts";

export interface DemonstrationRequest {
  readonly environment: string;
  /** Who labels: knows the whole state, or only what it has read. */
  readonly policy: "oracle" | "explorer";
  /** The world's options as JSON; "": its defaults. */
  readonly optionsJson: string;
  readonly split: string;
  readonly episodes: number;
  /** Chance that a step executes a random admissible action. */
  readonly noise: number;
  readonly seed: number;
}

/** @throws {ConfigError} CONFIG_INVALID when the world is unknown or has no such expert. */
export function demonstrate(request: DemonstrationRequest): Demonstrations {
  const world = builtInWorld(request.environment);
  const options = worldOptions(world, request.optionsJson);
  const episodes = Array.from({ length: request.episodes }, (_, i) => {
    const seed = deriveSeed(request.seed, `demonstration/${i}`);
    return playEpisode(world, expertOf(request, seed), options, request, new RandomStream(seed));
  });
  const { name, version } = world.description;
  const { policy, noise, seed } = request;
  const vocabulary = [...(world.vocabulary?.() ?? [])];
  const header = { kind: "anchorgym-demonstrations", schema: 1, environment: name, version } as const;
  return { header: { ...header, policy, noise, seed, vocabulary }, episodes };
}

/** What can be seen at one moment of an episode. */
interface Moment {
  readonly observation: string;
  readonly admissible: readonly string[];
}

/** Labels the moments of one episode in order; undefined: it has no plan. */
type Expert = (state: unknown, moment: Moment, lastAction: string | undefined) => string | undefined;

function expertOf({ environment, policy }: DemonstrationRequest, seed: number): Expert {
  if (policy === "oracle") {
    const { oracle } = worldWithExpert(environment);
    return (state) => oracle.act(state);
  }
  if (environment !== "household")
    throw fail("CONFIG_INVALID", "the explorer reads household texts only; use the oracle");
  const random = new LearnerStream(deriveSeed(seed, "explorer"));
  let belief: HouseholdBelief | undefined;
  return (_, moment, lastAction) => {
    const outcome = asOutcome(moment, 0);
    belief = belief === undefined ? beginBelief(outcome) : advanceBelief(belief, lastAction ?? "", outcome);
    return nextAction(belief, moment.admissible, random);
  };
}

function playEpisode(
  world: World,
  label: Expert,
  options: unknown,
  request: DemonstrationRequest,
  random: RandomStream,
): DemonstrationEpisode {
  const task = world.task(request.split, random.split("task").int(taskBound(world, request.split)));
  const seed = random.split("world").int(2 ** 31);
  let state = world.reset(task, seed, options);
  const see = () => ({
    observation: world
      .observe(state, SINGLE_AGENT)
      .blocks.map((block) => ("text" in block ? block.text : block.json))
      .join("\n"),
    admissible: [...world.admissibleActions(state, SINGLE_AGENT)],
  });
  const initial = see();
  const steps: DemonstrationStep[] = [];
  let score: number | null = null;
  let moment = initial;
  while (score === null) {
    const wanted = label(state, moment, steps.at(-1)?.action) ?? null;
    // Drawn at every step, so that one action more or less does not shift the draws of the rest.
    const [strays, stray] = [random.chance(request.noise), random.pick(moment.admissible)];
    const action = strays || wanted === null ? stray : wanted;
    const transition = world.step(state, new Map([[SINGLE_AGENT, { text: action }]]));
    state = transition.state;
    moment = see();
    steps.push({ label: wanted, action, validity: transition.agents.get(SINGLE_AGENT)?.validity ?? "", ...moment });
    if (transition.endReason !== undefined) score = transition.score ?? 0;
  }
  return { taskId: task.taskId, split: request.split, seed, score, initial, steps };
}

/** @throws {ConfigError} CONFIG_INVALID when the world has no such split. */
function taskBound(world: World, split: string): number {
  const { name, splits } = world.description;
  const found = splits.find((candidate) => candidate.name === split);
  if (found !== undefined) return found.taskCount ?? 2 ** 31;
  const names = splits.map((candidate) => candidate.name).join(", ");
  throw fail("CONFIG_INVALID", `${name} has no split "${split}" to demonstrate; it has ${names}`);
}
