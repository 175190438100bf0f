// What a Sokoban position looks like: the texts of the systems that we reproduce, our own, and colours for a terminal.

import { type Colour, paint } from "../core/ansi.ts";
import type { Board } from "./board.ts";
import { cellCodes, LEVEL_GLYPHS, PLAYER, PLAYER_ON_TARGET, type SokobanLevel, TARGET, WALL } from "./level.ts";

export const SOKOBAN_TEXTS = ["spaced", "glyphs", "boxoban", "verl-agent", "coord", "grid_coord"] as const;
export type SokobanText = (typeof SOKOBAN_TEXTS)[number];

/** Glyphs by cell code 0 to 6, as gym-sokoban's text form has them. */
export const GYM_GLYPHS = ["#", "_", "O", "√", "X", "P", "S"] as const;
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
      return renderRows(
        board,
        GYM_GLYPHS.map((glyph) => ` ${glyph} \t`),
        "",
      );
    case "coord":
      return renderCoordinates(level, board);
    case "grid_coord":
      return `Coordinates: \n${renderCoordinates(level, board)}\nGrid Map: \n${renderRows(board, GYM_GLYPHS, "")}`;
  }
}

function renderRows({ arena, boxes, player }: Board, glyphs: readonly string[], separator: string): string {
  const { level } = arena;
  const codes = cellCodes(level, boxes, player);
  let text = "";
  for (let cell = 0; cell < codes.length; cell++) {
    if (cell > 0) text += cell % level.width === 0 ? "\n" : separator;
    text += glyphs[codes[cell] as number];
  }
  return text;
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
