// Our own rooms: a random walk carves the floor, targets and player are drawn, and a breadth-first search over pulls from every
// solved position finds all boxes' placements with their exact number of pushes. So each level is solvable by construction and
// its difficulty is known. Refuses rooms outside the asked range of pushes, and boxes that start on targets.

import type { RandomStream } from "../../core/random.ts";
import { COLUMN_STEP, cellSteps, DIRECTIONS, ROW_STEP } from "../core/directions.ts";
import { movedBox } from "./board.ts";
import { FLOOR, type SokobanLevel, TARGET, WALL } from "./level.ts";
import { floodRegion } from "./solver.ts";

export interface RoomRange {
  readonly height: number;
  readonly width: number;
  readonly boxes: number;
  /** Fewest and most pushes of a shortest solution, both included. */
  readonly minPushes: number;
  readonly maxPushes: number;
}
export interface RatedLevel {
  readonly level: SokobanLevel;
  /** Pushes of a push-optimal solution. */
  readonly pushes: number;
}

const MAX_POSITIONS = 12_000;

/** One proposal; undefined where the drawn room has no position in the range. */
export function proposeRoom(stream: RandomStream, range: RoomRange): RatedLevel | undefined {
  const fixed = carve(stream, range);
  const floor: number[] = [];
  for (let cell = 0; cell < fixed.length; cell++) if (fixed[cell] === FLOOR) floor.push(cell);
  if (floor.length < 2 * range.boxes + 3) return undefined;
  const targets = stream
    .shuffled(floor)
    .slice(0, range.boxes)
    .sort((a, b) => a - b);
  for (const cell of targets) fixed[cell] = TARGET;
  const empty: SokobanLevel = { ...range, fixed, targets, boxes: targets, player: -1 };
  const positions = positionsByPushes(empty, range);
  if (positions.length === 0) return undefined;
  // A depth is drawn before a position, because deep positions are many and would always win.
  const depth = stream.pick([...new Set(positions.map((position) => position.pushes))]);
  const { boxes, player } = stream.pick(positions.filter((position) => position.pushes === depth));
  const region = new Uint8Array(fixed.length);
  floodRegion(empty, cellSteps(range.width), boxes, player, region);
  const starts: number[] = [];
  for (let cell = 0; cell < region.length; cell++) if (region[cell] === 1) starts.push(cell);
  const { height, width } = range;
  return { level: { height, width, fixed, targets, boxes, player: stream.pick(starts) }, pushes: depth };
}

/** Floor cells left by a walker that stamps small patterns; the border stays wall. */
function carve(stream: RandomStream, { height, width }: RoomRange): Uint8Array {
  const fixed = new Uint8Array(height * width);
  let row = 1 + stream.int(height - 2);
  let column = 1 + stream.int(width - 2);
  let direction = stream.int(4);
  const open = (r: number, c: number) => {
    if (r > 0 && c > 0 && r < height - 1 && c < width - 1) fixed[r * width + c] = FLOOR;
  };
  const stamps = Math.trunc(1.5 * (height + width));
  for (let stamp = 0; stamp < stamps; stamp++) {
    if (stream.chance(0.35)) direction = stream.int(4);
    row = Math.min(Math.max(row + ROW_STEP[direction as 0], 1), height - 2);
    column = Math.min(Math.max(column + COLUMN_STEP[direction as 0], 1), width - 2);
    open(row, column);
    const shape = stream.int(4);
    if (shape !== 0) open(row, column + (shape === 1 ? -1 : 1));
    if (shape !== 1) open(row + (shape === 2 ? -1 : 1), column);
  }
  return fixed;
}

interface Position {
  readonly boxes: readonly number[];
  readonly player: number;
  readonly pushes: number;
}

/** Positions with all boxes off their targets whose shortest solution lies in the range, by pulls from all solved positions. */
function positionsByPushes(level: SokobanLevel, range: RoomRange): Position[] {
  const { fixed } = level;
  const steps = cellSteps(level.width);
  const region = new Uint8Array(fixed.length);
  const seen = new Set<string>();
  const queue: Position[] = [];
  const enqueue = (boxes: readonly number[], player: number, pushes: number) => {
    const key = String.fromCharCode(floodRegion(level, steps, boxes, player, region), ...boxes);
    if (seen.has(key)) return;
    seen.add(key);
    queue.push({ boxes, player, pushes });
  };
  for (let cell = 0; cell < fixed.length; cell++) {
    if (fixed[cell] === FLOOR) enqueue(level.targets, cell, 0);
  }
  const found: Position[] = [];
  for (let head = 0; head < queue.length && queue.length < MAX_POSITIONS; head++) {
    const { boxes, player, pushes } = queue[head] as Position;
    if (pushes >= range.minPushes && boxes.every((cell) => fixed[cell] !== TARGET)) found.push(queue[head] as Position);
    if (pushes === range.maxPushes) continue;
    floodRegion(level, steps, boxes, player, region);
    const reached = Uint8Array.from(region);
    for (let index = 0; index < boxes.length; index++) {
      const box = boxes[index] as number;
      for (const direction of DIRECTIONS) {
        const step = steps[direction];
        const stand = box - step;
        const retreat = stand - step;
        if (reached[stand] !== 1 || fixed[retreat] === WALL || boxes.includes(retreat)) continue;
        enqueue(movedBox(boxes, index, stand), retreat, pushes + 1);
      }
    }
  }
  return found;
}
