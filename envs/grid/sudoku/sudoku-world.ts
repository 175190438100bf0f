// The Sudoku world: single placements (ours and RAGEN's rules) or whole grids and fill lists (PettingLLMs' rules). Puzzle files
// come in as text (`createSudokuWorld({ puzzleFiles })`); every puzzle that is served has exactly one solution.

import type { CanonicalState, Json, Observation, Task } from "../../core/types.ts";
import { SINGLE_AGENT } from "../../core/types.ts";
import type { ExpertPolicy, World } from "../../core/world.ts";
import { type OptionValues, optionIdentity, optionsSchemaJson, parseOptionTable } from "../core/option-table.ts";
import { taskCatalogue } from "../core/task-catalogue.ts";
import { afterTheEnd } from "../core/transitions.ts";
import { gridRows, parseGrid } from "./grid.ts";
import { listedEntries, stepGrids } from "./grids-turn.ts";
import { readInlineSudoku, SUDOKU_FORM } from "./inline-task.ts";
import { placementTexts } from "./placement.ts";
import { stepPlacements } from "./placements-turn.ts";
import type { PuzzleFile } from "./puzzle-files.ts";
import { renderAnsi, renderGrid, SUDOKU_TEXTS } from "./render.ts";
import { isLegal, legalPlacements, type SudokuArena, type SudokuRules, type SudokuState, withGrid } from "./state.ts";
import { type SudokuTaskData, sudokuSplits } from "./tasks.ts";

export const SUDOKU_VERSION = "1.0.0";

export const SUDOKU_OPTIONS = {
  preset: {
    kind: "choice",
    values: ["task", "anchorgym", "ragen", "pettingllms"],
    initial: "task",
    about: "rules and text of a named system; task: those of the task's split",
  },
  observation: {
    kind: "choice",
    values: ["preset", ...SUDOKU_TEXTS],
    initial: "preset",
    about: "text of an observation; preset: simple",
  },
  correctness: {
    kind: "choice",
    values: ["shown", "hidden"],
    initial: "shown",
    about: "shown: a legal number pays 1 if it is the solution's and 0.5 otherwise; hidden: 0 either way",
  },
  countInvalid: {
    kind: "boolean",
    initial: true,
    about: "false: refused actions never end an episode, as upstream has it",
  },
  overwrite: {
    kind: "boolean",
    initial: false,
    about: "true: a wrong whole grid replaces the board, as upstream has it",
  },
  maxSteps: {
    kind: "integer",
    minimum: 0,
    maximum: 100_000,
    initial: 0,
    about: "placements of an episode; 0: the task's",
  },
  maxTurns: {
    kind: "integer",
    minimum: 0,
    maximum: 400_000,
    initial: 0,
    about: "turns of an episode; 0: 4 for whole grids, else four times maxSteps",
  },
} as const;
export type SudokuOptions = OptionValues<typeof SUDOKU_OPTIONS>;
export type SudokuWorld = World<SudokuState, SudokuOptions, SudokuTaskData>;

const REWARD_COMPONENTS = [
  "placement",
  "invalid",
  "format",
  "solved",
  "step",
  "quick",
  "filled",
  "pairs",
  "conflict",
  "forced",
  "progress",
  "open",
  "illegal",
];
const PLACEMENTS_OF_ANSWER = 2;

/** The world over its own puzzles, RAGEN's, and a split per puzzle file. */
export function createSudokuWorld(sources: { readonly puzzleFiles?: readonly PuzzleFile[] } = {}): SudokuWorld {
  const catalogue = taskCatalogue<SudokuTaskData>("sudoku", SUDOKU_VERSION, sudokuSplits(sources.puzzleFiles ?? []));
  return {
    description: {
      name: "sudoku",
      version: SUDOKU_VERSION,
      stateSchema: "sudoku/1",
      turnModel: "SINGLE",
      agents: [{ agentId: SINGLE_AGENT, role: "player", team: "" }],
      splits: catalogue.splits,
      rewardComponents: REWARD_COMPONENTS,
      optionsSchemaJson: optionsSchemaJson(SUDOKU_OPTIONS),
      taskSchemaJson: JSON.stringify(SUDOKU_FORM.schema),
      limits: { maxTurns: 400_000, maxActionBytes: 65_536, maxObservationBytes: 16_384 },
    },
    parseOptions: parseSudokuOptions,
    task: catalogue.task,
    taskById: catalogue.taskById,
    inlineTask: (json) => catalogue.inlineTask(readInlineSudoku(json)),
    reset: resetSudoku,
    step(state, actions) {
      if (state.endReason !== undefined) {
        return afterTheEnd(state, state.endReason, state.endReason === "GOAL_REACHED" ? 1 : 0);
      }
      const action = actions.get(SINGLE_AGENT);
      return state.rules.gridActions ? stepGrids(state, action) : stepPlacements(state, action);
    },
    observe: observeSudoku,
    admissibleActions: listedPlacements,
    canonical: canonicalSudoku,
    initiallyActing: (state) => (state.endReason === undefined ? [SINGLE_AGENT] : []),
    vocabulary: () => [
      ..."place at row col . | ; ( ) ,".split(" "),
      ...Array.from({ length: 16 }, (_, index) => String(index + 1)),
      "---------",
      "--------------------",
    ],
  };
}

