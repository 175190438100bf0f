// Forks and resumptions on the wire: requests -> commands, each item with its own error; sessions -> results.

import type { Json } from "../../envs/core/types.ts";
import { AnchorgymError, fail } from "../../proto/errors.ts";
import type { ForkItem } from "../../proto/gen/anchorgym/v1/ForkItem.ts";
import type { ForkRequest } from "../../proto/gen/anchorgym/v1/ForkRequest.ts";
import type { ResumeSessionsRequest } from "../../proto/gen/anchorgym/v1/ResumeSessionsRequest.ts";
import type { ServerLimits } from "../config.ts";
import type { ReplicaSeeds } from "../sessions/group.ts";
import { checkClientId, decodeDuration, decodeEnum, decodeHash, invalidField } from "./field-checks.ts";
import { type Detail, decodeDetail } from "./step-codec.ts";

export interface ForkPlan {
  readonly epoch: number;
  /** Undefined: the latest. */
  readonly atSeq: number | undefined;
  /** Hex; "": no precondition. */
  readonly expectedFullHash: string;
  readonly count: number;
  readonly replicaSeeds: ReplicaSeeds;
}

export interface ForkCommand {
  readonly requestId: string;
  readonly leaseId: string;
  readonly items: readonly { readonly sessionId: string; readonly plan: ForkPlan | AnchorgymError }[];
  readonly detail: Detail;
  readonly body: Json;
}

function decodePlan(item: ForkItem, field: string, maxFanOut: number): ForkPlan {
  if (item.count < 1) throw invalidField(`${field}.count`, "must be at least 1");
  if (item.count > maxFanOut) {
    throw fail("FAN_OUT_EXCEEDED", `${item.count} children are more than this server's ${maxFanOut}`, {
      ids: { session: item.sessionId, max_fan_out: String(maxFanOut) },
    });
  }
  const seedsField = `${field}.replica_seeds`;
  return {
    epoch: item.epoch,
    atSeq: item.atSeq,
    expectedFullHash: decodeHash(item.expectedFullStateHash, `${field}.expected_full_state_hash`),
    count: item.count,
    replicaSeeds: decodeEnum(item.replicaSeeds, "REPLICA_SEEDS_", ["SHARED", "DERIVED"], "SHARED", seedsField),
  };
}

const text = (value: string, field: string): string => {
  if (!value.isWellFormed()) throw invalidField(field, "must be valid UTF-8");
  return value;
};

/** @throws {RequestError} MESSAGE_INVALID for what is wrong with the request as a whole */
export function decodeFork(request: ForkRequest, { maxBatchItems, maxFanOut }: ServerLimits): ForkCommand {
  const { items } = request;
  if (items.length === 0) throw invalidField("items", "must not be empty");
  const count = items.reduce((sum, item) => sum + Math.max(1, item.count), 0);
  // What no server allows is the item's own fault; what only the sum exceeds is the request's.
  const allFit = items.every((item) => item.count <= maxFanOut);
  if ((allFit && count > maxBatchItems) || items.length > maxBatchItems) {
    throw invalidField("items", `must have at most ${maxBatchItems} children in all, have ${count}`);
  }
  const decoded = items.map((item, index) => {
    try {
      return { sessionId: item.sessionId, plan: decodePlan(item, `items[${index}]`, maxFanOut) };
    } catch (thrown) {
      return { sessionId: item.sessionId, plan: AnchorgymError.from(thrown) };
    }
  });
  return {
    requestId: checkClientId(request.requestId, "request_id"),
    leaseId: checkClientId(request.leaseId, "lease_id"),
    items: decoded,
    detail: decodeDetail(request.detail),
    body: items.map((item, index) => ({
      ...(item.atSeq === undefined ? {} : { at_seq: item.atSeq }),
      count: item.count,
      epoch: item.epoch,
      expected_full_state_hash: item.expectedFullStateHash.toString("hex"),
      replica_seeds: String(item.replicaSeeds),
      session_id: text(item.sessionId, `items[${index}].session_id`),
    })),
  };
}

export interface ResumeCommand {
  readonly requestId: string;
  readonly leaseId: string;
  readonly leaseTtlMs: number | undefined;
  readonly sessionIds: readonly string[];
  readonly groupIds: readonly string[];
  /** "": none. */
  readonly fromLeaseId: string;
  readonly detail: Detail;
  readonly body: Json;
}

/** @throws {RequestError} MESSAGE_INVALID */
export function decodeResume(request: ResumeSessionsRequest, { maxBatchItems }: ServerLimits): ResumeCommand {
  const { sessionIds, groupIds, fromLeaseId } = request;
  const named = sessionIds.length + groupIds.length;
  if (named === 0 && fromLeaseId === "") throw invalidField("session_ids, group_ids, from_lease_id", "must name any");
  if (named > maxBatchItems) {
    throw invalidField("session_ids, group_ids", `must hold at most ${maxBatchItems} ids together`);
  }
  return {
    requestId: checkClientId(request.requestId, "request_id"),
    leaseId: checkClientId(request.leaseId, "lease_id"),
    leaseTtlMs: decodeDuration(request.leaseTtl, "lease_ttl"),
    sessionIds,
    groupIds,
    fromLeaseId: fromLeaseId === "" ? "" : checkClientId(fromLeaseId, "from_lease_id"),
    detail: decodeDetail(request.detail),
    body: {
      from_lease_id: text(fromLeaseId, "from_lease_id"),
      group_ids: groupIds.map((id, index) => text(id, `group_ids[${index}]`)),
      session_ids: sessionIds.map((id, index) => text(id, `session_ids[${index}]`)),
    },
  };
}
