// ResumeSessions: sessions change hands. Suspended ones are executed again from their histories and verified by hash; the
// new epoch fences whoever held them before, also where they were never suspended.

import { stateHash } from "../../envs/core/state-hash.ts";
import { AnchorgymError, fail } from "../../proto/errors.ts";
import type { ResumeResultInit } from "../../proto/gen/anchorgym/v1/ResumeResult.ts";
import type { ResumeSessionsRequest } from "../../proto/gen/anchorgym/v1/ResumeSessionsRequest.ts";
import type { ResumeSessionsResponseInit } from "../../proto/gen/anchorgym/v1/ResumeSessionsResponse.ts";
import { encodeStatus } from "../../proto/rich-status.ts";
import { decodeResume, type ResumeCommand } from "../codec/fork-codec.ts";
import { encodeLease, encodeSession, SESSION_BYTES } from "../codec/group-codec.ts";
import { boundAnswerBytes, encodeOutcome } from "../codec/step-codec.ts";
import { withFullLists } from "../sessions/replay.ts";
import { RequestMemory } from "../sessions/request-memory.ts";
import type { Session } from "../sessions/session.ts";
import { Slices } from "../sessions/slices.ts";
import type { ServiceContext } from "./service-context.ts";
import { whenDurable } from "./step.ts";

/** Remembered requests; one holds its encoded answer, at most a message. */
const REMEMBERED_REQUESTS = 64;
const STATUS_BYTES = 1_024;
/** Room that each of several sessions needs while they come back at once: more than a LEAN answer has. */
const PARALLEL_BYTES = 16_384;

interface Resumed {
  readonly results: readonly ResumeResultInit[];
  readonly more: boolean;
}
/** What is left of the answer's message. */
interface Room {
  bytes: number;
}
type Wanted = { readonly sessionId: string } | { readonly groupId: string };

export class SessionResumer {
  readonly #context: ServiceContext;
  readonly #requests: RequestMemory<Resumed>;

  constructor(context: ServiceContext) {
    this.#context = context;
    this.#requests = new RequestMemory(context.limits.requestRetentionMs, REMEMBERED_REQUESTS);
  }

