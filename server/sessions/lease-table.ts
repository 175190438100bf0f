// Who is alive: a lease is one client process's claim on its sessions, renewed by anything that the client sends.
// Expiry suspends its sessions (`session-table.ts`); it never happens before the ttl is over, and a
// process whose own event loop stalled gives all leases the stalled time back.

import type { ServerLimits } from "../config.ts";
import type { Session } from "./session.ts";

export interface Lease {
  readonly leaseId: string;
  readonly ttlMs: number;
  /** On the monotonic clock. */
  readonly expiresAtMs: number;
  /** Sessions that are neither closed nor suspended. */
  readonly sessions: ReadonlySet<Session>;
}
interface OpenLease extends Lease {
  ttlMs: number;
  expiresAtMs: number;
  readonly sessions: Set<Session>;
}

export class LeaseTable {
  readonly #limits: ServerLimits;
  readonly #leases = new Map<string, OpenLease>();

  constructor(limits: ServerLimits) {
    this.#limits = limits;
  }

  /** Opens or renews. `ttlMs` undefined: as before, or the default for a new lease. Ttls are kept within the limits. */
  renew(leaseId: string, ttlMs: number | undefined, nowMs: number): Lease {
    const { minLeaseTtlMs, maxLeaseTtlMs, defaultLeaseTtlMs } = this.#limits;
    let lease = this.#leases.get(leaseId);
    if (lease === undefined) {
      lease = { leaseId, ttlMs: defaultLeaseTtlMs, expiresAtMs: 0, sessions: new Set() };
      this.#leases.set(leaseId, lease);
    }
    if (ttlMs !== undefined) lease.ttlMs = Math.min(maxLeaseTtlMs, Math.max(minLeaseTtlMs, ttlMs));
    lease.expiresAtMs = nowMs + lease.ttlMs;
    return lease;
  }

  add(session: Session): void {
    this.#leases.get(session.leaseId)?.sessions.add(session);
  }

  remove(session: Session): void {
    this.removeFrom(session.leaseId, session);
  }

  /** As `remove`, for a session that names another lease by now. */
  removeFrom(leaseId: string, session: Session): void {
    this.#leases.get(leaseId)?.sessions.delete(session);
  }

  /** Gives every lease the time back during which this process could not have heard its client. */
  extendAll(stallMs: number): void {
    for (const lease of this.#leases.values()) lease.expiresAtMs += stallMs;
  }

  /** Takes out and returns the leases whose time is over. */
  expire(nowMs: number): readonly Lease[] {
    const over: Lease[] = [];
    for (const lease of this.#leases.values()) {
      if (lease.expiresAtMs > nowMs) continue;
      this.#leases.delete(lease.leaseId);
      over.push(lease);
    }
    return over;
  }

  get size(): number {
    return this.#leases.size;
  }
}
