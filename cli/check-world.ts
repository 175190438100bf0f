// A configuration held against the world that it names, before anything starts. Only a world that this build serves or
// plays itself can be asked here; one on running servers answers for itself when it is called.

import { valueText } from "../client/config/config-problem.ts";
import { didYouMean } from "../client/config/did-you-mean.ts";
import type { PlacedProblem } from "../client/config/load-config.ts";
import type { RunConfig } from "../client/config/run-config.ts";
import type { World } from "../envs/core/world.ts";
import { WORLDS } from "../envs/worlds.ts";

/** What the world refuses: its name, its options, its splits. Empty where this build neither serves nor plays it. */
export function worldProblems({ environment, imitation, evaluation }: RunConfig): readonly PlacedProblem[] {
  const serves = environment.servers.spawn !== undefined;
  const demonstrates = imitation !== null && imitation.demonstrations.file === undefined;
  if (!serves && !demonstrates) return [];
  const world = WORLDS.find(({ description }) => description.name === environment.name);
  if (world === undefined) return [unknownWorld(environment.name)];
  return [
    ...optionProblems(world, environment.options),
    ...(serves ? splitProblems(world, environment.split, ["environment", "split"]) : []),
    ...(serves ? splitProblems(world, evaluation.split, ["evaluation", "split"]) : []),
    ...(serves ? countProblems(world, evaluation) : []),
    ...(demonstrates
      ? splitProblems(world, imitation.demonstrations.split, ["imitation", "demonstrations", "split"])
      : []),
  ];
}

function unknownWorld(name: string): PlacedProblem {
  const names = WORLDS.map(({ description }) => description.name);
  const sentence = `${valueText(name)} is no world of this build; expected one of ${names.join(", ")}${hint(name, names)}`;
  return { path: ["environment", "name"], sentence };
}

function optionProblems(world: World, options: RunConfig["environment"]["options"]): readonly PlacedProblem[] {
  try {
    world.parseOptions(JSON.stringify(options));
    return [];
  } catch (error) {
    return [{ path: ["environment", "options"], sentence: error instanceof Error ? error.message : String(error) }];
  }
}

function splitProblems({ description }: World, split: string, path: readonly string[]): readonly PlacedProblem[] {
  const names = description.splits.map(({ name }) => name);
  if (names.includes(split)) return [];
  const sentence = `${description.name} has no split ${valueText(split)}; expected one of ${names.join(", ")}${hint(split, names)}`;
  return [{ path, sentence }];
}

/** An evaluation plays each task once. */
function countProblems({ description }: World, { split, episodes }: RunConfig["evaluation"]): readonly PlacedProblem[] {
  const taskCount = description.splits.find(({ name }) => name === split)?.taskCount;
  if (taskCount === undefined || episodes <= taskCount) return [];
  const sentence = `found ${episodes}, expected at most ${taskCount}: ${split} of ${description.name} has no more tasks`;
  return [{ path: ["evaluation", "episodes"], sentence }];
}

function hint(word: string, candidates: readonly string[]): string {
  const meant = didYouMean(word, candidates);
  return meant === undefined ? "" : `; did you mean "${meant}"?`;
}
