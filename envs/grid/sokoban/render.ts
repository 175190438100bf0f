// What a Sokoban position looks like: the texts of the systems that we reproduce, our own, and colours for a terminal.

import { type Colour, paint } from "../core/ansi.ts";
import type { Board } from "./board.ts";
import {
  BOX,
  BOX_ON_TARGET,
  cellCodes,
  LEVEL_GLYPHS,
  PLAYER,
  PLAYER_ON_TARGET,
  type SokobanLevel,
  TARGET,
  WALL,
} from "./level.ts";

export const SOKOBAN_TEXTS = ["spaced", "glyphs", "boxoban", "verl-agent", "coord", "grid_coord"] as const;
export type SokobanText = (typeof SOKOBAN_TEXTS)[number];

/** Glyphs by cell code 0 to 6, as gym-sokoban's text form has them. */
export const GYM_GLYPHS = ["#", "_", "O", "√", "X", "P", "S"] as const;
const VERL_AGENT_GLYPHS = GYM_GLYPHS.map((glyph) => ` ${glyph} \t`);
const SPACED_GLYPHS = ["#", "_", ".", "*", "$", "@", "+"] as const;

/** Words that the texts use beside names of moves and gym-sokoban's glyphs. */
export const LEVEL_TEXT_WORDS = [
  ...SPACED_GLYPHS,
  ..."Board size rows x cols zero-indexed Targets Boxes on target Player Coordinates Grid Map ( ) , : .".split(" "),
  ...Array.from({ length: 16 }, (_, number) => String(number)),
];

/** The observation of a board. */
export function renderBoard(board: Board, text: SokobanText): string {
  const { level } = board.arena;
  switch (text) {
    case "spaced":
      return renderRows(board, SPACED_GLYPHS, " ");
    case "glyphs":
      return renderRows(board, GYM_GLYPHS, "");
    case "boxoban":
      return renderRows(board, LEVEL_GLYPHS, "");
    case "verl-agent":
      return renderRows(board, VERL_AGENT_GLYPHS, "");
    case "coord":
      return renderCoordinates(level, board);
    case "grid_coord":
      return `Coordinates: \n${renderCoordinates(level, board)}\nGrid Map: \n${renderRows(board, GYM_GLYPHS, "")}`;
  }
}

/** Glyphs by code, and what stands around them: every cell takes the same number of characters. */
function renderRows({ arena, boxes, player }: Board, glyphs: readonly string[], separator: string): string {
  const { width, fixed } = arena.level;
  const stride = (glyphs[0] as string).length + separator.length;
  const rowLength = width * stride - separator.length + 1;
  const style = glyphs[0] + separator + glyphs[1];
  let background = arena.backgrounds.get(style);
  if (background === undefined) {
    background = "";
    for (let cell = 0; cell < fixed.length; cell++) {
      if (cell > 0) background += cell % width === 0 ? "\n" : separator;
      background += glyphs[fixed[cell] as number];
    }
    arena.backgrounds.set(style, background);
  }
  const size = (glyphs[0] as string).length;
  const playerGlyph = glyphs[fixed[player] === TARGET ? PLAYER_ON_TARGET : PLAYER] as string;
  let text = "";
  let from = 0;
  let pending = true;
  // In order of cells; the player comes before the first box behind it, or last.
  for (let i = 0; i < boxes.length || pending; ) {
    const box = boxes[i];
    let cell = player;
    let glyph = playerGlyph;
    if (pending && (box === undefined || player < box)) pending = false;
    else {
      cell = box as number;
      glyph = glyphs[fixed[cell] === TARGET ? BOX_ON_TARGET : BOX] as string;
      i++;
    }
    const at = Math.floor(cell / width) * rowLength + (cell % width) * stride;
    text += background.slice(from, at) + glyph;
    from = at + size;
  }
  return text + background.slice(from);
}

/** RAGEN's coordinate lists, in its order; empty lists are left out. */
function renderCoordinates(level: SokobanLevel, { boxes, player }: Board): string {
  const codes = cellCodes(level, boxes, player);
  const at = (code: number) =>
    Array.from(codes.keys())
      .filter((cell) => codes[cell] === code)
      .map((cell) => `(${Math.floor(cell / level.width)}, ${cell % level.width})`)
      .join(", ");
  const lists: readonly (readonly [string, number])[] = [
    ["Targets", TARGET],
    ["Boxes", 4],
    ["Boxes on target", 3],
    ["Player", PLAYER],
    ["Player on target", PLAYER_ON_TARGET],
  ];
  const lines = lists.map(([name, code]) => [name, at(code)] as const).filter(([, cells]) => cells !== "");
  return [
    `Board size: ${level.height} rows x ${level.width} cols (zero-indexed).`,
    ...lines.map(([name, cells]) => `${name}: ${cells}`),
  ].join("\n");
}

const COLOURS: readonly Colour[] = ["wall", "dim", "red", "onTarget", "yellow", "cyan", "magenta"];

/** The board in colour for a terminal, two columns a cell. */
export function renderAnsi({ arena, boxes, player }: Board): string {
  const { level } = arena;
  const codes = cellCodes(level, boxes, player);
  const rows: string[] = [];
  for (let row = 0; row < level.height; row++) {
    const cells = Array.from(codes.subarray(row * level.width, (row + 1) * level.width), (code) =>
      paint(code === WALL ? "  " : code === 1 ? "  " : `${SPACED_GLYPHS[code]} `, COLOURS[code] as Colour),
    );
    rows.push(cells.join(""));
  }
  return rows.join("\n");
}
