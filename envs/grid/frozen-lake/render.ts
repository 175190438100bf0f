// What a lake looks like: RAGEN's grid and coordinates, our grid with blanks between cells, and colours for a terminal.

import { type Colour, paint } from "../core/ansi.ts";
import type { Lake } from "./lake.ts";

export const LAKE_TEXTS = ["spaced", "glyphs", "coord", "grid_coord"] as const;
export type LakeText = (typeof LAKE_TEXTS)[number];

/** `P` player, `_` ice and start, `O` hole, `G` goal, `X` player in a hole, `√` player on the goal. */
export const LAKE_GLYPHS = ["P", "_", "O", "G", "X", "√"] as const;

function glyphAt(lake: Lake, cell: number, player: number): string {
  const code = lake.cells[cell];
  if (cell === player) return code === "H" ? "X" : code === "G" ? "√" : "P";
  return code === "H" ? "O" : code === "G" ? "G" : "_";
}

export function renderLake(lake: Lake, player: number, text: LakeText): string {
  switch (text) {
    case "spaced":
      return renderGrid(lake, player, " ");
    case "glyphs":
      return renderGrid(lake, player, "");
    case "coord":
      return renderCoordinates(lake, player);
    case "grid_coord":
      return `Coordinates: \n${renderCoordinates(lake, player)}\nGrid Map: \n${renderGrid(lake, player, "")}`;
  }
}

function renderGrid(lake: Lake, player: number, separator: string): string {
  let text = "";
  for (let cell = 0; cell < lake.cells.length; cell++) {
    if (cell > 0) text += cell % lake.width === 0 ? "\n" : separator;
    text += glyphAt(lake, cell, player);
  }
  return text;
}

function renderCoordinates(lake: Lake, player: number): string {
  const at = (cell: number) => `(${Math.floor(cell / lake.width)}, ${cell % lake.width})`;
  const holes = [...lake.cells].flatMap((code, cell) => (code === "H" ? [at(cell)] : []));
  const below = lake.cells[player];
  const name = below === "G" ? "Player on goal" : below === "H" ? "Player in hole" : "Player";
  return [
    `Board size: ${lake.height} rows x ${lake.width} cols (zero-indexed).`,
    `Start: ${at(lake.start)}`,
    `Goal: ${at(lake.goal)}`,
    `${name}: ${at(player)}`,
    ...(holes.length > 0 ? [`Holes: ${holes.join(", ")}`] : []),
  ].join("\n");
}

const COLOURS: Readonly<Record<string, Colour>> = {
  P: "cyan",
  _: "ice",
  O: "red",
  G: "green",
  X: "red",
  "√": "onTarget",
};

/** The lake in colour for a terminal. */
export function renderLakeAnsi(lake: Lake, player: number): string {
  return renderGrid(lake, player, " ").replace(/[P_OGX√]/g, (glyph) => paint(glyph, COLOURS[glyph] as Colour));
}
