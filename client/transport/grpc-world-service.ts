// The world as rollouts see it, over one or more environment servers: groups are dealt round robin, each wholly to one
// server, and steps go to the server that holds the session. A server that is unreachable gets no new groups in that
// call, its neighbours take them; sessions that it held are lost and say so.

import { randomUUID } from "node:crypto";
import { AnchorgymError, fail } from "../../proto/errors.ts";
import type { Outcome as WireOutcome } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import { decodeStatus } from "../../proto/rich-status.ts";
import { backoffMs, DEFAULT_TIMEOUTS, sleep, type TransportTimeouts } from "./channel-options.ts";
import { ANONYMOUS_CLIENT, type ClientIdentity } from "./client-identity.ts";
import { type Connection, Connections } from "./connections.ts";
import { encodeGroupSpec, verifyGroup } from "./group-codec.ts";
import { decodeOutcome, decodeTask, type Offered, offeredBy } from "./outcome-codec.ts";
import type { RecoverableSession } from "./session-recovery.ts";
import type {
  AgentAction,
  GroupFailure,
  GroupSpec,
  GroupStart,
  Outcome,
  RemoteSession,
  SampleTasksSpec,
  TaskRef,
  ToolCall,
  WorldService,
} from "./world-service.ts";

export interface WorldServiceOptions {
  /** host:port of each server; all must serve the same build of the environment. */
  readonly addresses: readonly string[];
  readonly environment: string;
  readonly timeouts?: Partial<TransportTimeouts>;
  /** Absent: plain text, and no token. */
  readonly identity?: ClientIdentity;
  /** How long creating waits for free sessions on a full server. */
  readonly maxCapacityWaitMs?: number;
}

/** What the service had to work around; each count only grows. */
export interface WorldServiceCounters {
  /** Groups created elsewhere because their server did not answer. */
  groupsMoved: number;
  /** Groups whose close did not reach their server: its lease ends them. */
  groupsLeftToLease: number;
  /** Sessions taken over again after their server suspended them. */
  sessionsRecovered: number;
}

/** A group as an earlier process wrote it down. */
export interface LeftGroup {
  readonly groupId: string;
  readonly sessionIds: readonly string[];
  /** host:port that held it. */
  readonly endpoint: string;
}
export interface TakenSession {
  readonly session: RemoteSession;
  /** The latest outcome that the server has; the step behind it may be one that was never acknowledged. */
  readonly last: Outcome;
}
export interface LostSession {
  readonly sessionId: string;
  readonly error: AnchorgymError;
}

/** A session as this client keeps it; the only mutable thing that callers can see is the number of the next step. */
interface Cursor extends RecoverableSession {
  readonly connection: Connection;
  readonly session: RemoteSession & { nextSeq: number; epoch: number };
  /** Of the last outcome. */
  fullHash: string;
  offered: Offered;
  isStepping: boolean;
}

/** Bounds of one CreateGroups call and of one SampleTasks call; each first outcome may take many kilobytes. */
const MAX_CALL_SESSIONS = 512;
const MAX_CALL_GROUPS = 32;
const MAX_CALL_TASKS = 512;
/** A server with a log comes back from these. */
const AWAITED_REASONS: ReadonlySet<string> = new Set(["SERVER_UNREACHABLE", "DEADLINE_EXCEEDED", "DRAINING"]);
/** No world takes an action of this length, so what is cut changes no judgement: it is refused either way. */
const MAX_ACTION_CHARS = 65_536;

function cutCalls(calls: readonly ToolCall[]): ToolCall[] {
  let room = MAX_ACTION_CHARS + 1;
  const cut = (text: string): string => {
    const kept = text.slice(0, room);
    room -= kept.length;
    return kept;
  };
  return calls.map(({ callId, name, argumentsJson }) => {
    return { callId: cut(callId), name: cut(name), argumentsJson: cut(argumentsJson) };
  });
}

export class GrpcWorldService implements WorldService {
  readonly counters: WorldServiceCounters = { groupsMoved: 0, groupsLeftToLease: 0, sessionsRecovered: 0 };
  readonly #environment: string;
  readonly #connections: Connections;
  readonly #maxCapacityWaitMs: number;
  readonly #recoverMs: number;
  readonly #cursors = new Map<string, Cursor>();
  readonly #groups = new Map<string, { readonly connection: Connection; readonly sessionIds: readonly string[] }>();
  #nextConnection = 0;
  #closed = false;

