// The 2048 world: slide and merge tiles until the winning tile stands. The random stream is part of the state. A task is a stream:
// RAGEN's tasks play the seed that is their index, ours a seed derived from the task and the reset.

import { deriveSeed } from "../../core/random.ts";
import { sumComponents } from "../../core/transition.ts";
import type {
  Action,
  CanonicalState,
  EndReason,
  Json,
  NamedValue,
  Observation,
  Task,
  Transition,
} from "../../core/types.ts";
import { SINGLE_AGENT } from "../../core/types.ts";
import type { Heard } from "../../core/worded-tools.ts";
import type { World } from "../../core/world.ts";
import { canonicalPcg64, type Pcg64State, pcg64FromSeed } from "../compat/numpy-pcg64.ts";
import { formatMove, type MoveVocabulary, UNKNOWN_MOVE } from "../core/move-text.ts";
import { withMoveTools } from "../core/move-tools.ts";
import { requestedMoves, resolveTurnRules, TURN_OPTIONS, type TurnRules } from "../core/move-turn.ts";
import { type OptionValues, optionIdentity, optionsSchemaJson, parseOptionTable } from "../core/option-table.ts";
import { type Problem, type SplitSource, taskCatalogue } from "../core/task-catalogue.ts";
import { afterTheEnd, singleTransition } from "../core/transitions.ts";
import { renderTiles, renderTilesAnsi, TILE_TEXTS, type TileText } from "./render.ts";
import { isOpen, MOVE_NAMES, SIDE, slide, spawn, type Tiles } from "./rules.ts";
import { type Game2048TaskData, MAX_STEPS, readInlineTiles, TILES_FORM, tilesProblem } from "./tasks.ts";

export const GAME_2048_VERSION = "1.0.0";

export const GAME_2048_OPTIONS = {
  observation: { kind: "choice", values: TILE_TEXTS, initial: "text", about: "text of an observation" },
  ...TURN_OPTIONS,
  winTile: {
    kind: "integer",
    minimum: 0,
    maximum: 131_072,
    initial: 2048,
    about:
      "tile that ends an episode with success; 0: upstream, success only if the last grid of a lost game holds 2048",
  },
  useLogReward: { kind: "boolean", initial: true, about: "0.1 log2(merged + 1) instead of the merged values" },
} as const;
export type Game2048Options = OptionValues<typeof GAME_2048_OPTIONS>;

interface Rules extends TurnRules {
  readonly text: TileText;
  readonly winTile: number;
  readonly useLogReward: boolean;
  readonly identity: Json;
}

export interface Game2048State extends Heard {
  readonly rules: Rules;
  readonly tiles: Tiles;
  /** Sum of all merged values. */
  readonly score: number;
  readonly stream: Pcg64State;
  readonly steps: number;
  readonly turn: number;
  readonly endReason: EndReason | undefined;
}
export type Game2048World = World<Game2048State, Game2048Options, Game2048TaskData>;

const VOCABULARY: MoveVocabulary = {
  byName: new Map<string, number>([
    ...MOVE_NAMES.map((name, move) => [name, move] as const),
    ...MOVE_NAMES.map((name, move) => [name[0] as string, move] as const),
  ]),
  tagNames: MOVE_NAMES,
};
const PRESET = { parser: "plain", vocabulary: VOCABULARY, maxMovesPerTurn: 1 } as const;
const UPSTREAM_WIN_TILE = 2048;

const problem = (seed: number, fixedStream: boolean): Problem<Game2048TaskData> =>
  tilesProblem({ seed, fixedStream, maxSteps: MAX_STEPS }, [fixedStream ? "generator:upstream" : "difficulty:medium"]);
const splits: readonly SplitSource<Game2048TaskData>[] = [
  {
    split: { name: "train", kind: "train", taskCount: undefined },
    problem: (index) => problem(deriveSeed(index, "game-2048/train"), false),
  },
  {
    split: { name: "valid", kind: "validation", taskCount: 500 },
    problem: (index) => problem(deriveSeed(index, "game-2048/valid"), false),
  },
  { split: { name: "ragen", kind: "train", taskCount: undefined }, problem: (index) => problem(index, true) },
];
const catalogue = taskCatalogue("game-2048", GAME_2048_VERSION, splits);

export const game2048World: Game2048World = withMoveTools({
  description: {
    name: "game-2048",
    version: GAME_2048_VERSION,
    stateSchema: "game-2048/1",
    turnModel: "SINGLE",
    agents: [{ agentId: SINGLE_AGENT, role: "player", team: "" }],
    splits: catalogue.splits,
    rewardComponents: ["merge", "blocked"],
    optionsSchemaJson: optionsSchemaJson(GAME_2048_OPTIONS),
    taskSchemaJson: JSON.stringify(TILES_FORM.schema),
    limits: { maxTurns: 400_000, maxActionBytes: 65_536, maxObservationBytes: 16_384 },
  },
  parseOptions: parseGame2048Options,
  task: catalogue.task,
  taskById: catalogue.taskById,
  inlineTask: (json) => catalogue.inlineTask(readInlineTiles(json)),
  reset: resetGame2048,
  step: (state, actions) => stepGame2048(state, actions.get(SINGLE_AGENT)),
  observe: observeGame2048,
  admissibleActions: (state) =>
    state.endReason !== undefined
      ? []
      : openMoves(state.tiles).map((move) => formatMove(state.rules.parser, MOVE_NAMES[move] as string)),
  canonical: canonicalGame2048,
  initiallyActing: (state) => (state.endReason === undefined ? [SINGLE_AGENT] : []),
  vocabulary: () => [
    ...MOVE_NAMES,
    ..."Current 2048 Grid : Row [ ] , Valid Actions ( ) . None Up Right Down Left".split(" "),
    ..."Goal Merge same numbers to reach Score What is your next move ?".split(" "),
    ...Array.from({ length: 17 }, (_, power) => String(2 ** (power + 1))),
    ..."0 1 3".split(" "),
  ],
});

