// A* for Sokoban. `solvePushes` finds a solution with the fewest pushes (states: boxes and the player's region), `solveMoves` one
// with the fewest moves (states: boxes and the player's cell). Both use the cheapest assignment of boxes to targets as bound
// (consistent: a push changes it by at most one) and prune dead cells and frozen 2x2 squares.

import { cellSteps, DIRECTIONS, type Direction } from "../core/directions.ts";
import { movedBox, positionKey } from "./board.ts";
import { assignmentBound, deadCells, isBlocked, pushDistances, UNREACHABLE } from "./distances.ts";
import { type SokobanLevel, TARGET, WALL } from "./level.ts";

export interface Solution {
  readonly moves: readonly Direction[];
  readonly pushes: number;
}
/** `unsolvable` is a proof; `gave-up` says that the bound on states was reached first. */
export type SolverResult =
  | { readonly outcome: "solved"; readonly solution: Solution; readonly expandedStates: number }
  | { readonly outcome: "unsolvable" | "gave-up"; readonly expandedStates: number };

interface Node {
  readonly boxes: readonly number[];
  readonly player: number;
  readonly cost: number;
  readonly parent: Node | undefined;
  /** Cell of the player before the move that made this node, and the direction of that move. */
  readonly from: number;
  readonly direction: Direction;
  /** Equal for nodes that stand for one state of the search. */
  readonly key: number | string;
}

/** What the searches need of a level; worth keeping between calls. */
export interface LevelAnalysis {
  readonly level: SokobanLevel;
  readonly distances: readonly Uint16Array[];
  readonly dead: Uint8Array;
}

const analyses = new WeakMap<SokobanLevel, LevelAnalysis>();

export function analyseLevel(level: SokobanLevel): LevelAnalysis {
  let analysis = analyses.get(level);
  if (analysis === undefined) {
    const distances = pushDistances(level);
    analysis = { level, distances, dead: deadCells(level, distances) };
    analyses.set(level, analysis);
  }
  return analysis;
}

/** Whether a box stands where the goal is out of reach for good: a dead cell, a frozen square, or too few targets in reach. */
export function isDeadPosition(level: SokobanLevel, boxes: readonly number[]): boolean {
  const { dead, distances } = analyseLevel(level);
  if (boxes.some((cell) => dead[cell] === 1 || isBlocked(level, boxes, cell))) return true;
  return assignmentBound(boxes, distances) >= UNREACHABLE;
}

const MAX_STATES = 2_000_000;

/** A solution with the fewest pushes from a position. @param maxStates bound on expanded states */
export function solvePushes(
  level: SokobanLevel,
  boxes: readonly number[] = level.boxes,
  player: number = level.player,
  maxStates = MAX_STATES,
): SolverResult {
  return search(level, boxes, player, maxStates, true);
}

/** A solution with the fewest moves from a position. @param maxStates bound on expanded states */
export function solveMoves(
  level: SokobanLevel,
  boxes: readonly number[] = level.boxes,
  player: number = level.player,
  maxStates = MAX_STATES,
): SolverResult {
  return search(level, boxes, player, maxStates, false);
}

