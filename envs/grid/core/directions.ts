// The four moves on a grid, in the order in which every world here lists them.

/** 0 up, 1 down, 2 left, 3 right. */
export type Direction = 0 | 1 | 2 | 3;

export const DIRECTIONS: readonly Direction[] = [0, 1, 2, 3];
export const DIRECTION_NAMES = ["up", "down", "left", "right"] as const;
export const DIRECTION_LETTERS = ["U", "D", "L", "R"] as const;

/** Change of row per direction. */
export const ROW_STEP = [-1, 1, 0, 0] as const;
/** Change of column per direction. */
export const COLUMN_STEP = [0, 0, -1, 1] as const;

/** Changes of a row-major cell index per direction. */
export function cellSteps(width: number): readonly [number, number, number, number] {
  return [-width, width, -1, 1];
}
