// REQ: creating calls are safe to send again under their request_id.

import type { CreateGroupsResponse } from "../../proto/gen/anchorgym/v1/CreateGroupsResponse.ts";
import { demand, demandEqual, NotApplicable, rule } from "../rule.ts";
import { demandReason, type Subject } from "../subject.ts";

const idsOf = ({ results }: CreateGroupsResponse): string =>
  results.flatMap(({ group }) => group?.sessions.map(({ sessionId }) => sessionId) ?? ["none"]).join(" ");

async function repeatedRequestGivesTheSameIds(subject: Subject): Promise<void> {
  const request = subject.createRequest([{ task: await subject.task(), replicas: 3 }]);
  const first = idsOf(await subject.create(request));
  demand(!first.includes("none"), "a group was refused");
  demandEqual(idsOf(await subject.create(request)), first, "session ids of a request sent again");
}

async function concurrentRequestsShareTheIds(subject: Subject): Promise<void> {
  const request = subject.createRequest([{ task: await subject.task(), replicas: 2 }]);
  const [first, ...others] = (await Promise.all([1, 2, 3].map(() => subject.create(request)))).map(idsOf);
  for (const other of others) demandEqual(other, first!, "session ids of a request sent three times at once");
}

async function otherContentConflicts(subject: Subject): Promise<void> {
  const requestId = subject.uuid();
  const task = await subject.task();
  const leaseId = subject.uuid();
  await subject.create(subject.createRequest([{ task, replicas: 1 }], { requestId, leaseId }));
  const other = subject.createRequest([{ task, replicas: 2 }], { requestId, leaseId });
  demandReason(await subject.wire.refusal("EnvironmentService", "CreateGroups", other), "REQUEST_CONFLICT");
}

async function requestsSurviveARestart(subject: Subject): Promise<void> {
  if (subject.restart === undefined) throw new NotApplicable("no --restart command was given");
  if (subject.limits.durability === "DURABILITY_MEMORY") throw new NotApplicable("durability is MEMORY");
  const request = subject.createRequest([{ task: await subject.task(), replicas: 2 }]);
  const first = idsOf(await subject.create(request));
  await subject.restart();
  demandEqual(idsOf(await subject.create(request)), first, "session ids of a request sent again after a restart");
}

export const requestRules = [
  rule("REQ-1", "core", "A repeated request_id gives the same sessions.", repeatedRequestGivesTheSameIds),
  rule(
    "REQ-2",
    "core",
    "The same request_id several times at once gives the same sessions.",
    concurrentRequestsShareTheIds,
  ),
  rule("REQ-3", "core", "A request_id with other content fails with REQUEST_CONFLICT.", otherContentConflicts),
  rule("REQ-4", "full", "A repeated request_id gives the same sessions after a restart.", requestsSurviveARestart),
];
