// Sudoku's splits: our own puzzles (train and held-out valid, three difficulties in turn), RAGEN's puzzles by seed, and puzzle
// files. Every puzzle has exactly one solution; RAGEN's seeds that have more are retried with derived seeds.

import { deriveSeed } from "../../core/random.ts";
import { proposeFor, TRAIN_SPLIT, VALID_SPLIT } from "../core/holdout.ts";
import type { Problem, SplitSource } from "../core/task-catalogue.ts";
import { generatePuzzle, type Puzzle, RAGEN_SHARES, type RagenDifficulty, upstreamPuzzle } from "./generator.ts";
import { gridRows, type SudokuSize } from "./grid.ts";
import { type PuzzleFile, parsePuzzles } from "./puzzle-files.ts";
import { solveSudoku } from "./solver.ts";

export type SudokuPreset = "anchorgym" | "ragen" | "pettingllms";

export type SudokuTaskData = {
  readonly preset: SudokuPreset;
  /** Rows of cell characters, `.` for empty. */
  readonly puzzle: readonly string[];
  readonly solution: readonly string[];
  readonly maxSteps: number;
};

/** Task i has difficulty i mod 3. */
export const SUDOKU_DIFFICULTIES = [
  { name: "easy", size: 4, clues: 8 },
  { name: "medium", size: 9, clues: 48 },
  { name: "hard", size: 9, clues: 32 },
] as const;

export function sudokuSplits(files: readonly PuzzleFile[]): SplitSource<SudokuTaskData>[] {
  return [...ownSplits(), ...ragenSplits(), ...files.map(fileSplit)];
}

function ownSplits(): SplitSource<SudokuTaskData>[] {
  return [TRAIN_SPLIT, VALID_SPLIT].map((split) => ({
    split,
    problem(index) {
      const { name, size, clues } = SUDOKU_DIFFICULTIES[(index % 3) as 0];
      const puzzle = proposeFor(
        "sudoku",
        split,
        index,
        (stream) => generatePuzzle(stream, size, clues),
        (proposal) => relabelled(proposal),
      );
      return sudokuProblem(puzzle, "anchorgym", [`difficulty:${name}`]);
    },
  }));
}

/** The puzzle with its numbers renamed by first appearance: puzzles that differ by names alone are held out together. */
function relabelled({ puzzle, size }: Puzzle): readonly string[] {
  const names = new Map<number, number>([[0, 0]]);
  const renamed = Array.from(puzzle, (value) => {
    if (!names.has(value)) names.set(value, names.size);
    return names.get(value) as number;
  });
  return gridRows(renamed, size);
}

function ragenSplits(): SplitSource<SudokuTaskData>[] {
  const combinations = ([4, 9] as const).flatMap((size) =>
    (Object.keys(RAGEN_SHARES) as RagenDifficulty[]).map((difficulty) => [size, difficulty] as const),
  );
  return combinations.map(([size, difficulty]) => ({
    split: { name: `ragen-${size}-${difficulty}`, kind: "train", taskCount: undefined },
    problem(seed) {
      let puzzle = upstreamPuzzle(seed, size, difficulty);
      for (let attempt = 1; solveSudoku(puzzle.puzzle, size, 2).count !== 1; attempt++) {
        puzzle = upstreamPuzzle(deriveSeed(seed, `puzzle/${attempt}`), size, difficulty);
      }
      return sudokuProblem(puzzle, "ragen", ["generator:upstream"]);
    },
  }));
}

function fileSplit(file: PuzzleFile): SplitSource<SudokuTaskData> {
  const puzzles = parsePuzzles(file.text, file.split);
  return {
    split: { name: file.split, kind: file.kind, taskCount: puzzles.length },
    problem: (index) => sudokuProblem(puzzles[index] as Puzzle, "anchorgym", []),
  };
}

/** RAGEN's own limit, which stays a bound for small grids and grows with large ones. */
export function sudokuMaxSteps(size: SudokuSize): number {
  return Math.max(81, size * size);
}

/** @param steps of an episode, where they are not those of the preset */
export function sudokuProblem(
  made: Puzzle,
  preset: SudokuPreset,
  tags: readonly string[],
  steps?: number,
): Problem<SudokuTaskData> {
  const { size } = made;
  const { technique } = solveSudoku(made.puzzle, size, 1);
  const clues = made.puzzle.reduce((count, value) => count + (value === 0 ? 0 : 1), 0);
  const maxSteps = steps ?? (preset === "ragen" ? 81 : sudokuMaxSteps(size));
  const data = { preset, puzzle: gridRows(made.puzzle, size), solution: gridRows(made.solution, size), maxSteps };
  return {
    title: "Fill the grid so that every row, column and box holds each number once.",
    tags: [`size:${size}x${size}`, `clues:${clues}`, `technique:${technique}`, ...tags],
    maxTurns: maxSteps,
    data,
  };
}
