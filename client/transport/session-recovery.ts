// Takes sessions over again after their server suspended them: it restarted from its log, or the lease ran out while
// this client was silent. Concurrent steps of one server share one recovery. What comes back is believed only where it
// fits what this client saw: the same state, or exactly one step further (the one whose answer was lost).

import { randomUUID } from "node:crypto";
import { AnchorgymError, type ErrorIds, fail } from "../../proto/errors.ts";
import type { ResumeResult } from "../../proto/gen/anchorgym/v1/ResumeResult.ts";
import { decodeStatus } from "../../proto/rich-status.ts";
import type { EnvironmentClient } from "./environment-client.ts";

/** A session as its holder knows it; `epoch` is raised by a recovery. */
export interface HeldSession {
  readonly sessionId: string;
  epoch: number;
  /** Number of the next step that this client would send. */
  readonly nextSeq: number;
}

/** What a holder keeps of a session for its recovery. */
export interface RecoverableSession {
  readonly session: HeldSession;
  /** Full hash after the last outcome that was received; "": not known. */
  readonly fullHash: string;
  /** Set when the session cannot be had back. */
  lost: AnchorgymError | undefined;
}

/** Sessions of one call; each answer holds an outcome. */
const MAX_CALL_SESSIONS = 64;

export class SessionRecovery {
  readonly #unary: EnvironmentClient;
  readonly #onRecovered: () => void;
  #running: Promise<void> | undefined;

  /** @param onRecovered called for each session that came back */
  constructor(unary: EnvironmentClient, onRecovered: () => void) {
    this.#unary = unary;
    this.#onRecovered = onRecovered;
  }

  /**
   * Resumes all of `held`; whoever calls while that runs joins it. Sessions that did not come back have `lost` set.
   * @throws {AnchorgymError} when the call itself fails
   */
  async recover(held: () => readonly RecoverableSession[]): Promise<void> {
    this.#running ??= this.#recoverAll(held()).finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  async #recoverAll(held: readonly RecoverableSession[]): Promise<void> {
    for (let from = 0; from < held.length; from += MAX_CALL_SESSIONS) {
      const call = held.slice(from, from + MAX_CALL_SESSIONS);
      const ids = call.map(({ session }) => session.sessionId);
      const { results } = await this.#unary.resumeSessions({ requestId: randomUUID(), sessionIds: ids });
      if (results.length !== call.length) {
        throw fail(
          "ANSWER_INVALID",
          `ResumeSessions answered ${results.length} sessions, asked for were ${ids.length}`,
        );
      }
      call.forEach((one, index) => {
        this.#adopt(one, results[index]);
      });
    }
  }

  #adopt(one: RecoverableSession, result: ResumeResult | undefined): void {
    const { session } = one;
    const ids: ErrorIds = { session: session.sessionId, endpoint: this.#unary.address };
    try {
      const resumed = result?.resumed?.session;
      if (result?.status != null) throw decodeStatus(result.status, ids);
      if (resumed == null) throw fail("ANSWER_INVALID", "a resumed session is missing from its result", { ids });
      requireContinuation(one, resumed.nextSeq, resumed.fullStateHash.toString("hex"), ids);
      session.epoch = resumed.epoch;
      one.lost = undefined;
      this.#onRecovered();
    } catch (thrown) {
      one.lost = AnchorgymError.from(thrown);
    }
  }
}

/** @throws {DeterminismError} REPLAY_DIVERGED when an acknowledged step is lost, or the state is another one */
function requireContinuation(
  { session, fullHash }: RecoverableSession,
  nextSeq: number,
  resumedHash: string,
  ids: ErrorIds,
): void {
  const { nextSeq: expected } = session;
  if (nextSeq !== expected && nextSeq !== expected + 1) {
    const sentence = `the session came back at step ${nextSeq}; this client is at step ${expected}`;
    throw fail("REPLAY_DIVERGED", sentence, { ids });
  }
  if (nextSeq === expected && fullHash !== "" && resumedHash !== fullHash) {
    throw fail("REPLAY_DIVERGED", "the session came back in another state than it was left in", { ids });
  }
}
