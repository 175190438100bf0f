// Sudoku for two roles: filled cells, kept clues and legality. Weights and reward forms: core/team-world.ts.

import type { Json } from "../../core/types.ts";
import type { World } from "../../core/world.ts";
import { createTeamWorld, type RoleScores, type TeamOptions, type TeamState } from "../core/team-world.ts";
import { conflictingCells } from "./grid.ts";
import type { SudokuState } from "./state.ts";
import { sudokuWorld } from "./sudoku-world.ts";
import type { SudokuTaskData } from "./tasks.ts";

/** The grid that a list asks for, whether or not it is legal; undefined where it asks for none. */
function wantedCells(before: SudokuState, list: readonly Json[]): number[] | undefined {
  const { size } = before.arena;
  const rows = list.filter((row): row is readonly Json[] => Array.isArray(row));
  if (rows.length !== list.length) return undefined;
  if (rows.length === size && rows.every((row) => row.length === size)) return rows.flat().map(Number);
  const cells = Array.from(before.cells);
  for (const [row, column, value] of rows) {
    const cell = Number(row) * size + Number(column);
    if (Number.isInteger(cell) && cell >= 0 && cell < cells.length) cells[cell] = Number(value);
  }
  return cells;
}

function keepsClues({ arena }: SudokuState, cells: readonly number[]): boolean {
  return arena.clues.every((clue, cell) => clue === 0 || cells[cell] === clue);
}

const isNumber = (value: number, size: number): boolean => Number.isInteger(value) && value >= 1 && value <= size;

export const sudokuScores: RoleScores<SudokuState> = {
  bareMoves: false,
  team: () => 0,
  legal(before, list) {
    const cells = wantedCells(before, list);
    if (cells === undefined || !keepsClues(before, cells)) return 0;
    const { size } = before.arena;
    if (!cells.every((value) => value === 0 || isNumber(value, size))) return 0;
    return conflictingCells(cells, size).size === 0 ? 1 : 0;
  },
  plan: (before, after) => Math.max(0, after.filled - before.filled) / before.cells.length,
  tool(before, _after, list) {
    const cells = wantedCells(before, list);
    if (cells === undefined || !keepsClues(before, cells)) return 0;
    return cells.filter((value) => isNumber(value, before.arena.size)).length / cells.length;
  },
};

/** Environment `sudoku-team`. */
export const sudokuTeamWorld: World<TeamState<SudokuState>, TeamOptions, SudokuTaskData> = createTeamWorld(
  "sudoku-team",
  sudokuWorld,
  () => '{"preset":"pettingllms","maxTurns":400000}',
  sudokuScores,
);
