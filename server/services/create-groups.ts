// CreateGroups: plans become verified groups, each alone; one event-loop turn never builds for more than a few
// milliseconds. The call's result is remembered under its request id.

import { randomUUID } from "node:crypto";
import { stateHash } from "../../envs/core/state-hash.ts";
import { AnchorgymError, fail, type Reason } from "../../proto/errors.ts";
import type { CreateGroupsRequest } from "../../proto/gen/anchorgym/v1/CreateGroupsRequest.ts";
import type { CreateGroupsResponseInit } from "../../proto/gen/anchorgym/v1/CreateGroupsResponse.ts";
import { invalidField } from "../codec/field-checks.ts";
import type { CreateGroupsCommand } from "../codec/group-codec.ts";
import { boundGroupBytes, decodeCreateGroups, encodeGroupResult, encodeLease } from "../codec/group-codec.ts";
import { buildGroup, type Group, type GroupPlan } from "../sessions/group.ts";
import type { JournaledItem } from "../sessions/journal.ts";
import { withFullLists } from "../sessions/replay.ts";
import { RequestMemory } from "../sessions/request-memory.ts";
import { Slices } from "../sessions/slices.ts";
import type { HostedWorld } from "../worlds/hosted-world.ts";
import type { ServiceContext } from "./service-context.ts";
import { whenDurable } from "./step.ts";
import type { CallContext } from "./unary.ts";

/** Room for the status of a refused item. */
const STATUS_BYTES = 1_024;
/** Remembered requests; one holds ids and the initial records of its groups. */
const REMEMBERED_REQUESTS = 1_024;

/** What is left of the answer's message. */
interface Room {
  bytes: number;
}
type Built = readonly { readonly groupKey: string; readonly result: Group | AnchorgymError }[];

export class GroupCreator {
  readonly #context: ServiceContext;
  readonly #requests: RequestMemory<Built>;

