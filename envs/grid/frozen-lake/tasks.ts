// FrozenLake's splits: our own maps (train and held-out valid, three sizes in turn) and RAGEN's maps by seed.

import { proposeFor, TRAIN_SPLIT, VALID_SPLIT } from "../core/holdout.ts";
import type { Problem, SplitSource } from "../core/task-catalogue.ts";
import { distanceToGoal, parseLake, proposeLake, upstreamLake } from "./lake.ts";

export type LakeTaskData = {
  readonly preset: "anchorgym" | "ragen";
  /** Rows of S, F, H, G. */
  readonly rows: readonly string[];
  readonly maxSteps: number;
  /** Seed of the stream that play draws from; -1: the seed of the reset. */
  readonly playSeed: number;
};

/** Task i has difficulty i mod 3. */
export const LAKE_DIFFICULTIES = [
  { name: "easy", size: 4, iceProb: 0.85, minDistance: 2, maxSteps: 20 },
  { name: "medium", size: 6, iceProb: 0.8, minDistance: 5, maxSteps: 40 },
  { name: "hard", size: 8, iceProb: 0.75, minDistance: 8, maxSteps: 80 },
] as const;

export function lakeSplits(): SplitSource<LakeTaskData>[] {
  const own: SplitSource<LakeTaskData>[] = [TRAIN_SPLIT, VALID_SPLIT].map((split) => ({
    split,
    problem(index) {
      const { name, size, iceProb, minDistance, maxSteps } = LAKE_DIFFICULTIES[(index % 3) as 0];
      const rows = proposeFor(
        "frozen-lake",
        split,
        index,
        (stream) => proposeLake(stream, size, iceProb, minDistance),
        (proposal) => proposal,
      );
      return lakeProblem({ preset: "anchorgym", rows, maxSteps, playSeed: -1 }, [`difficulty:${name}`]);
    },
  }));
  const upstream: SplitSource<LakeTaskData> = {
    split: { name: "ragen", kind: "train", taskCount: undefined },
    problem: (seed) =>
      lakeProblem({ preset: "ragen", rows: upstreamLake(seed), maxSteps: 10, playSeed: seed }, ["generator:upstream"]),
  };
  return [...own, upstream];
}

/** @throws {Error} naming the fault of a map that cannot be served. */
export function lakeProblem(data: LakeTaskData, tags: readonly string[]): Problem<LakeTaskData> {
  const lake = parseLake(data.rows, "lake");
  const distance = distanceToGoal(lake)[lake.start] as number;
  return {
    title: "Cross the ice to the goal without falling into a hole.",
    tags: [`size:${lake.height}x${lake.width}`, `distance:${distance}`, ...tags],
    maxTurns: data.maxSteps,
    data,
  };
}
