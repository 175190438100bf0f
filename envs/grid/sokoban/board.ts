// A position of a level, and the moves between positions. Boards are immutable to their users. A level links a bounded number of
// boards, so that long play keeps a bounded memory; a linked board remembers its successors and its views once they were asked for,
// which only saves work: any other board remembers nothing and is made again, equal.

import type { Json, Observation } from "../../core/types.ts";
import { cellSteps, DIRECTIONS, type Direction } from "../core/directions.ts";
import { type SokobanLevel, TARGET, WALL } from "./level.ts";

/** Boards that a level keeps linked: all positions of a small room, a bounded share of a large one. */
const LINKED_BOARDS = 512;

/** A level being played, with the shared table of its boards. */
export interface Arena {
  readonly level: SokobanLevel;
  readonly steps: readonly [number, number, number, number];
  readonly start: Board;
  readonly linked: Map<number | string, Board>;
  /** Rows of the walls and targets by text style, filled on demand by the renderer. */
  readonly backgrounds: Map<string, string>;
}

export interface Board {
  readonly arena: Arena;
  /** Sorted cells. */
  readonly boxes: readonly number[];
  readonly player: number;
  /** Boxes on targets. */
  readonly covered: number;
  readonly solved: boolean;
  /** The level holds this board, so that links to it keep nothing else alive. */
  readonly linked: boolean;
  /** Linked successor per direction, once computed; the board itself where the move is blocked. Of linked boards alone. */
  readonly successors: [Board | undefined, Board | undefined, Board | undefined, Board | undefined];
  /** Written to linked boards alone. */
  readonly views: BoardViews;
}

/** What was derived from a board so far. */
export interface BoardViews {
  /** Bit d: direction d changes the board. */
  effective: number | undefined;
  observation: Observation | undefined;
  observationText: string | undefined;
  semanticRunning: { readonly [key: string]: Json } | undefined;
  semanticDone: { readonly [key: string]: Json } | undefined;
  potential: number | undefined;
  dead: boolean | undefined;
}

export function createArena(level: SokobanLevel): Arena {
  const arena = {
    level,
    steps: cellSteps(level.width),
    linked: new Map<number | string, Board>(),
    backgrounds: new Map<string, string>(),
  };
  // The start needs the arena and the arena its start: the arena is closed here, before anybody sees it.
  const open = arena as Arena & { start: Board };
  open.start = boardAt(open, level.boxes, level.player);
  return open;
}

/** The board of a position; the linked one where the level holds it. */
export function boardAt(arena: Arena, boxes: readonly number[], player: number): Board {
  const key = positionKey(arena.level, boxes, player);
  const known = arena.linked.get(key);
  if (known !== undefined) return known;
  const { fixed } = arena.level;
  let covered = 0;
  for (let i = 0; i < boxes.length; i++) if (fixed[boxes[i]!] === TARGET) covered++;
  const solved = covered === boxes.length;
  // Two literals: the engine places what one literal makes by how long it lived before, and one that makes boards for good puts
  // passing boards into the old generation too, where they cost half of the playing time.
  if (arena.linked.size >= LINKED_BOARDS) {
    return { arena, boxes, player, covered, solved, linked: false, successors: NO_SUCCESSORS, views: NO_VIEWS };
  }
  const board: Board = {
    arena,
    boxes,
    player,
    covered,
    solved,
    linked: true,
    successors: [undefined, undefined, undefined, undefined],
    views: noViews(),
  };
  arena.linked.set(key, board);
  return board;
}

function noViews(): BoardViews {
  return {
    effective: undefined,
    observation: undefined,
    observationText: undefined,
    semanticRunning: undefined,
    semanticDone: undefined,
    potential: undefined,
    dead: undefined,
  };
}

/** Shared by all boards that remember nothing, and frozen so that writing to one shows. */
const NO_VIEWS: BoardViews = Object.freeze(noViews());
const NO_SUCCESSORS: Board["successors"] = [undefined, undefined, undefined, undefined];
Object.freeze(NO_SUCCESSORS);

/** Equal keys of one level mean equal positions: a number where boxes and player fit into 49 bits, else text. */
export function positionKey(level: SokobanLevel, boxes: readonly number[], player: number): number | string {
  if (boxes.length <= 6 && level.fixed.length <= 128) {
    let key = player;
    for (let i = 0; i < boxes.length; i++) key = key * 128 + boxes[i]!;
    return key;
  }
  return String.fromCharCode(player, ...boxes);
}

/** The board after a move; the same object where a wall or a box that cannot move is in the way. */
export function successor(board: Board, direction: Direction): Board {
  const known = board.successors[direction];
  if (known !== undefined) return known;
  const next = computeSuccessor(board, direction);
  if (board.linked && next.linked) board.successors[direction] = next;
  return next;
}

function computeSuccessor(board: Board, direction: Direction): Board {
  const { arena, boxes, player } = board;
  const { fixed } = arena.level;
  const step = arena.steps[direction];
  const ahead = player + step;
  if (fixed[ahead] === WALL) return board;
  const pushed = boxes.indexOf(ahead);
  if (pushed < 0) return boardAt(arena, boxes, ahead);
  const beyond = ahead + step;
  if (fixed[beyond] === WALL || boxes.includes(beyond)) return board;
  return boardAt(arena, movedBox(boxes, pushed, beyond), ahead);
}

/** Bit d is set where direction d changes the board; makes no board. */
export function effectiveMask(board: Board): number {
  let mask = board.views.effective;
  if (mask === undefined) {
    mask = 0;
    const { arena, boxes, player } = board;
    const { fixed } = arena.level;
    for (const direction of DIRECTIONS) {
      const step = arena.steps[direction];
      const ahead = player + step;
      if (fixed[ahead] === WALL) continue;
      if (boxes.includes(ahead) && (fixed[ahead + step] === WALL || boxes.includes(ahead + step))) continue;
      mask |= 1 << direction;
    }
    if (board.linked) board.views.effective = mask;
  }
  return mask;
}

/** The sorted cells after box number `index` has moved to `cell`. */
export function movedBox(boxes: readonly number[], index: number, cell: number): number[] {
  const moved = boxes.slice();
  let at = index;
  for (; at > 0 && moved[at - 1]! > cell; at--) moved[at] = moved[at - 1]!;
  for (; at < moved.length - 1 && moved[at + 1]! < cell; at++) moved[at] = moved[at + 1]!;
  moved[at] = cell;
  return moved;
}
