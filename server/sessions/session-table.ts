// Every session and group of this process, by id: alive ones, suspended ones of which only the history is kept, and for a
// while the ids of closed ones, so that a late step is told "closed" and not "never existed".

import type { ServerLimits } from "../config.ts";
import type { Counters } from "../observability/counters.ts";
import { Admission } from "./admission.ts";
import type { Group } from "./group.ts";
import { type Lease, LeaseTable } from "./lease-table.ts";
import type { Session } from "./session.ts";

/** Remembers the most recent ids of a kind; the oldest are forgotten. */
class RecentIds<Value> {
  readonly #capacity: number;
  readonly #ids = new Map<string, Value>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(id: string, value: Value): void {
    this.#ids.set(id, value);
    if (this.#ids.size <= this.#capacity) return;
    const oldest = this.#ids.keys().next();
    if (!oldest.done) this.#ids.delete(oldest.value);
  }

  get(id: string): Value | undefined {
    return this.#ids.get(id);
  }
}

/** What is left of a closed session: the epoch that a late step has to name to be told so. */
export interface ClosedSession {
  readonly status: "CLOSED";
  readonly epoch: number;
}

/** The sessions of a group, forks included. */
export interface GroupMembers {
  readonly groupId: string;
  readonly sessions: readonly Session[];
}
interface OpenGroup extends GroupMembers {
  readonly sessions: Session[];
  open: number;
}

export interface Swept {
  readonly leases: number;
  /** Suspended because their lease expired. */
  readonly leaseExpired: number;
  /** Suspended because nobody stepped them. */
  readonly idleExpired: number;
  /** Closed because they were suspended for too long, or too many were. */
  readonly forgotten: number;
}

export class SessionTable {
  readonly leases: LeaseTable;
  readonly #limits: ServerLimits;
  readonly #counters: Counters;
  readonly #sessions = new Map<string, Session>();
  readonly #groups = new Map<string, OpenGroup>();
  /** In the order of their suspension, with its time. */
  readonly #suspended = new Map<Session, number>();
  readonly #suspendedByLease = new Map<string, Set<Session>>();
  readonly #closedSessions: RecentIds<ClosedSession>;
  readonly #closedGroups: RecentIds<true>;
  readonly #admission: Admission;
  readonly #principal: string;

  /**
   * @param principal owner of every session here
   * @param admission shared by the tables of all principals; absent: this table is alone
   */
  constructor(limits: ServerLimits, counters: Counters, principal = "", admission?: Admission) {
    this.#limits = limits;
    this.#counters = counters;
    this.#principal = principal;
    this.#admission =
      admission ??
      new Admission(limits, { heapBytes: () => 0, onRejection: () => counters.admission_rejections_total++ });
    this.#admission.register(principal, () => this.liveCount);
    this.leases = new LeaseTable(limits);
    this.#closedSessions = new RecentIds(limits.maxSessions);
    this.#closedGroups = new RecentIds(limits.maxSessions);
  }

  /** Sessions that are neither closed nor suspended. */
  get liveCount(): number {
    return this.#sessions.size - this.#suspended.size;
  }

  /** Sessions of which only the history is kept. */
  get suspendedCount(): number {
    return this.#suspended.size;
  }

  /** The session; undefined when there is none of that id. */
  find(sessionId: string): Session | ClosedSession | undefined {
    return this.#sessions.get(sessionId) ?? this.#closedSessions.get(sessionId);
  }

  /** The session of that id that is not closed. */
  findOpen(sessionId: string): Session | undefined {
    return this.#sessions.get(sessionId);
  }

  /** All sessions that are not closed. */
  open(): Iterable<Session> {
    return this.#sessions.values();
  }

  findGroup(groupId: string): GroupMembers | "closed" | undefined {
    return this.#groups.get(groupId) ?? (this.#closedGroups.get(groupId) ? "closed" : undefined);
  }

  /** The suspended sessions of a lease, oldest suspension first. */
  suspendedOf(leaseId: string): ReadonlySet<Session> {
    return this.#suspendedByLease.get(leaseId) ?? new Set();
  }

  /**
   * Sets room for `count` sessions aside, waiting for others to close until `deadlineMs`.
   * @throws {CapacityError} CAPACITY_EXHAUSTED, QUOTA_EXCEEDED
   */
  async reserve(count: number, deadlineMs: number, nowMs: () => number): Promise<void> {
    await this.#admission.reserve(this.#principal, count, deadlineMs, nowMs);
  }

  /** Gives a reservation back, used or not. */
  release(count: number): void {
    this.#admission.release(this.#principal, count);
  }

