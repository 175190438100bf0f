// The effects that wait their turn in one session, in order of arrival. A step and a commit take a seq, a branch takes
// none: it may be repeated, and may share its seq with the step that follows it. The effect that runs stays at the head
// until it is over, so that equal items still join it.

import type { Settle, SettleBranch, SubmittedCommit } from "./session-items.ts";
import type { SubmittedActions } from "./submitted-action.ts";

interface QueuedEffect {
  readonly seq: number;
  /** What tells a repeated item from another one at the same seq. */
  readonly digest: string;
  readonly queuedAtMs: number;
  /** True once the session was taken away from under it: it was answered, and its effect must not be had. */
  cancelled: boolean;
}
export interface QueuedStep extends QueuedEffect {
  readonly kind: "step";
  readonly actions: SubmittedActions;
  readonly expectedFullHash: string;
  readonly waiters: Settle[];
}
export interface QueuedCommit extends QueuedEffect {
  readonly kind: "commit";
  readonly commit: SubmittedCommit;
  readonly waiters: Settle[];
}
export interface QueuedBranch extends QueuedEffect {
  readonly kind: "branch";
  readonly candidates: readonly SubmittedActions[];
  readonly waiters: SettleBranch[];
}
export type Queued = QueuedStep | QueuedCommit | QueuedBranch;

/** "joined": an equal item waits already and answers both. "gap": its seq is beyond the tail. */
export type Offered = "queued" | "joined" | "conflict" | "gap" | "full";

export class EffectQueue {
  readonly #capacity: number;
  #items: Queued[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#items.length;
  }

  /** The seq that the next step to arrive has to have. */
  tail(nextSeq: number): number {
    return nextSeq + this.#items.filter(({ kind }) => kind !== "branch").length;
  }

  offer(item: Queued, nextSeq: number): Offered {
    const { seq, digest, kind } = item;
    const same = this.#items.find((queued) => queued.seq === seq && queued.kind === kind);
    if (same !== undefined && same.digest === digest) {
      (same.waiters as unknown[]).push(...item.waiters);
      return "joined";
    }
    const isTaken = this.#items.some((queued) => queued.seq === seq && queued.kind !== "branch");
    if (same !== undefined || isTaken) return "conflict";
    if (seq > this.tail(nextSeq)) return "gap";
    if (this.#items.length >= this.#capacity) return "full";
    this.#items.push(item);
    return "queued";
  }

  /** The oldest, which is the one that runs. */
  first(): Queued | undefined {
    return this.#items[0];
  }

  /** Takes the oldest out: it is over. */
  shift(): void {
    this.#items.shift();
  }

  /** Empties the queue; what runs is cancelled. */
  takeAll(): readonly Queued[] {
    const items = this.#items;
    this.#items = [];
    for (const item of items) item.cancelled = true;
    return items;
  }
}
