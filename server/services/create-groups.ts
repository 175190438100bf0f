// CreateGroups: plans become verified groups, each alone; one event-loop turn never builds for more than a few
// milliseconds. The call's result is remembered under its request id.

import { randomUUID } from "node:crypto";
import { stateHash } from "../../envs/core/state-hash.ts";
import { AnchorgymError, fail } from "../../proto/errors.ts";
import type { CreateGroupsRequest } from "../../proto/gen/anchorgym/v1/CreateGroupsRequest.ts";
import type { CreateGroupsResponseInit } from "../../proto/gen/anchorgym/v1/CreateGroupsResponse.ts";
import { invalidField } from "../codec/field-checks.ts";
import type { CreateGroupsCommand } from "../codec/group-codec.ts";
import { boundGroupBytes, decodeCreateGroups, encodeGroupResult, encodeLease } from "../codec/group-codec.ts";
import { buildGroup, type Group, type GroupPlan } from "../sessions/group.ts";
import { RequestMemory } from "../sessions/request-memory.ts";
import type { HostedWorld } from "../worlds/hosted-world.ts";
import type { ServiceContext } from "./service-context.ts";
import type { CallContext } from "./unary.ts";

/** Building time between two visits of the event loop, in milliseconds. */
const SLICE_MS = 5;
/** Room for the status of a refused item. */
const STATUS_BYTES = 1_024;
/** Remembered requests; one holds ids and the initial records of its groups. */
const REMEMBERED_REQUESTS = 1_024;

type Built = readonly { readonly groupKey: string; readonly result: Group | AnchorgymError }[];

export class GroupCreator {
  readonly #context: ServiceContext;
  readonly #requests: RequestMemory<Built>;

  constructor(context: ServiceContext) {
    this.#context = context;
    this.#requests = new RequestMemory(context.limits.requestRetentionMs, REMEMBERED_REQUESTS);
  }

  async create(request: CreateGroupsRequest, call: CallContext): Promise<CreateGroupsResponseInit> {
    const { counters, limits, logger, nowMs, table } = this.#context;
    const command = decodeCreateGroups(request, limits);
    const digest = stateHash("request", "request/1", command.body);
    const { result, replayed } = await this.#requests.once(command.requestId, digest, nowMs(), () => {
      table.leases.renew(command.leaseId, command.leaseTtlMs, nowMs());
      return this.#build(command, call);
    });
    if (replayed) counters.requests_replayed_total++;
    const lease = table.leases.renew(command.leaseId, command.leaseTtlMs, nowMs());
    logger.debug({ groups: result.length, replayed, live: table.liveCount }, "groups created");
    return {
      results: result.map((item) => encodeGroupResult(item.groupKey, item.result)),
      lease: encodeLease(lease, table.suspendedOf(command.leaseId).size, nowMs(), Date.now()),
    };
  }

  async #build(command: CreateGroupsCommand, call: CallContext): Promise<Built> {
    const { isDraining, limits, nowMs } = this.#context;
    if (isDraining()) {
      throw fail("DRAINING", "this server shuts down and creates nothing new", { retryDelayMs: 1_000 });
    }
    const hosted = this.#findWorld(command);
    const waitUntilMs = Math.min(nowMs() + command.maxWaitMs, call.deadlineMs - 100);
    const built: { groupKey: string; result: Group | AnchorgymError }[] = [];
    let answerBytes = 0;
    let sliceEndMs = nowMs() + SLICE_MS;
    for (const { groupKey, plan } of command.groups) {
      const result = await this.#buildOne(hosted, plan, command, waitUntilMs, limits.maxMessageBytes - answerBytes);
      answerBytes += "reason" in result ? STATUS_BYTES : boundGroupBytes(result);
      built.push({ groupKey, result });
      if (nowMs() >= sliceEndMs) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        sliceEndMs = nowMs() + SLICE_MS;
      }
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
    roomBytes: number,
  ): Promise<Group | AnchorgymError> {
    const { counters, limits, logger, nowMs, table } = this.#context;
    let reserved = 0;
    try {
      if ("reason" in plan) throw plan;
      if ("reason" in hosted) throw hosted;
      await table.reserve(plan.replicaCount, waitUntilMs, nowMs);
      reserved = plan.replicaCount;
      const group = buildGroup(hosted, plan, {
        groupId: randomUUID(),
        leaseId: command.leaseId,
        outcomeWindow: limits.outcomeWindow,
        counters,
        nowMs: nowMs(),
        requestId: command.requestId,
        journal: this.#context.journal,
      });
      if (boundGroupBytes(group) > roomBytes) {
        throw invalidField("groups", "must be fewer in one call: the answer would exceed max_message_bytes");
      }
      // The lease may have expired while this call waited for room.
      table.leases.renew(command.leaseId, command.leaseTtlMs, nowMs());
      table.add(group);
      return group;
    } catch (thrown) {
      const error = AnchorgymError.from(thrown);
      counters.groups_refused_total++;
      const level = error.name === "DeterminismError" || error.name === "EnvError" ? "error" : "debug";
      logger[level]({ reason: error.reason, ids: error.ids }, "a group was refused");
      return error;
    } finally {
      table.release(reserved);
    }
  }
}
