// The FrozenLake world: cross the ice to the goal; a move may slip aside, a hole ends the episode. The random stream is part of
// the state (PCG64, one draw a move), so forks share their luck; without slipping nothing is drawn.

import type { CanonicalState, EndReason, Json, NamedValue, Observation, Task, Transition } from "../../core/types.ts";
import { SINGLE_AGENT } from "../../core/types.ts";
import type { Heard } from "../../core/worded-tools.ts";
import type { ExpertPolicy, World } from "../../core/world.ts";
import { canonicalPcg64, drawReal, type Pcg64State, pcg64FromSeed } from "../compat/numpy-pcg64.ts";
import { DIRECTION_NAMES, DIRECTIONS, type Direction } from "../core/directions.ts";
import { deepFreeze } from "../core/freeze.ts";
import { formatMove, type MoveVocabulary, UNKNOWN_MOVE } from "../core/move-text.ts";
import { withMoveTools } from "../core/move-tools.ts";
import { requestedMoves, resolveTurnRules, TURN_OPTIONS, type TurnRules } from "../core/move-turn.ts";
import { type OptionValues, optionIdentity, optionsSchemaJson, parseOptionTable } from "../core/option-table.ts";
import { taskCatalogue } from "../core/task-catalogue.ts";
import { afterTheEnd, singleTransition } from "../core/transitions.ts";
import { bestMoves } from "./expert.ts";
import { LAKE_FORM, readInlineLake } from "./inline-task.ts";
import { type Lake, neighbour, parseLake, slippedDirection } from "./lake.ts";
import { LAKE_GLYPHS, LAKE_TEXTS, type LakeText, renderLake, renderLakeAnsi } from "./render.ts";
import { type LakeTaskData, lakeSplits } from "./tasks.ts";

export const FROZEN_LAKE_VERSION = "1.0.0";

export const FROZEN_LAKE_OPTIONS = {
  preset: {
    kind: "choice",
    values: ["task", "anchorgym", "ragen"],
    initial: "task",
    about: "text, parser and limits of a named system; task: those of the task's split",
  },
  observation: {
    kind: "choice",
    values: ["preset", ...LAKE_TEXTS],
    initial: "preset",
    about: "text of an observation; preset: that of the preset",
  },
  ...TURN_OPTIONS,
  slippery: { kind: "boolean", initial: true, about: "false: moves never slip and nothing is drawn" },
  successPercent: {
    kind: "integer",
    minimum: 1,
    maximum: 100,
    initial: 80,
    about: "probability in percent that a move goes where it was meant to",
  },
} as const;
export type FrozenLakeOptions = OptionValues<typeof FROZEN_LAKE_OPTIONS>;

interface LakeRules extends TurnRules {
  readonly preset: "anchorgym" | "ragen";
  readonly text: LakeText;
  /** 1 where moves never slip. */
  readonly successProb: number;
  readonly identity: Json;
}

/** A lake being played, with its observations by cell and text. */
interface LakeArena {
  readonly lake: Lake;
  readonly views: Map<string, unknown>;
  /** Per text the observation of each cell; filled on demand. */
  readonly observations: Map<LakeText, (Observation | undefined)[]>;
  /** Running and ended semantic state of each cell, at twice the cell and the place after it; filled on demand. */
  readonly semantics: (LakeSemantic | undefined)[];
}

type LakeSemantic = { readonly done: boolean; readonly map: readonly string[]; readonly player: readonly number[] };

export interface FrozenLakeState extends Heard {
  readonly arena: LakeArena;
  readonly rules: LakeRules;
  readonly player: number;
  readonly steps: number;
  readonly turn: number;
  /** Undefined where moves never slip. */
  readonly stream: Pcg64State | undefined;
  readonly endReason: EndReason | undefined;
}
export type FrozenLakeWorld = World<FrozenLakeState, FrozenLakeOptions, LakeTaskData>;

const VOCABULARY: MoveVocabulary = {
  byName: new Map<string, number>([
    ...DIRECTION_NAMES.map((name, move) => [name, move] as const),
    ["u", 0],
    ["d", 1],
    ["l", 2],
    ["r", 3],
  ]),
  tagNames: DIRECTION_NAMES,
};
const PRESETS = {
  anchorgym: { parser: "plain", vocabulary: VOCABULARY, maxMovesPerTurn: 1, text: "spaced" },
  ragen: { parser: "answer-list", vocabulary: VOCABULARY, maxMovesPerTurn: 2, text: "glyphs" },
} as const;

