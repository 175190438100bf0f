// Policies that speak without a model, for `rollout`: the oracle, which plays a mirror of the served world on this machine,
// the explorer, which reads and remembers like an agent, chance, and a person at the keyboard. Draws are seeded by
// (seed, group, replica, step), so a policy repeats itself whatever the timing.

import { deriveSeed, RandomStream } from "../client/random.ts";
import type { EpisodeView } from "../client/rollout/play-episodes.ts";
import { SINGLE_AGENT } from "../envs/core/types.ts";
import { fail } from "../proto/errors.ts";
import { worldOptions, worldWithExpert } from "./experts.ts";
import { explore } from "./household-explorer.ts";
import { Person } from "./person.ts";

export const SCRIPTED_POLICIES = ["oracle", "explorer", "random", "human"] as const;
export type ScriptedPolicyName = (typeof SCRIPTED_POLICIES)[number];

export interface EpisodePlace {
  readonly taskId: string;
  /** Of the world, as the group was created. */
  readonly seed: number;
}

export interface ScriptedPolicyOptions {
  readonly environment: string;
  readonly optionsJson: string;
  readonly seed: number;
  placeOf(groupKey: string): EpisodePlace;
}

/** What the policy would say; undefined: it has no plan here. */
export type LabelFunction = (view: EpisodeView) => string | undefined | Promise<string | undefined>;

export function scriptedPolicy(name: ScriptedPolicyName, options: ScriptedPolicyOptions): LabelFunction {
  switch (name) {
    case "oracle":
      return mirroredOracle(options);
    case "explorer":
      if (options.environment !== "household") throw fail("CONFIG_INVALID", "the explorer reads household texts only");
      return (view) => explore(view, streamOf(options.seed, "explorer", view));
    case "random":
      return (view) => streamOf(options.seed, "random", view).pick(view.outcome.admissible);
    case "human":
      return personAtTerminal();
  }
}

/** The draws of one step. */
export function streamOf(seed: number, label: string, { groupKey, replicaIndex, seq }: EpisodeView): RandomStream {
  return new RandomStream(deriveSeed(seed, `${label}/${groupKey}/${replicaIndex}/${seq}`));
}

/** Replays each episode on a local copy of the world and asks the expert there. */
function mirroredOracle({ environment, optionsJson, placeOf }: ScriptedPolicyOptions): LabelFunction {
  const { world, oracle } = worldWithExpert(environment);
  const options = worldOptions(world, optionsJson);
  const mirrors = new Map<string, { state: unknown; steps: number }>();
  return ({ groupKey, replicaIndex, past, outcome }) => {
    const key = `${groupKey}/${replicaIndex}`;
    const known = mirrors.get(key);
    const mirror = known !== undefined && known.steps <= past.length ? known : { state: start(groupKey), steps: 0 };
    for (const { action } of past.slice(mirror.steps)) {
      mirror.state = world.step(mirror.state, new Map([[SINGLE_AGENT, { text: action }]])).state;
      mirror.steps++;
    }
    mirrors.set(key, mirror);
    const seen = world.observe(mirror.state, SINGLE_AGENT).blocks;
    if (seen.map((block) => ("text" in block ? block.text : block.json)).join("\n") !== outcome.observation) {
      const sentence = `the served ${environment} is not the one built in here (${world.description.version})`;
      throw fail("BUILD_CHANGED", `${sentence}; the oracle needs the same build on both sides`);
    }
    return oracle.act(mirror.state);
  };

  function start(groupKey: string): unknown {
    const { taskId, seed } = placeOf(groupKey);
    const task = world.taskById(taskId);
    if (task === undefined) throw fail("TASK_NOT_FOUND", `the ${environment} built in here has no task ${taskId}`);
    return world.reset(task, seed, options);
  }
}

/** One line editor for all episodes; it opens with the first question and closes with the process. */
function personAtTerminal(): LabelFunction {
  let person: Person | undefined;
  return ({ outcome, seq, past }) => {
    person ??= new Person(process.stdin, process.stderr);
    const lastValidity = past.at(-1)?.outcome.validity ?? "";
    return person.ask({
      title: `step ${seq}`,
      shown: outcome.observation,
      admissible: outcome.admissible,
      lastValidity,
    });
  };
}