function search(
  level: SokobanLevel,
  startBoxes: readonly number[],
  startPlayer: number,
  maxStates: number,
  byPushes: boolean,
): SolverResult {
  const analysis = analyseLevel(level);
  const { fixed } = level;
  const steps = cellSteps(level.width);
  const { distances, dead } = analysis;
  const region = new Uint8Array(fixed.length);
  const reached = new Uint8Array(fixed.length);
  const buckets: Node[][] = [];
  const bestCost = new Map<number | string, number>();
  let expandedStates = 0;

  const push = (node: Node) => {
    const { key } = node;
    const known = bestCost.get(key);
    if (known !== undefined && known <= node.cost) return;
    const bound = assignmentBound(node.boxes, distances);
    if (bound >= UNREACHABLE) return;
    bestCost.set(key, node.cost);
    const priority = node.cost + bound;
    let bucket = buckets[priority];
    if (bucket === undefined) {
      bucket = [];
      buckets[priority] = bucket;
    }
    bucket.push(node);
  };
  const keyOf = (boxes: readonly number[], player: number) =>
    positionKey(level, boxes, byPushes ? floodRegion(level, steps, boxes, player, region) : player);

  const start: Node = {
    boxes: startBoxes,
    player: startPlayer,
    cost: 0,
    parent: undefined,
    from: startPlayer,
    direction: 0,
    key: keyOf(startBoxes, startPlayer),
  };
  push(start);
  for (let priority = 0; priority < buckets.length; priority++) {
    for (let node = buckets[priority]?.pop(); node !== undefined; node = buckets[priority]?.pop()) {
      if (node.boxes.every((cell) => fixed[cell] === TARGET)) {
        return { outcome: "solved", solution: solutionOf(level, steps, node, byPushes), expandedStates };
      }
      if ((bestCost.get(node.key) as number) < node.cost) continue;
      if (++expandedStates > maxStates) return { outcome: "gave-up", expandedStates };
      if (byPushes) {
        floodRegion(level, steps, node.boxes, node.player, reached);
        for (let index = 0; index < node.boxes.length; index++) {
          const box = node.boxes[index] as number;
          for (const direction of DIRECTIONS) {
            const step = steps[direction];
            const beyond = box + step;
            if (reached[box - step] !== 1 || fixed[beyond] === WALL || dead[beyond] === 1) continue;
            if (node.boxes.includes(beyond)) continue;
            const boxes = movedBox(node.boxes, index, beyond);
            if (isBlocked(level, boxes, beyond)) continue;
            const key = keyOf(boxes, box);
            push({ boxes, player: box, cost: node.cost + 1, parent: node, from: box - step, direction, key });
          }
        }
      } else {
        for (const direction of DIRECTIONS) {
          const step = steps[direction];
          const ahead: number = node.player + step;
          if (fixed[ahead] === WALL) continue;
          let boxes = node.boxes;
          const index = boxes.indexOf(ahead);
          if (index >= 0) {
            const beyond = ahead + step;
            if (fixed[beyond] === WALL || dead[beyond] === 1 || boxes.includes(beyond)) continue;
            boxes = movedBox(boxes, index, beyond);
            if (isBlocked(level, boxes, beyond)) continue;
          }
          const key = keyOf(boxes, ahead);
          push({ boxes, player: ahead, cost: node.cost + 1, parent: node, from: node.player, direction, key });
        }
      }
      // A bucket of lower priority cannot have grown: the bound is consistent.
    }
  }
  return { outcome: "unsolvable", expandedStates };
}

/** Marks with 1 the cells that the player can walk to, with 2 the boxes; the lowest cell marked 1 names the region. */
export function floodRegion(
  level: SokobanLevel,
  steps: readonly number[],
  boxes: readonly number[],
  player: number,
  region: Uint8Array,
): number {
  region.fill(0);
  for (const box of boxes) region[box] = 2;
  region[player] = 1;
  let lowest = player;
  const queue = [player];
  for (let head = 0; head < queue.length; head++) {
    for (const step of steps) {
      const cell = (queue[head] as number) + step;
      if (region[cell] !== 0 || level.fixed[cell] === WALL) continue;
      region[cell] = 1;
      if (cell < lowest) lowest = cell;
      queue.push(cell);
    }
  }
  return lowest;
}

function solutionOf(level: SokobanLevel, steps: readonly number[], last: Node, byPushes: boolean): Solution {
  const path: Node[] = [];
  for (let node: Node | undefined = last; node?.parent !== undefined; node = node.parent) path.push(node);
  path.reverse();
  const moves: Direction[] = [];
  let pushes = 0;
  for (const node of path) {
    const parent = node.parent as Node;
    if (byPushes) moves.push(...walk(level, steps, parent.boxes, parent.player, node.from));
    moves.push(node.direction);
    if (node.boxes !== parent.boxes) pushes++;
  }
  return { moves, pushes };
}

/** The shortest walk of the player between two cells of one region. */
function walk(
  level: SokobanLevel,
  steps: readonly number[],
  boxes: readonly number[],
  from: number,
  to: number,
): Direction[] {
  const cameBy = new Map<number, Direction>();
  const queue = [from];
  for (let head = 0; head < queue.length && !cameBy.has(to) && from !== to; head++) {
    for (const direction of DIRECTIONS) {
      const cell = (queue[head] as number) + (steps[direction] as number);
      if (cell === from || cameBy.has(cell) || level.fixed[cell] === WALL || boxes.includes(cell)) continue;
      cameBy.set(cell, direction);
      queue.push(cell);
    }
  }
  const moves: Direction[] = [];
  for (let cell = to; cell !== from; cell -= steps[moves.at(-1) as number] as number)
    moves.push(cameBy.get(cell) as Direction);
  return moves.reverse();
}