  constructor(context: ServiceContext) {
    this.#context = context;
    this.#requests = new RequestMemory(context.limits.requestRetentionMs, REMEMBERED_REQUESTS);
    for (const { kind, requestId, digest, items } of context.restoredRequests ?? []) {
      if (kind !== "create") continue;
      this.#requests.restore(requestId, digest, context.nowMs(), () => {
        return Promise.all(
          items.map(async (item) => ({ groupKey: item.key, result: await restoreGroup(context, item) })),
        );
      });
    }
  }

  async create(request: CreateGroupsRequest, call: CallContext): Promise<CreateGroupsResponseInit> {
    const { counters, limits, logger, nowMs, table } = this.#context;
    const command = decodeCreateGroups(request, limits);
    const digest = stateHash("request", "request/1", command.body);
    const { result, replayed } = await this.#requests.once(command.requestId, digest, nowMs(), async () => {
      table.leases.renew(command.leaseId, command.leaseTtlMs, nowMs());
      const built = await this.#build(command, call);
      this.#writeDown(command.requestId, digest, built);
      return built;
    });
    if (replayed) counters.requests_replayed_total++;
    const lease = table.leases.renew(command.leaseId, command.leaseTtlMs, nowMs());
    logger.debug({ groups: result.length, replayed, live: table.liveCount }, "groups created");
    return whenDurable(this.#context, () => ({
      results: result.map((item) => encodeGroupResult(item.groupKey, item.result)),
      lease: encodeLease(lease, table.suspendedOf(command.leaseId).size, nowMs(), Date.now()),
    }));
  }

  #writeDown(requestId: string, digest: string, built: Built): void {
    const { journal, principal } = this.#context;
    const items = built.map(({ groupKey, result }): JournaledItem => {
      if ("reason" in result) return { key: groupKey, error: { reason: result.reason, sentence: result.sentence } };
      const sessionIds = result.sessions.map(({ sessionId }) => sessionId);
      return { key: groupKey, groupId: result.groupId, replicaSeeds: result.replicaSeeds, sessionIds };
    });
    journal.request({ kind: "create", principal, requestId, digest, items });
  }

  async #build(command: CreateGroupsCommand, call: CallContext): Promise<Built> {
    const { isDraining, limits, nowMs } = this.#context;
    if (isDraining()) {
      throw fail("DRAINING", "this server shuts down and creates nothing new", { retryDelayMs: 1_000 });
    }
    const hosted = this.#findWorld(command);
    const waitUntilMs = Math.min(nowMs() + command.maxWaitMs, call.deadlineMs - 100);
    const room: Room = { bytes: limits.maxMessageBytes };
    // As many at once as the world has threads; in the event loop one after another.
    const width = "reason" in hosted ? 1 : hosted.runner.width;
    const built: { groupKey: string; result: Group | AnchorgymError }[] = [];
    const slices = new Slices(nowMs);
    for (let next = 0; next < command.groups.length; next += width) {
      const some = command.groups.slice(next, next + width);
      const results = await Promise.all(
        some.map(({ plan }) => this.#buildOne(hosted, plan, command, waitUntilMs, room)),
      );
      some.forEach(({ groupKey }, index) => {
        built.push({ groupKey, result: results[index] as Group | AnchorgymError });
      });
      await slices.pause();
    }
    return built;
  }

  /** An unknown environment is the error of every item; a build that was pinned differently fails the call. */
  #findWorld(command: CreateGroupsCommand): HostedWorld | AnchorgymError {
    const { environment, version, expectedBuildDigest } = command;
    try {
      const hosted = this.#context.worlds.find(environment, version);
      if (expectedBuildDigest !== "" && expectedBuildDigest !== hosted.buildDigest) {
        throw fail("BUILD_CHANGED", `${environment} is another build than the one pinned`, {
          ids: { environment, expected: expectedBuildDigest, actual: hosted.buildDigest },
        });
      }
      return hosted;
    } catch (thrown) {
      const error = AnchorgymError.from(thrown);
      if (error.reason === "ENVIRONMENT_NOT_FOUND") return error;
      throw error;
    }
  }

  async #buildOne(
    hosted: HostedWorld | AnchorgymError,
    plan: GroupPlan | AnchorgymError,
    command: CreateGroupsCommand,
    waitUntilMs: number,
    room: Room,
  ): Promise<Group | AnchorgymError> {
    const { counters, limits, logger, nowMs, table } = this.#context;
    let reserved = 0;
    try {
      if ("reason" in plan) throw plan;
      if ("reason" in hosted) throw hosted;
      await table.reserve(plan.replicaCount, waitUntilMs, nowMs);
      reserved = plan.replicaCount;
      const group = await buildGroup(hosted, plan, {
        groupId: randomUUID(),
        leaseId: command.leaseId,
        outcomeWindow: limits.outcomeWindow,
        counters,
        nowMs: nowMs(),
        requestId: command.requestId,
        principal: this.#context.principal,
        journal: this.#context.journal,
      });
      const sizeBytes = boundGroupBytes(group);
      if (sizeBytes > room.bytes) {
        throw invalidField("groups", "must be fewer in one call: the answer would exceed max_message_bytes");
      }
      room.bytes -= sizeBytes;
      // The lease may have expired while this call waited for room or built.
      table.leases.renew(command.leaseId, command.leaseTtlMs, nowMs());
      table.add(group);
      this.#context.journal.sessions(group.sessions);
      return group;
    } catch (thrown) {
      const error = AnchorgymError.from(thrown);
      room.bytes -= STATUS_BYTES;
      counters.groups_refused_total++;
      const level = error.name === "DeterminismError" || error.name === "EnvError" ? "error" : "debug";
      logger[level]({ reason: error.reason, ids: error.ids }, "a group was refused");
      return error;
    } finally {
      table.release(reserved);
    }
  }
}

/** The group of a request that an earlier process answered; its sessions are suspended until they are resumed. */
async function restoreGroup({ table }: ServiceContext, item: JournaledItem): Promise<Group | AnchorgymError> {
  const { error, groupId = "", replicaSeeds = "SHARED", sessionIds = [] } = item;
  if (error !== undefined) return fail(error.reason as Reason, error.sentence);
  const sessions = sessionIds.flatMap((id) => table.findOpen(id) ?? []);
  const [first] = sessions;
  if (first === undefined || sessions.length < sessionIds.length) {
    return fail("GROUP_NOT_FOUND", "sessions of this group are closed", { ids: { group: groupId } });
  }
  try {
    const { state, record } = await first.stateAt(0);
    first.start.runner.drop(state);
    return { groupId, task: first.start.task, replicaSeeds, initial: withFullLists(record), sessions };
  } catch (thrown) {
    return AnchorgymError.from(thrown);
  }
}
