// Makes puzzles. Ours: a random full grid, from which cells are taken in random order as long as one solution is left.
// RAGEN's (mll-lab-nu/RAGEN @20daedc, MIT), bit for bit on Python's stream, takes a fixed share and does not look.

import type { RandomStream } from "../../core/random.ts";
import { PythonRandom } from "../compat/python-random.ts";
import { boxOf, type SudokuSize } from "./grid.ts";
import { solveSudoku } from "./solver.ts";

export interface Puzzle {
  readonly size: SudokuSize;
  readonly puzzle: Uint8Array;
  readonly solution: Uint8Array;
}

/** A puzzle with exactly one solution and at least `clues` clues; more where fewer would be ambiguous. */
export function generatePuzzle(stream: RandomStream, size: SudokuSize, clues: number): Puzzle {
  const numbers = Array.from({ length: size }, (_, index) => index + 1);
  const solution = solveSudoku(new Uint8Array(size * size), size, 1, () => stream.shuffled(numbers)).solution;
  if (solution === undefined) throw new Error(`sudoku: no full grid of size ${size}; the solver is broken`);
  const puzzle = Uint8Array.from(solution);
  let left = puzzle.length;
  for (const cell of stream.shuffled(Array.from(puzzle.keys()))) {
    if (left <= clues) break;
    const value = puzzle[cell] as number;
    puzzle[cell] = 0;
    if (solveSudoku(puzzle, size, 2).count === 1) left--;
    else puzzle[cell] = value;
  }
  return { size, puzzle, solution };
}

export const RAGEN_SHARES = { easy: 0.4, medium: 0.5, hard: 0.6 } as const;
export type RagenDifficulty = keyof typeof RAGEN_SHARES;

/** RAGEN's puzzle of a seed; not always the only solution is the stored one. */
export function upstreamPuzzle(seed: number, size: SudokuSize, difficulty: RagenDifficulty): Puzzle {
  const python = new PythonRandom(seed);
  const solution = new Uint8Array(size * size);
  fillRowMajor(python, solution, size, 0);
  const puzzle = Uint8Array.from(solution);
  const order = Array.from(puzzle.keys());
  python.shuffle(order);
  for (const cell of order.slice(0, Math.trunc(size * size * RAGEN_SHARES[difficulty]))) puzzle[cell] = 0;
  return { size, puzzle, solution };
}

/** Backtracking, one shuffle of all numbers a cell; the depth is the number of cells, 256 at most. */
function fillRowMajor(python: PythonRandom, cells: Uint8Array, size: SudokuSize, cell: number): boolean {
  if (cell === cells.length) return true;
  const numbers = Array.from({ length: size }, (_, index) => index + 1);
  python.shuffle(numbers);
  for (const value of numbers) {
    if (!fits(cells, size, cell, value)) continue;
    cells[cell] = value;
    if (fillRowMajor(python, cells, size, cell + 1)) return true;
    cells[cell] = 0;
  }
  return false;
}

function fits(cells: Uint8Array, size: SudokuSize, cell: number, value: number): boolean {
  const row = Math.floor(cell / size);
  const column = cell % size;
  const box = boxOf(size, row, column);
  for (let other = 0; other < cell; other++) {
    if (cells[other] !== value) continue;
    const [r, c] = [Math.floor(other / size), other % size];
    if (r === row || c === column || boxOf(size, r, c) === box) return false;
  }
  return true;
}
