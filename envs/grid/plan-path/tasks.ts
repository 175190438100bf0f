// Plan-Path's splits: our own maps (train and held-out valid, three sizes in turn) and PettingLLMs' maps by seed, whose test
// seeds begin at 100000.

import { proposeFor, TRAIN_SPLIT, VALID_SPLIT } from "../core/holdout.ts";
import type { Problem, SplitSource } from "../core/task-catalogue.ts";
import { createMaze, type MazePlan, proposeMaze, upstreamMaze } from "./maze.ts";
import { UPSTREAM_MAX_STEPS } from "./rewards.ts";

export type MazeTaskData = {
  readonly preset: "anchorgym" | "pettingllms";
  /** Rows of `.` and `#`. */
  readonly rows: readonly string[];
  readonly start: number;
  readonly goal: number;
  readonly maxSteps: number;
};

/** Task i has difficulty i mod 3. */
export const MAZE_DIFFICULTIES = [
  { name: "easy", size: 6, minDistance: 3, maxSteps: 30 },
  { name: "medium", size: 8, minDistance: 6, maxSteps: 50 },
  { name: "hard", size: 10, minDistance: 10, maxSteps: 80 },
] as const;

/** Upstream's seeds begin at 0 for training and at 100000 for tests; the splits stay apart. */
export const UPSTREAM_TRAIN_SEEDS = 10_000;
export const FIRST_TEST_SEED = 100_000;

export function mazeSplits(): SplitSource<MazeTaskData>[] {
  const own: SplitSource<MazeTaskData>[] = [TRAIN_SPLIT, VALID_SPLIT].map((split) => ({
    split,
    problem(index) {
      const { name, size, minDistance, maxSteps } = MAZE_DIFFICULTIES[(index % 3) as 0];
      const plan = proposeFor(
        "plan-path",
        split,
        index,
        (stream) => proposeMaze(stream, size, minDistance),
        (proposal) => proposal.rows,
      );
      return mazeProblem({ preset: "anchorgym", ...plan, maxSteps }, [`difficulty:${name}`]);
    },
  }));
  const upstream = (seed: number) =>
    mazeProblem({ preset: "pettingllms", ...upstreamMaze(seed), maxSteps: UPSTREAM_MAX_STEPS }, ["generator:upstream"]);
  return [
    ...own,
    { split: { name: "pettingllms", kind: "train", taskCount: UPSTREAM_TRAIN_SEEDS }, problem: upstream },
    {
      split: { name: "pettingllms-test", kind: "test", taskCount: 1_000 },
      problem: (index) => upstream(FIRST_TEST_SEED + index),
    },
  ];
}

/** @throws {Error} naming the fault of a map that cannot be served. */
export function mazeProblem(data: MazeTaskData & MazePlan, tags: readonly string[]): Problem<MazeTaskData> {
  const maze = createMaze(data.rows, data.start, data.goal, "map");
  return {
    title: "Walk from the start to the goal on free cells.",
    tags: [`size:${maze.height}x${maze.width}`, `distance:${maze.distance[maze.start]}`, ...tags],
    maxTurns: data.maxSteps,
    data,
  };
}
