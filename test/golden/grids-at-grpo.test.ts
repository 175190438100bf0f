// Rewards of the released AT-GRPO worlds, computed elsewhere (data/golden/at_grpo_worlds.json): the parity form of Plan-Path,
// Sokoban and Sudoku. The hole in the Sudoku check is asserted closed.

import { describe, expect, it } from "vitest";
import { runMoves } from "../../envs/grid/plan-path/episode.ts";
import { createMaze, upstreamMaze } from "../../envs/grid/plan-path/maze.ts";
import { createSokobanWorld } from "../../envs/grid/sokoban/sokoban-world.ts";
import { gridRows } from "../../envs/grid/sudoku/grid.ts";
import { runGridAction } from "../../envs/grid/sudoku/grids-turn.ts";
import { solveSudoku } from "../../envs/grid/sudoku/solver.ts";
import { type SudokuArena, withGrid } from "../../envs/grid/sudoku/state.ts";
import { hasGridFixtures, readGolden } from "../envs/grid/fixtures.ts";

interface Golden {
  readonly tolerance: number;
  readonly planPath: {
    readonly map: readonly {
      seed: number;
      rows: string[];
      start: number[];
      goal: number[];
      shortest: number;
      cases: { actions: string; reward: number; done: boolean }[];
    }[];
    readonly optimalOnly: readonly { seed: number; start: number[]; goal: number[]; optimal: string; reward: number }[];
  };
  readonly planPathLoops: {
    readonly cases: readonly { start: number[]; goal: number[]; actions: string; reward: number }[];
  };
  readonly sokoban: { rows: string[]; actions: string; perAction: number[]; total: number; done: boolean };
  readonly sudoku: {
    puzzle: number[][];
    cases: { fill: number[][]; reward: number }[];
    invalidFormat: number;
    validityHole: { grid: number[][] };
  };
}

const UPSTREAM = { shaping: "upstream", maxSteps: 10_000 } as const;
const movesOf = (letters: string) => [...letters].map((letter) => "UDLR".indexOf(letter));

describe.skipIf(!hasGridFixtures())("rewards of the released AT-GRPO worlds", () => {
  const golden = hasGridFixtures() ? (readGolden("at_grpo_worlds.json") as Golden) : undefined;
  const { tolerance } = golden ?? { tolerance: 0 };
  const close = (actual: number, expected: number) =>
    expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance);
  const cell = (place: readonly number[], width: number) => place[0]! * width + place[1]!;

  it("Plan-Path: maps by seed, lists of moves, shortest ways", () => {
    for (const { seed, rows, start, goal, shortest, cases } of golden!.planPath.map) {
      const made = upstreamMaze(seed);
      expect(made).toEqual({ rows, start: cell(start, 10), goal: cell(goal, 10) });
      const maze = createMaze(made.rows, made.start, made.goal, "golden");
      expect(maze.distance[maze.start]).toBe(shortest);
      for (const { actions, reward, done } of cases) {
        const run = runMoves(maze, maze.start, 0, movesOf(actions), UPSTREAM);
        close(run.reward, reward);
        expect(run.position === maze.goal).toBe(done);
      }
    }
    for (const { seed, start, goal, optimal, reward } of golden!.planPath.optimalOnly) {
      const made = upstreamMaze(seed);
      expect([made.start, made.goal]).toEqual([cell(start, 10), cell(goal, 10)]);
      const maze = createMaze(made.rows, made.start, made.goal, "golden");
      close(runMoves(maze, maze.start, 0, movesOf(optimal), UPSTREAM).reward, reward);
    }
  });

  it("Plan-Path: the loops that upstream's shaping pays for", () => {
    for (const { start, goal, actions, reward } of golden!.planPathLoops.cases) {
      const maze = createMaze(Array(10).fill(".".repeat(10)), cell(start, 10), cell(goal, 10), "open");
      close(runMoves(maze, maze.start, 0, movesOf(actions), UPSTREAM).reward, reward);
    }
  });

  it("Sokoban: each move of the list and their sum", () => {
    const { rows, actions, perAction, total, done } = golden!.sokoban;
    const world = createSokobanWorld({
      levelFiles: [{ split: "golden", kind: "test", text: `; 0\n${rows.join("\n")}\n` }],
    });
    const options = world.parseOptions('{"preset":"pettingllms","maxTurns":100}');
    const start = world.reset(world.task("golden", 0), 0, options);
    let state = start;
    [...actions].forEach((letter, i) => {
      const transition = world.step(state, new Map([["", { text: `#### ["${letter}"]` }]]));
      close(transition.agents.get("")!.reward, perAction[i]!);
      state = transition.state;
    });
    const list = world.step(start, new Map([["", { text: `#### [${[...actions].join(", ")}]` }]]));
    close(list.agents.get("")!.reward, total);
    expect(list.endReason === "GOAL_REACHED").toBe(done);
  });

  it("Sudoku: fill lists, malformed lists, and no credit for a grid that ignores the clues", () => {
    const { puzzle, cases, invalidFormat, validityHole } = golden!.sudoku;
    const clues = Uint8Array.from(puzzle.flat());
    const blanks = clues.filter((value) => value === 0).length;
    const solution = solveSudoku(clues, 4, 1).solution!;
    const arena: SudokuArena = { size: 4, clues, clueRows: gridRows(clues, 4), solution, blanks };
    let grid: Parameters<typeof runGridAction>[1] = withGrid(clues, 4);
    let steps = 0;
    for (const { fill, reward } of cases) {
      const run = runGridAction(arena, grid, steps, fill, false);
      close(run.reward, reward);
      ({ steps } = run);
      grid = run;
    }
    close(runGridAction(arena, grid, 0, undefined, false).reward, invalidFormat);
    const cheated = runGridAction(arena, withGrid(clues, 4), 0, validityHole.grid, false);
    expect(cheated.solved).toBe(false);
    expect(cheated.reward).toBeLessThan(0);
  });
});
