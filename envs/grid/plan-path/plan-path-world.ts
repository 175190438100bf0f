// The Plan-Path world: walk from start to goal, move by move or with lists of moves. Options, observations and canonical states
// around the rules of `episode.ts`.

import type { CanonicalState, Json, Observation, Task } from "../../core/types.ts";
import { SINGLE_AGENT } from "../../core/types.ts";
import type { ExpertPolicy, World } from "../../core/world.ts";
import { DIRECTION_LETTERS, DIRECTION_NAMES, type Direction } from "../core/directions.ts";
import { deepFreeze } from "../core/freeze.ts";
import { formatMove, type MoveVocabulary } from "../core/move-text.ts";
import { withMoveTools } from "../core/move-tools.ts";
import { resolveTurnRules, TURN_OPTIONS } from "../core/move-turn.ts";
import { type OptionValues, optionIdentity, optionsSchemaJson, parseOptionTable } from "../core/option-table.ts";
import { taskCatalogue } from "../core/task-catalogue.ts";
import { type MazeArena, type MazeRules, mazeView, openActions, type PlanPathState, stepPlanPath } from "./episode.ts";
import { MAZE_FORM, readInlineMaze } from "./inline-task.ts";
import { createMaze, shortestMoves } from "./maze.ts";
import { MAZE_GLYPHS, MAZE_TEXTS, renderMaze, renderMazeAnsi } from "./render.ts";
import { PLAN_PATH_REWARD_COMPONENTS, SHAPINGS } from "./rewards.ts";
import { type MazeTaskData, mazeSplits } from "./tasks.ts";

export const PLAN_PATH_VERSION = "1.0.0";

export const PLAN_PATH_OPTIONS = {
  preset: {
    kind: "choice",
    values: ["task", "anchorgym", "pettingllms"],
    initial: "task",
    about: "text, parser and limits of a named system; task: those of the task's split",
  },
  observation: {
    kind: "choice",
    values: ["preset", ...MAZE_TEXTS],
    initial: "preset",
    about: "text of an observation; preset: that of the preset",
  },
  ...TURN_OPTIONS,
  shaping: {
    kind: "choice",
    values: SHAPINGS,
    initial: "fixed",
    about:
      "fixed: moves that bump are not shaped; upstream: they are, which pays far from the goal; undiscounted: no loop pays",
  },
  emptyListReward: {
    kind: "integer",
    minimum: -100,
    maximum: 0,
    initial: -2,
    about: "plan form: reward of a list that is empty or cannot be read",
  },
} as const;
export type PlanPathOptions = OptionValues<typeof PLAN_PATH_OPTIONS>;
export type PlanPathWorld = World<PlanPathState, PlanPathOptions, MazeTaskData>;

export const PLAN_PATH_MOVES: MoveVocabulary = {
  byName: new Map<string, number>([
    ...DIRECTION_NAMES.map((name, move) => [name, move] as const),
    ...DIRECTION_LETTERS.map((letter, move) => [letter.toLowerCase(), move] as const),
  ]),
  tagNames: DIRECTION_NAMES,
};
const PRESETS = {
  anchorgym: { parser: "plain", vocabulary: PLAN_PATH_MOVES, maxMovesPerTurn: 1, text: "spaced" },
  pettingllms: { parser: "hash-list", vocabulary: PLAN_PATH_MOVES, maxMovesPerTurn: 10_000, text: "glyphs" },
} as const;

const catalogue = taskCatalogue<MazeTaskData>("plan-path", PLAN_PATH_VERSION, mazeSplits());

