// Plays a world's expert on this machine, without any server, and records what it did. Part of the steps execute a random
// admissible action instead, so that the demonstrations also show the way back from mistakes; the label is always the
// expert's. Equal arguments give equal files: every draw comes from (seed, episode).

import type { DemonstrationEpisode, DemonstrationStep, Demonstrations } from "../client/train/demonstrations.ts";
import { deriveSeed, RandomStream } from "../envs/core/random.ts";
import { SINGLE_AGENT } from "../envs/core/types.ts";
import type { World } from "../envs/core/world.ts";
import { worldWithExpert } from "./experts.ts";

export interface DemonstrationRequest {
  readonly environment: string;
  /** The world's options as JSON; "": its defaults. */
  readonly optionsJson: string;
  readonly split: string;
  readonly episodes: number;
  /** Chance that a step executes a random admissible action. */
  readonly noise: number;
  readonly seed: number;
}

/** @throws {ConfigError} CONFIG_INVALID when the world is unknown or has no expert. */
export function demonstrate(request: DemonstrationRequest): Demonstrations {
  const { world, oracle } = worldWithExpert(request.environment);
  const options = world.parseOptions(request.optionsJson);
  const tasks = taskStream(world, request);
  const episodes = Array.from({ length: request.episodes }, (_, i) => {
    const random = new RandomStream(deriveSeed(request.seed, `demonstration/${i}`));
    return playEpisode(world, (state) => oracle.act(state), tasks(i), options, request, random);
  });
  const { name, version } = world.description;
  return {
    header: {
      kind: "anchorgym-demonstrations",
      schema: 1,
      environment: name,
      version,
      policy: oracle.name,
      noise: request.noise,
      seed: request.seed,
      vocabulary: [...(world.vocabulary?.() ?? [])],
    },
    episodes,
  };
}

/** Task of episode i: the i-th task of an unbounded split, else one drawn from the split. */
function taskStream(world: World, { split, seed }: DemonstrationRequest) {
  const found = world.description.splits.find(({ name }) => name === split);
  const bound = found?.taskCount ?? 2 ** 31;
  return (i: number) => world.task(split, new RandomStream(deriveSeed(seed, `demonstration/task/${i}`)).int(bound));
}

function playEpisode(
  world: World,
  label: (state: unknown) => string | undefined,
  task: ReturnType<World["task"]>,
  options: unknown,
  request: DemonstrationRequest,
  random: RandomStream,
): DemonstrationEpisode {
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
  let { admissible } = initial;
  while (score === null) {
    const wanted = label(state) ?? null;
    // Drawn at every step, so that one action more or less does not shift the draws of the rest.
    const [strays, stray] = [random.chance(request.noise), random.pick(admissible)];
    const action = strays || wanted === null ? stray : wanted;
    const transition = world.step(state, new Map([[SINGLE_AGENT, { text: action }]]));
    state = transition.state;
    const after = see();
    steps.push({ label: wanted, action, validity: transition.agents.get(SINGLE_AGENT)?.validity ?? "", ...after });
    ({ admissible } = after);
    if (transition.endReason !== undefined) score = transition.score ?? 0;
  }
  return { taskId: task.taskId, split: request.split, seed, score, initial, steps };
}
