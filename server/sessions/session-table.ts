// Every session and group of this process, by id, and the number of those alive. Closing frees everything but the id,
// which is remembered for a while so that a late step is told "closed" and not "never existed".

import { fail } from "../../proto/errors.ts";
import type { ServerLimits } from "../config.ts";
import type { Counters } from "../observability/counters.ts";
import type { Group } from "./group.ts";
import { LeaseTable } from "./lease-table.ts";
import type { Session } from "./session.ts";

/** Remembers the most recent ids of a kind; the oldest are forgotten. */
class RecentIds {
  readonly #capacity: number;
  readonly #ids = new Set<string>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(id: string): void {
    this.#ids.add(id);
    if (this.#ids.size <= this.#capacity) return;
    const oldest = this.#ids.values().next();
    if (!oldest.done) this.#ids.delete(oldest.value);
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }
}

export class SessionTable {
  readonly leases: LeaseTable;
  readonly #limits: ServerLimits;
  readonly #counters: Counters;
  readonly #sessions = new Map<string, Session>();
  readonly #groups = new Map<string, { readonly group: Group; open: number }>();
  readonly #closedSessions: RecentIds;
  readonly #closedGroups: RecentIds;
  #reserved = 0;
  #capacityWaiters: (() => void)[] = [];

  constructor(limits: ServerLimits, counters: Counters) {
    this.#limits = limits;
    this.#counters = counters;
    this.leases = new LeaseTable(limits);
    this.#closedSessions = new RecentIds(limits.maxSessions);
    this.#closedGroups = new RecentIds(limits.maxSessions);
  }

  /** Sessions that are not closed. */
  get liveCount(): number {
    return this.#sessions.size;
  }

  /** The session; undefined when there is none of that id, "closed" when there was one. */
  find(sessionId: string): Session | "closed" | undefined {
    return this.#sessions.get(sessionId) ?? (this.#closedSessions.has(sessionId) ? "closed" : undefined);
  }

  findGroup(groupId: string): Group | "closed" | undefined {
    return this.#groups.get(groupId)?.group ?? (this.#closedGroups.has(groupId) ? "closed" : undefined);
  }

  /**
   * Sets room for `count` sessions aside, waiting for others to close until `deadlineMs`.
   * @throws {CapacityError} CAPACITY_EXHAUSTED
   */
  async reserve(count: number, deadlineMs: number, nowMs: () => number): Promise<void> {
    const { maxSessions } = this.#limits;
    while (this.liveCount + this.#reserved + count > maxSessions) {
      const waitMs = deadlineMs - nowMs();
      if (waitMs <= 0 || count > maxSessions) {
        this.#counters.admission_rejections_total++;
        const sentence = `${this.liveCount} of ${maxSessions} sessions are alive, ${count} more do not fit`;
        throw fail("CAPACITY_EXHAUSTED", sentence, { ids: { max_sessions: String(maxSessions) }, retryDelayMs: 1_000 });
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        this.#capacityWaiters.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    this.#reserved += count;
  }

  /** Gives a reservation back, used or not. */
  release(count: number): void {
    this.#reserved -= count;
    this.#wake();
  }

  add(group: Group): void {
    this.#groups.set(group.groupId, { group, open: group.sessions.length });
    for (const session of group.sessions) {
      this.#sessions.set(session.sessionId, session);
      this.leases.add(session);
    }
    this.#counters.groups_created_total++;
    this.#counters.sessions_created_total += group.sessions.length;
  }

  /** Closes the session and forgets it but for its id. False: it was closed before. */
  close(session: Session): boolean {
    if (!session.close()) return false;
    this.#sessions.delete(session.sessionId);
    this.#closedSessions.add(session.sessionId);
    this.leases.remove(session);
    const entry = this.#groups.get(session.groupId);
    if (entry !== undefined && --entry.open === 0) {
      this.#groups.delete(session.groupId);
      this.#closedGroups.add(session.groupId);
    }
    this.#counters.sessions_closed_total++;
    this.#wake();
    return true;
  }

  /**
   * Closes what nobody claims any more: sessions of expired leases, and sessions that nobody stepped for `maxIdleMs`.
   * @returns how many, by cause; both are counted
   */
  sweep(nowMs: number): { readonly leases: number; readonly leaseExpired: number; readonly idleExpired: number } {
    let leaseExpired = 0;
    const expired = this.leases.expire(nowMs);
    for (const lease of expired) {
      for (const session of [...lease.sessions]) if (this.close(session)) leaseExpired++;
    }
    let idleExpired = 0;
    for (const session of this.#sessions.values()) {
      if (nowMs - session.lastUsedAtMs > this.#limits.maxIdleMs && this.close(session)) idleExpired++;
    }
    this.#counters.lease_expirations_total += expired.length;
    this.#counters.sessions_lease_expired_total += leaseExpired;
    this.#counters.sessions_idle_expired_total += idleExpired;
    return { leases: expired.length, leaseExpired, idleExpired };
  }

  #wake(): void {
    for (const wake of this.#capacityWaiters.splice(0)) wake();
  }
}
