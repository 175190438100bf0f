// A map of free and blocked cells with a start and a goal; PettingLLMs' generator (pettingllms-ai/PettingLLMs @a054fb1, MIT) and our
// own. The upstream generator draws the grid from numpy's legacy stream and the ends from Python's, both with the same seed.

import type { RandomStream } from "../../core/random.ts";
import { NumpyLegacyRandom } from "../compat/numpy-legacy.ts";
import { PythonRandom } from "../compat/python-random.ts";
import { DIRECTIONS, type Direction } from "../core/directions.ts";

/** Cells are row-major indices. */
export interface Maze {
  readonly rows: readonly string[];
  readonly height: number;
  readonly width: number;
  /** `.` free, `#` blocked. */
  readonly cells: string;
  readonly start: number;
  readonly goal: number;
  /** Fewest moves to the goal per cell; -1 where there is no way. */
  readonly distance: Int16Array;
}

const BLOCKED_BELOW = 0.22;
const UPSTREAM_SIZE = 10;
const UPSTREAM_TRIALS = 2000;

/** @throws {Error} naming the fault of a map that cannot be served. */
export function createMaze(rows: readonly string[], start: number, goal: number, where: string): Maze {
  const width = rows[0]?.length ?? 0;
  rows.forEach((row, i) => {
    if (row.length !== width) throw new Error(`${where}: row ${i + 1} has ${row.length} cells, the first ${width}`);
    if (!/^[.#]+$/.test(row)) throw new Error(`${where}: row ${i + 1} may hold only . and #`);
  });
  const cells = rows.join("");
  for (const [name, cell] of [
    ["start", start],
    ["goal", goal],
  ] as const) {
    if (cells[cell] !== ".") throw new Error(`${where}: the ${name} is not on a free cell`);
  }
  const distance = distancesTo(cells, width, goal);
  if (distance[start] === -1) throw new Error(`${where}: the goal cannot be reached`);
  return { rows: Object.freeze([...rows]), height: rows.length, width, cells, start, goal, distance };
}

/** The cell that a move leads to; -1 where it leaves the map or is blocked. */
export function target(cells: string, width: number, cell: number, direction: Direction): number {
  const column = cell % width;
  let next = -1;
  if (direction === 0) next = cell - width;
  else if (direction === 1) next = cell + width;
  else if (direction === 2) next = column > 0 ? cell - 1 : -1;
  else next = column < width - 1 ? cell + 1 : -1;
  return next >= 0 && cells[next] === "." ? next : -1;
}

function distancesTo(cells: string, width: number, goal: number): Int16Array {
  const distance = new Int16Array(cells.length).fill(-1);
  distance[goal] = 0;
  const queue = [goal];
  for (let head = 0; head < queue.length; head++) {
    const cell = queue[head] as number;
    for (const direction of DIRECTIONS) {
      const next = target(cells, width, cell, direction);
      if (next < 0 || distance[next] !== -1) continue;
      distance[next] = (distance[cell] as number) + 1;
      queue.push(next);
    }
  }
  return distance;
}

/** A shortest way from a cell to the goal, by breadth-first distances; the first direction of the list wins ties. */
export function shortestMoves(maze: Maze, from: number = maze.start): Direction[] | undefined {
  if (maze.distance[from] === -1) return undefined;
  const moves: Direction[] = [];
  for (let cell = from; cell !== maze.goal; ) {
    const direction = DIRECTIONS.find((candidate) => {
      const next = target(maze.cells, maze.width, cell, candidate);
      return next >= 0 && maze.distance[next] === (maze.distance[cell] as number) - 1;
    }) as Direction;
    moves.push(direction);
    cell = target(maze.cells, maze.width, cell, direction);
  }
  return moves;
}

export interface MazePlan {
  readonly rows: readonly string[];
  readonly start: number;
  readonly goal: number;
}

/** PettingLLMs' map of a seed. @param seed below 2^32 */
export function upstreamMaze(seed: number): MazePlan {
  const size = UPSTREAM_SIZE;
  const numpy = new NumpyLegacyRandom(seed);
  const python = new PythonRandom(seed);
  for (let trial = 0; trial < UPSTREAM_TRIALS; trial++) {
    let cells = "";
    for (let cell = 0; cell < size * size; cell++) cells += numpy.rand() < BLOCKED_BELOW ? "#" : ".";
    const free = freeCells(cells);
    if (free.length < 2) continue;
    const start = python.choice(free);
    let goal = python.choice(free);
    while (goal === start) goal = python.choice(free);
    if (distancesTo(cells, size, goal)[start] !== -1) return { rows: rowsOf(cells, size), start, goal };
  }
  const open = ".".repeat(size * size);
  return { rows: rowsOf(open, size), start: 0, goal: size * size - 1 };
}

/** Our own map, or undefined where the drawn ends are too near or cut off. */
export function proposeMaze(stream: RandomStream, size: number, minDistance: number): MazePlan | undefined {
  const cells = Array.from({ length: size * size }, () => (stream.chance(BLOCKED_BELOW) ? "#" : ".")).join("");
  const free = freeCells(cells);
  if (free.length < 2) return undefined;
  const start = stream.pick(free);
  const goal = stream.pick(free);
  const distance = distancesTo(cells, size, goal)[start] as number;
  return distance >= minDistance ? { rows: rowsOf(cells, size), start, goal } : undefined;
}

function freeCells(cells: string): number[] {
  return [...cells].flatMap((code, cell) => (code === "." ? [cell] : []));
}

function rowsOf(cells: string, width: number): string[] {
  return Array.from({ length: cells.length / width }, (_, row) => cells.slice(row * width, (row + 1) * width));
}
