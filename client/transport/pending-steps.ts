// The steps that wait for an answer, by (session, seq): what has to be sent, what was sent, and what is overdue. It
// knows no connection, so that a lost one costs nothing but sending again.

import type { AnchorgymError } from "../../proto/errors.ts";
import type { Outcome } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import type { StepItemInit } from "../../proto/gen/anchorgym/v1/StepItem.ts";

/** One step as the server gets it. */
export type StepItem = StepItemInit & { readonly sessionId: string; readonly epoch: number; readonly seq: number };

export interface PendingStep {
  readonly item: StepItem;
  readonly overdueAtMs: number;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: AnchorgymError) => void;
}

/** Text of one frame, in UTF-16 units of at most 3 bytes each: a frame stays below 1 MiB. */
const MAX_FRAME_CHARS = 200_000;

function textChars(step: PendingStep | undefined): number {
  let chars = 0;
  for (const { text, toolCalls } of step?.item.actions ?? []) {
    chars += text?.length ?? 0;
    for (const { callId = "", name = "", argumentsJson = "" } of toolCalls?.calls ?? []) {
      chars += callId.length + name.length + argumentsJson.length;
    }
  }
  return chars;
}

const keyOf = (sessionId: string, seq: number): string => `${seq}@${sessionId}`;

export class PendingSteps {
  readonly #byKey = new Map<string, PendingStep>();
  #unsent: PendingStep[] = [];
  #sentCount = 0;

  /** Waiting for an answer, sent or not. */
  get size(): number {
    return this.#byKey.size;
  }

  get sentCount(): number {
    return this.#sentCount;
  }

  get unsentCount(): number {
    return this.#unsent.length;
  }

  /** False: this step waits already. */
  add(step: PendingStep): boolean {
    const key = keyOf(step.item.sessionId, step.item.seq);
    if (this.#byKey.has(key)) return false;
    this.#byKey.set(key, step);
    this.#unsent.push(step);
    return true;
  }

  /** Up to `count` unsent steps in order of arrival, less where their texts are long; they now count as sent. */
  takeUnsent(count: number): readonly PendingStep[] {
    let fits = 0;
    for (let chars = 0; fits < Math.min(count, this.#unsent.length); fits++) {
      chars += textChars(this.#unsent[fits]);
      if (fits > 0 && chars > MAX_FRAME_CHARS) break;
    }
    const taken = this.#unsent.splice(0, fits).filter((step) => this.#isWaiting(step));
    this.#sentCount += taken.length;
    return taken;
  }

  /** The step that an answer of the open stream belongs to, which no longer waits; undefined when it was given up. */
  settle(sessionId: string, seq: number): PendingStep | undefined {
    const key = keyOf(sessionId, seq);
    const step = this.#byKey.get(key);
    this.#sentCount = Math.max(0, this.#sentCount - 1);
    if (step !== undefined) this.#byKey.delete(key);
    return step;
  }

  /** The stream is gone: everything unanswered has to be sent again, in the order in which it was asked for. */
  unsendAll(): void {
    this.#unsent = [...this.#byKey.values()];
    this.#sentCount = 0;
  }

  /** Takes out what is overdue. A late answer to it is ignored. */
  takeOverdue(nowMs: number): readonly PendingStep[] {
    const overdue: PendingStep[] = [];
    for (const [key, step] of this.#byKey) {
      if (step.overdueAtMs > nowMs) continue;
      this.#byKey.delete(key);
      overdue.push(step);
    }
    return overdue;
  }

  takeAll(): readonly PendingStep[] {
    const all = [...this.#byKey.values()];
    this.#byKey.clear();
    this.#unsent = [];
    return all;
  }

  #isWaiting(step: PendingStep): boolean {
    return this.#byKey.get(keyOf(step.item.sessionId, step.item.seq)) === step;
  }
}
