// Distances that ignore other boxes: how many pushes bring a lone box from a cell to a target. They give the solver its lower
// bound, and the cells from which no target can be reached are dead for every box.

import { cellSteps, DIRECTIONS } from "../core/directions.ts";
import { type SokobanLevel, WALL } from "./level.ts";

export const UNREACHABLE = 0x3fff;

/** Pushes from each cell to target t, `distances[t][cell]`, UNREACHABLE where there is no way; by pulling from the target. */
export function pushDistances(level: SokobanLevel): Uint16Array[] {
  const steps = cellSteps(level.width);
  return level.targets.map((target) => {
    const distance = new Uint16Array(level.fixed.length).fill(UNREACHABLE);
    distance[target] = 0;
    const queue = [target];
    for (let head = 0; head < queue.length; head++) {
      const cell = queue[head] as number;
      for (const direction of DIRECTIONS) {
        const from = cell - steps[direction];
        if (level.fixed[from] === WALL || distance[from] !== UNREACHABLE) continue;
        if (level.fixed[from - steps[direction]] === WALL) continue;
        distance[from] = (distance[cell] as number) + 1;
        queue.push(from);
      }
    }
    return distance;
  });
}

/** 1 for cells from which a box can reach no target. */
export function deadCells(level: SokobanLevel, distances: readonly Uint16Array[]): Uint8Array {
  return level.fixed.map((code, cell) =>
    code !== WALL && distances.every((distance) => distance[cell] === UNREACHABLE) ? 1 : 0,
  );
}

/**
 * The cheapest way to give each box a target of its own; UNREACHABLE or more where there is none. Exact up to 10 boxes
 * (dynamic programming over sets of targets), else the sum of nearest distances, which is a lower bound too.
 */
export function assignmentBound(boxes: readonly number[], distances: readonly Uint16Array[]): number {
  const count = boxes.length;
  if (count === 1) return distances[0]![boxes[0]!]!;
  if (count > 10) {
    let sum = 0;
    for (const box of boxes) sum += Math.min(...distances.map((distance) => distance[box] as number));
    return sum;
  }
  const size = 1 << count;
  const best = scratch(size);
  best[0] = 0;
  for (let set = 1; set < size; set++) best[set] = UNREACHABLE;
  for (let set = 0; set < size - 1; set++) {
    const base = best[set]!;
    if (base >= UNREACHABLE) continue;
    const box = boxes[bitCount(set)]!;
    for (let t = 0; t < count; t++) {
      if (set & (1 << t)) continue;
      const cost = base + distances[t]![box]!;
      const next = set | (1 << t);
      if (cost < best[next]!) best[next] = cost;
    }
  }
  return best[size - 1]!;
}

// Overwritten from its first cell on by every call, so nothing passes from one call to the next.
let table = new Int32Array(16);
function scratch(size: number): Int32Array {
  if (table.length < size) table = new Int32Array(size);
  return table;
}

function bitCount(set: number): number {
  let bits = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) bits++;
  return bits;
}

/** Whether the 2x2 squares around `cell` hold one of walls and boxes alone, with a box off its target: nothing there moves again. */
export function isBlocked(level: SokobanLevel, boxes: readonly number[], cell: number): boolean {
  const { width, fixed } = level;
  for (const corner of [cell - width - 1, cell - width, cell - 1, cell]) {
    let stuck = true;
    let offTarget = false;
    for (const member of [corner, corner + 1, corner + width, corner + width + 1]) {
      if (fixed[member] === WALL) continue;
      if (!boxes.includes(member)) {
        stuck = false;
        break;
      }
      if (fixed[member] !== 2) offTarget = true;
    }
    if (stuck && offTarget) return true;
  }
  return false;
}
