// One row's way through its choices: a sorted list is a trie, a prefix is a range of it. Tokens that only one remaining
// choice allows are taken without asking the model; where several are possible the caller draws.

import { fail } from "../../../../proto/errors.ts";

export class ChoiceWalk {
  /** Sorted, without repeats. */
  readonly #choices: readonly Int32Array[];
  #low = 0;
  #high: number;
  readonly #tokens: number[] = [];
  readonly #drawn: number[] = [];
  readonly #logprobs: number[] = [];
  readonly #allowed: (Int32Array | null)[] = [];

  /** @throws {RequestError} MESSAGE_INVALID when there is no choice, an empty one, or one that is a prefix of another */
  constructor(choices: readonly Int32Array[], what: string) {
    this.#choices = distinct([...choices].sort(compareTokens));
    this.#high = this.#choices.length;
    this.#choices.forEach((choice, i) => {
      const next = this.#choices[i + 1];
      if (choice.length === 0 || (next !== undefined && startsWith(next, choice))) {
        throw fail("MESSAGE_INVALID", `${what}: choice [${choice.join(" ")}] is empty or a prefix of another`);
      }
    });
    if (this.#high === 0) throw fail("MESSAGE_INVALID", `${what} has no choices`);
    this.#takeForced();
  }

  /** The completion so far. */
  get tokens(): readonly number[] {
    return this.#tokens;
  }
  get drawn(): readonly number[] {
    return this.#drawn;
  }
  get logprobs(): readonly number[] {
    return this.#logprobs;
  }
  get allowed(): readonly (Int32Array | null)[] {
    return this.#allowed;
  }

  /** One choice is left and taken whole. */
  get isComplete(): boolean {
    return this.#tokens.length === this.#choices[this.#low]?.length;
  }

  /** Tokens to draw from, ascending, at least two. Only while the walk is not complete. */
  possibleTokens(): Int32Array {
    const at = this.#tokens.length;
    const tokens: number[] = [];
    for (let i = this.#low; i < this.#high; i++) {
      const token = this.#choices[i]?.[at] as number;
      if (tokens.at(-1) !== token) tokens.push(token);
    }
    return Int32Array.from(tokens);
  }

  /** Takes a drawn token and all that it forces. */
  take(token: number, logprob: number, allowed: Int32Array): void {
    const at = this.#tokens.length;
    while (this.#low < this.#high && this.#choices[this.#low]?.[at] !== token) this.#low += 1;
    let end = this.#low;
    while (end < this.#high && this.#choices[end]?.[at] === token) end += 1;
    this.#high = end;
    this.#push(token, 1, logprob, allowed);
    this.#takeForced();
  }

  #takeForced(): void {
    const first = this.#choices[this.#low] as Int32Array;
    const last = this.#choices[this.#high - 1] as Int32Array;
    for (let at = this.#tokens.length; at < first.length && first[at] === last[at]; at++) {
      this.#push(first[at] as number, 0, 0, null);
    }
  }

  #push(token: number, drawn: number, logprob: number, allowed: Int32Array | null): void {
    this.#tokens.push(token);
    this.#drawn.push(drawn);
    this.#logprobs.push(logprob);
    this.#allowed.push(allowed);
  }
}

function compareTokens(a: Int32Array, b: Int32Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function startsWith(sequence: Int32Array, prefix: Int32Array): boolean {
  return prefix.length <= sequence.length && prefix.every((token, i) => sequence[i] === token);
}

/** Two actions of the same tokens are one choice. */
function distinct(sorted: readonly Int32Array[]): Int32Array[] {
  return sorted.filter((choice, i) => i === 0 || compareTokens(sorted[i - 1] as Int32Array, choice) !== 0);
}
