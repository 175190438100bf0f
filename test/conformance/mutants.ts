// One way, at least, to break each rule of the core profile: what a plausible mistake of a server would look like on the
// wire. Keys are rule ids; a test demands that every rule has one.

import { randomUUID } from "node:crypto";
import type { GetEnvironmentRequest } from "../../proto/gen/anchorgym/v1/GetEnvironmentRequest.ts";
import type { ListEnvironmentsResponse } from "../../proto/gen/anchorgym/v1/ListEnvironmentsResponse.ts";
import type { ListTasksRequest } from "../../proto/gen/anchorgym/v1/ListTasksRequest.ts";
import type { ListTasksResponse } from "../../proto/gen/anchorgym/v1/ListTasksResponse.ts";
import type { Outcome } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import type { RenewLeaseRequest } from "../../proto/gen/anchorgym/v1/RenewLeaseRequest.ts";
import type { RenewLeaseResponse } from "../../proto/gen/anchorgym/v1/RenewLeaseResponse.ts";
import type { SampleTasksRequest } from "../../proto/gen/anchorgym/v1/SampleTasksRequest.ts";
import type { SampleTasksResponse } from "../../proto/gen/anchorgym/v1/SampleTasksResponse.ts";
import type { StepItem } from "../../proto/gen/anchorgym/v1/StepItem.ts";
import { decodeStatus } from "../../proto/rich-status.ts";
import type { Mutation } from "../doubles/mutant-server.ts";
import {
  agents,
  both,
  executesAgain,
  forgive,
  frames,
  freshHash,
  groups,
  leases,
  listed,
  nextCount,
  OTHER_HASH,
  onCreate,
  onStep,
  outcomes,
  reasonOf,
  relabel,
  remembersActions,
  serviceError,
  starts,
  stepItems,
  unary,
  withReason,
} from "./mutations.ts";

const siblingsMoved = new Map<string, Set<string>>();
const seenOnce = new Set<string>();
const inFlight = new Map<string, number>();