export const planPathWorld: PlanPathWorld = withMoveTools({
  description: {
    name: "plan-path",
    version: PLAN_PATH_VERSION,
    stateSchema: "plan-path/1",
    turnModel: "SINGLE",
    agents: [{ agentId: SINGLE_AGENT, role: "planner", team: "" }],
    splits: catalogue.splits,
    rewardComponents: PLAN_PATH_REWARD_COMPONENTS,
    optionsSchemaJson: optionsSchemaJson(PLAN_PATH_OPTIONS),
    taskSchemaJson: JSON.stringify(MAZE_FORM.schema),
    limits: { maxTurns: 400_000, maxActionBytes: 65_536, maxObservationBytes: 16_384 },
  },
  parseOptions: parsePlanPathOptions,
  task: catalogue.task,
  taskById: catalogue.taskById,
  inlineTask: (json) => catalogue.inlineTask(readInlineMaze(json)),
  reset: resetPlanPath,
  step: (state, actions) => stepPlanPath(state, actions.get(SINGLE_AGENT)),
  observe: observePlanPath,
  admissibleActions: openActions,
  canonical: canonicalPlanPath,
  initiallyActing: (state) => (state.endReason === undefined ? [SINGLE_AGENT] : []),
  vocabulary: () => [...DIRECTION_NAMES, ...MAZE_GLYPHS],
});

/** @throws {Error} naming the option and what it expects. */
export function parsePlanPathOptions(optionsJson: string): PlanPathOptions {
  return parseOptionTable("plan-path", PLAN_PATH_OPTIONS, optionsJson);
}

const arenas = new WeakMap<MazeTaskData, MazeArena>();

/** The initial state; nothing is drawn in play, so the seed changes nothing. */
export function resetPlanPath(task: Task<MazeTaskData>, _seed: number, options: PlanPathOptions): PlanPathState {
  const { data } = task;
  let arena = arenas.get(data);
  if (arena === undefined) {
    arena = { maze: createMaze(data.rows, data.start, data.goal, task.taskId), views: new Map() };
    arenas.set(data, arena);
  }
  const rules = resolvePlanPathRules(data, options);
  return { arena, rules, position: arena.maze.start, moves: 0, turn: 0, endReason: undefined };
}

export function resolvePlanPathRules(data: MazeTaskData, options: PlanPathOptions): MazeRules {
  const preset = options.preset === "task" ? data.preset : options.preset;
  return {
    ...resolveTurnRules(PRESETS[preset], options, data.maxSteps),
    preset,
    text: options.observation === "preset" ? PRESETS[preset].text : options.observation,
    shaping: options.shaping,
    emptyListReward: options.emptyListReward,
    identity: optionIdentity(PLAN_PATH_OPTIONS, options),
  };
}

export function observePlanPath({ arena, rules, position }: PlanPathState): Observation {
  return mazeView(arena, `${rules.text} ${position}`, () =>
    deepFreeze({ blocks: [{ text: renderMaze(arena.maze, position, rules.text) }] }),
  );
}

export function canonicalPlanPath(state: PlanPathState): CanonicalState {
  const { arena, position, rules, turn, moves } = state;
  const done = state.endReason !== undefined;
  const { rows, goal, width } = arena.maze;
  const semantic = mazeView(arena, `semantic ${position} ${done}`, () =>
    deepFreeze({
      done,
      goal: [Math.floor(goal / width), goal % width],
      grid: rows,
      position: [Math.floor(position / width), position % width],
    }),
  );
  if (rules.identity === null) {
    const { grid, goal: ahead, position: at } = semantic;
    return { full: { done, goal: ahead, grid, moves, position: at }, semantic, rng: null, turn };
  }
  const full: Record<string, Json> = { ...semantic, moves, options: rules.identity };
  return { full, semantic, rng: null, turn };
}

/** The maze in colour for a terminal. */
export function renderPlanPath(state: PlanPathState): string {
  return renderMazeAnsi(state.arena.maze, state.position);
}

/** Walks a shortest way; one move a turn, or the whole way in plan form. */
export const planPathExpert: ExpertPolicy<PlanPathState> = {
  name: "plan-path-breadth-first",
  act(state) {
    if (state.endReason !== undefined) return undefined;
    const { parser, plans } = state.rules;
    const moves = shortestMoves(state.arena.maze, state.position);
    if (moves === undefined) return undefined;
    if (plans && parser.startsWith("hash-list")) {
      return `#### ${JSON.stringify(moves.map((move) => DIRECTION_LETTERS[move]))}`;
    }
    return formatMove(parser, DIRECTION_NAMES[moves[0] as Direction]);
  },
};
