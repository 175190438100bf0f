// Makes creating calls safe to send again: the result of a request id is kept for a while, a duplicate that arrives
// meanwhile shares it, and the same id with other content is a conflict (`protocol.md` section 5). A failed call is
// not kept, so that it can be tried again.

import { fail } from "../../proto/errors.ts";

interface Remembered<Result> {
  readonly digest: string;
  readonly result: () => Promise<Result>;
  readonly forgetAtMs: number;
}

export class RequestMemory<Result> {
  readonly #retentionMs: number;
  readonly #capacity: number;
  readonly #byId = new Map<string, Remembered<Result>>();

  constructor(retentionMs: number, capacity: number) {
    this.#retentionMs = retentionMs;
    this.#capacity = capacity;
  }

  /**
   * The result of this request: computed once, then remembered.
   * @throws {RequestError} REQUEST_CONFLICT when the id was used with another digest
   */
  async once(
    requestId: string,
    digest: string,
    nowMs: number,
    run: () => Promise<Result>,
  ): Promise<{ readonly result: Result; readonly replayed: boolean }> {
    this.#forget(nowMs);
    const known = this.#byId.get(requestId);
    if (known !== undefined) {
      if (known.digest !== digest) {
        throw fail("REQUEST_CONFLICT", "this request_id was used with other content", { ids: { request: requestId } });
      }
      return { result: await known.result(), replayed: true };
    }
    const result = run();
    this.#byId.set(requestId, { digest, result: () => result, forgetAtMs: nowMs + this.#retentionMs });
    try {
      return { result: await result, replayed: false };
    } catch (thrown) {
      this.#byId.delete(requestId);
      throw thrown;
    }
  }

  /** Makes a result of an earlier process known; `make` is called for each retry that asks for it. */
  restore(requestId: string, digest: string, nowMs: number, make: () => Promise<Result>): void {
    this.#byId.set(requestId, { digest, result: make, forgetAtMs: nowMs + this.#retentionMs });
  }

  #forget(nowMs: number): void {
    for (const [requestId, { forgetAtMs }] of this.#byId) {
      if (forgetAtMs > nowMs && this.#byId.size < this.#capacity) return; // insertion order is order of age
      this.#byId.delete(requestId);
    }
  }
}
