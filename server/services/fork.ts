// Fork: new sessions from a present or past state of others. A present state is shared by reference; a past one is
// executed again and verified. The call's result is remembered under its request id, as that of CreateGroups.

import { deriveSeed } from "../../envs/core/random.ts";
import { stateHash } from "../../envs/core/state-hash.ts";
import { AnchorgymError, fail, type Reason } from "../../proto/errors.ts";
import type { ForkRequest } from "../../proto/gen/anchorgym/v1/ForkRequest.ts";
import type { ForkResponseInit } from "../../proto/gen/anchorgym/v1/ForkResponse.ts";
import type { ForkResultInit } from "../../proto/gen/anchorgym/v1/ForkResult.ts";
import { encodeStatus } from "../../proto/rich-status.ts";
import { decodeFork, type ForkCommand, type ForkPlan } from "../codec/fork-codec.ts";
import { encodeLease, encodeSession, SESSION_BYTES } from "../codec/group-codec.ts";
import { boundAnswerBytes, type Detail, encodeOutcome } from "../codec/step-codec.ts";
import type { Executed } from "../sessions/execute-step.ts";
import type { JournaledItem } from "../sessions/journal.ts";
import { withFullLists } from "../sessions/replay.ts";
import { RequestMemory } from "../sessions/request-memory.ts";
import { Session } from "../sessions/session.ts";
import type { HistoryNode } from "../sessions/session-history.ts";
import { Slices } from "../sessions/slices.ts";
import type { StepRecord } from "../sessions/step-record.ts";
import type { ServiceContext } from "./service-context.ts";
import { whenDurable } from "./step.ts";
import type { CallContext } from "./unary.ts";

/** Remembered requests; one holds ids and one record per item. */
const REMEMBERED_REQUESTS = 256;

interface Forked {
  readonly record: StepRecord;
  readonly sessions: readonly Session[];
  /** False under DERIVED: the children differ in it. */
  readonly sharesFullHash: boolean;
}
type ForkedItems = readonly { readonly sessionId: string; readonly result: Forked | AnchorgymError }[];

const isError = (result: Forked | AnchorgymError): result is AnchorgymError => "reason" in result;

export class SessionForker {
  readonly #context: ServiceContext;
  readonly #requests: RequestMemory<ForkedItems>;

  constructor(context: ServiceContext) {
    this.#context = context;
    this.#requests = new RequestMemory(context.limits.requestRetentionMs, REMEMBERED_REQUESTS);
    for (const { kind, requestId, digest, items } of context.restoredRequests ?? []) {
      if (kind !== "fork") continue;
      this.#requests.restore(requestId, digest, context.nowMs(), () => {
        return Promise.all(
          items.map(async (item) => ({ sessionId: item.key, result: await restoreForked(context, item) })),
        );
      });
    }
  }

  async fork(request: ForkRequest, call: CallContext): Promise<ForkResponseInit> {
    const { counters, limits, nowMs, table } = this.#context;
    const command = decodeFork(request, limits);
    const digest = stateHash("request", "request/1", command.body);
    const { result, replayed } = await this.#requests.once(command.requestId, digest, nowMs(), () => {
      table.leases.renew(command.leaseId, undefined, nowMs());
      return this.#forkAll(command, digest, call);
    });
    if (replayed) counters.requests_replayed_total++;
    const lease = table.leases.renew(command.leaseId, undefined, nowMs());
    return whenDurable(this.#context, () => ({
      results: result.map((item) => encodeForked(item.sessionId, item.result, command.detail)),
      lease: encodeLease(lease, table.suspendedOf(command.leaseId).size, nowMs(), Date.now()),
    }));
  }

  async #forkAll(command: ForkCommand, digest: string, call: CallContext): Promise<ForkedItems> {
    const { isDraining, journal, limits, nowMs, principal } = this.#context;
    if (isDraining()) {
      throw fail("DRAINING", "this server shuts down and creates nothing new", { retryDelayMs: 1_000 });
    }
    const slices = new Slices(nowMs);
    const items: { sessionId: string; result: Forked | AnchorgymError }[] = [];
    let firstChild = 0;
    let roomBytes = limits.maxMessageBytes - 2_048;
    for (const { sessionId, plan } of command.items) {
      const result = await this.#forkOne(sessionId, plan, command, firstChild, roomBytes, call.deadlineMs);
      if (!("reason" in plan)) firstChild += plan.count;
      roomBytes -= isError(result) ? 1_024 : boundForked(result, command.detail);
      items.push({ sessionId, result });
      await slices.pause();
    }
    journal.request({
      kind: "fork",
      principal,
      requestId: command.requestId,
      digest,
      items: items.map(({ sessionId, result }) =>
        isError(result)
          ? { key: sessionId, error: { reason: result.reason, sentence: result.sentence } }
          : { key: sessionId, sessionIds: result.sessions.map((session) => session.sessionId) },
      ),
    });
    return items;
  }

  async #forkOne(
    sessionId: string,
    plan: ForkPlan | AnchorgymError,
    command: ForkCommand,
    firstChild: number,
    roomBytes: number,
    deadlineMs: number,
  ): Promise<Forked | AnchorgymError> {
    const { counters, nowMs, table } = this.#context;
    let reserved = 0;
    try {
      if ("reason" in plan) throw plan;
      await table.reserve(plan.count, Math.min(nowMs(), deadlineMs), nowMs);
      reserved = plan.count;
      const source = this.#findSource(sessionId, plan);
      const children = await childStates(source, plan, command.requestId, firstChild);
      // From here on nothing waits: indices are taken and sessions added in one turn.
      const forked = this.#build(source, children, command, plan);
      if (boundForked(forked, command.detail) > roomBytes) {
        throw fail("MESSAGE_INVALID", "the answer would exceed max_message_bytes; fork fewer in one call", {
          ids: { field: "items" },
        });
      }
      // The lease may have expired while this call executed the past.
      table.leases.renew(command.leaseId, undefined, nowMs());
      table.addSessions(source.groupId, forked.sessions);
      this.#context.journal.sessions(forked.sessions);
      counters.forks_total += forked.sessions.length;
      counters.sessions_created_total += forked.sessions.length;
      return forked;
    } catch (thrown) {
      const error = AnchorgymError.from(thrown);
      if (error.reason === "REPLAY_DIVERGED") counters.replay_divergences_total++;
      return error;
    } finally {
      table.release(reserved);
    }
  }

  #findSource(sessionId: string, plan: ForkPlan): Session {
    const { table } = this.#context;
    const source = table.findOpen(sessionId);
    const ids = { session: sessionId };
    if (source === undefined) {
      if (table.find(sessionId) !== undefined) throw fail("SESSION_CLOSED", "the session is closed", { ids });
      throw fail("SESSION_NOT_FOUND", "no session of this id is here", { ids });
    }
    if (plan.epoch !== source.epoch) {
      throw fail("STALE_EPOCH", `epoch ${plan.epoch} is not the session's epoch ${source.epoch}`, { ids });
    }
    return source;
  }

  #build(source: Session, { seq, record, lives }: Children, command: ForkCommand, plan: ForkPlan): Forked {
    const { counters, journal, limits, nowMs, principal, table } = this.#context;
    const { sessionId, groupId } = source;
    if (source.status === "CLOSED") {
      throw fail("SESSION_CLOSED", "the session was closed meanwhile", { ids: { session: sessionId } });
    }
    const firstIndex = table.nextReplicaIndex(groupId);
    const sessions = lives.map(({ live, history }, index) => {
      const replicaIndex = firstIndex + index;
      return new Session({
        sessionId: `${groupId}/${replicaIndex}`,
        groupId,
        leaseId: command.leaseId,
        principal,
        replicaIndex,
        start: { ...source.start, requestId: command.requestId },
        history,
        live,
        parent: { sessionId, seq },
        epoch: 1,
        outcomeWindow: limits.outcomeWindow,
        counters,
        journal,
        createdAtMs: nowMs(),
      });
    });
    return { record, sessions, sharesFullHash: plan.replicaSeeds === "SHARED" };
  }
}

