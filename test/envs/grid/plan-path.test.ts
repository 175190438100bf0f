// Plan-Path: the world contract, the expert, and the hole that `fixed` shaping closes.

import { describe, expect, test } from "vitest";
import { runMoves } from "../../../envs/grid/plan-path/episode.ts";
import { createMaze, shortestMoves } from "../../../envs/grid/plan-path/maze.ts";
import { planPathExpert, planPathWorld } from "../../../envs/grid/plan-path/plan-path-world.ts";
import type { Shaping } from "../../../envs/grid/plan-path/rewards.ts";
import { describeWorldContract } from "../compliance/world-contract.ts";

describeWorldContract("plan-path", {
  world: planPathWorld,
  tasks: [
    ["train", 0],
    ["train", 1],
    ["train", 2],
    ["valid", 0],
    ["pettingllms-test", 0],
  ],
  optionsJson: [
    '{"maxSteps":60,"form":"step"}',
    '{"observation":"coord","shaping":"undiscounted","form":"step","maxSteps":60}',
    '{"form":"plan","maxTurns":60}',
  ],
  expert: planPathExpert,
});

describe("shaping", () => {
  const open = createMaze(Array(10).fill(".........."), 0, 99, "open");
  const pay = (moves: readonly number[], shaping: Shaping) =>
    runMoves(open, open.start, 0, moves, { shaping, maxSteps: 1000 }).reward;

  test("upstream pays for bumping far from the goal; the repaired forms never do", () => {
    expect(pay(Array(10).fill(0), "upstream")).toBeGreaterThan(0);
    expect(pay(Array(10).fill(0), "fixed")).toBeCloseTo(-1, 12);
    expect(pay(Array(10).fill(0), "undiscounted")).toBeCloseTo(-1, 12);
  });

  test("undiscounted shaping pays nothing for going forth and back, whatever the distance", () => {
    expect(pay([3, 2, 3, 2], "undiscounted")).toBeCloseTo(-0.04, 12);
    expect(pay([3, 2, 3, 2], "fixed")).toBeGreaterThan(0);
  });
});

test("a shortest way has the length that the task states, and its moves are all open", () => {
  for (let index = 0; index < 100; index++) {
    const task = planPathWorld.task("train", index);
    const maze = createMaze(task.data.rows, task.data.start, task.data.goal, "task");
    const moves = shortestMoves(maze) ?? [];
    expect(task.tags).toContain(`distance:${moves.length}`);
    const run = runMoves(maze, maze.start, 0, moves, { shaping: "fixed", maxSteps: 1000 });
    expect(run.position).toBe(maze.goal);
    expect(run.legal).toBe(true);
  }
});

test("an empty or unreadable list pays the agent's penalty and moves nothing", () => {
  const options = planPathWorld.parseOptions('{"form":"plan"}');
  const state = planPathWorld.reset(planPathWorld.task("train", 0), 0, options);
  for (const text of ["#### []", "no list at all", "#### [U, D"]) {
    const { state: after, agents } = planPathWorld.step(state, new Map([["", { text }]]));
    expect(agents.get("")?.reward).toBe(-2);
    expect(after.position).toBe(state.position);
  }
});

test("no grid is both in training and in validation", () => {
  const grids = (split: string) =>
    Array.from({ length: 200 }, (_, index) => planPathWorld.task(split, index).data.rows.join("\n"));
  const trained = new Set(grids("train"));
  expect(grids("valid").filter((grid) => trained.has(grid))).toEqual([]);
});
