// What a maze looks like: upstream's grid with `S` at the current position, ours with blanks, coordinates, and colours.

import { type Colour, paint } from "../core/ansi.ts";
import type { Maze } from "./maze.ts";

export const MAZE_TEXTS = ["spaced", "glyphs", "coord"] as const;
export type MazeText = (typeof MAZE_TEXTS)[number];

/** `S` the current position, `G` the goal, `.` free, `#` blocked. */
export const MAZE_GLYPHS = ["S", "G", ".", "#"] as const;

export function renderMaze(maze: Maze, position: number, text: MazeText): string {
  if (text === "coord") return renderCoordinates(maze, position);
  return renderGrid(maze, position, text === "spaced" ? " " : "");
}

function renderGrid(maze: Maze, position: number, separator: string): string {
  let text = "";
  for (let cell = 0; cell < maze.cells.length; cell++) {
    if (cell > 0) text += cell % maze.width === 0 ? "\n" : separator;
    text += cell === position ? "S" : cell === maze.goal ? "G" : maze.cells[cell];
  }
  return text;
}

function renderCoordinates(maze: Maze, position: number): string {
  const at = (cell: number) => `(${Math.floor(cell / maze.width)}, ${cell % maze.width})`;
  const blocked = [...maze.cells].flatMap((code, cell) => (code === "#" ? [at(cell)] : []));
  return [
    `Board size: ${maze.height} rows x ${maze.width} cols (zero-indexed).`,
    `Position: ${at(position)}`,
    `Goal: ${at(maze.goal)}`,
    ...(blocked.length > 0 ? [`Blocked: ${blocked.join(", ")}`] : []),
  ].join("\n");
}

const COLOURS: Readonly<Record<string, Colour>> = { S: "cyan", G: "green", ".": "dim", "#": "wall" };

/** The maze in colour for a terminal. */
export function renderMazeAnsi(maze: Maze, position: number): string {
  return renderGrid(maze, position, " ").replace(/[SG.#]/g, (glyph) => paint(glyph, COLOURS[glyph] as Colour));
}
