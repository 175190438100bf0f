// A position of a level, and the moves between positions. Boards are immutable; each remembers its successors and its views once
// they were asked for, which only saves work: a forgotten board is made again, equal. A level links a bounded number of boards.

import { cellSteps, type Direction } from "../core/directions.ts";
import { type SokobanLevel, TARGET, WALL } from "./level.ts";

/** Boards that a level keeps linked: all positions of a small room, a bounded share of a large one. */
const LINKED_BOARDS = 512;

/** A level being played, with the shared table of its boards. */
export interface Arena {
  readonly level: SokobanLevel;
  readonly steps: readonly [number, number, number, number];
  readonly start: Board;
  readonly linked: Map<string, Board>;
}

export interface Board {
  readonly arena: Arena;
  /** Sorted cells. */
  readonly boxes: readonly number[];
  readonly player: number;
  /** Boxes on targets. */
  readonly covered: number;
  readonly solved: boolean;
  /** Successor per direction; the board itself where the move is blocked. */
  readonly successors: [Board | undefined, Board | undefined, Board | undefined, Board | undefined];
  /** Derived views by name, filled on demand by the world. */
  readonly views: Map<string, unknown>;
}

export function createArena(level: SokobanLevel): Arena {
  const arena = { level, steps: cellSteps(level.width), linked: new Map<string, Board>() };
  const open = arena as Arena & { start: Board };
  open.start = makeBoard(open, level.boxes, level.player);
  arena.linked.set(keyOf(level.boxes, level.player), open.start);
  return open;
}

/** The board of a position; the linked one where the level holds it. */
export function boardAt(arena: Arena, boxes: readonly number[], player: number): Board {
  const key = keyOf(boxes, player);
  const known = arena.linked.get(key);
  if (known !== undefined) return known;
  const board = makeBoard(arena, boxes, player);
  if (arena.linked.size < LINKED_BOARDS) arena.linked.set(key, board);
  return board;
}

function makeBoard(arena: Arena, boxes: readonly number[], player: number): Board {
  let covered = 0;
  for (const cell of boxes) if (arena.level.fixed[cell] === TARGET) covered++;
  return {
    arena,
    boxes,
    player,
    covered,
    solved: covered === boxes.length,
    successors: [undefined, undefined, undefined, undefined],
    views: new Map(),
  };
}

function keyOf(boxes: readonly number[], player: number): string {
  return String.fromCharCode(player, ...boxes);
}

/** The board after a move; the same object where a wall or a box that cannot move is in the way. */
export function successor(board: Board, direction: Direction): Board {
  const known = board.successors[direction];
  if (known !== undefined) return known;
  const next = computeSuccessor(board, direction);
  // Links to boards that the level does not hold would keep every visited position alive.
  if (next === board || board.arena.linked.has(keyOf(next.boxes, next.player))) board.successors[direction] = next;
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

/** The sorted cells after box number `index` has moved to `cell`. */
export function movedBox(boxes: readonly number[], index: number, cell: number): number[] {
  const moved = boxes.slice();
  moved.splice(index, 1);
  let at = 0;
  while (at < moved.length && (moved[at] as number) < cell) at++;
  moved.splice(at, 0, cell);
  return moved;
}

/** A derived value of a board, computed once. */
export function boardView<Value>(board: Board, name: string, compute: (board: Board) => Value): Value {
  let value = board.views.get(name) as Value | undefined;
  if (value === undefined) {
    value = compute(board);
    board.views.set(name, value);
  }
  return value;
}