export const CORE_MUTANTS: Readonly<Record<string, readonly Mutation[]>> = {
  "CAT-1": [
    unary<object, ListEnvironmentsResponse>("ListEnvironments", async (request, forward) => {
      const response = await forward(request);
      return { ...response, environments: [...response.environments].reverse() };
    }),
  ],
  "CAT-2": [listed((environment) => Object.assign(environment, { stateSchema: "" }))],
  "CAT-3": [
    unary<ListTasksRequest, ListTasksResponse>("ListTasks", async (request, forward) => {
      const response = await forward(request);
      return { ...response, tasks: response.tasks.slice(0, -1) };
    }),
  ],
  "CAT-4": [listed((environment) => environment.splits.map((split) => Object.assign(split, { digest: OTHER_HASH() })))],
  "CAT-5": [
    unary<ListTasksRequest, ListTasksResponse>("ListTasks", (request, forward) =>
      forward({ ...request, split: "train" }),
    ),
  ],
  "CAT-6": [
    unary<SampleTasksRequest, SampleTasksResponse>("SampleTasks", async (request, forward) => {
      const response = await forward(request);
      return { ...response, tasks: [...response.tasks].reverse() };
    }),
  ],
  "CAT-7": [
    unary<SampleTasksRequest, SampleTasksResponse>("SampleTasks", (request, forward) =>
      forward({ ...request, offset: 0 }),
    ),
  ],
  "CAT-8": [
    both(
      unary<ListTasksRequest, ListTasksResponse>("ListTasks", (request, forward) =>
        forward({ ...request, splitDigest: Buffer.alloc(0) }),
      ),
    ),
    unary<SampleTasksRequest, SampleTasksResponse>("SampleTasks", (request, forward) =>
      forward({ ...request, splitDigest: Buffer.alloc(0) }),
    ),
  ],
  "CAT-9": [
    unary<GetEnvironmentRequest, object>("GetEnvironment", (request, forward) =>
      forward({ ...request, name: "corridor" }),
    ),
    unary<SampleTasksRequest, SampleTasksResponse>("SampleTasks", (request, forward) =>
      forward({ ...request, split: "train" }),
    ),
  ],
  "DET-1": [outcomes((outcome) => Object.assign(outcome, { fullStateHash: freshHash() }))],
  "HSH-1": [
    outcomes((outcome) => Object.assign(outcome, { semanticStateHash: outcome.semanticStateHash.subarray(0, 20) })),
  ],
  "HSH-2": [agents((agent) => Object.assign(agent, { observationHash: OTHER_HASH() }))],
  "HSH-3": [
    starts(({ agents }) =>
      agents.map(({ actionSpace }) => actionSpace != null && Object.assign(actionSpace, { digest: OTHER_HASH() })),
    ),
  ],
  "HSH-4": [
    starts(({ agents }) =>
      agents.map(({ actionSpace }) => actionSpace != null && Object.assign(actionSpace, { unchanged: true })),
    ),
  ],
  "HSH-5": [outcomes((outcome) => Object.assign(outcome, { semanticStateHash: freshHash() }))],
  "HSH-6": [starts((outcome) => Object.assign(outcome, { semanticStateHash: OTHER_HASH() }))],
  "HSH-7": [outcomes((outcome) => outcome.replayed && Object.assign(outcome, { fullStateHash: freshHash() }))],
  "GRP-1": [
    groups(({ sessions }) => sessions.map((session) => Object.assign(session, { replicaIndex: 0 }))),
    groups(({ sessions }) =>
      sessions.slice(1).map((session) => Object.assign(session, { fullStateHash: freshHash() })),
    ),
  ],
  "GRP-2": [
    onCreate((request, forward) =>
      forward({ ...request, groups: request.groups.map((spec) => ({ ...spec, replicaCount: 1 })) }),
    ),
  ],
  "GRP-3": [groups(({ initial }) => Object.assign(initial as Outcome, { fullStateHash: OTHER_HASH() }))],
  "GRP-4": [
    onCreate((request, forward) =>
      forward({
        ...request,
        groups: request.groups.map((spec) => ({ ...spec, replicaSeeds: "REPLICA_SEEDS_DERIVED" as const })),
      }),
    ),
  ],
  "GRP-5": [
    outcomes((outcome, { sessionId }) => {
      const group = sessionId.slice(0, sessionId.lastIndexOf("/"));
      const moved = siblingsMoved.get(group) ?? new Set();
      siblingsMoved.set(group, moved.add(sessionId));
      if (moved.size > 1) outcome.fullStateHash = freshHash();
    }),
  ],
  "GRP-6": [
    onCreate(async (request, forward) => {
      const response = await forward(request);
      const refused = response.results.find(({ status }) => status != null);
      if (refused === undefined) return response;
      return { ...response, results: response.results.map(({ groupKey }) => ({ ...refused, groupKey })) };
    }),
    onCreate(async (request, forward) => {
      const response = await forward(request);
      return { ...response, results: [...response.results].reverse() };
    }),
  ],
  "GRP-7": [
    onCreate((request, forward) =>
      forward({
        ...request,
        groups: request.groups.map((spec) => ({ ...spec, replicaCount: spec.replicaCount || 1 })),
      }),
    ),
  ],
  "GRP-8": [onCreate((request, forward) => forward({ ...request, expectedBuildDigest: Buffer.alloc(0) }))],
  "ONE-1": [
    outcomes((outcome) => Object.assign(outcome, { replayed: false })),
    outcomes((outcome) => Object.assign(outcome, { replayed: true })),
  ],
  "ONE-2": [executesAgain(false)],
  "ONE-3": [remembersActions()],
  "ONE-4": [forgive("SEQ_GAP", (item, status) => ({ ...item, seq: Number(decodeStatus(status).ids["next_seq"]) }))],
  "ONE-5": [stepItems((item) => ({ ...item, epoch: 1 }))],
  "ONE-6": [relabel("SEQ_EXPIRED", "SEQ_GAP")],
  "ONE-7": [executesAgain(true)],
  "ONE-8": [stepItems((item) => ({ ...item, expectedFullStateHash: Buffer.alloc(0) }))],
  "ONE-9": [
    forgive("AGENTS_MISMATCH", (item) => ({ ...item, actions: [{ agentId: "", text: "look", action: "text" }] })),
  ],
  "ONE-10": [
    onStep(async (request, forward) => {
      const response = await forward(request);
      const lost = response.results.find(({ status }) => reasonOf(status) === "SESSION_NOT_FOUND");
      return lost === undefined ? response : { results: response.results.map(() => lost) };
    }),
  ],
  "ONE-11": [
    unary<object, object>("CloseSessions", async () => ({ results: [] })),
    unary<object, object>("CloseSessions", async (request, forward) => {
      const key = JSON.stringify((request as { sessionIds: string[] }).sessionIds);
      if (seenOnce.has(key)) throw serviceError("closed already");
      seenOnce.add(key);
      return forward(request);
    }),
  ],
  "ONE-12": [relabel("EPISODE_ENDED", "SESSION_CLOSED")],
  "ONE-13": [
    onStep(async (request, forward) => {
      const response = await forward(request);
      return { results: [...response.results].reverse() };
    }),
  ],
  "ONE-14": [relabel("SEQ_GAP", "AGENTS_MISMATCH")],
  "ONE-15": [executesAgain(false)],
  "ONE-16": [executesAgain(false)],
  "REQ-1": [onCreate((request, forward) => forward({ ...request, requestId: randomUUID() }))],
  "REQ-2": [
    onCreate(async (request, forward) => {
      const running = inFlight.get(request.requestId) ?? 0;
      inFlight.set(request.requestId, running + 1);
      return forward({ ...request, requestId: `${request.requestId}${running === 0 ? "" : running}` });
    }),
  ],
  "REQ-3": [
    onCreate((request, forward) => {
      const content = request.groups.map(({ replicaCount }) => replicaCount).join("-");
      return forward({ ...request, requestId: `${request.requestId}-${content}` });
    }),
  ],
  "LEA-1": [leases((lease) => Object.assign(lease, { activeSessions: 0 }))],
  "LEA-2": [
    unary<RenewLeaseRequest, RenewLeaseResponse>("RenewLease", async (request, forward) => {
      const response = await forward({ ...request, leaseId: "another" });
      if (response.lease != null) response.lease.activeSessions = 3;
      return response;
    }),
  ],
  "LEA-3": [onCreate((request, forward) => forward({ ...request, leaseTtl: { seconds: "3600", nanos: 0 } }))],
  "OUT-1": [
    outcomes((outcome) => Object.assign(outcome, { endReason: "END_REASON_UNSPECIFIED" })),
    outcomes((outcome) => delete outcome.score),
  ],
  "OUT-2": [
    agents((agent) =>
      Object.assign(agent, {
        truncated: agent.terminated || agent.truncated,
        terminated: agent.terminated || agent.truncated,
      }),
    ),
  ],
  "OUT-3": [
    agents((agent) => Object.assign(agent, { reward: agent.reward + 0.5 })),
    agents((agent) => agent.rewardComponents.push({ name: "gift", value: 0 })),
  ],
  "OUT-4": [
    outcomes((outcome) => Object.assign(outcome, { turn: outcome.turn + 1 })),
    outcomes((outcome) => Object.assign(outcome, { seq: outcome.seq + 1 })),
  ],
  "OUT-5": [agents((agent) => Object.assign(agent, { actionValidity: "ACTION_VALIDITY_NOT_ADMISSIBLE" }))],
  "OUT-6": [
    onStep(async (request, forward) => {
      const response = await forward(request);
      const isEmpty = (item: StepItem): boolean => item.actions.some(({ text }) => text === "");
      response.results.forEach((result, at) => {
        if (isEmpty(request.items[at] as StepItem)) {
          response.results[at] = { ...result, outcome: null, status: withReason("MESSAGE_INVALID"), result: "status" };
        }
      });
      return response;
    }),
  ],
  "OUT-7": [agents((agent) => Object.assign(agent, { actionValidity: "ACTION_VALIDITY_VALID" }))],
  "OUT-8": [onStep((request, forward) => forward({ ...request, detail: "DETAIL_FULL" }))],
  "OUT-9": [
    unary<SampleTasksRequest, SampleTasksResponse>("SampleTasks", async (request, forward) => {
      const response = await forward(request);
      for (const task of response.tasks) task.maxTurns = 1;
      return response;
    }),
  ],
  "OUT-10": [
    outcomes((outcome) => {
      if (outcome.seq === 1) for (const agent of outcome.agents) agent.truncated = true;
    }),
  ],
  "STR-1": [frames(({ welcome }) => welcome != null && Object.assign(welcome, { lease: null }))],
  "STR-2": [
    {
      toServer: (frame, isFirst) => {
        if (!isFirst || frame.frame === "hello") return [frame];
        const hello = { clientId: "", leaseId: "anyone", leaseTtl: null, maxInFlightItems: 0 };
        return [{ frameId: 0, traceparent: "", frame: "hello", hello }, frame];
      },
      toClient: (frame) => (frame.inReplyTo === 0 ? [] : "end"),
    },
  ],
  "STR-3": [{ toClient: (frame) => (frame.step?.results.some(({ status }) => status != null) ? "end" : [frame]) }],
  "STR-4": [{ toClient: (frame) => (frame.problem == null ? [frame] : "end") }],
  "STR-5": [frames(({ step }) => void step?.results.reverse()), frames(({ step }) => void step?.results.pop())],
  "STR-6": [
    frames(({ step }) =>
      step?.results.map(({ outcome }) => outcome != null && Object.assign(outcome, { turn: outcome.turn + 1 })),
    ),
  ],
  "STR-7": [
    {
      toServer: (frame) =>
        frame.hello == null
          ? [frame]
          : [{ ...frame, hello: { ...frame.hello, leaseId: `${frame.hello.leaseId}-${nextCount()}` } }],
    },
  ],
  "STR-8": [
    {
      toServer: (frame) =>
        frame.hello == null ? [frame] : [{ ...frame, hello: { ...frame.hello, maxInFlightItems: 0 } }],
    },
  ],
  "STR-9": [
    frames(({ closeSessions }) =>
      closeSessions?.results.map(({ closed }) => closed != null && Object.assign(closed, { sessionCount: 0 })),
    ),
  ],
  "STR-10": [{ rudeHalfClose: true }],
  "SEC-1": [
    onCreate((request, forward) => forward({ ...request, requestId: request.requestId || randomUUID() })),
    stepItems((item) =>
      item.expectedFullStateHash.length === 5 ? { ...item, expectedFullStateHash: Buffer.alloc(0) } : item,
    ),
  ],
  "SEC-2": [onStep((request, forward) => forward({ ...request, items: request.items.slice(0, 100) }))],
  "SEC-3": [{ health: "NOT_SERVING" }],
  "SEC-9": [
    onStep(async (request, forward) => {
      const response = await forward(request);
      for (const result of response.results) if (result.status != null) result.status = { ...result.status, code: 2 };
      return response;
    }),
    onStep(async (request, forward) => {
      const response = await forward(request);
      for (const result of response.results)
        if (result.status != null) result.status = { ...result.status, details: [] };
      return response;
    }),
  ],
};
