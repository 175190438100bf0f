// A Sudoku grid: cells row by row, 0 for empty, sizes 4, 9 and 16. In text a row is a string of cell characters, `.` for empty,
// 1 to 9 and then A to G.

export const SIZES = [4, 9, 16] as const;
export type SudokuSize = (typeof SIZES)[number];

const CHARACTERS = ".123456789ABCDEFG";

/** Side of a box. */
export function boxSide(size: SudokuSize): number {
  return Math.sqrt(size);
}

/** Number of the box that a cell is in, row by row. */
export function boxOf(size: SudokuSize, row: number, column: number): number {
  const side = boxSide(size);
  return Math.floor(row / side) * side + Math.floor(column / side);
}

/** The character of a cell. */
export function cellText(value: number): string {
  return CHARACTERS[value] as string;
}

/** The row as text. */
export function rowText(cells: ArrayLike<number>, size: number, row: number): string {
  let text = "";
  for (let column = 0; column < size; column++) text += CHARACTERS[cells[row * size + column] as number];
  return text;
}

export function gridRows(cells: ArrayLike<number>, size: number): string[] {
  return Array.from({ length: size }, (_, row) => rowText(cells, size, row));
}

/** @throws {Error} naming the row and the fault. `0` is read as empty too. */
export function parseGrid(rows: readonly string[], where: string): { size: SudokuSize; cells: Uint8Array } {
  const size = SIZES.find((candidate) => candidate === rows.length);
  if (size === undefined) throw new Error(`${where}: a grid has 4, 9 or 16 rows, got ${rows.length}`);
  const cells = new Uint8Array(size * size);
  rows.forEach((text, row) => {
    if (text.length !== size) throw new Error(`${where}: row ${row + 1} has ${text.length} cells instead of ${size}`);
    for (let column = 0; column < size; column++) {
      const character = text[column] === "0" ? "." : (text[column] as string).toUpperCase();
      const value = CHARACTERS.indexOf(character);
      if (value < 0 || value > size) throw new Error(`${where}: row ${row + 1} holds ${JSON.stringify(character)}`);
      cells[row * size + column] = value;
    }
  });
  return { size, cells };
}

/** Bits of the numbers used, bit v for number v: one entry per row, then per column, then per box. */
export type Usage = readonly number[];

export function usageOf(cells: ArrayLike<number>, size: SudokuSize): Usage {
  const usage: number[] = Array(3 * size).fill(0);
  for (let cell = 0; cell < size * size; cell++) mark(usage, size, cell, cells[cell] as number);
  return usage;
}

/** The numbers used in the row, the column or the box of a cell. */
export function usedAround(usage: Usage, size: SudokuSize, cell: number): number {
  const units = UNITS_OF_CELL[size];
  return (
    (usage[units[3 * cell] as number] as number) |
    (usage[units[3 * cell + 1] as number] as number) |
    (usage[units[3 * cell + 2] as number] as number)
  );
}

/** The usage after an empty cell has taken a number. */
export function usageWith(usage: Usage, size: SudokuSize, cell: number, value: number): Usage {
  const next = usage.slice();
  mark(next, size, cell, value);
  return next;
}

function mark(usage: number[], size: SudokuSize, cell: number, value: number): void {
  const units = UNITS_OF_CELL[size];
  const bit = (1 << value) & ~1;
  usage[units[3 * cell] as number]! |= bit;
  usage[units[3 * cell + 1] as number]! |= bit;
  usage[units[3 * cell + 2] as number]! |= bit;
}

/** Per cell the places in a usage of its row, column and box. */
const unitsOfCells = (size: SudokuSize): Uint8Array =>
  Uint8Array.from({ length: 3 * size * size }, (_, index) => {
    const cell = Math.floor(index / 3);
    const row = Math.floor(cell / size);
    const column = cell % size;
    return ([row, size + column, 2 * size + boxOf(size, row, column)] as const)[index % 3] as number;
  });
const UNITS_OF_CELL: Readonly<Record<SudokuSize, Uint8Array>> = {
  4: unitsOfCells(4),
  9: unitsOfCells(9),
  16: unitsOfCells(16),
};

/** Cells of each unit: rows, then columns, then boxes. */
export function unitsOf(size: SudokuSize): readonly (readonly number[])[] {
  return UNITS[size];
}

const makeUnits = (size: SudokuSize): readonly (readonly number[])[] => {
  const rows: number[][] = Array.from({ length: size }, () => []);
  const columns: number[][] = Array.from({ length: size }, () => []);
  const boxes: number[][] = Array.from({ length: size }, () => []);
  for (let cell = 0; cell < size * size; cell++) {
    const [row, column] = [Math.floor(cell / size), cell % size];
    rows[row]!.push(cell);
    columns[column]!.push(cell);
    boxes[boxOf(size, row, column)]!.push(cell);
  }
  return [...rows, ...columns, ...boxes];
};
const UNITS: Readonly<Record<SudokuSize, readonly (readonly number[])[]>> = {
  4: makeUnits(4),
  9: makeUnits(9),
  16: makeUnits(16),
};

/** Cells whose number occurs more than once in a unit of theirs. */
export function conflictingCells(cells: ArrayLike<number>, size: SudokuSize): Set<number> {
  const conflicts = new Set<number>();
  for (const unit of unitsOf(size)) {
    const first = new Map<number, number>();
    for (const cell of unit) {
      const value = cells[cell] as number;
      if (value === 0) continue;
      const other = first.get(value);
      if (other === undefined) first.set(value, cell);
      else conflicts.add(other).add(cell);
    }
  }
  return conflicts;
}
