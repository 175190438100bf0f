// Reads RAGEN's placement actions: six forms, tried in order on the lower-cased text; coordinates are 1-based. Also the table of
// their canonical form, so that listing the legal placements of a state makes no strings.

import type { SudokuSize } from "./grid.ts";

export interface Placement {
  readonly row: number;
  readonly column: number;
  readonly value: number;
}

// Bounded numbers keep the patterns linear in long runs of digits.
const FORMS: readonly (readonly [RegExp, readonly [value: number, row: number, column: number]])[] = [
  [/place\s+(\d{1,6})\s+at\s+row\s+(\d{1,6})\s+col\s+(\d{1,6})/, [1, 2, 3]],
  [/place\s+(\d{1,6})\s+at\s+\(\s*(\d{1,6})\s*,\s*(\d{1,6})\s*\)/, [1, 2, 3]],
  [/place\s+(\d{1,6})\s+at\s+(\d{1,6})\s*,\s*(\d{1,6})/, [1, 2, 3]],
  [/(\d{1,6})\s+at\s+(\d{1,6})\s*,\s*(\d{1,6})/, [1, 2, 3]],
  [/\(\s*(\d{1,6})\s*,\s*(\d{1,6})\s*,\s*(\d{1,6})\s*\)/, [3, 1, 2]],
  [/(\d{1,6})\s*,\s*(\d{1,6})\s*,\s*(\d{1,6})/, [3, 1, 2]],
];

/** The first placement that a form finds, 0-based coordinates; undefined where none does. May be out of range. */
export function readPlacement(text: string): Placement | undefined {
  const lower = text.toLowerCase();
  for (const [form, [value, row, column]] of FORMS) {
    const match = form.exec(lower);
    if (match !== null) {
      return { value: Number(match[value]), row: Number(match[row]) - 1, column: Number(match[column]) - 1 };
    }
  }
  return undefined;
}

/** The index of a canonical form in `placementTexts(size, false)`: what most actions are, found without a pattern. */
export function listedCode(size: SudokuSize, text: string): number | undefined {
  let codes = CODES.get(size);
  if (codes === undefined) {
    codes = new Map(placementTexts(size, false).map((known, code) => [known, code]));
    CODES.set(size, codes);
  }
  return codes.get(text);
}

/** `place N at row R col C` for every cell and number, index `cell * size + value - 1`; optionally inside answer tags. */
export function placementTexts(size: SudokuSize, tagged: boolean): readonly string[] {
  // No text as key: this is asked for at every step.
  const key = tagged ? -size : size;
  let texts = TEXTS.get(key);
  if (texts === undefined) {
    texts = [];
    for (let cell = 0; cell < size * size; cell++) {
      for (let value = 1; value <= size; value++) {
        const text = `place ${value} at row ${Math.floor(cell / size) + 1} col ${(cell % size) + 1}`;
        texts.push(tagged ? `<answer>${text}</answer>` : text);
      }
    }
    TEXTS.set(key, texts);
  }
  return texts;
}

const TEXTS = new Map<number, string[]>();
const CODES = new Map<SudokuSize, ReadonlyMap<string, number>>();
