// A turn of PettingLLMs' mode: a whole grid, or a list of `[row, column, value]` entries, 0-based, after `####`. Rewards are
// upstream's (at-grpo.md 5.2) but for one repair: a grid that changes a clue solves nothing. A wrong grid leaves the board as it
// is unless the option `overwrite` asks for upstream's way.

import { sumComponents } from "../../core/transition.ts";
import type { Action, ActionValidity, EndReason, Json, NamedValue, Transition } from "../../core/types.ts";
import { MAX_ACTION_CHARACTERS, readHashList } from "../core/move-text.ts";
import { singleTransition } from "../core/transitions.ts";
import { boxOf, conflictingCells, type SudokuSize, unitsOf } from "./grid.ts";
import { candidatesOf } from "./render.ts";
import {
  type GridPart,
  isLegal,
  legalPlacements,
  type SudokuArena,
  type SudokuState,
  withCell,
  withGrid,
} from "./state.ts";

export interface GridRun extends GridPart {
  readonly steps: number;
  readonly reward: number;
  readonly components: readonly NamedValue[];
  readonly validity: ActionValidity;
  readonly solved: boolean;
}

const MALFORMED: readonly NamedValue[] = [{ name: "format", value: -1 }];

/** The list of an action, or undefined where there is none. Also reads a bare list without `####`. */
export function readGridAction(action: Action | undefined): readonly Json[] | undefined {
  if (action === undefined || !("text" in action) || action.text.length > MAX_ACTION_CHARACTERS) return undefined;
  const text = action.text.trim().startsWith("[") ? `#### ${action.text.trim().replaceAll("\n", " ")}` : action.text;
  return readHashList(text, false, false);
}

/** What a list does to a grid and what it pays. Pure; the caller decides about the episode. */
export function runGridAction(
  arena: SudokuArena,
  grid: GridPart,
  stepsBefore: number,
  list: readonly Json[] | undefined,
  overwrites: boolean,
): GridRun {
  const unchanged = { ...grid, steps: stepsBefore, solved: false };
  if (list === undefined || list.length === 0 || !list.every((item) => Array.isArray(item))) {
    return { ...unchanged, reward: -1, components: MALFORMED, validity: "UNPARSABLE" };
  }
  const rows = list as readonly (readonly Json[])[];
  const { size } = arena;
  if (rows.length === size && rows.every((row) => row.length === size)) {
    return runFullGrid(arena, grid, stepsBefore, rows.flat(), overwrites);
  }
  return runFillList(arena, grid, stepsBefore, rows);
}

function runFullGrid(
  arena: SudokuArena,
  grid: GridPart,
  stepsBefore: number,
  values: readonly Json[],
  overwrites: boolean,
): GridRun {
  const { size, clues, blanks } = arena;
  const inRange = values.every(
    (value) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= size,
  );
  const unchanged = { ...grid, steps: stepsBefore, solved: false };
  if (!inRange) return { ...unchanged, reward: -1, components: MALFORMED, validity: "UNPARSABLE" };
  const cells = Uint8Array.from(values as readonly number[]);
  const steps = stepsBefore + 1;
  const components: NamedValue[] = [{ name: "step", value: -0.01 }];
  const conflict = conflictingCells(cells, size).size > 0;
  const keepsClues = clues.every((clue, cell) => clue === 0 || cells[cell] === clue);
  const solved = !conflict && keepsClues;
  if (solved) {
    components.push({ name: "solved", value: 2 });
    if (steps <= blanks) components.push({ name: "quick", value: 0.5 });
    return { ...withGrid(cells, size), steps, ...total(components), validity: "VALID", solved };
  }
  const next = overwrites ? withGrid(cells, size) : grid;
  components.push({ name: "filled", value: 0.5 * (share(next) - share(grid)) });
  components.push({
    name: "pairs",
    value: 0.02 * (satisfiedPairs(next.cells, size) - satisfiedPairs(grid.cells, size)),
  });
  components.push({ name: "conflict", value: -0.5 });
  return { ...next, steps, ...total(components), validity: "NOT_ADMISSIBLE", solved };
}

