// Which rows run together, and on what widths. Attention's rounding depends on the width it sums over, so a row's widths
// are a function of the row alone: lengths are rounded up to a fixed grid and only rows of equal widths share a run. A run
// has at least two rows, because the product of a single row is another kernel with another rounding. Then a row's
// completion does not depend on which rows share its batch, which the rollouts' determinism rests on. It holds on one
// thread: more would cut products by their number of rows.

/** A prompt's last block is padded to a multiple of this, in tokens. */
const PROMPT_GRID_TOKENS = 8;

/** Short prompts are one block; what is longer is cut in smaller ones, of which the next turn reads the last one again. */
const FIRST_BLOCK_TOKENS = 64;
const BLOCK_TOKENS = 32;

/** Fewest rows per run; a row is repeated where there is one alone. */
export const MIN_ROWS = 2;

/** Position of a prompt's n-th block, whatever the prompt. */
export function blockStart(n: number): number {
  return n === 0 ? 0 : FIRST_BLOCK_TOKENS + (n - 1) * BLOCK_TOKENS;
}

export function paddedPromptLength(length: number): number {
  return Math.ceil(length / PROMPT_GRID_TOKENS) * PROMPT_GRID_TOKENS;
}

/** 1, 2, 4, 8, ... tokens. */
export function paddedChunkLength(length: number): number {
  return 2 ** Math.ceil(Math.log2(length));
}

/**
 * Groups of items with equal keys, in order of first appearance, cut so that rows times `tokensPerRow(key)` stays within
 * the budget (one row is always admitted).
 */
export function groupRows<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  tokensPerRow: (item: Item) => number,
  maxTokens: number,
): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()].flatMap((group) => {
    const rowsPerRun = Math.max(MIN_ROWS, Math.floor(maxTokens / tokensPerRow(group[0] as Item)));
    return Array.from({ length: Math.ceil(group.length / rowsPerRun) }, (_, i) =>
      group.slice(i * rowsPerRun, (i + 1) * rowsPerRun),
    );
  });
}

/** The rows of a run, the first one repeated if it is alone. */
export function atLeastTwo<Item>(rows: readonly Item[]): readonly Item[] {
  return rows.length >= MIN_ROWS ? rows : [...rows, ...rows];
}
