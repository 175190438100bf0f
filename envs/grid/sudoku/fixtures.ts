// Compares recorded puzzles: RAGEN's from their seeds, solution counts of PettingLLMs' puzzles, unique 9x9 puzzles and hard cases
// for solvers. Each row is an episode of one step; everything agrees exactly.

import type { TraceFile, TraceReport } from "../../core/trace-report.ts";
import { FixtureComparison, fixtureRows } from "../core/fixture-report.ts";
import { type RagenDifficulty, upstreamPuzzle } from "./generator.ts";
import type { SudokuSize } from "./grid.ts";
import { solveSudoku } from "./solver.ts";

interface RagenRow {
  readonly id: string;
  readonly size: SudokuSize;
  readonly difficulty: RagenDifficulty;
  readonly seed: number;
  readonly puzzle: readonly (readonly number[])[];
  readonly solution: readonly (readonly number[])[];
}
interface CountRow {
  readonly id: number;
  readonly puzzle: readonly (readonly number[])[];
  readonly solutionsUpTo2: number;
}
interface DigitsRow {
  readonly id: string | number;
  readonly puzzle: string;
  readonly solution: string;
  readonly solutions?: number;
}

/** Compares everything that `files` record of Sudoku; other files are passed over. */
export function verifySudokuFixtures(files: readonly TraceFile[]): TraceReport {
  const comparison = new FixtureComparison();
  const begin = (file: string, id: string) => {
    comparison.beginEpisode(file, id);
    comparison.beginStep();
  };
  for (const row of fixtureRows<RagenRow>(files, "sudoku_ragen.jsonl")) {
    begin("sudoku_ragen.jsonl", row.id);
    const made = upstreamPuzzle(row.seed, row.size, row.difficulty);
    comparison.equal("puzzle", row.puzzle.flat(), [...made.puzzle]);
    comparison.equal("solution", row.solution.flat(), [...made.solution]);
  }
  for (const row of fixtureRows<CountRow>(files, "sudoku_pettingllms_4x4.jsonl")) {
    begin("sudoku_pettingllms_4x4.jsonl", `puzzle ${row.id}`);
    comparison.equal("solutions", row.solutionsUpTo2, solveSudoku(row.puzzle.flat(), 4, 2).count);
  }
  for (const name of ["sudoku_unique_9x9.jsonl", "sudoku_solver_cases.jsonl"]) {
    for (const row of fixtureRows<DigitsRow>(files, name)) {
      begin(name, `puzzle ${row.id}`);
      const result = solveSudoku(Array.from(row.puzzle, Number), 9, (row.solutions ?? 1) + 1);
      comparison.equal("solutions", row.solutions ?? 1, result.count);
      // Where there are several solutions, which one comes first is the solver's own affair.
      if (result.count === 1) comparison.equal("solution", row.solution, result.solution?.join(""));
    }
  }
  return comparison.report();
}
