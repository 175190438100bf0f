// An episode of Sokoban: the rules in force, the state, and one step with one move or a list of moves. Pure; parsing of
// completions is `move-text.ts`, rewards are `rewards.ts`.

import { sumComponents } from "../../core/transition.ts";
import type {
  Action,
  ActionValidity,
  AgentTransition,
  EndReason,
  Json,
  NamedValue,
  PerAgent,
  Transition,
} from "../../core/types.ts";
import type { Heard } from "../../core/worded-tools.ts";
import { DIRECTION_NAMES, DIRECTIONS, type Direction } from "../core/directions.ts";
import { formatMove, type MoveParser, UNKNOWN_MOVE } from "../core/move-text.ts";
import { type RequestedMoves, requestedMoves, type TurnRules } from "../core/move-turn.ts";
import { afterTheEnd, singleOutcome, singleTransition, transitionOf } from "../core/transitions.ts";
import { type Board, effectiveMask, successor } from "./board.ts";
import type { PresetRules, SokobanPreset } from "./presets.ts";
import { STILL } from "./presets.ts";
import type { SokobanText } from "./render.ts";
import { type Payment, payGym, payPettingllms } from "./rewards.ts";
import { isDeadPosition } from "./solver.ts";

/** What holds for a whole episode: preset and options, resolved. */
export interface EpisodeRules extends TurnRules, Pick<PresetRules, "rewards" | "countsStill"> {
  readonly preset: SokobanPreset;
  readonly text: SokobanText;
  readonly endsAtDeadlock: boolean;
  readonly listsAllMoves: boolean;
  readonly regionAnchor: boolean;
  /** The options that are not at their defaults. */
  readonly identity: Json;
}

export interface SokobanState extends Heard {
  readonly rules: EpisodeRules;
  readonly board: Board;
  /** Moves made, as the preset counts them. */
  readonly steps: number;
  readonly turn: number;
  readonly endReason: EndReason | undefined;
}

const NOTHING_LISTED: readonly string[] = [];
const STANDING: readonly NamedValue[] = [{ name: "step", value: -0.1 }];
const FORMAT: readonly NamedValue[] = [{ name: "format", value: -0.1 }];
const MALFORMED_LIST: readonly NamedValue[] = [{ name: "format", value: -1 }];
const NAME_OF_MOVE: readonly string[] = [...DIRECTION_NAMES, "still"];

/** Directions by mask of effective ones; all four where none is. */
const MOVES_OF_MASK: readonly (readonly Direction[])[] = Array.from({ length: 16 }, (_, mask) =>
  mask === 0 ? DIRECTIONS : DIRECTIONS.filter((direction) => (mask & (1 << direction)) !== 0),
);
const actionsOfMask = (parser: MoveParser): readonly (readonly string[])[] =>
  MOVES_OF_MASK.map((moves) => Object.freeze(moves.map((move) => formatMove(parser, DIRECTION_NAMES[move]))));
const ACTIONS_OF_MASK: Readonly<Record<MoveParser, readonly (readonly string[])[]>> = {
  plain: actionsOfMask("plain"),
  "action-tag": actionsOfMask("action-tag"),
  "answer-list": actionsOfMask("answer-list"),
  "hash-list": actionsOfMask("hash-list"),
  "hash-list-upstream": actionsOfMask("hash-list-upstream"),
};

function listedMask(state: SokobanState): number {
  return state.rules.listsAllMoves ? 15 : effectiveMask(state.board);
}

/** Listed moves, in the order up, down, left, right. */
export function listedMoves(state: SokobanState): readonly Direction[] {
  return MOVES_OF_MASK[listedMask(state)] as readonly Direction[];
}

/** Listed actions as text that the episode's parser reads. */
export function listedActions(state: SokobanState): readonly string[] {
  if (state.endReason !== undefined) return NOTHING_LISTED;
  return ACTIONS_OF_MASK[state.rules.parser][listedMask(state)] as readonly string[];
}

/** One step. Never throws for anything an agent says. */
export function stepEpisode(state: SokobanState, action: Action | undefined): Transition<SokobanState> {
  if (state.endReason !== undefined) return afterTheEnd(state, state.endReason, state.board.solved ? 1 : 0);
  const { rules } = state;
  // Most actions are one bare name: a lookup answers those.
  if (action !== undefined && "text" in action && rules.parser === "plain") {
    const move = rules.vocabulary.byName.get(action.text);
    if (move !== undefined) return stepOne(state, move, "VALID");
  }
  const request = requestedMoves(action, listedMoves(state), rules);
  if (request.moves.length === 0 && request.validity !== "VALID") return stepUnreadable(state, request.validity);
  if (request.moves.length === 1 && !request.penalized) {
    return stepOne(state, request.moves[0] as number, request.validity);
  }
  return stepList(state, request);
}

