// Reads puzzles from text, one per line: 16, 81 or 256 cell characters, `0` or `.` for empty. Takes text, not paths. Refuses, by line
// number, whatever has not exactly one solution: such a puzzle must not be served.

import type { SplitKind } from "../../core/types.ts";
import type { Puzzle } from "./generator.ts";
import { parseGrid } from "./grid.ts";
import { solveSudoku } from "./solver.ts";

/** A split made of a puzzle file: task i is puzzle i of the file. */
export interface PuzzleFile {
  readonly split: string;
  readonly kind: SplitKind;
  readonly text: string;
}

/** @throws {Error} naming file, line and fault. */
export function parsePuzzles(text: string, fileName: string): Puzzle[] {
  const puzzles: Puzzle[] = [];
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === "") return;
    const where = `${fileName} line ${index + 1}`;
    const side = Math.sqrt(line.trim().length);
    if (!Number.isInteger(side)) throw new Error(`${where}: ${line.trim().length} cells are no square grid`);
    const rows = Array.from({ length: side }, (_, row) => line.trim().slice(row * side, (row + 1) * side));
    const { size, cells } = parseGrid(rows, where);
    const { count, solution } = solveSudoku(cells, size, 2);
    if (count !== 1 || solution === undefined) {
      throw new Error(`${where}: the puzzle has ${count === 0 ? "no solution" : "several solutions"}, it needs one`);
    }
    puzzles.push({ size, puzzle: cells, solution });
  });
  if (puzzles.length === 0) throw new Error(`${fileName}: no puzzle in the file`);
  return puzzles;
}
