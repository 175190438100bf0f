// What a grid looks like: RAGEN's `simple` text exactly, its `detailed` and `with_feedback` texts by content, compact rows, and
// colours for a terminal.

import { paint } from "../core/ansi.ts";
import { boxSide, conflictingCells, type SudokuSize, usageOf, usedAround } from "./grid.ts";

export const SUDOKU_TEXTS = ["simple", "glyphs", "detailed", "with_feedback"] as const;
export type SudokuText = (typeof SUDOKU_TEXTS)[number];

const FRAME = "=".repeat(50);
/** At most this many empty cells are listed with their candidates. */
const LISTED_EMPTY_CELLS = 10;

const lineCaches: Readonly<Record<SudokuSize, Map<string, string>>> = { 4: new Map(), 9: new Map(), 16: new Map() };
const CACHED_LINES = 50_000;

/** One row of the simple text, from the row's cell characters. */
export function simpleLine(row: string, size: SudokuSize): string {
  const cache = lineCaches[size];
  let line = cache.get(row);
  if (line === undefined) {
    const side = boxSide(size);
    line = "";
    for (let column = 0; column < size; column++) {
      if (column > 0 && column % side === 0) line += "| ";
      const character = row[column] as string;
      line += `${character > "9" ? character.charCodeAt(0) - 55 : character} `;
    }
    line = line.trimEnd();
    if (cache.size >= CACHED_LINES) cache.clear();
    cache.set(row, line);
  }
  return line;
}

const RULES: Readonly<Record<SudokuSize, string>> = { 4: "-".repeat(9), 9: "-".repeat(20), 16: "-".repeat(35) };

/** Cells separated by blanks, `.` for empty, bars and rules between boxes. */
export function renderSimple(rows: readonly string[], size: SudokuSize): string {
  const side = boxSide(size);
  let text = "";
  for (let row = 0; row < size; row++) {
    if (row > 0) text += row % side === 0 ? `\n${RULES[size]}\n` : "\n";
    text += simpleLine(rows[row] as string, size);
  }
  return text;
}

export interface GridView {
  readonly size: SudokuSize;
  readonly cells: Uint8Array;
  readonly clues: Uint8Array;
  readonly rows: readonly string[];
  readonly steps: number;
  readonly maxSteps: number;
  readonly feedback: string;
}

export function renderGrid(view: GridView, text: SudokuText): string {
  switch (text) {
    case "simple":
      return renderSimple(view.rows, view.size);
    case "glyphs":
      return view.rows.join("\n");
    case "detailed":
      return renderDetailed(view, false);
    case "with_feedback":
      return renderDetailed(view, true);
  }
}

/** `[N]` clues, ` N ` entries, `*N*` conflicts, and the facts that help: conflicts, candidates, progress, steps. */
function renderDetailed(view: GridView, withFeedback: boolean): string {
  const { size, cells, clues, steps, maxSteps, feedback } = view;
  const side = boxSide(size);
  const conflicts = conflictingCells(cells, size);
  const lines = [FRAME];
  for (let row = 0; row < size; row++) {
    if (row > 0 && row % side === 0) lines.push("-".repeat(3 * size + 2 * (side - 1)));
    let line = "";
    for (let column = 0; column < size; column++) {
      if (column > 0 && column % side === 0) line += "| ";
      const cell = row * size + column;
      const value = cells[cell] as number;
      if (value === 0) line += " . ";
      else if (conflicts.has(cell)) line += `*${value}*`;
      else line += clues[cell] === 0 ? ` ${value} ` : `[${value}]`;
    }
    lines.push(line.trimEnd());
  }
  lines.push(FRAME);
  const at = (cell: number) => `(${Math.floor(cell / size) + 1},${(cell % size) + 1})`;
  if (withFeedback && feedback !== "") lines.push(`Last action: ${feedback}`);
  if (conflicts.size > 0)
    lines.push(
      `⚠ Conflicts: ${[...conflicts]
        .sort((a, b) => a - b)
        .map(at)
        .join(", ")}`,
    );
  const empty = Array.from(cells.keys()).filter((cell) => cells[cell] === 0);
  if (withFeedback && empty.length > 0 && empty.length <= LISTED_EMPTY_CELLS) {
    lines.push(
      "Candidates:",
      ...empty.map((cell) => `${at(cell)}: ${candidatesOf(cells, size, cell).join(", ") || "none"}`),
    );
  }
  lines.push(`Progress: ${cells.length - empty.length}/${cells.length} cells filled`, `Steps: ${steps}/${maxSteps}`);
  return lines.join("\n");
}

/** Numbers that a cell may take without repeating one. */
export function candidatesOf(cells: Uint8Array, size: SudokuSize, cell: number): number[] {
  const used = usedAround(usageOf(cells, size), size, cell);
  return Array.from({ length: size }, (_, index) => index + 1).filter((value) => (used & (1 << value)) === 0);
}

/** The grid in colour for a terminal: clues bold, entries cyan, conflicts red. */
export function renderAnsi({ size, cells, clues }: Pick<GridView, "size" | "cells" | "clues">): string {
  const side = boxSide(size);
  const conflicts = conflictingCells(cells, size);
  const lines: string[] = [];
  for (let row = 0; row < size; row++) {
    if (row > 0 && row % side === 0) lines.push(paint(RULES[size], "dim"));
    const parts: string[] = [];
    for (let column = 0; column < size; column++) {
      if (column > 0 && column % side === 0) parts.push(paint("|", "dim"));
      const cell = row * size + column;
      const value = cells[cell] as number;
      if (value === 0) parts.push(paint(".", "dim"));
      else parts.push(paint(String(value), conflicts.has(cell) ? "red" : clues[cell] === 0 ? "cyan" : "bold"));
    }
    lines.push(parts.join(" "));
  }
  return lines.join("\n");
}
