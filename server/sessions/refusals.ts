// How a session says no: one place that puts session and seq on every error of an item.

import { AnchorgymError, type ErrorIds, fail, type Reason } from "../../proto/errors.ts";

export interface Refusal {
  readonly error: AnchorgymError;
}

export class Refusals {
  readonly #sessionId: string;
  readonly #environment: string;

  constructor(sessionId: string, environment: string) {
    this.#sessionId = sessionId;
    this.#environment = environment;
  }

  of(reason: Reason, seq: number, sentence: string, more: ErrorIds = {}, retryDelayMs?: number): Refusal {
    const ids = { session: this.#sessionId, seq: String(seq), ...more };
    return { error: fail(reason, sentence, retryDelayMs === undefined ? { ids } : { ids, retryDelayMs }) };
  }

  /** What executing a step threw. */
  fault(seq: number, thrown: unknown): Refusal {
    const { reason, sentence, ids } = AnchorgymError.from(thrown, "ENV_FAULT");
    const more = { ids: { ...ids, session: this.#sessionId, seq: String(seq) }, cause: thrown };
    if (reason === "ENV_TIMEOUT" || reason === "REPLAY_DIVERGED") return { error: fail(reason, sentence, more) };
    return { error: fail("ENV_FAULT", `${this.#environment}.step failed: ${sentence}`, more) };
  }
}
