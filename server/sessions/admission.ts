// Who may have how many sessions: memory first, the count of the process second, the share of one principal third
// (`protocol.md` section 12). Those who wait are served in turn across principals, so that one that asks for thousands
// never starves one that asks for a few. It holds no session; tables say how many are theirs.

import { type AnchorgymError, fail } from "../../proto/errors.ts";

export interface AdmissionLimits {
  readonly maxSessions: number;
  readonly maxSessionsPerPrincipal: number;
  /** Heap that may be in use before creating stops. */
  readonly maxHeapBytes: number;
}

export interface AdmissionProbe {
  /** Bytes of heap in use; asked for at most every 50 ms. */
  readonly heapBytes: () => number;
  /** Called with the reason of each refusal. */
  readonly onRejection: (reason: string) => void;
}

interface Waiter {
  readonly count: number;
  readonly resolve: () => void;
}

interface Share {
  readonly liveCount: () => number;
  reserved: number;
  readonly waiters: Waiter[];
}

const HEAP_PROBE_MS = 50;

export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #probe: AdmissionProbe;
  /** In the order in which they are served; whoever was served goes to the end. */
  readonly #shares = new Map<string, Share>();
  #heapBytes = 0;
  #heapReadAtMs = Number.NEGATIVE_INFINITY;

  constructor(limits: AdmissionLimits, probe: AdmissionProbe) {
    this.#limits = limits;
    this.#probe = probe;
  }

  /** Makes a principal known. `liveCount` tells its sessions that are not closed. */
  register(principal: string, liveCount: () => number): void {
    this.#shares.set(principal, { liveCount, reserved: 0, waiters: [] });
  }

  /**
   * Sets room for `count` sessions aside, waiting until `deadlineMs` for others to close.
   * @throws {CapacityError} CAPACITY_EXHAUSTED (memory, sessions of the process), QUOTA_EXCEEDED (share of the principal)
   */
  async reserve(principal: string, count: number, deadlineMs: number, nowMs: () => number): Promise<void> {
    const share = this.#share(principal);
    const refusal = this.#refusal(share, count, nowMs());
    if (refusal === undefined && share.waiters.length === 0) {
      share.reserved += count;
      return;
    }
    const waitMs = deadlineMs - nowMs();
    const canEverFit = count <= Math.min(this.#limits.maxSessions, this.#limits.maxSessionsPerPrincipal);
    if (waitMs > 0 && canEverFit && (await this.#turn(share, count, waitMs))) return;
    const error = this.#refusal(share, count, nowMs()) ?? refusal ?? this.#full(count);
    this.#probe.onRejection(error.reason);
    throw error;
  }

  /** Gives a reservation back, used or not. */
  release(principal: string, count: number): void {
    this.#share(principal).reserved -= count;
    this.wake();
  }

  /** Something was freed: serves whoever can be served, one request per principal in turn. */
  wake(): void {
    let served = true;
    while (served) {
      served = false;
      for (const [principal, share] of [...this.#shares]) {
        const first = share.waiters[0];
        if (first === undefined || this.#refusal(share, first.count, undefined) !== undefined) continue;
        share.waiters.shift();
        this.#shares.delete(principal);
        this.#shares.set(principal, share);
        share.reserved += first.count;
        first.resolve();
        served = true;
      }
    }
  }

  /** True: its turn came and the room is reserved; false: the time is over. */
  async #turn(share: Share, count: number, waitMs: number): Promise<boolean> {
    return new Promise<boolean>((resolve) => {
      const waiter: Waiter = {
        count,
        resolve: () => {
          clearTimeout(timer);
          resolve(true);
        },
      };
      const timer = setTimeout(() => {
        share.waiters.splice(share.waiters.indexOf(waiter), 1);
        resolve(false);
      }, waitMs);
      share.waiters.push(waiter);
    });
  }

  #refusal(share: Share, count: number, nowMs: number | undefined): AnchorgymError | undefined {
    const { maxSessions, maxSessionsPerPrincipal, maxHeapBytes } = this.#limits;
    if (nowMs !== undefined && nowMs - this.#heapReadAtMs >= HEAP_PROBE_MS) {
      this.#heapBytes = this.#probe.heapBytes();
      this.#heapReadAtMs = nowMs;
    }
    if (this.#heapBytes > maxHeapBytes) {
      const sentence = `${this.#heapBytes} bytes of memory are in use, sessions are created below ${maxHeapBytes}`;
      return fail("CAPACITY_EXHAUSTED", sentence, { ids: { resource: "memory" }, retryDelayMs: 1_000 });
    }
    if (this.#held() + count > maxSessions) return this.#full(count);
    const own = share.liveCount() + share.reserved;
    if (own + count <= maxSessionsPerPrincipal) return undefined;
    const sentence = `${own} of this principal's ${maxSessionsPerPrincipal} sessions are alive, ${count} more do not fit`;
    const ids = { max_sessions_per_principal: String(maxSessionsPerPrincipal) };
    return fail("QUOTA_EXCEEDED", sentence, { ids, retryDelayMs: 1_000 });
  }

  #full(count: number): AnchorgymError {
    const { maxSessions } = this.#limits;
    const sentence = `${this.#held()} of ${maxSessions} sessions are alive, ${count} more do not fit`;
    return fail("CAPACITY_EXHAUSTED", sentence, { ids: { max_sessions: String(maxSessions) }, retryDelayMs: 1_000 });
  }

  #held(): number {
    let held = 0;
    for (const { liveCount, reserved } of this.#shares.values()) held += liveCount() + reserved;
    return held;
  }

  #share(principal: string): Share {
    const share = this.#shares.get(principal);
    if (share === undefined) throw new Error(`principal ${principal} was not registered`);
    return share;
  }
}