  constructor(options: WorldServiceOptions) {
    if (options.addresses.length === 0) throw fail("CONFIG_INVALID", "no server address is given; name at least one");
    const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
    this.#environment = options.environment;
    this.#maxCapacityWaitMs = options.maxCapacityWaitMs ?? 5_000;
    this.#recoverMs = timeouts.recoverMs;
    this.#connections = new Connections(options.addresses, {
      timeouts,
      identity: options.identity ?? ANONYMOUS_CLIENT,
      onRecovered: () => this.counters.sessionsRecovered++,
    });
  }

  /**
   * Waits until every server answers and checks that all serve one build of a one-agent environment.
   * @throws {AnchorgymError} SERVER_UNREACHABLE, DEADLINE_EXCEEDED, ENVIRONMENT_NOT_FOUND, BUILD_CHANGED, CONFIG_INVALID
   */
  async connect(): Promise<void> {
    const served = await Promise.all(
      this.#connections.given.map(({ unary }) => unary.getEnvironment(this.#environment)),
    );
    const first = served[0];
    if (first === undefined) return;
    if (first.turnModel !== "TURN_MODEL_SINGLE") {
      throw fail("CONFIG_INVALID", `${this.#environment} has several agents; this client plays one-agent worlds`);
    }
    served.forEach((environment, index) => {
      if (environment.buildDigest.equals(first.buildDigest)) return;
      const ids = {
        endpoint: this.#connections.given[index]?.address ?? "",
        other: this.#connections.given[0]?.address ?? "",
      };
      throw fail("BUILD_CHANGED", `two servers serve different builds of ${this.#environment}; restart the older`, {
        ids,
      });
    });
  }

  async sampleTasks({ split, seed, offset, count }: SampleTasksSpec): Promise<readonly TaskRef[]> {
    const tasks: TaskRef[] = [];
    while (tasks.length < count) {
      const callCount = Math.min(MAX_CALL_TASKS, count - tasks.length);
      const callOffset = offset + tasks.length;
      const received = await this.#onAnyServer(({ unary }) =>
        unary.sampleTasks(this.#environment, split, seed, callOffset, callCount),
      );
      tasks.push(...received.map((task) => decodeTask(this.#environment, task)));
    }
    return tasks;
  }

  async listTasks(split: string, count: number): Promise<readonly TaskRef[]> {
    const tasks = await this.#onAnyServer(({ unary }) => unary.listTasks(this.#environment, split, count));
    return tasks.map((task) => decodeTask(this.#environment, task));
  }

  async createGroups(specs: readonly GroupSpec[]): Promise<readonly (GroupStart | GroupFailure)[]> {
    this.#requireOpen();
    const first = this.#nextConnection;
    this.#nextConnection = (first + specs.length) % this.#connections.given.length;
    const results = new Map<GroupSpec, GroupStart | GroupFailure>();
    const dealt = this.#connections.given.map((_, index) =>
      specs.filter((_spec, position) => (first + position) % this.#connections.given.length === index),
    );
    await Promise.all(dealt.map((share, index) => this.#createShare(share, index, results)));
    const inOrder = specs.map((spec) => results.get(spec)).filter((result) => result !== undefined);
    const errors = inOrder.map((result) => ("error" in result ? result.error : undefined));
    const unreachable = errors.find((error) => error?.name === "TransportError");
    if (unreachable !== undefined && errors.every((error) => error?.name === "TransportError")) throw unreachable;
    return inOrder;
  }

  /**
   * Takes over episodes that an earlier process of this client left behind, in the order of `groups`: the server may
   * have restarted since, and the earlier process is fenced off. Groups are given by id and the address that held them.
   * @throws {AnchorgymError} when a server does not answer; an episode that cannot be had back is an `error` of its own
   */
  async takeOver(groups: readonly LeftGroup[]): Promise<readonly (TakenSession | LostSession)[]> {
    this.#requireOpen();
    const taken: (TakenSession | LostSession)[] = [];
    for (const { groupId, sessionIds, endpoint } of groups) {
      const connection = this.#connections.to(endpoint);
      const ids = [...sessionIds];
      const { results } = await connection.unary.resumeSessions({ requestId: randomUUID(), sessionIds: ids });
      ids.forEach((sessionId, index) => {
        const { resumed, status } = results[index] ?? {};
        if (resumed?.session == null || resumed.last == null) {
          const cause = status == null ? undefined : decodeStatus(status, { session: sessionId, endpoint });
          taken.push({ sessionId, error: cause ?? fail("ANSWER_INVALID", "a resumed session is missing") });
          return;
        }
        const { epoch, replicaIndex, nextSeq } = resumed.session;
        const last = decodeOutcome(resumed.last, undefined);
        const session = { sessionId, groupId, replicaIndex, epoch, endpoint: connection.address, nextSeq };
        const fullHash = last.anchors.full;
        const cursor = { connection, session, offered: offeredBy(last), fullHash, isStepping: false, lost: undefined };
        this.#cursors.set(sessionId, cursor);
        taken.push({ session, last });
      });
      this.#groups.set(groupId, { connection, sessionIds: ids });
      connection.stream.open();
    }
    return taken;
  }

  async step(session: RemoteSession, action: AgentAction): Promise<Outcome> {
    this.#requireOpen();
    const ids = { session: session.sessionId, seq: String(session.nextSeq) };
    const cursor = this.#cursors.get(session.sessionId);
    if (cursor === undefined) throw fail("SESSION_CLOSED", "this client does not hold the session any more", { ids });
    if (cursor.isStepping) throw fail("MESSAGE_INVALID", "a step of this session is running; await it first", { ids });
    cursor.isStepping = true;
    try {
      const { nextSeq: seq } = cursor.session;
      const outcome = decodeOutcome(await this.#stepSurely(cursor, action), cursor.offered);
      cursor.session.nextSeq = seq + 1;
      cursor.offered = offeredBy(outcome);
      cursor.fullHash = outcome.anchors.full;
      return outcome;
    } finally {
      cursor.isStepping = false;
    }
  }

  /**
   * The outcome of the next step, through reconnects, restarts of a server with a log, and expired leases. The step
   * keeps its number, so it has its effect once however often it is sent.
   */
  async #stepSurely({ connection, session }: Cursor, action: AgentAction): Promise<WireOutcome> {
    const { stream } = connection;
    const actions = [
      typeof action === "string"
        ? { agentId: "", text: action.slice(0, MAX_ACTION_CHARS) }
        : { agentId: "", toolCalls: { calls: cutCalls(action) } },
    ];
    const giveUpAtMs = performance.now() + this.#recoverMs;
    for (let attempt = 0; ; attempt++) {
      const { sessionId, epoch, nextSeq: seq } = session;
      try {
        return await stream.step({ sessionId, epoch, seq, actions });
      } catch (thrown) {
        const error = AnchorgymError.from(thrown);
        if (this.#closed || performance.now() > giveUpAtMs) throw error;
        if (error.reason === "SESSION_SUSPENDED") await this.#recover(connection, sessionId);
        else if (error.reason === "STALE_EPOCH" && session.epoch !== epoch) continue;
        else if (stream.isDurable && AWAITED_REASONS.has(error.reason)) await sleep(backoffMs(attempt));
        else throw error;
      }
    }
  }

  /** @throws {AnchorgymError} why the session did not come back */
  async #recover(connection: Connection, sessionId: string): Promise<void> {
    const own = (): readonly Cursor[] => [...this.#cursors.values()].filter((one) => one.connection === connection);
    await connection.recovery.recover(own);
    const cursor = this.#cursors.get(sessionId);
    if (cursor?.lost !== undefined) throw cursor.lost;
  }

  async closeGroups(groupIds: readonly string[]): Promise<void> {
    const byConnection = new Map<Connection, string[]>();
    for (const groupId of groupIds) {
      const group = this.#groups.get(groupId);
      if (group === undefined) continue;
      this.#groups.delete(groupId);
      for (const sessionId of group.sessionIds) this.#cursors.delete(sessionId);
      const sameServer = byConnection.get(group.connection) ?? [];
      sameServer.push(groupId);
      byConnection.set(group.connection, sameServer);
    }
    await Promise.all(
      [...byConnection].map(async ([{ unary }, ids]) => {
        try {
          await unary.closeGroups(ids);
        } catch (thrown) {
          if (!AnchorgymError.from(thrown).retryable) throw thrown;
          this.counters.groupsLeftToLease += ids.length;
        }
      }),
    );
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.closeGroups([...this.#groups.keys()]);
    } finally {
      this.#connections.close();
    }
  }

  /** Creates one server's share; if that server is unreachable the next one takes it, once around. */
  async #createShare(
    share: readonly GroupSpec[],
    index: number,
    results: Map<GroupSpec, GroupStart | GroupFailure>,
  ): Promise<void> {
    for (const call of intoCalls(share)) {
      let lastError: AnchorgymError | undefined;
      let isCreated = false;
      for (let hop = 0; hop < this.#connections.given.length && !isCreated; hop++) {
        const connection = this.#connections.given[(index + hop) % this.#connections.given.length];
        if (connection === undefined) break;
        try {
          await this.#createOn(connection, call, results);
          isCreated = true;
          if (hop > 0) this.counters.groupsMoved += call.length;
        } catch (thrown) {
          lastError = AnchorgymError.from(thrown);
          if (!lastError.retryable) throw lastError;
        }
      }
      if (isCreated) continue;
      const error = lastError ?? fail("SERVER_UNREACHABLE", "no server took the groups");
      for (const spec of call) results.set(spec, { groupKey: spec.groupKey, error });
    }
  }

  async #createOn(
    connection: Connection,
    specs: readonly GroupSpec[],
    results: Map<GroupSpec, GroupStart | GroupFailure>,
  ): Promise<void> {
    const { unary, address } = connection;
    const created = await unary.createGroups(this.#environment, specs.map(encodeGroupSpec), this.#maxCapacityWaitMs);
    created.forEach(({ group, status }, index) => {
      const spec = specs[index];
      if (spec === undefined) return;
      try {
        if (status != null) throw decodeStatus(status, { endpoint: address });
        if (group == null) throw fail("ANSWER_INVALID", "a result holds neither a group nor a status");
        results.set(spec, this.#adopt(verifyGroup(spec, group, address), address));
      } catch (thrown) {
        results.set(spec, { groupKey: spec.groupKey, error: AnchorgymError.from(thrown) });
        if (group != null) void unary.closeGroups([group.groupId]).catch(() => this.counters.groupsLeftToLease++);
      }
    });
  }

  #adopt(start: GroupStart, address: string): GroupStart {
    const connection = this.#connections.to(start.sessions[0]?.endpoint ?? address);
    connection.stream.open(); // from now on the stream keeps the lease alive
    const sessions = start.sessions.map((session) => ({ ...session }));
    for (const session of sessions) {
      const offered = offeredBy(start.initial);
      const fullHash = start.initial.anchors.full;
      const cursor = { connection, session, offered, fullHash, isStepping: false, lost: undefined };
      this.#cursors.set(session.sessionId, cursor);
    }
    const sessionIds = sessions.map(({ sessionId }) => sessionId);
    this.#groups.set(start.groupId, { connection, sessionIds });
    return { ...start, sessions };
  }

  /** The first answer of any server, tried in order of their addresses. */
  async #onAnyServer<Answer>(ask: (connection: Connection) => Promise<Answer>): Promise<Answer> {
    this.#requireOpen();
    let lastError: AnchorgymError | undefined;
    for (const connection of this.#connections.given) {
      try {
        return await ask(connection);
      } catch (thrown) {
        lastError = AnchorgymError.from(thrown);
        if (!lastError.retryable) throw lastError;
      }
    }
    throw lastError ?? fail("SERVER_UNREACHABLE", "no server answered");
  }

  #requireOpen(): void {
    if (this.#closed) throw fail("CLIENT_CLOSED", "this world service is closed; make a new one");
  }
}

/** Cuts a share into calls whose session counts a server accepts; a group is never cut. */
function intoCalls(specs: readonly GroupSpec[]): readonly (readonly GroupSpec[])[] {
  const calls: GroupSpec[][] = [];
  let sessionCount = 0;
  for (const spec of specs) {
    const call = calls.at(-1);
    const isFull = call?.length === MAX_CALL_GROUPS || sessionCount + spec.replicaCount > MAX_CALL_SESSIONS;
    if (call === undefined || isFull) {
      calls.push([spec]);
      sessionCount = spec.replicaCount;
    } else {
      call.push(spec);
      sessionCount += spec.replicaCount;
    }
  }
  return calls;
}
