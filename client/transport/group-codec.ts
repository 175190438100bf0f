// Groups: specs -> wire, and results -> verified starts. A client believes nothing that it can check: the replica
// count, their order, fresh sequence numbers, and that all replicas start in the state of the common first outcome.

import { type AnchorgymError, type ErrorIds, fail } from "../../proto/errors.ts";
import type { Group } from "../../proto/gen/anchorgym/v1/Group.ts";
import type { GroupSpecInit } from "../../proto/gen/anchorgym/v1/GroupSpec.ts";
import { decodeOutcome } from "./outcome-codec.ts";
import type { GroupSpec, GroupStart } from "./world-service.ts";

export function encodeGroupSpec(spec: GroupSpec): GroupSpecInit {
  return {
    groupKey: spec.groupKey,
    ...(spec.taskId === undefined ? { inlineTaskJson: spec.inlineTaskJson } : { taskId: spec.taskId }),
    seed: String(spec.seed),
    replicaCount: spec.replicaCount,
    replicaSeeds: spec.replicaSeeds === "DERIVED" ? "REPLICA_SEEDS_DERIVED" : "REPLICA_SEEDS_SHARED",
    optionsJson: spec.optionsJson ?? "",
  };
}

/** @throws {DeterminismError} GROUP_NOT_IDENTICAL; {TransportError} ANSWER_INVALID, naming what is wrong. */
export function verifyGroup(spec: GroupSpec, group: Group, address: string): GroupStart {
  const ids: ErrorIds = { group_key: spec.groupKey, group: group.groupId, endpoint: address };
  const broken = (sentence: string): AnchorgymError => fail("ANSWER_INVALID", sentence, { ids });
  if (group.initial === null) throw broken("the group has no initial outcome");
  if (group.groupId === "") throw broken("the group has no id");
  if (group.sessions.length !== spec.replicaCount) {
    throw broken(`the group has ${group.sessions.length} sessions, asked for were ${spec.replicaCount}`);
  }
  const initial = decodeOutcome(group.initial, undefined);
  if (initial.seq !== 0) throw broken(`the initial outcome has seq ${initial.seq}, not 0`);
  if (new Set(group.sessions.map((session) => session.sessionId)).size !== group.sessions.length) {
    throw broken("two replicas have one session id");
  }
  const sessions = group.sessions.map((session, replicaIndex) => {
    const { sessionId, epoch, nextSeq } = session;
    if (session.replicaIndex !== replicaIndex) throw broken("the sessions are not in order of replica_index");
    const semantic = session.semanticStateHash.toString("hex");
    const full = session.fullStateHash.toString("hex");
    const isShared = spec.replicaSeeds !== "DERIVED";
    const differs = semantic !== initial.anchors.semantic || (isShared && full !== initial.anchors.full);
    if (nextSeq === 1 && differs) {
      const sentence = `replica ${replicaIndex} does not start in the state of the group's initial outcome`;
      throw fail("GROUP_NOT_IDENTICAL", sentence, { ids: { ...ids, session: sessionId } });
    }
    if (nextSeq !== 1) throw broken(`replica ${replicaIndex} was stepped before it was handed out`);
    // Behind a referral the endpoint is another worker's; empty means the address that was called.
    const endpoint = session.endpoint === "" ? address : session.endpoint;
    return { sessionId, groupId: group.groupId, replicaIndex, epoch, endpoint, nextSeq };
  });
  return { groupKey: spec.groupKey, groupId: group.groupId, taskId: spec.taskId ?? "", initial, sessions };
}
