// Tasks of 2048: a stream of tiles, and for a task by value the grid that play starts from.

import { FormError, flag, integer, listOf, optional, readJson, record } from "../../core/form.ts";
import { MAX_INLINE_TASK_BYTES } from "../../core/inline-task.ts";
import type { Problem } from "../core/task-catalogue.ts";
import { isOpen, SIDE } from "./rules.ts";

export type Game2048TaskData = {
  /** Seed of the stream of a task. */
  readonly seed: number;
  /** The stream does not depend on the seed of the reset. */
  readonly fixedStream: boolean;
  readonly maxSteps: number;
  /** Rows of the start; absent: two drawn tiles. */
  readonly grid?: readonly (readonly number[])[];
};

export const MAX_STEPS = 2000;
const HIGHEST_TILE = 131_072;

export function tilesProblem(data: Game2048TaskData, tags: readonly string[]): Problem<Game2048TaskData> {
  return {
    title: "Slide and merge tiles until one of them shows the goal.",
    tags: ["size:4x4", ...tags],
    maxTurns: data.maxSteps,
    data,
  };
}

const row = listOf(integer(0, HIGHEST_TILE, "0 empty, else a power of two from 2"), { min: SIDE, max: SIDE });

export const TILES_FORM = record(
  {
    grid: optional(listOf(row, { min: SIDE, max: SIDE }, "rows of the start; left out: two drawn tiles"), undefined),
    seed: optional(integer(0, Number.MAX_SAFE_INTEGER, "of the stream that tiles come from"), 0),
    fixedStream: optional(flag("true: the group's seed changes nothing"), false),
    maxSteps: optional(integer(1, 100_000, "moves of an episode"), MAX_STEPS),
  },
  {
    description: "A game of 2048.",
    examples: [
      {
        grid: [
          [2, 2, 0, 0],
          [0, 4, 0, 0],
          [0, 0, 8, 0],
          [0, 0, 0, 1024],
        ],
      },
      { seed: 7, maxSteps: 100 },
    ],
  },
);

/** @throws {FormError} */
export function readInlineTiles(json: string): Problem<Game2048TaskData> {
  const { grid, ...rest } = readJson(TILES_FORM, json, MAX_INLINE_TASK_BYTES);
  if (grid === undefined) return tilesProblem(rest, []);
  const isTile = (value: number): boolean => value !== 1 && (value & (value - 1)) === 0;
  grid.forEach((values, at) => {
    const column = values.findIndex((value) => !isTile(value));
    if (column < 0) return;
    throw new FormError(`grid[${at}][${column}]`, `must be 0 or a power of two from 2, is ${values[column]}`);
  });
  const tiles = grid.flat();
  if (![0, 1, 2, 3].some((move) => isOpen(tiles, move))) {
    throw new FormError("grid", "has no move that changes it; it needs at least one");
  }
  return tilesProblem({ ...rest, grid }, []);
}
