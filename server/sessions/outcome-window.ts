// The last few outcomes of a session, by seq: what makes sending a step again safe (`protocol.md` section 5). Older
// ones are forgotten; a session's memory does not grow with its length.

import type { StepRecord } from "./step-record.ts";

export interface StoredOutcome {
  /** Hash of the actions that the outcome answers. */
  readonly actionsDigest: string;
  readonly record: StepRecord;
}

export class OutcomeWindow {
  readonly #size: number;
  readonly #stored: StoredOutcome[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  /** Stores the outcome of the next seq; the oldest beyond the window is forgotten. */
  add(outcome: StoredOutcome): void {
    this.#stored.push(outcome);
    if (this.#stored.length > this.#size) this.#stored.shift();
  }

  /** The outcome of a consumed seq; undefined when it is below the window. */
  find(seq: number): StoredOutcome | undefined {
    const first = this.#stored[0]?.record.seq ?? 0;
    return this.#stored[seq - first];
  }

  clear(): void {
    this.#stored.length = 0;
  }
}
