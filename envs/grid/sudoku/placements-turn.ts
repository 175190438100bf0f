// A turn of placements, RAGEN's mode: +1 for a number of the solution, +0.5 for another legal one, +10 when the grid is full,
// -0.1 for what is unreadable, out of range, on a clue or in conflict. Full and legal means solved: the puzzle is unique.

import { sumComponents } from "../../core/transition.ts";
import type { Action, ActionValidity, EndReason, NamedValue, Transition } from "../../core/types.ts";
import { MAX_ACTION_CHARACTERS } from "../core/move-text.ts";
import { singleTransition } from "../core/transitions.ts";
import { listedCode, placementTexts, readPlacement } from "./placement.ts";
import { isLegal, legalPlacements, type SudokuState, withCell } from "./state.ts";

const INVALID: readonly NamedValue[] = [{ name: "invalid", value: -0.1 }];
const FORMAT: readonly NamedValue[] = [{ name: "format", value: -0.1 }];
const CORRECT: readonly NamedValue[] = [{ name: "placement", value: 1 }];
const LEGAL: readonly NamedValue[] = [{ name: "placement", value: 0.5 }];
const HIDDEN: readonly NamedValue[] = [{ name: "placement", value: 0 }];
const solved = (placement: readonly NamedValue[]): readonly NamedValue[] => [
  ...placement,
  { name: "solved", value: 10 },
];

interface Part {
  readonly state: SudokuState;
  readonly components: readonly NamedValue[];
  readonly validity: ActionValidity;
  readonly normalized: string;
}

/** One turn; the placements of a list are made in order until the episode ends. */
export function stepPlacements(state: SudokuState, action: Action | undefined): Transition<SudokuState> {
  const { rules } = state;
  const wanted = requested(state, action);
  let current = state;
  const parts: Part[] = [];
  for (const placement of wanted.placements) {
    const part = place(current, placement);
    parts.push(part);
    current = part.state;
    if (isOver(current)) break;
  }
  if (parts.length === 0) {
    const steps = state.steps + (rules.countsInvalid ? 1 : 0);
    current = { ...state, steps, feedback: "❌ no placement in the action" };
    parts.push({
      state: current,
      components: rules.tagged ? FORMAT : INVALID,
      validity: wanted.validity,
      normalized: "",
    });
  }
  const turn = state.turn + 1;
  const endReason = endOf(current, turn, parts.at(-1)?.validity === "VALID");
  const components =
    parts.length === 1 ? (parts[0] as Part).components : sumComponents(parts.map((part) => part.components));
  let reward = 0;
  for (const { value } of components) reward += value;
  const validity = parts.find((part) => part.validity !== "VALID")?.validity ?? "VALID";
  const normalized =
    parts.length === 1 ? (parts[0] as Part).normalized : parts.map((part) => part.normalized).join("; ");
  const next: SudokuState = { ...current, turn, endReason };
  return singleTransition(next, reward, components, validity, normalized, endReason, endReason && scoreOf(endReason));
}

function scoreOf(endReason: EndReason): number {
  return endReason === "GOAL_REACHED" ? 1 : 0;
}

function requested(
  state: SudokuState,
  action: Action | undefined,
): { readonly placements: readonly (string | number)[]; readonly validity: ActionValidity } {
  if (action === undefined) return { placements: [], validity: "UNPARSABLE" };
  if ("choice" in action) {
    const code = legalPlacements(state)[action.choice];
    return code === undefined
      ? { placements: [], validity: "NOT_ADMISSIBLE" }
      : { placements: [code], validity: "VALID" };
  }
  if (!("text" in action) || action.text.length > MAX_ACTION_CHARACTERS)
    return { placements: [], validity: "UNPARSABLE" };
  if (!state.rules.tagged) return { placements: [action.text], validity: "VALID" };
  const answer = /<answer>([\s\S]*?)<\/answer>/.exec(action.text)?.[1] ?? "";
  const parts = answer.split("||").map((part) => part.trim());
  const placements = parts.filter((part) => part !== "").slice(0, state.rules.maxPlacementsPerTurn);
  return { placements, validity: placements.length === 0 ? "UNPARSABLE" : "VALID" };
}

/** One placement, as text or as the code of a legal one. */
function place(state: SudokuState, wanted: string | number): Part {
  const { arena, rules } = state;
  const { size } = arena;
  let cell: number;
  let value: number;
  const code = typeof wanted === "number" ? wanted : listedCode(size, wanted);
  if (code !== undefined) {
    cell = Math.floor(code / size);
    value = (code % size) + 1;
  } else {
    const read = readPlacement(String(wanted));
    const inRange =
      read !== undefined &&
      read.row >= 0 &&
      read.row < size &&
      read.column >= 0 &&
      read.column < size &&
      read.value >= 1 &&
      read.value <= size;
    if (!inRange) return refused(state, "UNPARSABLE", "", "❌ not a placement in range");
    cell = read.row * size + read.column;
    value = read.value;
  }
  const row = Math.floor(cell / size) + 1;
  const column = (cell % size) + 1;
  const normalized = placementTexts(size, false)[cell * size + value - 1] as string;
  if (arena.clues[cell] !== 0) return refused(state, "NOT_ADMISSIBLE", normalized, `❌ (${row},${column}) is a clue`);
  if (!isLegal(state, cell, value)) {
    return refused(
      state,
      "NOT_ADMISSIBLE",
      normalized,
      `❌ ${value} is already in the row, column or box of (${row},${column})`,
    );
  }
  const grid = withCell(state, size, cell, value);
  const full = grid.filled === grid.cells.length;
  const right = arena.solution[cell] === value;
  const pay = !rules.paysCorrectness ? HIDDEN : right ? CORRECT : LEGAL;
  const feedback = full ? "🎉 solved" : `✓ placed ${value} at (${row},${column})`;
  const next: SudokuState = { ...state, ...grid, steps: state.steps + 1, feedback };
  return { state: next, components: full ? solved(pay) : pay, validity: "VALID", normalized };
}

function refused(state: SudokuState, validity: ActionValidity, normalized: string, feedback: string): Part {
  const steps = state.steps + (state.rules.countsInvalid ? 1 : 0);
  return { state: { ...state, steps, feedback }, components: INVALID, validity, normalized };
}

function isOver(state: SudokuState): boolean {
  return state.filled === state.cells.length || (state.rules.countsInvalid && state.steps >= state.rules.maxSteps);
}

/** Upstream checks the limit after legal placements alone; a grid that admits nothing more has failed. */
function endOf(state: SudokuState, turn: number, legal: boolean): EndReason | undefined {
  const { rules } = state;
  if (state.filled === state.cells.length) return "GOAL_REACHED";
  if ((rules.countsInvalid || legal) && state.steps >= rules.maxSteps) return "MAX_TURNS";
  if (turn >= rules.maxTurns) return "MAX_TURNS";
  return legal && !hasLegalPlacement(state) ? "TASK_FAILED" : undefined;
}

function hasLegalPlacement(state: SudokuState): boolean {
  return legalPlacements(state).length > 0;
}
