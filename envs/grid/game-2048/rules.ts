// The rules of 2048 on a 4x4 grid: sliding, merging, spawning. Spawns draw from a PCG64 stream that is part of the state, as RAGEN's
// environment draws them (mll-lab-nu/RAGEN @20daedc, MIT): a cell by integers(), then a 2 with probability 0.9, else a 4.

import { Pcg64, type Pcg64State } from "../compat/numpy-pcg64.ts";

export const SIDE = 4;
/** Upstream's numbers: 0 up, 1 right, 2 down, 3 left. */
export const MOVE_NAMES = ["up", "right", "down", "left"] as const;

/** Values of the cells, row by row; 0 is empty. */
export type Tiles = readonly number[];

/** Cells of the four lines of a move, each from the side that tiles slide to. */
const LINES: readonly (readonly (readonly number[])[])[] = [0, 1, 2, 3].map((move) =>
  [0, 1, 2, 3].map((line) =>
    [0, 1, 2, 3].map((place) => {
      const along = move === 0 || move === 3 ? place : SIDE - 1 - place;
      return move === 0 || move === 2 ? along * SIDE + line : line * SIDE + along;
    }),
  ),
);

export interface Slide {
  readonly tiles: Tiles;
  /** Sum of the values that merges made. */
  readonly merged: number;
  readonly changed: boolean;
}

/** Slides all tiles; equal neighbours merge once, from the leading side. */
export function slide(tiles: Tiles, move: number): Slide {
  const next = tiles.slice();
  let merged = 0;
  for (const line of LINES[move] as readonly (readonly number[])[]) {
    let to = 0;
    let waiting = 0;
    for (const cell of line) {
      const value = tiles[cell] as number;
      if (value === 0) continue;
      if (value === waiting) {
        next[line[to - 1] as number] = 2 * value;
        merged += 2 * value;
        waiting = 0;
      } else {
        next[line[to++] as number] = value;
        waiting = value;
      }
    }
    for (; to < SIDE; to++) next[line[to] as number] = 0;
  }
  return { tiles: next, merged, changed: next.some((value, cell) => value !== tiles[cell]) };
}

/** Whether a move changes the grid. */
export function isOpen(tiles: Tiles, move: number): boolean {
  for (const line of LINES[move] as readonly (readonly number[])[]) {
    for (let place = 1; place < SIDE; place++) {
      const value = tiles[line[place] as number] as number;
      const ahead = tiles[line[place - 1] as number] as number;
      if (value !== 0 && (ahead === 0 || ahead === value)) return true;
    }
  }
  return false;
}

/** The grid with one more tile, and the stream after its two draws; the same grid where it is full. */
export function spawn(tiles: Tiles, stream: Pcg64State): { readonly tiles: Tiles; readonly stream: Pcg64State } {
  const empty: number[] = [];
  for (let cell = 0; cell < tiles.length; cell++) if (tiles[cell] === 0) empty.push(cell);
  if (empty.length === 0) return { tiles, stream };
  const draws = new Pcg64(stream);
  const cell = empty[draws.integers(empty.length)] as number;
  const value = draws.random() < 0.9 ? 2 : 4;
  const next = tiles.slice();
  next[cell] = value;
  return { tiles: next, stream: draws.stream };
}
