// How alike two texts are: Ratcliff-Obershelp over Unicode code points, 2 M / (|a| + |b|), with the reference's
// treatment of frequent characters (autojunk). Not symmetric. Agrees with CPython's difflib.SequenceMatcher.
// Source: specs/gigpo.md 1.8; J. W. Ratcliff, D. E. Metzener, Dr. Dobb's Journal, July 1988.

/** The second text of a comparison, indexed once: code point -> ascending positions, frequent ones dropped. */
export interface IndexedText {
  readonly points: Int32Array;
  readonly positions: ReadonlyMap<number, readonly number[]>;
}

/** From this length on, autojunk drops code points that occur more than floor(length / 100) + 1 times. */
const AUTOJUNK_MIN_LENGTH = 200;

export function codePoints(text: string): Int32Array {
  return Int32Array.from(text, (character) => character.codePointAt(0)!);
}

export function indexText(text: string, autojunk: boolean): IndexedText {
  const points = codePoints(text);
  const positions = new Map<number, number[]>();
  points.forEach((point, j) => {
    const list = positions.get(point);
    if (list === undefined) positions.set(point, [j]);
    else list.push(j);
  });
  if (autojunk && points.length >= AUTOJUNK_MIN_LENGTH) {
    const limit = Math.floor(points.length / 100) + 1;
    for (const [point, list] of positions) if (list.length > limit) positions.delete(point);
  }
  return { points, positions };
}

/** In [0, 1]; 1 when both are empty. */
export function similarityRatio(a: string, b: string, autojunk = true): number {
  return ratioOf(codePoints(a), indexText(b, autojunk));
}

export function ratioOf(a: Int32Array, b: IndexedText): number {
  const length = a.length + b.points.length;
  return length === 0 ? 1 : (2 * matchedCount(a, b)) / length;
}

/** An upper bound on the ratio from lengths and character counts alone, to skip hopeless comparisons. */
export function ratioBound(a: Int32Array, b: Int32Array): number {
  const length = a.length + b.length;
  if (length === 0) return 1;
  const counts = new Map<number, number>();
  for (const point of b) counts.set(point, (counts.get(point) ?? 0) + 1);
  let common = 0;
  for (const point of a) {
    const left = counts.get(point) ?? 0;
    if (left > 0) {
      common++;
      counts.set(point, left - 1);
    }
  }
  return (2 * common) / length;
}

interface Block {
  readonly i: number;
  readonly j: number;
  readonly size: number;
}

/** M: code points in matching blocks, found longest first and then left and right of it. */
function matchedCount(a: Int32Array, b: IndexedText): number {
  let matched = 0;
  const pending: [number, number, number, number][] = [[0, a.length, 0, b.points.length]];
  // Run lengths ending at position j of b, for the previous and the current position of a.
  const rows = { previous: new Int32Array(b.points.length + 1), current: new Int32Array(b.points.length + 1) };
  for (let range = pending.pop(); range !== undefined; range = pending.pop()) {
    const [aLow, aHigh, bLow, bHigh] = range;
    const block = longestBlock(a, aLow, aHigh, b, bLow, bHigh, rows);
    if (block.size === 0) continue;
    matched += block.size;
    pending.push([aLow, block.i, bLow, block.j], [block.i + block.size, aHigh, block.j + block.size, bHigh]);
  }
  return matched;
}

function longestBlock(
  a: Int32Array,
  aLow: number,
  aHigh: number,
  b: IndexedText,
  bLow: number,
  bHigh: number,
  rows: { previous: Int32Array; current: Int32Array },
): Block {
  let i = aLow;
  let j = bLow;
  let size = 0;
  rows.previous.fill(0, bLow, bHigh + 1);
  for (let x = aLow; x < aHigh; x++) {
    rows.current.fill(0, bLow, bHigh + 1);
    for (const y of b.positions.get(a[x]!) ?? []) {
      if (y < bLow) continue;
      if (y >= bHigh) break;
      // Index y + 1 holds the run that ends at y; index bLow stays 0.
      const run = rows.previous[y]! + 1;
      rows.current[y + 1] = run;
      if (run > size) {
        i = x - run + 1;
        j = y - run + 1;
        size = run;
      }
    }
    [rows.previous, rows.current] = [rows.current, rows.previous];
  }
  while (i > aLow && j > bLow && a[i - 1] === b.points[j - 1]) {
    i--;
    j--;
    size++;
  }
  while (i + size < aHigh && j + size < bHigh && a[i + size] === b.points[j + size]) size++;
  return { i, j, size };
}
