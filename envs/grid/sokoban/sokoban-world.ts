// The Sokoban world: tasks, options, observations and canonical states around the rules of `episode.ts`.
// Level files come in as text (`createSokobanWorld({ levelFiles })`); the world reads no files.

import type { CanonicalState, Json, Observation, Task } from "../../core/types.ts";
import { SINGLE_AGENT } from "../../core/types.ts";
import type { ExpertPolicy, World } from "../../core/world.ts";
import { DIRECTION_NAMES, type Direction } from "../core/directions.ts";
import { deepFreeze } from "../core/freeze.ts";
import { formatMove } from "../core/move-text.ts";
import { withMoveTools } from "../core/move-tools.ts";
import { resolveTurnRules, TURN_OPTIONS } from "../core/move-turn.ts";
import { type OptionValues, optionIdentity, optionsSchemaJson, parseOptionTable } from "../core/option-table.ts";
import { taskCatalogue } from "../core/task-catalogue.ts";
import { type Arena, type Board, createArena, positionKey, successor } from "./board.ts";
import type { LevelFile } from "./boxoban.ts";
import { type EpisodeRules, listedActions, type SokobanState, stepEpisode } from "./episode.ts";
import { readInlineLevel, SOKOBAN_FORM } from "./inline-task.ts";
import { FLOOR, parseLevel, TARGET } from "./level.ts";
import { PRESET_RULES, SOKOBAN_PRESETS } from "./presets.ts";
import { GYM_GLYPHS, LEVEL_TEXT_WORDS, renderAnsi, renderBoard, SOKOBAN_TEXTS } from "./render.ts";
import { SOKOBAN_REWARD_COMPONENTS } from "./rewards.ts";
import { floodRegion, solvePushes } from "./solver.ts";
import { levelFileSplit, ownSplits, type SokobanTaskData, upstreamSplits } from "./tasks.ts";

export const SOKOBAN_VERSION = "1.0.0";
const STATE_SCHEMA = "sokoban/1";

export const SOKOBAN_OPTIONS = {
  preset: {
    kind: "choice",
    values: ["task", ...SOKOBAN_PRESETS],
    initial: "task",
    about: "rules, text and parser of a named system; task: those of the task's split",
  },
  observation: {
    kind: "choice",
    values: ["preset", ...SOKOBAN_TEXTS],
    initial: "preset",
    about: "text of an observation; preset: that of the preset",
  },
  ...TURN_OPTIONS,
  admissible: {
    kind: "choice",
    values: ["effective", "all"],
    initial: "effective",
    about: "list the moves that change the board, or always all four",
  },
  deadlock: {
    kind: "choice",
    values: ["play", "end"],
    initial: "play",
    about: "end: an episode that can no longer be solved ends with TASK_FAILED",
  },
  anchorPlayer: {
    kind: "choice",
    values: ["cell", "region"],
    initial: "cell",
    about: "region: the semantic state names the player's region, which merges states that differ by free walking",
  },
} as const;
export type SokobanOptions = OptionValues<typeof SOKOBAN_OPTIONS>;
export type SokobanWorld = World<SokobanState, SokobanOptions, SokobanTaskData>;

/** The world over its own splits, the upstream splits and a split per level file. */
export function createSokobanWorld(sources: { readonly levelFiles?: readonly LevelFile[] } = {}): SokobanWorld {
  const levelSplits = (sources.levelFiles ?? []).map(levelFileSplit);
  const catalogue = taskCatalogue<SokobanTaskData>("sokoban", SOKOBAN_VERSION, [
    ...ownSplits(),
    ...upstreamSplits(),
    ...levelSplits,
  ]);
  return withMoveTools({
    description: {
      name: "sokoban",
      version: SOKOBAN_VERSION,
      stateSchema: STATE_SCHEMA,
      turnModel: "SINGLE",
      agents: [{ agentId: SINGLE_AGENT, role: "player", team: "" }],
      splits: catalogue.splits,
      rewardComponents: SOKOBAN_REWARD_COMPONENTS,
      optionsSchemaJson: optionsSchemaJson(SOKOBAN_OPTIONS),
      taskSchemaJson: JSON.stringify(SOKOBAN_FORM.schema),
      limits: { maxTurns: 400_000, maxActionBytes: 65_536, maxObservationBytes: 16_384 },
    },
    parseOptions: parseSokobanOptions,
    task: catalogue.task,
    taskById: catalogue.taskById,
    inlineTask: (json) => catalogue.inlineTask(readInlineLevel(json)),
    reset: resetSokoban,
    step: (state, actions) => stepEpisode(state, actions.get(SINGLE_AGENT)),
    observe: (state) => observeSokoban(state),
    admissibleActions: (state) => listedActions(state),
    canonical: canonicalSokoban,
    initiallyActing: (state) => (state.endReason === undefined ? [SINGLE_AGENT] : []),
    vocabulary: () => [...new Set([...DIRECTION_NAMES, "still", ...GYM_GLYPHS, ...LEVEL_TEXT_WORDS])],
  });
}

export const sokobanWorld: SokobanWorld = createSokobanWorld();

/** @throws {Error} naming the option and what it expects. */
export function parseSokobanOptions(optionsJson: string): SokobanOptions {
  return parseOptionTable("sokoban", SOKOBAN_OPTIONS, optionsJson);
}

const arenas = new WeakMap<SokobanTaskData, Arena>();

