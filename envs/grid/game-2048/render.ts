// What a 2048 grid looks like: RAGEN's text, compact rows, and colours for a terminal.

import { type Colour, paint } from "../core/ansi.ts";
import { isOpen, MOVE_NAMES, SIDE, type Tiles } from "./rules.ts";

export const TILE_TEXTS = ["text", "glyphs"] as const;
export type TileText = (typeof TILE_TEXTS)[number];

const MOVE_LABELS = MOVE_NAMES.map((name, move) => `${move}(${name[0]?.toUpperCase()}${name.slice(1)})`);

const rowsOf = (tiles: Tiles): number[][] =>
  Array.from({ length: SIDE }, (_, row) => tiles.slice(row * SIDE, (row + 1) * SIDE));

export function renderTiles(tiles: Tiles, score: number, text: TileText): string {
  if (text === "glyphs")
    return rowsOf(tiles)
      .map((row) => row.map((value) => value || ".").join(" "))
      .join("\n");
  const open = MOVE_LABELS.filter((_, move) => isOpen(tiles, move));
  return [
    "Current 2048 Grid:",
    ...rowsOf(tiles).map((row, index) => `Row ${index + 1}: [${row.join(", ")}]`),
    "",
    open.length > 0 ? `Valid Actions: ${open.join(", ")}.` : "Valid Actions: None.",
    "Goal: Merge same numbers to reach 2048.",
    `Current Score: ${score}`,
    "What is your next move?",
  ].join("\n");
}

const COLOURS: readonly Colour[] = ["dim", "plain", "cyan", "green", "yellow", "magenta", "red", "onTarget"];

/** The grid in colour for a terminal. */
export function renderTilesAnsi(tiles: Tiles): string {
  const cell = (value: number) =>
    paint(
      (value === 0 ? "." : String(value)).padStart(6),
      COLOURS[Math.min(7, value === 0 ? 0 : Math.log2(value))] as Colour,
    );
  return rowsOf(tiles)
    .map((row) => row.map(cell).join(""))
    .join("\n");
}
