// Groups and leases on the wire: CreateGroups requests -> plans, groups, sessions and leases -> messages.

import type { Json } from "../../envs/core/types.ts";
import type { AnchorgymError } from "../../proto/errors.ts";
import type { CreateGroupsRequest } from "../../proto/gen/anchorgym/v1/CreateGroupsRequest.ts";
import type { CreateGroupsResultInit } from "../../proto/gen/anchorgym/v1/CreateGroupsResult.ts";
import type { GroupInit } from "../../proto/gen/anchorgym/v1/Group.ts";
import type { GroupSpec } from "../../proto/gen/anchorgym/v1/GroupSpec.ts";
import type { LeaseInit } from "../../proto/gen/anchorgym/v1/Lease.ts";
import type { SessionInit } from "../../proto/gen/anchorgym/v1/Session.ts";
import { encodeStatus } from "../../proto/rich-status.ts";
import type { ServerLimits } from "../config.ts";
import type { Group, GroupPlan } from "../sessions/group.ts";
import type { Lease } from "../sessions/lease-table.ts";
import type { Session } from "../sessions/session.ts";
import {
  checkClientId,
  decodeDuration,
  decodeEnum,
  decodeHash,
  decodeSeed,
  decodeTaskRef,
  encodeDuration,
  encodeHash,
  invalidField,
} from "./field-checks.ts";
import { boundAnswerBytes, encodeOutcome, TEXT_PARSERS } from "./step-codec.ts";

/** Ids of at most 128 bytes for the lease, three uuids and two hashes. */
export const SESSION_BYTES = 512;

export interface CreateGroupsCommand {
  readonly requestId: string;
  readonly leaseId: string;
  readonly leaseTtlMs: number | undefined;
  readonly environment: string;
  readonly version: string;
  /** Hex; "": no pin. */
  readonly expectedBuildDigest: string;
  /** A plan, or the item's own error, per GroupSpec in order. */
  readonly groups: readonly { readonly groupKey: string; readonly plan: GroupPlan | AnchorgymError }[];
  readonly maxWaitMs: number;
  /** What tells a request from another under the same request id. */
  readonly body: Json;
}

function decodePlan(spec: GroupSpec, field: string): GroupPlan {
  const { groupKey, replicaCount, optionsJson } = spec;
  const task = decodeTaskRef(spec, field);
  if (replicaCount < 1) throw invalidField(`${field}.replica_count`, "must be at least 1");
  if (spec.textParser !== "" && !TEXT_PARSERS.some((name) => name === spec.textParser)) {
    throw invalidField(`${field}.text_parser`, `must be one of ${TEXT_PARSERS.join(", ")}`);
  }
  const seed = decodeSeed(spec.seed, `${field}.seed`);
  const replicaSeeds = decodeEnum(
    spec.replicaSeeds,
    "REPLICA_SEEDS_",
    ["SHARED", "DERIVED"],
    "SHARED",
    `${field}.replica_seeds`,
  );
  return { groupKey, field, task, seed, replicaCount, replicaSeeds, optionsJson };
}

function tryDecodePlan(spec: GroupSpec, field: string): GroupPlan | AnchorgymError {
  try {
    return decodePlan(spec, field);
  } catch (thrown) {
    return thrown as AnchorgymError;
  }
}

/** The request is hashed, and half a surrogate pair cannot be. */
function requireUtf8<Fields extends Readonly<Record<string, string | number>>>(field: string, fields: Fields): Fields {
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === "string" && !value.isWellFormed())
      throw invalidField(`${field}.${name}`, "must be valid UTF-8");
  }
  return fields;
}

/** An upper bound of the encoded size of a group's answer, in bytes. */
export function boundGroupBytes(group: Group): number {
  return boundAnswerBytes({ record: group.initial, replayed: false }, "FULL") + SESSION_BYTES * group.sessions.length;
}

/** @throws {RequestError} MESSAGE_INVALID for what is wrong with the request as a whole. */
export function decodeCreateGroups(request: CreateGroupsRequest, limits: ServerLimits): CreateGroupsCommand {
  if (request.groups.length === 0) throw invalidField("groups", "must not be empty");
  const sessionCount = request.groups.reduce((sum, spec) => sum + Math.max(1, spec.replicaCount), 0);
  if (sessionCount > limits.maxBatchItems) {
    throw invalidField("groups", `must hold at most ${limits.maxBatchItems} sessions in all, holds ${sessionCount}`);
  }
  if (request.issueAgentTokens) throw invalidField("issue_agent_tokens", "must be false: no agent tokens are issued");
  const keys = new Set<string>();
  const groups = request.groups.map((spec, index) => {
    const field = `groups[${index}]`;
    if (keys.has(spec.groupKey)) throw invalidField(`${field}.group_key`, "must be unique in the request");
    keys.add(spec.groupKey);
    return { groupKey: spec.groupKey, plan: tryDecodePlan(spec, field) };
  });
  const { environment, version } = request;
  const expectedBuildDigest = decodeHash(request.expectedBuildDigest, "expected_build_digest");
  const specs = request.groups.map((spec, index) =>
    requireUtf8(`groups[${index}]`, {
      group_key: spec.groupKey,
      inline_task_json: spec.inlineTaskJson ?? "",
      options_json: spec.optionsJson,
      replica_count: spec.replicaCount,
      replica_seeds: String(spec.replicaSeeds),
      seed: spec.seed,
      task_id: spec.taskId ?? "",
      text_parser: spec.textParser,
    }),
  );
  return {
    requestId: checkClientId(request.requestId, "request_id"),
    leaseId: checkClientId(request.leaseId, "lease_id"),
    leaseTtlMs: decodeDuration(request.leaseTtl, "lease_ttl"),
    environment,
    version,
    expectedBuildDigest,
    groups,
    maxWaitMs: decodeDuration(request.maxWait, "max_wait") ?? 0,
    body: {
      ...requireUtf8("request", { environment, version }),
      expected_build_digest: expectedBuildDigest,
      groups: specs,
    },
  };
}

export function encodeSession(session: Session): SessionInit {
  const { parent } = session;
  return {
    sessionId: session.sessionId,
    groupId: session.groupId,
    leaseId: session.leaseId,
    replicaIndex: session.replicaIndex,
    state: `SESSION_STATE_${session.status}`,
    epoch: session.epoch,
    nextSeq: session.nextSeq,
    fullStateHash: encodeHash(session.latest.fullHash),
    semanticStateHash: encodeHash(session.latest.semanticHash),
    ...(parent === undefined ? {} : { parentSessionId: parent.sessionId, branchedAtSeq: parent.seq }),
  };
}

function encodeGroup(group: Group): GroupInit {
  return {
    groupId: group.groupId,
    initial: encodeOutcome(group.initial, false, "FULL", group.replicaSeeds === "SHARED"),
    sessions: group.sessions.map(encodeSession),
  };
}

export function encodeGroupResult(groupKey: string, result: Group | AnchorgymError): CreateGroupsResultInit {
  return "reason" in result ? { groupKey, status: encodeStatus(result) } : { groupKey, group: encodeGroup(result) };
}

/** @param wallClockMs for the people who read `expire_time` */
export function encodeLease(lease: Lease, suspendedSessions: number, nowMs: number, wallClockMs: number): LeaseInit {
  const expiresMs = wallClockMs + (lease.expiresAtMs - nowMs);
  return {
    leaseId: lease.leaseId,
    ttl: encodeDuration(lease.ttlMs),
    expireTime: encodeDuration(expiresMs),
    activeSessions: lease.sessions.size,
    suspendedSessions,
  };
}
