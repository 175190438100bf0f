// The state of a Sudoku episode and how a number enters the grid. A new state shares the rows that did not change.

import type { EndReason, Json } from "../../core/types.ts";
import { cellText, rowText, type SudokuSize, type Usage, usageOf, usageWith, usedAround } from "./grid.ts";
import type { SudokuText } from "./render.ts";
import type { SudokuPreset } from "./tasks.ts";

export interface SudokuRules {
  readonly preset: SudokuPreset;
  readonly text: SudokuText;
  /** Placements inside answer tags, several a turn. */
  readonly tagged: boolean;
  readonly maxPlacementsPerTurn: number;
  /** Whole grids and fill lists instead of single placements. */
  readonly gridActions: boolean;
  readonly maxSteps: number;
  readonly maxTurns: number;
  readonly countsInvalid: boolean;
  readonly paysCorrectness: boolean;
  readonly overwrites: boolean;
  readonly identity: Json;
}

/** A puzzle being played: what all its states share. */
export interface SudokuArena {
  readonly size: SudokuSize;
  readonly clues: Uint8Array;
  readonly clueRows: readonly string[];
  readonly solution: Uint8Array;
  readonly blanks: number;
}

export interface SudokuState {
  readonly arena: SudokuArena;
  readonly rules: SudokuRules;
  readonly cells: Uint8Array;
  /** Rows of cell characters, always equal to `cells`. */
  readonly rows: readonly string[];
  readonly usage: Usage;
  readonly filled: number;
  /** Placements, grids or fill entries that counted. */
  readonly steps: number;
  readonly turn: number;
  readonly feedback: string;
  readonly endReason: EndReason | undefined;
}

/** Whether a number may enter a cell: no clue there, and no such number yet in its row, column or box, the cell included. */
export function isLegal({ arena, usage }: Pick<SudokuState, "arena" | "usage">, cell: number, value: number): boolean {
  return arena.clues[cell] === 0 && (usedAround(usage, arena.size, cell) & (1 << value)) === 0;
}

/** What of a state a changed grid decides. */
export type GridPart = Pick<SudokuState, "cells" | "rows" | "usage" | "filled">;

/** The grid with one cell changed. */
export function withCell(state: GridPart, size: SudokuSize, cell: number, value: number): GridPart {
  const cells = state.cells.slice();
  const before = cells[cell] as number;
  cells[cell] = value;
  const row = Math.floor(cell / size);
  const known = state.rows[row] as string;
  const column = cell % size;
  const rows = state.rows.slice();
  rows[row] = known.slice(0, column) + cellText(value) + known.slice(column + 1);
  const filled = state.filled + (before === 0 ? 1 : 0);
  if (before !== 0) return { cells, rows, usage: usageOf(cells, size), filled };
  return { cells, rows, usage: usageWith(state.usage, size, cell, value), filled };
}

/** The grid with all cells replaced. */
export function withGrid(cells: Uint8Array, size: SudokuSize): GridPart {
  const rows = Array.from({ length: size }, (_, row) => rowText(cells, size, row));
  let filled = 0;
  for (const value of cells) if (value !== 0) filled++;
  return { cells, rows, usage: usageOf(cells, size), filled };
}

/**
 * The list asked for last: a step asks for that of its new state, and the listing after it asks again. One entry, because a table
 * by usage costs as much as making the list.
 */
let lastUsage: Usage | undefined;
let lastPlacements: readonly number[] = [];

/** Cell times size plus number minus 1 of every legal placement, in row-major order. */
export function legalPlacements({ arena, usage }: Pick<SudokuState, "arena" | "usage">): readonly number[] {
  if (usage === lastUsage) return lastPlacements;
  const { size, clues } = arena;
  const all = 2 ** (size + 1) - 2;
  const result: number[] = [];
  for (let cell = 0; cell < clues.length; cell++) {
    if (clues[cell] !== 0) continue;
    for (let free = all & ~usedAround(usage, size, cell); free !== 0; free &= free - 1) {
      result.push(cell * size + 30 - Math.clz32(free & -free));
    }
  }
  lastUsage = usage;
  lastPlacements = result;
  return result;
}