  add(group: Group): void {
    this.addSessions(group.groupId, group.sessions);
    this.#counters.groups_created_total++;
    this.#counters.sessions_created_total += group.sessions.length;
  }

  /** Adds sessions of one group: a new one's, a fork's children, or what a log brought back. */
  addSessions(groupId: string, sessions: readonly Session[], nowMs: number = 0): void {
    let group = this.#groups.get(groupId);
    if (group === undefined) {
      group = { groupId, sessions: [], open: 0 };
      this.#groups.set(groupId, group);
    }
    for (const session of sessions) {
      group.sessions.push(session);
      group.open++;
      this.#sessions.set(session.sessionId, session);
      if (session.status === "SUSPENDED") this.#park(session, nowMs);
      else this.leases.add(session);
    }
  }

  /** The replica index of the group's next fork. */
  nextReplicaIndex(groupId: string): number {
    return this.#groups.get(groupId)?.sessions.length ?? 0;
  }

  /** Suspends the session: its history stays for the retention of the limits. False: it was not alive. */
  suspend(session: Session, nowMs: number): boolean {
    if (!session.suspend()) return false;
    this.leases.remove(session);
    this.#park(session, nowMs);
    this.#counters.sessions_suspended_total++;
    this.#admission.wake();
    return true;
  }

  /**
   * Gives the session, live or suspended, to another lease under a new epoch. Room for a suspended session must be
   * reserved. The lease is opened or renewed when the session moves: executing it again may have taken a while.
   * @throws as `Session.resume`; the session stays where it was, FAILED
   */
  async resume(session: Session, leaseId: string, nowMs: () => number): Promise<void> {
    await session.resume(leaseId, nowMs, (was) => {
      if (was.suspended) this.#unpark(session, was.leaseId);
      else this.leases.removeFrom(was.leaseId, session);
      this.leases.renew(leaseId, undefined, nowMs());
      this.leases.add(session);
    });
    this.#counters.sessions_resumed_total++;
  }

  /** Closes the session and forgets it but for its id. False: it was closed before. */
  close(session: Session): boolean {
    const wasSuspended = session.status === "SUSPENDED";
    if (!session.close()) return false;
    this.#sessions.delete(session.sessionId);
    this.#closedSessions.add(session.sessionId, { status: "CLOSED", epoch: session.epoch });
    if (wasSuspended) this.#unpark(session, session.leaseId);
    this.leases.remove(session);
    const entry = this.#groups.get(session.groupId);
    if (entry !== undefined && --entry.open === 0) {
      this.#groups.delete(session.groupId);
      this.#closedGroups.add(session.groupId, true);
    }
    this.#counters.sessions_closed_total++;
    this.#admission.wake();
    return true;
  }

  /**
   * Suspends what nobody claims any more: sessions of expired leases, and sessions that nobody stepped for `maxIdleMs`.
   * Closes what was suspended for longer than the retention, and the oldest where more than `maxSessions` are.
   * @returns how many, by cause; all are counted
   */
  sweep(nowMs: number): Swept {
    let leaseExpired = 0;
    const expired: readonly Lease[] = this.leases.expire(nowMs);
    for (const lease of expired) {
      for (const session of [...lease.sessions]) if (this.suspend(session, nowMs)) leaseExpired++;
    }
    let idleExpired = 0;
    for (const session of this.#sessions.values()) {
      const idleMs = nowMs - session.lastUsedAtMs;
      if (idleMs > this.#limits.maxIdleMs && this.suspend(session, nowMs)) idleExpired++;
    }
    let forgotten = 0;
    for (const [session, suspendedAtMs] of this.#suspended) {
      const isKept = nowMs - suspendedAtMs < this.#limits.requestRetentionMs;
      if (isKept && this.#suspended.size <= this.#limits.maxSessions) break;
      if (this.close(session)) forgotten++;
    }
    this.#counters.lease_expirations_total += expired.length;
    this.#counters.sessions_lease_expired_total += leaseExpired;
    this.#counters.sessions_idle_expired_total += idleExpired;
    return { leases: expired.length, leaseExpired, idleExpired, forgotten };
  }

  #park(session: Session, nowMs: number): void {
    this.#suspended.set(session, nowMs);
    const ofLease = this.#suspendedByLease.get(session.leaseId);
    if (ofLease === undefined) this.#suspendedByLease.set(session.leaseId, new Set([session]));
    else ofLease.add(session);
  }

  #unpark(session: Session, leaseId: string): void {
    this.#suspended.delete(session);
    const ofLease = this.#suspendedByLease.get(leaseId);
    if (ofLease?.delete(session) && ofLease.size === 0) this.#suspendedByLease.delete(leaseId);
  }
}
