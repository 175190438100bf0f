// A Sokoban level: what never changes while it is played, and where boxes and player start. Read from rows of Boxoban glyphs
// (`#` wall, space or `_` floor, `.` target, `$` box, `*` box on target, `@` player, `+` player on target).
// Refuses what could not be served: ragged rows, open borders, no player, as many boxes as targets not.

export const WALL = 0;
export const FLOOR = 1;
export const TARGET = 2;
export const BOX_ON_TARGET = 3;
export const BOX = 4;
export const PLAYER = 5;
export const PLAYER_ON_TARGET = 6;

/** Cells are row-major indices, `row * width + column`. */
export interface SokobanLevel {
  readonly height: number;
  readonly width: number;
  /** WALL, FLOOR or TARGET per cell. */
  readonly fixed: Uint8Array;
  readonly targets: readonly number[];
  /** Sorted: boxes are interchangeable. */
  readonly boxes: readonly number[];
  readonly player: number;
}

const CODE_OF_GLYPH: Readonly<Record<string, number>> = {
  "#": WALL,
  " ": FLOOR,
  _: FLOOR,
  ".": TARGET,
  "*": BOX_ON_TARGET,
  $: BOX,
  "@": PLAYER,
  "+": PLAYER_ON_TARGET,
};

/** The glyph of each cell code in the level format. */
export const LEVEL_GLYPHS = ["#", " ", ".", "*", "$", "@", "+"] as const;

/**
 * @param where names the level's place in messages, for example `000.txt line 12`
 * @throws {Error} naming the row and what is wrong with it.
 */
export function parseLevel(rows: readonly string[], where: string): SokobanLevel {
  const height = rows.length;
  const width = rows[0]?.length ?? 0;
  if (height < 3 || width < 3) throw new Error(`${where}: a level needs at least 3 rows of 3 cells`);
  const fixed = new Uint8Array(height * width);
  const targets: number[] = [];
  const boxes: number[] = [];
  const players: number[] = [];
  rows.forEach((text, row) => {
    if (text.length !== width) throw new Error(`${where}: row ${row + 1} has ${text.length} cells, the first ${width}`);
    for (let column = 0; column < width; column++) {
      const code = CODE_OF_GLYPH[text[column] as string];
      if (code === undefined)
        throw new Error(`${where}: row ${row + 1} holds ${JSON.stringify(text[column])}, no glyph of a level`);
      const cell = row * width + column;
      const onTarget = code === TARGET || code === BOX_ON_TARGET || code === PLAYER_ON_TARGET;
      fixed[cell] = code === WALL ? WALL : onTarget ? TARGET : FLOOR;
      if (onTarget) targets.push(cell);
      if (code === BOX || code === BOX_ON_TARGET) boxes.push(cell);
      if (code === PLAYER || code === PLAYER_ON_TARGET) players.push(cell);
      const border = row === 0 || column === 0 || row === height - 1 || column === width - 1;
      if (border && code !== WALL) throw new Error(`${where}: row ${row + 1} has an opening at the border`);
    }
  });
  if (players.length !== 1) throw new Error(`${where}: ${players.length} players, a level has one`);
  if (boxes.length === 0 || boxes.length !== targets.length) {
    throw new Error(`${where}: ${boxes.length} boxes and ${targets.length} targets; both must be equal and above 0`);
  }
  return { height, width, fixed, targets, boxes, player: players[0] as number };
}

/** Cell codes 0 to 6 of a position; the player's code says whether a target is below. */
export function cellCodes(level: SokobanLevel, boxes: readonly number[], player: number): Uint8Array {
  const codes = Uint8Array.from(level.fixed);
  for (const cell of boxes) codes[cell] = codes[cell] === TARGET ? BOX_ON_TARGET : BOX;
  codes[player] = codes[player] === TARGET ? PLAYER_ON_TARGET : PLAYER;
  return codes;
}

/** The level's rows in Boxoban glyphs; `parseLevel` reads them back. */
export function levelRows(level: SokobanLevel): string[] {
  const codes = cellCodes(level, level.boxes, level.player);
  return Array.from({ length: level.height }, (_, row) =>
    Array.from(codes.subarray(row * level.width, (row + 1) * level.width), (code) => LEVEL_GLYPHS[code]).join(""),
  );
}