  async resume(request: ResumeSessionsRequest): Promise<ResumeSessionsResponseInit> {
    const { counters, limits, nowMs, table } = this.#context;
    const command = decodeResume(request, limits);
    const digest = stateHash("request", "request/1", command.body);
    const { result, replayed } = await this.#requests.once(command.requestId, digest, nowMs(), () => {
      table.leases.renew(command.leaseId, command.leaseTtlMs, nowMs());
      return this.#resumeAll(command);
    });
    if (replayed) counters.requests_replayed_total++;
    const lease = table.leases.renew(command.leaseId, command.leaseTtlMs, nowMs());
    return whenDurable(this.#context, () => ({
      results: [...result.results],
      more: result.more,
      lease: encodeLease(lease, table.suspendedOf(command.leaseId).size, nowMs(), Date.now()),
    }));
  }

  async #resumeAll(command: ResumeCommand): Promise<Resumed> {
    const { isDraining, limits, logger, nowMs, table } = this.#context;
    if (isDraining()) throw fail("DRAINING", "this server shuts down and resumes nothing", { retryDelayMs: 1_000 });
    const slices = new Slices(nowMs);
    const results: ResumeResultInit[] = [];
    const room: Room = { bytes: limits.maxMessageBytes - 2_048 };
    // As many at once as their worlds have threads; in the event loop one after another.
    const width = (wanted: Wanted | undefined): number => {
      if (wanted === undefined || !("sessionId" in wanted)) return 1;
      const threads = table.findOpen(wanted.sessionId)?.start.runner.width ?? 1;
      return Math.max(1, Math.min(threads, Math.floor(room.bytes / PARALLEL_BYTES)));
    };
    const named = this.#named(command);
    for (let next = 0, count = 1; next < named.length; next += count) {
      await slices.pause();
      count = width(named[next]);
      const some = named.slice(next, next + count);
      results.push(...(await Promise.all(some.map((wanted) => this.#resumeOne(wanted, command, room)))));
    }
    let more = false;
    // The set shrinks as its sessions come back.
    const left = command.fromLeaseId === "" ? [] : [...table.suspendedOf(command.fromLeaseId)];
    for (let next = 0, count = 1; next < left.length; next += count) {
      if (results.length >= limits.maxBatchItems || room.bytes <= STATUS_BYTES * 2) {
        more = true;
        break;
      }
      await slices.pause();
      count = Math.min(width(left[next]), limits.maxBatchItems - results.length);
      const some = left.slice(next, next + count);
      results.push(...(await Promise.all(some.map(({ sessionId }) => this.#resumeOne({ sessionId }, command, room)))));
    }
    logger.info({ resumed: results.length, more }, "sessions were resumed");
    return { results, more };
  }

  #named({ sessionIds, groupIds }: ResumeCommand): readonly Wanted[] {
    const wanted: Wanted[] = sessionIds.map((sessionId) => ({ sessionId }));
    for (const groupId of groupIds) {
      const group = this.#context.table.findGroup(groupId);
      if (group === undefined || group === "closed") {
        wanted.push({ groupId });
      } else {
        const open = group.sessions.filter(({ status }) => status !== "CLOSED");
        wanted.push(...open.map(({ sessionId }) => ({ sessionId })));
      }
    }
    return wanted;
  }

  async #resumeOne(wanted: Wanted, command: ResumeCommand, room: Room): Promise<ResumeResultInit> {
    const { counters, nowMs, table } = this.#context;
    let reserved = 0;
    try {
      if (room.bytes <= STATUS_BYTES * 2) {
        throw fail("STEP_PENDING", "the answer is full; resume this session in another call", { retryDelayMs: 0 });
      }
      if (!("sessionId" in wanted)) {
        throw fail("GROUP_NOT_FOUND", "no open group of this id is here", { ids: { group: wanted.groupId } });
      }
      const session = this.#find(wanted.sessionId);
      const isSuspended = session.status === "SUSPENDED";
      if (isSuspended) {
        await table.reserve(1, nowMs(), nowMs);
        reserved = 1;
      }
      await table.resume(session, command.leaseId, nowMs);
      counters.onResume?.(isSuspended ? "replayed" : "taken_over");
      const record = withFullLists(session.latest);
      let detail = command.detail;
      let sizeBytes = SESSION_BYTES + boundAnswerBytes({ record, replayed: true }, detail);
      // It is resumed all the same: the answer says less, and its window has the outcome.
      if (sizeBytes > room.bytes) {
        detail = "LEAN";
        sizeBytes = SESSION_BYTES + boundAnswerBytes({ record, replayed: true }, detail);
      }
      const last = encodeOutcome(record, true, detail);
      room.bytes -= sizeBytes;
      return { sessionId: wanted.sessionId, resumed: { session: encodeSession(session), last } };
    } catch (thrown) {
      const error = AnchorgymError.from(thrown);
      counters.onResume?.(
        ["REPLAY_DIVERGED", "ENV_FAULT", "ENV_TIMEOUT"].includes(error.reason) ? "failed" : "refused",
      );
      if (error.reason === "REPLAY_DIVERGED") this.#context.logger.error({ ids: error.ids }, "a replay diverged");
      room.bytes -= STATUS_BYTES;
      return { ...wanted, status: encodeStatus(error) };
    } finally {
      table.release(reserved);
    }
  }

  #find(sessionId: string): Session {
    const { table } = this.#context;
    const session = table.findOpen(sessionId);
    if (session !== undefined) return session;
    const ids = { session: sessionId };
    if (table.find(sessionId) !== undefined) throw fail("SESSION_CLOSED", "the session is closed", { ids });
    throw fail("SESSION_NOT_FOUND", "no session of this id is here", { ids });
  }
}