/** The reward and the count of an action that names no move, by preset. */
function stepUnreadable(state: SokobanState, validity: ActionValidity): Transition<SokobanState> {
  const { rules } = state;
  if (rules.rewards === "pettingllms") return finish(state, state.board, state.steps, MALFORMED_LIST, -1, validity, "");
  if (rules.parser === "answer-list") return finish(state, state.board, state.steps, FORMAT, -0.1, validity, "");
  const steps = state.steps + (rules.countsStill ? 1 : 0);
  return finish(state, state.board, steps, STANDING, -0.1, validity, "still");
}

function stepOne(state: SokobanState, move: number, validity: ActionValidity): Transition<SokobanState> {
  const { board, steps, payment } = play(state.rules, state.board, state.steps, move);
  const judged = validity === "VALID" && board === state.board ? "NO_EFFECT" : validity;
  const name = NAME_OF_MOVE[move] ?? "";
  if (payment.gym === undefined || name === "" || judged === "UNPARSABLE") {
    return finish(state, board, steps, payment.components, payment.reward, judged, name);
  }
  const turn = state.turn + 1;
  const endReason = endOf(state.rules, board, steps, turn);
  const agents = gymOutcome(payment, payment.gym, move, judged, name, endReason);
  return transitionOf(
    { rules: state.rules, board, steps, turn, endReason },
    agents,
    endReason,
    scoreOf(board, endReason),
  );
}

/** Under gym-sokoban's rewards a move has few outcomes, which all episodes share; made when first met. */
const gymOutcomes: (PerAgent<AgentTransition> | undefined)[] = [];

function gymOutcome(
  { reward, components }: Payment,
  payment: number,
  move: number,
  validity: ActionValidity,
  name: string,
  endReason: EndReason | undefined,
): PerAgent<AgentTransition> {
  const end = endReason === undefined ? 0 : endReason === "MAX_TURNS" ? 1 : 2;
  const place = ((payment * NAME_OF_MOVE.length + move) * 2 + (validity === "VALID" ? 0 : 1)) * 3 + end;
  const known = gymOutcomes[place];
  if (known !== undefined) return known;
  const outcome = singleOutcome(reward, components, validity, name, endReason);
  gymOutcomes[place] = outcome;
  return outcome;
}

/** Runs a list in order until the episode ends; what follows is dropped, and the normalized action says what ran. */
function stepList(state: SokobanState, request: RequestedMoves): Transition<SokobanState> {
  const { rules } = state;
  let { board, steps } = state;
  const payments: (readonly NamedValue[])[] = [];
  const names: string[] = [];
  let reward = 0;
  for (const move of request.moves) {
    const played = play(rules, board, steps, move);
    ({ board, steps } = played);
    reward += played.payment.reward;
    payments.push(played.payment.components);
    names.push(NAME_OF_MOVE[move] ?? "unknown");
    if (board.solved || steps >= rules.maxSteps) break;
  }
  if (request.penalized) {
    reward += -0.1;
    payments.push(FORMAT);
  }
  const judged = request.validity === "VALID" && board === state.board ? "NO_EFFECT" : request.validity;
  return finish(state, board, steps, sumComponents(payments), reward, judged, names.join(" "));
}

interface Played {
  readonly board: Board;
  readonly steps: number;
  readonly payment: Payment;
}

function play(rules: EpisodeRules, board: Board, steps: number, move: number): Played {
  if (move === STILL) return { board, steps: steps + (rules.countsStill ? 1 : 0), payment: payGym(board, board) };
  const next = move === UNKNOWN_MOVE ? board : successor(board, move as Direction);
  const payment =
    rules.rewards === "gym" ? payGym(board, next) : payPettingllms(board, next, steps + 1, rules.maxSteps);
  return { board: next, steps: steps + 1, payment };
}

function finish(
  before: SokobanState,
  board: Board,
  steps: number,
  components: readonly NamedValue[],
  reward: number,
  validity: ActionValidity,
  normalized: string,
): Transition<SokobanState> {
  const { rules } = before;
  const turn = before.turn + 1;
  const endReason = endOf(rules, board, steps, turn);
  return singleTransition(
    { rules, board, steps, turn, endReason },
    reward,
    components,
    validity,
    normalized,
    endReason,
    scoreOf(board, endReason),
  );
}

function endOf(rules: EpisodeRules, board: Board, steps: number, turn: number): EndReason | undefined {
  if (board.solved) return "GOAL_REACHED";
  if (rules.endsAtDeadlock && isDeadBoard(board)) return "TASK_FAILED";
  return steps >= rules.maxSteps || turn >= rules.maxTurns ? "MAX_TURNS" : undefined;
}

function scoreOf(board: Board, endReason: EndReason | undefined): number | undefined {
  return endReason === undefined ? undefined : board.solved ? 1 : 0;
}

function isDeadBoard(board: Board): boolean {
  const dead = board.views.dead ?? isDeadPosition(board.arena.level, board.boxes);
  if (board.linked) board.views.dead = dead;
  return dead;
}