function runFillList(
  arena: SudokuArena,
  grid: GridPart,
  stepsBefore: number,
  entries: readonly (readonly Json[])[],
): GridRun {
  const { size, blanks } = arena;
  let current = grid;
  let steps = stepsBefore;
  let solved = false;
  let refused = false;
  const parts: NamedValue[][] = [];
  for (const entry of entries) {
    if (entry.length !== 3 || !entry.every((number) => Number.isInteger(number))) continue;
    const [row, column, value] = entry as readonly [number, number, number];
    steps++;
    const inRange = row >= 0 && row < size && column >= 0 && column < size && value >= 1 && value <= size;
    const cell = row * size + column;
    if (!inRange || current.cells[cell] !== 0 || !isLegal({ arena, usage: current.usage }, cell, value)) {
      refused = true;
      parts.push([{ name: "illegal", value: -0.3 }]);
      continue;
    }
    const choices = candidatesOf(current.cells, size, cell).length;
    const before = current;
    current = withCell(before, size, cell, value);
    const components: NamedValue[] = [{ name: "step", value: -0.01 }];
    if (choices <= 2) components.push({ name: "forced", value: choices === 1 ? 0.2 : 0.1 });
    components.push({ name: "filled", value: 0.5 * (share(current) - share(before)) });
    components.push({
      name: "pairs",
      value: 0.02 * pairsGained(before.cells, current.cells, size, row, column),
    });
    components.push({ name: "progress", value: 0.1 * share(current) });
    if (current.filled < current.cells.length) components.push({ name: "open", value: 0.05 });
    else {
      solved = true;
      components.push({ name: "solved", value: 2 });
      if (steps <= blanks) components.push({ name: "quick", value: 0.5 });
    }
    parts.push(components);
    if (solved) break;
  }
  const components = parts.length === 1 ? (parts[0] as NamedValue[]) : sumComponents(parts);
  const validity = refused ? "NOT_ADMISSIBLE" : parts.length === 0 ? "NO_EFFECT" : "VALID";
  return { ...current, steps, ...total(components), validity, solved };
}

function total(components: readonly NamedValue[]): {
  readonly reward: number;
  readonly components: readonly NamedValue[];
} {
  let reward = 0;
  for (const { value } of components) reward += value;
  return { reward, components };
}

function share(grid: GridPart): number {
  return grid.filled / grid.cells.length;
}

/** Over rows, columns and boxes without a repetition: filled cells less one, where there is more than one. */
export function satisfiedPairs(cells: Uint8Array, size: SudokuSize): number {
  let pairs = 0;
  for (const unit of unitsOf(size)) pairs += pairsOfUnit(cells, unit);
  return pairs;
}

function pairsGained(before: Uint8Array, after: Uint8Array, size: SudokuSize, row: number, column: number): number {
  const units = unitsOf(size);
  let gained = 0;
  for (const index of [row, size + column, 2 * size + boxOf(size, row, column)]) {
    const unit = units[index] as readonly number[];
    gained += pairsOfUnit(after, unit) - pairsOfUnit(before, unit);
  }
  return gained;
}

function pairsOfUnit(cells: Uint8Array, unit: readonly number[]): number {
  let seen = 0;
  let filled = 0;
  for (const cell of unit) {
    const value = cells[cell] as number;
    if (value === 0) continue;
    if (seen & (1 << value)) return 0;
    seen |= 1 << value;
    filled++;
  }
  return Math.max(0, filled - 1);
}

/** Codes of the fill entries that are listed: legal placements in empty cells. */
export function listedEntries(state: SudokuState): number[] {
  const { size } = state.arena;
  return legalPlacements(state).filter((code) => state.cells[Math.floor(code / size)] === 0);
}

function listedEntry(state: SudokuState, choice: number): readonly Json[] | undefined {
  const { size } = state.arena;
  const code = listedEntries(state)[choice];
  if (code === undefined) return undefined;
  const cell = Math.floor(code / size);
  return [[Math.floor(cell / size), cell % size, (code % size) + 1]];
}

/** One turn of the mode. Never throws for anything an agent says. */
export function stepGrids(state: SudokuState, action: Action | undefined): Transition<SudokuState> {
  const { arena, rules } = state;
  const list = action !== undefined && "choice" in action ? listedEntry(state, action.choice) : readGridAction(action);
  const refused = action !== undefined && "choice" in action && list === undefined;
  const run = runGridAction(arena, state, state.steps, list, rules.overwrites);
  const { reward, components, solved, steps, cells, rows, usage, filled } = run;
  const validity = refused ? "NOT_ADMISSIBLE" : run.validity;
  const turn = state.turn + 1;
  let endReason: EndReason | undefined;
  if (solved) endReason = "GOAL_REACHED";
  else if (steps >= rules.maxSteps || turn >= rules.maxTurns) endReason = "MAX_TURNS";
  const next: SudokuState = { ...state, cells, rows, usage, filled, steps, turn, feedback: "", endReason };
  const score = endReason === undefined ? undefined : solved ? 1 : 0;
  return singleTransition(next, reward, components, validity, rows.join(" "), endReason, score);
}