/** @throws {Error} naming the option and what it expects. */
export function parseGame2048Options(optionsJson: string): Game2048Options {
  return parseOptionTable("game-2048", GAME_2048_OPTIONS, optionsJson);
}

function openMoves(tiles: Tiles): number[] {
  return [0, 1, 2, 3].filter((move) => isOpen(tiles, move));
}

function resetGame2048({ data }: Task<Game2048TaskData>, seed: number, options: Game2048Options): Game2048State {
  const rules: Rules = {
    ...resolveTurnRules(PRESET, options, data.maxSteps),
    text: options.observation,
    winTile: options.winTile,
    useLogReward: options.useLogReward,
    identity: optionIdentity(GAME_2048_OPTIONS, options),
  };
  const streamSeed = data.fixedStream ? data.seed : deriveSeed(seed, `game-2048/${data.seed}`);
  const rest = { score: 0, steps: 0, turn: 0, endReason: undefined };
  if (data.grid !== undefined) return { rules, tiles: data.grid.flat(), stream: pcg64FromSeed(streamSeed), ...rest };
  const first = spawn(Array(SIDE * SIDE).fill(0), pcg64FromSeed(streamSeed));
  const { tiles, stream } = spawn(first.tiles, first.stream);
  return { rules, tiles, stream, ...rest };
}

function stepGame2048(state: Game2048State, action: Action | undefined): Transition<Game2048State> {
  if (state.endReason !== undefined) return afterTheEnd(state, state.endReason, scoreOf(state.endReason));
  const { rules } = state;
  const request = requestedMoves(action, openMoves(state.tiles), rules);
  let { tiles, stream, score, steps } = state;
  let blocked = false;
  const parts: NamedValue[][] = [];
  // What cannot be read moves nothing, and counts as one blocked move.
  for (const move of request.moves.length === 0 ? [UNKNOWN_MOVE] : request.moves) {
    steps++;
    const slid = move === UNKNOWN_MOVE ? undefined : slide(tiles, move);
    if (slid === undefined || !slid.changed) {
      blocked = true;
      parts.push([{ name: "blocked", value: rules.useLogReward ? 0 : -0.1 }]);
    } else {
      score += slid.merged;
      parts.push([{ name: "merge", value: mergeReward(slid.merged, rules.useLogReward) }]);
      ({ tiles, stream } = spawn(slid.tiles, stream));
    }
    if (isOver(tiles, rules) || steps >= rules.maxSteps) break;
  }
  const turn = state.turn + 1;
  let endReason: EndReason | undefined;
  if (isWon(tiles, rules)) endReason = "GOAL_REACHED";
  else if (openMoves(tiles).length === 0) endReason = "TASK_FAILED";
  else if (steps >= rules.maxSteps || turn >= rules.maxTurns) endReason = "MAX_TURNS";
  const components = parts.length === 1 ? (parts[0] as NamedValue[]) : sumComponents(parts);
  let reward = 0;
  for (const { value } of components) reward += value;
  const validity = request.validity === "VALID" && blocked ? "NOT_ADMISSIBLE" : request.validity;
  const names = request.moves.map((move) => MOVE_NAMES[move] ?? "unknown").join(" ");
  const next: Game2048State = { rules, tiles, score, stream, steps, turn, endReason };
  return singleTransition(next, reward, components, validity, names, endReason, endReason && scoreOf(endReason));
}

function mergeReward(merged: number, useLogReward: boolean): number {
  if (!useLogReward) return merged;
  return merged > 0 ? 0.1 * Math.log2(merged + 1) : 0;
}

function isWon(tiles: Tiles, { winTile }: Rules): boolean {
  let highest = 0;
  for (const value of tiles) if (value > highest) highest = value;
  if (winTile > 0) return highest >= winTile;
  return highest >= UPSTREAM_WIN_TILE && openMoves(tiles).length === 0;
}

function isOver(tiles: Tiles, rules: Rules): boolean {
  return isWon(tiles, rules) || openMoves(tiles).length === 0;
}

function scoreOf(endReason: EndReason): number {
  return endReason === "GOAL_REACHED" ? 1 : 0;
}

function observeGame2048({ tiles, score, rules }: Game2048State): Observation {
  return { blocks: [{ text: renderTiles(tiles, score, rules.text) }] };
}

function canonicalGame2048(state: Game2048State): CanonicalState {
  const { tiles, rules, score, steps, turn } = state;
  const grid = [0, 1, 2, 3].map((row) => tiles.slice(row * SIDE, (row + 1) * SIDE));
  const semantic = { done: state.endReason !== undefined, grid };
  const full: Record<string, Json> = { ...semantic, score };
  if (rules.maxMovesPerTurn > 1) full["steps"] = steps;
  if (rules.identity !== null) full["options"] = rules.identity;
  return { full, semantic, rng: canonicalPcg64(state.stream), turn };
}

/** The grid in colour for a terminal. */
export function renderGame2048(state: Game2048State): string {
  return renderTilesAnsi(state.tiles);
}
