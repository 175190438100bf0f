// An episode of Plan-Path: rules in force, state, and one turn with one move or a list. Pure.

import { sumComponents } from "../../core/transition.ts";
import type { Action, EndReason, Json, NamedValue, Transition } from "../../core/types.ts";
import type { Heard } from "../../core/worded-tools.ts";
import { DIRECTION_NAMES, DIRECTIONS, type Direction } from "../core/directions.ts";
import { formatMove, UNKNOWN_MOVE } from "../core/move-text.ts";
import { requestedMoves, type TurnRules } from "../core/move-turn.ts";
import { afterTheEnd, singleTransition } from "../core/transitions.ts";
import { type Maze, target } from "./maze.ts";
import type { MazeText } from "./render.ts";
import { type MovePay, payMove, type Shaping } from "./rewards.ts";

export interface MazeRules extends TurnRules {
  readonly preset: "anchorgym" | "pettingllms";
  readonly text: MazeText;
  readonly shaping: Shaping;
  /** Reward of a list that is empty or cannot be read. */
  readonly emptyListReward: number;
  readonly identity: Json;
}

/** A maze being played, with what depends on a position alone. */
export interface MazeArena {
  readonly maze: Maze;
  readonly views: Map<string, unknown>;
}

export interface PlanPathState extends Heard {
  readonly arena: MazeArena;
  readonly rules: MazeRules;
  readonly position: number;
  readonly moves: number;
  readonly turn: number;
  readonly endReason: EndReason | undefined;
}

/** A value that depends on the maze and a key alone, made once. */
export function mazeView<Value>(arena: MazeArena, key: string, compute: () => Value): Value {
  let value = arena.views.get(key) as Value | undefined;
  if (value === undefined) {
    value = compute();
    arena.views.set(key, value);
  }
  return value;
}

/** The moves that lead somewhere, in the order up, down, left, right. */
export function openMoves(state: PlanPathState): readonly Direction[] {
  const { maze } = state.arena;
  return mazeView(state.arena, `open ${state.position}`, () =>
    DIRECTIONS.filter((direction) => target(maze.cells, maze.width, state.position, direction) >= 0),
  );
}

export function openActions(state: PlanPathState): readonly string[] {
  if (state.endReason !== undefined) return [];
  const { parser } = state.rules;
  return mazeView(state.arena, `actions ${parser} ${state.position}`, () =>
    openMoves(state).map((move) => formatMove(parser, DIRECTION_NAMES[move])),
  );
}

export interface MoveRun {
  readonly position: number;
  readonly moves: number;
  readonly reward: number;
  readonly components: readonly (readonly NamedValue[])[];
  /** Moves that were made before the episode's end. */
  readonly played: readonly number[];
  /** All moves made led somewhere. */
  readonly legal: boolean;
}

/** Runs moves in order until the goal or the limit; what follows is dropped. */
export function runMoves(
  maze: Maze,
  from: number,
  movesBefore: number,
  list: readonly number[],
  rules: { readonly shaping: Shaping; readonly maxSteps: number },
): MoveRun {
  let position = from;
  let moves = movesBefore;
  let reward = 0;
  let legal = true;
  const components: (readonly NamedValue[])[] = [];
  const played: number[] = [];
  for (const move of list) {
    if (position === maze.goal || moves >= rules.maxSteps) break;
    const next = move === UNKNOWN_MOVE ? -1 : target(maze.cells, maze.width, position, move as Direction);
    const to = next < 0 ? position : next;
    if (next < 0) legal = false;
    moves++;
    const pay: MovePay = payMove(maze, position, to, moves, rules.shaping);
    reward += pay.reward;
    components.push(pay.components);
    played.push(move);
    position = to;
  }
  return { position, moves, reward, components, played, legal };
}

const UNKNOWN = [UNKNOWN_MOVE];

/** One turn. Never throws for anything an agent says. */
export function stepPlanPath(state: PlanPathState, action: Action | undefined): Transition<PlanPathState> {
  if (state.endReason !== undefined) return afterTheEnd(state, state.endReason, scoreOf(state.endReason));
  const { rules, arena } = state;
  const request = requestedMoves(action, openMoves(state), rules);
  const nothing = request.moves.length === 0;
  // A single move that cannot be read is an unknown move and pays as one; a list without moves makes none.
  const list = nothing && !rules.plans ? UNKNOWN : request.moves;
  const run = runMoves(arena.maze, state.position, state.moves, list, rules);
  const empty = nothing && rules.plans;
  const turn = state.turn + 1;
  let endReason: EndReason | undefined;
  if (run.position === arena.maze.goal) endReason = "GOAL_REACHED";
  else if (run.moves >= rules.maxSteps || turn >= rules.maxTurns) endReason = "MAX_TURNS";
  let components =
    run.components.length === 1 ? (run.components[0] as readonly NamedValue[]) : sumComponents(run.components);
  if (empty && rules.emptyListReward !== 0) components = [{ name: "format", value: rules.emptyListReward }];
  const reward = empty ? rules.emptyListReward : run.reward;
  const validity =
    request.validity === "VALID" && run.position === state.position && !(list.length > 1 && run.legal)
      ? "NO_EFFECT"
      : request.validity;
  const names = nothing ? "" : run.played.map((move) => DIRECTION_NAMES[move as Direction] ?? "unknown").join(" ");
  const next: PlanPathState = { arena, rules, position: run.position, moves: run.moves, turn, endReason };
  return singleTransition(next, reward, components, validity, names, endReason, endReason && scoreOf(endReason));
}

function scoreOf(endReason: EndReason): number {
  return endReason === "GOAL_REACHED" ? 1 : 0;
}