const NOTHING: readonly NamedValue[] = [];
const GOAL: readonly NamedValue[] = [{ name: "goal", value: 1 }];
const FORMAT: readonly NamedValue[] = [{ name: "format", value: -0.1 }];

const catalogue = taskCatalogue<LakeTaskData>("frozen-lake", FROZEN_LAKE_VERSION, lakeSplits());

export const frozenLakeWorld: FrozenLakeWorld = withMoveTools({
  description: {
    name: "frozen-lake",
    version: FROZEN_LAKE_VERSION,
    stateSchema: "frozen-lake/1",
    turnModel: "SINGLE",
    agents: [{ agentId: SINGLE_AGENT, role: "player", team: "" }],
    splits: catalogue.splits,
    rewardComponents: ["goal", "format"],
    optionsSchemaJson: optionsSchemaJson(FROZEN_LAKE_OPTIONS),
    taskSchemaJson: JSON.stringify(LAKE_FORM.schema),
    limits: { maxTurns: 400_000, maxActionBytes: 65_536, maxObservationBytes: 16_384 },
  },
  parseOptions: parseFrozenLakeOptions,
  task: catalogue.task,
  taskById: catalogue.taskById,
  inlineTask: (json) => catalogue.inlineTask(readInlineLake(json)),
  reset: resetFrozenLake,
  step: (state, actions) => stepFrozenLake(state, actions.get(SINGLE_AGENT)),
  observe: observeFrozenLake,
  admissibleActions: (state) => (state.endReason === undefined ? ACTIONS[state.rules.parser] : NOTHING_LISTED),
  canonical: canonicalFrozenLake,
  initiallyActing: (state) => (state.endReason === undefined ? [SINGLE_AGENT] : []),
  vocabulary: () => [...DIRECTION_NAMES, ...LAKE_GLYPHS],
});

const NOTHING_LISTED: readonly string[] = [];
const listedFor = (parser: TurnRules["parser"]) => DIRECTION_NAMES.map((name) => formatMove(parser, name));
const ACTIONS: Readonly<Record<TurnRules["parser"], readonly string[]>> = {
  plain: listedFor("plain"),
  "action-tag": listedFor("action-tag"),
  "answer-list": listedFor("answer-list"),
  "hash-list": listedFor("hash-list"),
  "hash-list-upstream": listedFor("hash-list-upstream"),
};

/** @throws {Error} naming the option and what it expects. */
export function parseFrozenLakeOptions(optionsJson: string): FrozenLakeOptions {
  return parseOptionTable("frozen-lake", FROZEN_LAKE_OPTIONS, optionsJson);
}

const arenas = new WeakMap<LakeTaskData, LakeArena>();

/** The initial state. RAGEN's tasks play on the stream of their own seed, as upstream does; ours on that of the reset. */
export function resetFrozenLake(task: Task<LakeTaskData>, seed: number, options: FrozenLakeOptions): FrozenLakeState {
  let arena = arenas.get(task.data);
  if (arena === undefined) {
    arena = { lake: parseLake(task.data.rows, task.taskId), views: new Map(), observations: new Map(), semantics: [] };
    arenas.set(task.data, arena);
  }
  const preset = options.preset === "task" ? task.data.preset : options.preset;
  const rules: LakeRules = {
    ...resolveTurnRules(PRESETS[preset], options, task.data.maxSteps),
    preset,
    text: options.observation === "preset" ? PRESETS[preset].text : options.observation,
    successProb: options.slippery ? options.successPercent / 100 : 1,
    identity: optionIdentity(FROZEN_LAKE_OPTIONS, options),
  };
  // The reset of the source consumes one draw.
  const start = pcg64FromSeed(task.data.playSeed >= 0 ? task.data.playSeed : seed);
  const stream = options.slippery ? drawReal(start).stream : undefined;
  return { arena, rules, player: arena.lake.start, steps: 0, turn: 0, stream, endReason: undefined };
}