export const sudokuWorld: SudokuWorld = createSudokuWorld();

/** @throws {Error} naming the option and what it expects. */
export function parseSudokuOptions(optionsJson: string): SudokuOptions {
  return parseOptionTable("sudoku", SUDOKU_OPTIONS, optionsJson);
}

const arenas = new WeakMap<SudokuTaskData, SudokuArena>();

function arenaOf(data: SudokuTaskData, where: string): SudokuArena {
  let arena = arenas.get(data);
  if (arena === undefined) {
    const { size, cells } = parseGrid(data.puzzle, where);
    const blanks = cells.reduce((count, value) => count + (value === 0 ? 1 : 0), 0);
    const solution = parseGrid(data.solution, where).cells;
    arena = { size, clues: cells, clueRows: Object.freeze(gridRows(cells, size)), solution, blanks };
    arenas.set(data, arena);
  }
  return arena;
}

/** The initial state; nothing is drawn in play, so the seed changes nothing. */
export function resetSudoku(task: Task<SudokuTaskData>, _seed: number, options: SudokuOptions): SudokuState {
  const arena = arenaOf(task.data, task.taskId);
  const preset = options.preset === "task" ? task.data.preset : options.preset;
  const gridActions = preset === "pettingllms";
  const maxSteps = options.maxSteps === 0 ? task.data.maxSteps : options.maxSteps;
  const rules: SudokuRules = {
    preset,
    text: options.observation === "preset" ? "simple" : options.observation,
    tagged: preset === "ragen",
    maxPlacementsPerTurn: preset === "ragen" ? PLACEMENTS_OF_ANSWER : 1,
    gridActions,
    maxSteps,
    maxTurns: options.maxTurns > 0 ? options.maxTurns : gridActions ? 4 : 4 * maxSteps,
    countsInvalid: options.countInvalid,
    paysCorrectness: options.correctness === "shown",
    overwrites: options.overwrite,
    identity: optionIdentity(SUDOKU_OPTIONS, options),
  };
  const grid = withGrid(arena.clues, arena.size);
  return { arena, rules, ...grid, steps: 0, turn: 0, feedback: "", endReason: undefined };
}

export function observeSudoku(state: SudokuState): Observation {
  const { arena, rules, cells, rows, steps, feedback } = state;
  const view = { size: arena.size, cells, clues: arena.clues, rows, steps, maxSteps: rules.maxSteps, feedback };
  return { blocks: [{ text: renderGrid(view, rules.text) }] };
}

/** Every legal placement, row by row; whole grids are free text, so fill lists of one entry stand for them. */
function listedPlacements(state: SudokuState): readonly string[] {
  if (state.endReason !== undefined) return [];
  const { size } = state.arena;
  if (state.rules.gridActions) {
    return listedEntries(state).map((code) => {
      const cell = Math.floor(code / size);
      return `#### [[${Math.floor(cell / size)}, ${cell % size}, ${(code % size) + 1}]]`;
    });
  }
  const texts = placementTexts(size, state.rules.tagged);
  const listed: string[] = [];
  for (const code of legalPlacements(state)) listed.push(texts[code] as string);
  return listed;
}

export function canonicalSudoku(state: SudokuState): CanonicalState {
  const { arena, rules, turn } = state;
  const done = state.endReason !== undefined;
  const semantic = { clues: arena.clueRows, done, grid: state.rows };
  const shown = rules.text === "with_feedback";
  if (!shown && rules.identity === null) {
    const full = { clues: arena.clueRows, done, grid: state.rows, steps: state.steps };
    return { full, semantic, rng: null, turn };
  }
  const full: Record<string, Json> = { ...semantic, steps: state.steps };
  if (shown) full["feedback"] = state.feedback;
  if (rules.identity !== null) full["options"] = rules.identity;
  return { full, semantic, rng: null, turn };
}

/** The grid in colour for a terminal. */
export function renderSudoku(state: SudokuState): string {
  return renderAnsi({ size: state.arena.size, cells: state.cells, clues: state.arena.clues });
}

/** Writes the solution, cell by cell, wrong entries first; the whole grid at once where grids are the actions. */
export const sudokuExpert: ExpertPolicy<SudokuState> = {
  name: "sudoku-solver",
  act(state) {
    if (state.endReason !== undefined) return undefined;
    const { arena, cells, rules } = state;
    const { size, solution } = arena;
    if (rules.gridActions) {
      const rows = Array.from({ length: size }, (_, row) => [...solution.subarray(row * size, (row + 1) * size)]);
      return `#### ${JSON.stringify(rows)}`;
    }
    const open = Array.from(cells.keys()).filter((cell) => cells[cell] !== solution[cell]);
    const wrongFirst = open.sort((a, b) => Number(cells[b] !== 0) - Number(cells[a] !== 0) || a - b);
    const cell = wrongFirst.find((candidate) => isLegal(state, candidate, solution[candidate] as number));
    if (cell === undefined) return undefined;
    return placementTexts(size, rules.tagged)[cell * size + (solution[cell] as number) - 1];
  },
};
