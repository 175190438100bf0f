// SEC: refusals. Runs last, so that the rule about statuses sees everything that the others provoked.

import { makeGenericClientConstructor } from "@grpc/grpc-js";
import { service } from "grpc-health-check";
import { GRPC_CODES, isReason, REASONS } from "../../proto/errors.ts";
import { runningEpisode } from "../episode.ts";
import { demand, rule, Violation } from "../rule.ts";
import { demandReason, type Subject } from "../subject.ts";
import { describeStatus } from "../wire.ts";

async function malformedCallsAreRefused(subject: Subject): Promise<void> {
  const task = await subject.task();
  const episode = await runningEpisode(subject, 1);
  const create = (more: object): object => subject.createRequest([{ task }], more);
  const seeded = (seed: string): object => ({
    ...(create({}) as object),
    groups: [{ groupKey: "g", taskId: task.taskId, seed, replicaCount: 1 }],
  });
  const calls: readonly (readonly [string, string, object])[] = [
    ["an empty batch of steps", "Step", { items: [] }],
    ["no groups", "CreateGroups", create({ groups: [] })],
    ["an empty request_id", "CreateGroups", create({ requestId: "" })],
    ["an empty lease_id", "CreateGroups", create({ leaseId: "" })],
    ["a request_id of 129 bytes", "CreateGroups", create({ requestId: "x".repeat(129) })],
    ["an empty lease_id in RenewLease", "RenewLease", { leaseId: "" }],
    ["a negative duration", "RenewLease", { leaseId: subject.uuid(), ttl: { seconds: -1, nanos: 0 } }],
  ];
  for (const [what, method, request] of calls) {
    const status = await subject.wire.refusal("EnvironmentService", method, request).catch((thrown: Error) => {
      throw new Violation(`${what}: ${thrown.message}`);
    });
    demandReason(status, "MESSAGE_INVALID");
  }
  const { results } = await subject.create(seeded("9007199254740992"));
  demandReason(subject.refused(results[0], "group"), "MESSAGE_INVALID");
  const short = episode.item(undefined, { expectedFullStateHash: Buffer.alloc(5) });
  demandReason(subject.refused(await subject.stepOne(short)), "MESSAGE_INVALID");
  const empty = episode.item(episode.latest.actingAgents.map((agentId) => ({ agentId })));
  demandReason(subject.refused(await subject.stepOne(empty)), "MESSAGE_INVALID");
  demand(!(await episode.step()).replayed, "a malformed step had an effect");
}

async function batchesAreBounded(subject: Subject): Promise<void> {
  const most = subject.limits.maxBatchItems;
  if (most === 0 || most > 20_000) return;
  const items = Array.from({ length: most + 1 }, () => ({ sessionId: "x", epoch: 1, seq: 1 }));
  demandReason(await subject.wire.refusal("EnvironmentService", "Step", { items }), "MESSAGE_INVALID");
  const sessions = subject.createRequest([{ task: await subject.task(), replicas: most + 1 }]);
  demandReason(await subject.wire.refusal("EnvironmentService", "CreateGroups", sessions), "MESSAGE_INVALID");
}

async function healthIsServing(subject: Subject): Promise<void> {
  const Health = makeGenericClientConstructor(service, "Health");
  const client = new Health(subject.wire.address, subject.wire.channel, subject.wire.options);
  const check = (name: string): Promise<string> =>
    new Promise((resolve) => {
      const deadline = Date.now() + 5_000;
      client["check"]?.(
        { service: name },
        { deadline },
        (error: (Error & { code?: number }) | null, answer?: { status: unknown }) => {
          resolve(error === null ? String(answer?.status) : `error ${error.code}`);
        },
      );
    });
  try {
    for (const name of ["", "anchorgym.v1.CatalogService", "anchorgym.v1.EnvironmentService"]) {
      const status = await check(name);
      demand(status === "SERVING" || status === "1", `health of ${JSON.stringify(name)} is ${status}`);
    }
    const unknown = await check("no.such.Service");
    demand(unknown === "error 5", `health of an unknown service is ${unknown}, not NOT_FOUND`);
  } finally {
    client.close();
  }
}

async function statusesAreListed(subject: Subject): Promise<void> {
  demand(subject.wire.statuses.length > 0 || (await provoke(subject)), "nothing was refused");
  for (const status of subject.wire.statuses) {
    // gRPC itself speaks of connections and deadlines without details; the contract begins where an answer came.
    if (status.reason === "" && [1, 4, 14].includes(status.code)) continue;
    const where = `${status.of} answered ${describeStatus(status)}`;
    demand(status.domain === "anchorgym", `${where}; its domain is ${JSON.stringify(status.domain)}`);
    demand(isReason(status.reason), `${where}; the reason is not listed`);
    const { code } = REASONS[status.reason];
    demand(GRPC_CODES[code] === status.code, `${where}; the reason's code is ${GRPC_CODES[code]} (${code})`);
    demand(status.message !== "", `${where}; it has no sentence`);
  }
}

/** Refusals of all kinds, for when this rule runs alone. */
async function provoke(subject: Subject): Promise<boolean> {
  await subject.wire.refusal("CatalogService", "GetEnvironment", { name: "no-such-environment" });
  await subject.wire.refusal("EnvironmentService", "Step", { items: [] });
  const episode = await runningEpisode(subject, 1);
  const item = episode.item();
  const results = await subject.step([
    { ...item, sessionId: "no-such-session" },
    { ...item, epoch: 9 },
    { ...item, seq: 90 },
    { ...item, expectedFullStateHash: Buffer.alloc(32, 1) },
  ]);
  for (const result of results) subject.refused(result);
  return true;
}

export const securityRules = [
  rule(
    "SEC-1",
    "core",
    "A malformed call or item is refused with MESSAGE_INVALID and changes nothing.",
    malformedCallsAreRefused,
  ),
  rule("SEC-2", "core", "Batches above max_batch_items are refused with MESSAGE_INVALID.", batchesAreBounded),
  rule(
    "SEC-3",
    "core",
    "The health service says SERVING for each service and NOT_FOUND for an unknown one.",
    healthIsServing,
  ),
  rule(
    "SEC-9",
    "core",
    "Every status carries domain, sentence, a listed reason and that reason's code.",
    statusesAreListed,
  ),
];