function stepFrozenLake(
  state: FrozenLakeState,
  action: Parameters<typeof requestedMoves>[0],
): Transition<FrozenLakeState> {
  if (state.endReason !== undefined) return afterTheEnd(state, state.endReason, scoreOf(state.endReason));
  const { rules, arena } = state;
  const request = requestedMoves(action, DIRECTIONS, rules);
  let { player, steps, stream } = state;
  const names: string[] = [];
  if (request.moves.length === 0 && request.validity !== "VALID" && rules.preset === "anchorgym") steps++;
  for (const move of request.moves) {
    if (move === UNKNOWN_MOVE) continue;
    let direction = move as Direction;
    if (stream !== undefined) {
      const draw = drawReal(stream);
      stream = draw.stream;
      direction = slippedDirection(direction, rules.successProb, draw.value);
    }
    player = neighbour(arena.lake, player, direction);
    names.push(DIRECTION_NAMES[move as Direction]);
    steps++;
    if (isFinal(arena.lake, player) || steps >= rules.maxSteps) break;
  }
  const turn = state.turn + 1;
  const below = arena.lake.cells[player];
  let endReason: EndReason | undefined;
  if (below === "G") endReason = "GOAL_REACHED";
  else if (below === "H") endReason = "TASK_FAILED";
  else if (steps >= rules.maxSteps || turn >= rules.maxTurns) endReason = "MAX_TURNS";
  const penalized = request.penalized && rules.preset === "ragen";
  const components = below === "G" ? (penalized ? [...GOAL, ...FORMAT] : GOAL) : penalized ? FORMAT : NOTHING;
  const reward = (below === "G" ? 1 : 0) + (penalized ? -0.1 : 0);
  const validity = request.validity === "VALID" && player === state.player ? "NO_EFFECT" : request.validity;
  const next: FrozenLakeState = { arena, rules, player, steps, turn, stream, endReason };
  const score = endReason === undefined ? undefined : scoreOf(endReason);
  return singleTransition(next, reward, components, validity, names.join(" "), endReason, score);
}

function isFinal(lake: Lake, cell: number): boolean {
  return lake.cells[cell] === "G" || lake.cells[cell] === "H";
}

function scoreOf(endReason: EndReason): number {
  return endReason === "GOAL_REACHED" ? 1 : 0;
}

/** A value that depends on the lake and a key alone, made once. */
function view<Value>(arena: LakeArena, key: string, compute: () => Value): Value {
  let value = arena.views.get(key) as Value | undefined;
  if (value === undefined) {
    value = compute();
    arena.views.set(key, value);
  }
  return value;
}

function observeFrozenLake({ arena, player, rules }: FrozenLakeState): Observation {
  let observations = arena.observations.get(rules.text);
  if (observations === undefined) {
    observations = Array(arena.lake.cells.length).fill(undefined) as undefined[];
    arena.observations.set(rules.text, observations);
  }
  let observation = observations[player];
  if (observation === undefined) {
    observation = deepFreeze({ blocks: [{ text: renderLake(arena.lake, player, rules.text) }] });
    observations[player] = observation;
  }
  return observation;
}

/** Frozen, because it is shown again and again and so is encoded once. */
function semanticOf({ lake, semantics }: LakeArena, player: number, done: boolean): LakeSemantic {
  const place = 2 * player + (done ? 1 : 0);
  let semantic = semantics[place];
  if (semantic === undefined) {
    semantic = deepFreeze({
      done,
      map: lake.rows,
      player: [Math.floor(player / lake.width), player % lake.width],
    });
    semantics[place] = semantic;
  }
  return semantic;
}

function canonicalFrozenLake(state: FrozenLakeState): CanonicalState {
  const { arena, player, rules, turn, stream } = state;
  const done = state.endReason !== undefined;
  const semantic = semanticOf(arena, player, done);
  const rng = stream === undefined ? null : canonicalPcg64(stream);
  const stepsDiffer = rules.preset !== "anchorgym" || rules.maxMovesPerTurn > 1;
  if (!stepsDiffer && rules.identity === null) return { full: semantic, semantic, rng, turn };
  const full: Record<string, Json> = { ...semantic };
  if (stepsDiffer) full["steps"] = state.steps;
  if (rules.identity !== null) full["options"] = rules.identity;
  return { full, semantic, rng, turn };
}

/** The lake in colour for a terminal. */
export function renderFrozenLake(state: FrozenLakeState): string {
  return renderLakeAnsi(state.arena.lake, state.player);
}

/** Takes the move with the best chance of the goal under the slipping in force, sooner before later. */
export const frozenLakeExpert: ExpertPolicy<FrozenLakeState> = {
  name: "frozen-lake-value-iteration",
  act(state) {
    if (state.endReason !== undefined) return undefined;
    const { arena, rules, player } = state;
    const moves = view(arena, `best moves ${rules.successProb}`, () => bestMoves(arena.lake, rules.successProb));
    return formatMove(rules.parser, DIRECTION_NAMES[moves[player] as Direction]);
  },
};