/** Where the children of one item begin. */
interface Children {
  readonly seq: number;
  readonly record: StepRecord;
  readonly lives: readonly { readonly live: Executed; readonly history: HistoryNode }[];
}

/** @throws {SessionError} SEQ_GAP, STATE_MISMATCH; {RequestError} FORK_UNSUPPORTED; and as `rebuildEpisode` */
async function childStates(
  source: Session,
  { atSeq, expectedFullHash, replicaSeeds, count }: ForkPlan,
  requestId: string,
  firstChild: number,
): Promise<Children> {
  const seq = atSeq ?? source.history.seq;
  const { state, record: found, history } = await source.stateAt(seq);
  const { start } = source;
  if (expectedFullHash !== "" && expectedFullHash !== found.fullHash) {
    start.runner.drop(state);
    throw fail("STATE_MISMATCH", "the session was in another state than expected_full_state_hash", {
      ids: { session: source.sessionId, seq: String(seq), expected: expectedFullHash, actual: found.fullHash },
    });
  }
  const record = withFullLists(found);
  const executed: Executed = { state, record };
  if (replicaSeeds !== "DERIVED") {
    return { seq, record, lives: Array.from({ length: count }, () => ({ live: executed, history })) };
  }
  const lives: { live: Executed; history: HistoryNode }[] = [];
  for (let index = 0; index < count; index++) {
    const seed = deriveSeed(start.seed, `fork/${requestId}/${firstChild + index}`);
    const child = await start.runner.reseed({ start, history, executed }, seed);
    const live = { state: child.state, record: withFullLists(child.record) };
    lives.push({ live, history: { ...history, reseed: seed, fullHash: live.record.fullHash } });
  }
  start.runner.drop(state);
  return { seq, record, lives };
}

/** The children of a request that an earlier process answered. */
async function restoreForked(
  { table }: ServiceContext,
  { error, sessionIds = [] }: JournaledItem,
): Promise<Forked | AnchorgymError> {
  if (error !== undefined) return AnchorgymError.from(fail(error.reason as Reason, error.sentence));
  const sessions = sessionIds.flatMap((id) => table.findOpen(id) ?? []);
  const [child] = sessions;
  if (child === undefined || sessions.length < sessionIds.length) {
    return fail("SESSION_CLOSED", "children of this fork are closed", { ids: { sessions: sessionIds.join(" ") } });
  }
  try {
    const { state, record, history } = await child.stateAt(child.parent?.seq ?? 0);
    child.start.runner.drop(state);
    return { record: withFullLists(record), sessions, sharesFullHash: history.reseed === undefined };
  } catch (thrown) {
    return AnchorgymError.from(thrown);
  }
}

function boundForked({ record, sessions }: Forked, detail: Detail): number {
  return boundAnswerBytes({ record, replayed: false }, detail) + SESSION_BYTES * sessions.length;
}

function encodeForked(sessionId: string, result: Forked | AnchorgymError, detail: Detail): ForkResultInit {
  if (isError(result)) return { sessionId, status: encodeStatus(result) };
  const outcome = encodeOutcome(result.record, false, detail, result.sharesFullHash);
  return { sessionId, forked: { outcome, sessions: result.sessions.map(encodeSession) } };
}
