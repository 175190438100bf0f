// A Sudoku by value: its rows. The solution is found here, and must be the only one; where one is given it must be that.

import { checkedAt, choice, FormError, integer, listOf, optional, readJson, record, text } from "../../core/form.ts";
import { MAX_INLINE_TASK_BYTES } from "../../core/inline-task.ts";
import type { Problem } from "../core/task-catalogue.ts";
import { gridRows, parseGrid } from "./grid.ts";
import { solveSudoku } from "./solver.ts";
import { type SudokuTaskData, sudokuProblem } from "./tasks.ts";

/** Far above what puzzles for people need, and a fraction of a second for the worst that fits it. */
const MAX_GUESSES = 1_000;
const row = text({
  maxLength: 16,
  pattern: /^[.0-9A-Ga-g]+$/,
  expects: "a row of cells: . or 0 for empty, 1 to 9, A to G",
});
const rows = listOf(row, { min: 4, max: 16 }, "4, 9 or 16 rows of as many cells");

export const SUDOKU_FORM = record(
  {
    puzzle: rows,
    solution: optional(rows, undefined),
    maxSteps: optional(integer(1, 100_000, "placements of an episode"), undefined),
    preset: optional(choice(["anchorgym", "ragen", "pettingllms"], "rules and text"), "anchorgym"),
  },
  {
    description: "A Sudoku with exactly one solution.",
    examples: [{ puzzle: ["12..", "..12", "2..1", ".1.3"] }, { puzzle: ["1234", "3412", "2143", "432."], maxSteps: 4 }],
  },
);

/** @throws {FormError} */
export function readInlineSudoku(json: string): Problem<SudokuTaskData> {
  const given = readJson(SUDOKU_FORM, json, MAX_INLINE_TASK_BYTES);
  const { size, cells } = checkedAt("puzzle", () => parseGrid(given.puzzle, "grid"));
  if (!cells.includes(0)) throw new FormError("puzzle", "has no empty cell; leave at least one to fill");
  const { count, solution } = checkedAt("puzzle", () => solveSudoku(cells, size, 2, undefined, MAX_GUESSES));
  if (count !== 1 || solution === undefined) {
    throw new FormError("puzzle", `has ${count === 0 ? "no solution" : "several solutions"}, it needs exactly one`);
  }
  if (given.solution !== undefined) {
    const { cells: claimed } = checkedAt("solution", () => parseGrid(given.solution ?? [], "grid"));
    if (gridRows(claimed, Math.sqrt(claimed.length)).join() !== gridRows(solution, size).join()) {
      throw new FormError("solution", "is not the puzzle's; leave it out, it is found");
    }
  }
  return sudokuProblem({ size, puzzle: cells, solution }, given.preset, [], given.maxSteps);
}
