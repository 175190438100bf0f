// A frozen lake: its map, how a move may slip, and the two generators of maps. `upstream` is RAGEN's (mll-lab-nu/RAGEN @20daedc,
// MIT) on Gymnasium's rules: start and goal are random cells. Ours asks for a distance between them as well.

import type { RandomStream } from "../../core/random.ts";
import { Pcg64 } from "../compat/numpy-pcg64.ts";
import { DIRECTIONS, type Direction } from "../core/directions.ts";

/** Rows of `S` start, `F` ice, `H` hole, `G` goal. */
export interface Lake {
  readonly rows: readonly string[];
  readonly height: number;
  readonly width: number;
  readonly cells: string;
  readonly start: number;
  readonly goal: number;
}

/** @throws {Error} naming the row and the fault of a map that cannot be served. */
export function parseLake(rows: readonly string[], where: string): Lake {
  const width = rows[0]?.length ?? 0;
  rows.forEach((row, i) => {
    if (row.length !== width) throw new Error(`${where}: row ${i + 1} has ${row.length} cells, the first ${width}`);
    if (!/^[SFHG]+$/.test(row)) throw new Error(`${where}: row ${i + 1} may hold only S, F, H and G`);
  });
  const cells = rows.join("");
  if (cells.split("S").length !== 2 || cells.split("G").length !== 2) {
    throw new Error(`${where}: a lake has one S and one G`);
  }
  const lake = {
    rows: Object.freeze([...rows]),
    height: rows.length,
    width,
    cells,
    start: cells.indexOf("S"),
    goal: cells.indexOf("G"),
  };
  if (distanceToGoal(lake)[lake.start] === -1) throw new Error(`${where}: the goal cannot be reached without a hole`);
  return lake;
}

/** The cell that a move leads to; moves against the border stay. */
export function neighbour(lake: Pick<Lake, "height" | "width">, cell: number, direction: Direction): number {
  const { width, height } = lake;
  const column = cell % width;
  switch (direction) {
    case 0:
      return cell >= width ? cell - width : cell;
    case 1:
      return cell < width * (height - 1) ? cell + width : cell;
    case 2:
      return column > 0 ? cell - 1 : cell;
    case 3:
      return column < width - 1 ? cell + 1 : cell;
  }
}

/** Moves to the goal from every cell without slipping; -1 where there is no way around the holes. */
export function distanceToGoal(lake: Pick<Lake, "height" | "width" | "cells" | "goal">): Int16Array {
  const distance = new Int16Array(lake.cells.length).fill(-1);
  distance[lake.goal] = 0;
  const queue = [lake.goal];
  for (let head = 0; head < queue.length; head++) {
    const cell = queue[head] as number;
    for (const direction of DIRECTIONS) {
      const next = neighbour(lake, cell, direction);
      if (distance[next] !== -1 || lake.cells[next] === "H") continue;
      distance[next] = (distance[cell] as number) + 1;
      queue.push(next);
    }
  }
  return distance;
}

/** Moves in the order of Gymnasium's numbers: a slip goes to a neighbour in this circle. */
const CIRCLE: readonly Direction[] = [2, 1, 3, 0];
const PLACE_IN_CIRCLE: readonly number[] = [3, 1, 0, 2];

/** The three ways that a move may go, each with its probability, in the order in which a draw goes through them. */
export function slips(move: Direction, successProb: number): readonly (readonly [Direction, number])[] {
  const place = PLACE_IN_CIRCLE[move] as number;
  const aside = (1 - successProb) / 2;
  return [
    [CIRCLE[(place + 3) % 4] as Direction, aside],
    [move, successProb],
    [CIRCLE[(place + 1) % 4] as Direction, aside],
  ];
}

/** Where a draw u in [0, 1) sends a move; sums are added in order, as doubles. */
export function slippedDirection(move: Direction, successProb: number, u: number): Direction {
  let sum = 0;
  for (const [direction, prob] of slips(move, successProb)) {
    sum += prob;
    if (sum > u) return direction;
  }
  // Rounding can leave the sum a hair below 1; the source then takes the first candidate.
  return (slips(move, successProb)[0] as readonly [Direction, number])[0];
}

/** RAGEN's map of a seed: 4x4, ice with probability 0.9. */
export function upstreamLake(seed: number): string[] {
  const size = 4;
  const stream = new Pcg64(seed);
  for (;;) {
    const cells: string[] = [];
    for (let cell = 0; cell < size * size; cell++) cells.push(stream.random() < 0.9 ? "F" : "H");
    const start = stream.integers(size) * size + stream.integers(size);
    const goal = stream.integers(size) * size + stream.integers(size);
    // The source draws a whole new grid when start and goal fall on one cell.
    if (start === goal) continue;
    cells[start] = "S";
    cells[goal] = "G";
    const lake = { height: size, width: size, cells: cells.join(""), goal };
    if (distanceToGoal(lake)[start] !== -1) return rowsOf(lake.cells, size);
  }
}

/** Our own map, or undefined where start and goal are too near or cut off. */
export function proposeLake(
  stream: RandomStream,
  size: number,
  iceProb: number,
  minDistance: number,
): string[] | undefined {
  const cells: string[] = Array.from({ length: size * size }, () => (stream.chance(iceProb) ? "F" : "H"));
  const start = stream.int(cells.length);
  const goal = stream.int(cells.length);
  if (start === goal) return undefined;
  cells[start] = "S";
  cells[goal] = "G";
  const lake = { height: size, width: size, cells: cells.join(""), goal };
  const distance = distanceToGoal(lake)[start] as number;
  return distance >= minDistance ? rowsOf(lake.cells, size) : undefined;
}

function rowsOf(cells: string, width: number): string[] {
  return Array.from({ length: cells.length / width }, (_, row) => cells.slice(row * width, (row + 1) * width));
}
