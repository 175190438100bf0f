// Solves Sudoku by naked and hidden singles, then by trying the cell with the fewest candidates. Counts solutions up to a bound,
// which is how a puzzle's uniqueness is proved, and says how hard it had to try.

import { type SudokuSize, type Usage, unitsOf, usageOf, usageWith, usedAround } from "./grid.ts";

export interface SudokuResult {
  /** Solutions found, at most the bound. */
  readonly count: number;
  /** The first of them. */
  readonly solution: Uint8Array | undefined;
  /** What the first solution needed: naked singles alone, hidden ones too, or guesses. */
  readonly technique: "naked-singles" | "hidden-singles" | "search";
}

/** Order in which numbers are tried in a cell; generators pass a shuffled one. */
export type ValueOrder = (cell: number) => readonly number[];

interface Board {
  readonly cells: Uint8Array;
  usage: Usage;
}

/**
 * @param limit how many solutions to look for; 2 decides uniqueness
 * @param maxGuesses guesses at most; a grid made to be hard can ask for any number
 * @throws {Error} when the guesses are used up
 */
export function solveSudoku(
  cells: ArrayLike<number>,
  size: SudokuSize,
  limit = 2,
  order: ValueOrder | undefined = undefined,
  maxGuesses = Number.POSITIVE_INFINITY,
): SudokuResult {
  let guesses = 0;
  const found: { count: number; solution: Uint8Array | undefined } = { count: 0, solution: undefined };
  let technique: SudokuResult["technique"] = "naked-singles";
  const all = 2 ** (size + 1) - 2;
  const units = unitsOf(size);

  const place = (board: Board, cell: number, value: number): void => {
    board.cells[cell] = value;
    board.usage = usageWith(board.usage, size, cell, value);
  };
  const candidates = (board: Board, cell: number): number => {
    return all & ~usedAround(board.usage, size, cell);
  };

  /** Fills what is forced; -1: a contradiction, -2: full, else the empty cell with the fewest candidates. */
  const propagate = (board: Board): number => {
    for (;;) {
      let best = -2;
      let bestCount = 99;
      let placed = false;
      for (let cell = 0; cell < board.cells.length; cell++) {
        if (board.cells[cell] !== 0) continue;
        const mask = candidates(board, cell);
        if (mask === 0) return -1;
        if ((mask & (mask - 1)) === 0) {
          place(board, cell, 31 - Math.clz32(mask));
          placed = true;
          continue;
        }
        const count = bitCount(mask);
        if (count < bestCount) {
          bestCount = count;
          best = cell;
        }
      }
      if (placed) continue;
      if (best === -2) return -2;
      if (technique === "naked-singles") technique = "hidden-singles";
      const hidden = placeHidden(board);
      if (hidden === -1) return -1;
      if (hidden === 0) return best;
    }
  };

  /** Places numbers that fit only one cell of a unit: how many, or -1 where one fits none. */
  const placeHidden = (board: Board): number => {
    let placed = 0;
    for (const unit of units) {
      let once = 0;
      let twice = 0;
      let used = 0;
      for (const cell of unit) {
        const value = board.cells[cell]!;
        if (value !== 0) {
          used |= 1 << value;
          continue;
        }
        const mask = candidates(board, cell);
        twice |= once & mask;
        once |= mask;
      }
      if ((once | used) !== all) return -1;
      for (let single = once & ~twice; single !== 0; single &= single - 1) {
        const bit = single & -single;
        const cell = unit.find((member) => board.cells[member] === 0 && (candidates(board, member) & bit) !== 0);
        if (cell === undefined) return -1;
        place(board, cell, 31 - Math.clz32(bit));
        placed++;
      }
    }
    return placed;
  };

  const search = (board: Board): void => {
    const cell = propagate(board);
    if (cell === -1) return;
    if (cell === -2) {
      found.count++;
      found.solution ??= board.cells;
      return;
    }
    if (found.count === 0) technique = "search";
    const mask = candidates(board, cell);
    for (const value of order === undefined ? numbersUpTo(size) : order(cell)) {
      if ((mask & (1 << value)) === 0) continue;
      if (++guesses > maxGuesses) throw new Error(`the grid is not solved after ${maxGuesses} guesses; add clues`);
      const next: Board = { cells: board.cells.slice(), usage: board.usage };
      place(next, cell, value);
      search(next);
      if (found.count >= limit) return;
    }
  };

  if (!hasRepetition(cells, size)) search({ cells: Uint8Array.from(cells), usage: usageOf(cells, size) });
  return { ...found, technique };
}

function numbersUpTo(size: SudokuSize): readonly number[] {
  return NUMBERS.slice(0, size);
}
const NUMBERS = Array.from({ length: 16 }, (_, index) => index + 1);

function hasRepetition(cells: ArrayLike<number>, size: SudokuSize): boolean {
  return unitsOf(size).some((unit) => {
    const values = unit.map((cell) => cells[cell] as number).filter((value) => value !== 0);
    return new Set(values).size !== values.length;
  });
}

function bitCount(mask: number): number {
  let bits = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) bits++;
  return bits;
}