function arenaOf(data: SokobanTaskData, where: string): Arena {
  let arena = arenas.get(data);
  if (arena === undefined) {
    arena = createArena(parseLevel(data.rows, where));
    arenas.set(data, arena);
  }
  return arena;
}

/** The initial state; Sokoban draws nothing, so the seed changes nothing. */
export function resetSokoban(task: Task<SokobanTaskData>, _seed: number, options: SokobanOptions): SokobanState {
  const board = arenaOf(task.data, task.taskId).start;
  return { rules: resolveRules(task.data, options), board, steps: 0, turn: 0, endReason: undefined };
}

/** Preset, task and options as one set of rules. */
export function resolveRules(data: SokobanTaskData, options: SokobanOptions): EpisodeRules {
  const preset = options.preset === "task" ? data.preset : options.preset;
  const rules = PRESET_RULES[preset];
  const presetSteps = options.preset === "task" ? data.maxSteps : (rules.maxSteps ?? data.maxSteps);
  return {
    ...resolveTurnRules(rules, options, presetSteps),
    preset,
    rewards: rules.rewards,
    countsStill: rules.countsStill,
    text: options.observation === "preset" ? rules.text : options.observation,
    endsAtDeadlock: options.deadlock === "end",
    listsAllMoves: options.admissible === "all",
    regionAnchor: options.anchorPlayer === "region",
    identity: optionIdentity(SOKOBAN_OPTIONS, options),
  };
}

function observeSokoban({ board, rules }: SokobanState): Observation {
  const { views } = board;
  if (!board.linked) return { blocks: [{ text: renderBoard(board, rules.text) }] };
  if (views.observation === undefined || views.observationText !== rules.text) {
    views.observation = deepFreeze({ blocks: [{ text: renderBoard(board, rules.text) }] });
    views.observationText = rules.text;
  }
  return views.observation;
}

/** Boxes are sorted cells, so histories that swap boxes share a state. */
export function canonicalSokoban(state: SokobanState): CanonicalState {
  const { board, rules, turn } = state;
  const done = state.endReason !== undefined;
  const exact = exactOf(board, done);
  const semantic = rules.regionAnchor ? semanticOf(board, true, done) : exact;
  const stepsDiffer = !rules.countsStill || rules.maxMovesPerTurn > 1;
  if (!stepsDiffer && rules.identity === null) return { full: exact, semantic, rng: null, turn };
  const full: Record<string, Json> = { ...exact };
  if (rules.identity !== null) full["options"] = rules.identity;
  if (stepsDiffer) full["steps"] = state.steps;
  return { full, semantic, rng: null, turn };
}

/** The position; where the board is linked, frozen, because it is shown again and again and so is encoded once. */
function exactOf(board: Board, done: boolean): { readonly [key: string]: Json } {
  const { views } = board;
  if (!board.linked) return semanticOf(board, false, done);
  const known = done ? views.semanticDone : views.semanticRunning;
  if (known !== undefined) return known;
  const exact = deepFreeze(semanticOf(board, false, done));
  if (done) views.semanticDone = exact;
  else views.semanticRunning = exact;
  return exact;
}

function semanticOf(board: Board, byRegion: boolean, done: boolean): { readonly [key: string]: Json } {
  const { level, steps } = board.arena;
  const player = byRegion
    ? floodRegion(level, steps, board.boxes, board.player, new Uint8Array(level.fixed.length))
    : board.player;
  const { width } = level;
  const boxes: number[][] = [];
  for (const box of board.boxes) boxes.push([Math.floor(box / width), box % width]);
  return { boxes, done, fixed: fixedRows(board.arena), player: [Math.floor(player / width), player % width] };
}

const rowsOfArena = new WeakMap<Arena, readonly string[]>();

function fixedRows(arena: Arena): readonly string[] {
  let rows = rowsOfArena.get(arena);
  if (rows === undefined) {
    const { level } = arena;
    const glyphs = Array.from(level.fixed, (code) => (code === TARGET ? "." : code === FLOOR ? "_" : "#"));
    rows = Array.from({ length: level.height }, (_, row) =>
      glyphs.slice(row * level.width, (row + 1) * level.width).join(""),
    );
    Object.freeze(rows);
    rowsOfArena.set(arena, rows);
  }
  return rows;
}

/** The level in colour for a terminal. */
export function renderSokoban(state: SokobanState): string {
  return renderAnsi(state.board);
}

const PLANNED_BOARDS = 8192;
const plans = new WeakMap<Arena, Map<number | string, Direction>>();

/** Plays a push-optimal solution from wherever it is asked; undefined where the position cannot be solved. */
export const sokobanExpert: ExpertPolicy<SokobanState> = {
  name: "sokoban-a-star",
  act(state) {
    const { board, rules } = state;
    if (state.endReason !== undefined) return undefined;
    let known = plans.get(board.arena);
    if (known === undefined || known.size > PLANNED_BOARDS) {
      known = new Map();
      plans.set(board.arena, known);
    }
    const key = positionKey(board.arena.level, board.boxes, board.player);
    if (!known.has(key)) {
      const result = solvePushes(board.arena.level, board.boxes, board.player);
      if (result.outcome !== "solved") return undefined;
      let at = board;
      for (const move of result.solution.moves) {
        known.set(positionKey(at.arena.level, at.boxes, at.player), move);
        at = successor(at, move);
      }
    }
    const move = known.get(key);
    return move === undefined ? undefined : formatMove(rules.parser, DIRECTION_NAMES[move]);
  },
};
