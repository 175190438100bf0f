// Ways to break the rules of the full profile: branches, forks, resume, logs, restarts.

import { randomUUID } from "node:crypto";
import type { BranchStepRequest } from "../../proto/gen/anchorgym/v1/BranchStepRequest.ts";
import type { BranchStepResponse } from "../../proto/gen/anchorgym/v1/BranchStepResponse.ts";
import type { CommitBranchRequest } from "../../proto/gen/anchorgym/v1/CommitBranchRequest.ts";
import type { CommitBranchResponse } from "../../proto/gen/anchorgym/v1/CommitBranchResponse.ts";
import type { CommitItem } from "../../proto/gen/anchorgym/v1/CommitItem.ts";
import type { Forked } from "../../proto/gen/anchorgym/v1/Forked.ts";
import type { ForkItem } from "../../proto/gen/anchorgym/v1/ForkItem.ts";
import type { ForkRequest } from "../../proto/gen/anchorgym/v1/ForkRequest.ts";
import type { ForkResponse } from "../../proto/gen/anchorgym/v1/ForkResponse.ts";
import type { GetTrajectoryResponse } from "../../proto/gen/anchorgym/v1/GetTrajectoryResponse.ts";
import type { Outcome } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import type { ReplayTrajectoryResponse } from "../../proto/gen/anchorgym/v1/ReplayTrajectoryResponse.ts";
import type { Resumed } from "../../proto/gen/anchorgym/v1/Resumed.ts";
import type { ResumeSessionsRequest } from "../../proto/gen/anchorgym/v1/ResumeSessionsRequest.ts";
import type { ResumeSessionsResponse } from "../../proto/gen/anchorgym/v1/ResumeSessionsResponse.ts";
import type { StepRequest } from "../../proto/gen/anchorgym/v1/StepRequest.ts";
import type { StepResponse } from "../../proto/gen/anchorgym/v1/StepResponse.ts";
import type { VerifyResponse } from "../../proto/gen/anchorgym/v1/VerifyResponse.ts";
import type { Mutation } from "../doubles/mutant-server.ts";
import { freshHash, nextCount, onCreate, outcomes, reasonOf, stepItems, unary, withReason } from "./mutations.ts";

const onBranch = (change: (request: BranchStepRequest) => BranchStepRequest): Mutation =>
  unary<BranchStepRequest, BranchStepResponse>("BranchStep", (request, forward) => forward(change(request)));

const candidateOutcomes = (change: (outcome: Outcome) => unknown): Mutation =>
  unary<BranchStepRequest, BranchStepResponse>("BranchStep", async (request, forward) => {
    const response = await forward(request);
    for (const { branches } of response.results) {
      for (const { outcome } of branches?.candidates ?? []) if (outcome != null) change(outcome);
    }
    return response;
  });

const commits = (change: (item: CommitItem) => CommitItem): Mutation =>
  unary<CommitBranchRequest, CommitBranchResponse>("CommitBranch", (request, forward) =>
    forward({ ...request, items: request.items.map(change) }),
  );

const forkItems = (change: (item: ForkItem) => ForkItem): Mutation =>
  unary<ForkRequest, ForkResponse>("Fork", (request, forward) =>
    forward({ ...request, items: request.items.map(change) }),
  );

const forked = (change: (forked: Forked) => unknown): Mutation =>
  unary<ForkRequest, ForkResponse>("Fork", async (request, forward) => {
    const response = await forward(request);
    for (const result of response.results) if (result.forked != null) change(result.forked);
    return response;
  });

const resumed = (change: (resumed: Resumed) => unknown): Mutation =>
  unary<ResumeSessionsRequest, ResumeSessionsResponse>("ResumeSessions", async (request, forward) => {
    const response = await forward(request);
    for (const result of response.results) if (result.resumed != null) change(result.resumed);
    return response;
  });

const logs = (change: (response: GetTrajectoryResponse) => unknown): Mutation =>
  unary<object, GetTrajectoryResponse>("GetTrajectory", async (request, forward) => {
    const response = await forward(request);
    change(response);
    return response;
  });

const replays = (change: (response: ReplayTrajectoryResponse) => unknown): Mutation =>
  unary<object, ReplayTrajectoryResponse>("ReplayTrajectory", async (request, forward) => {
    const response = await forward(request);
    change(response);
    return response;
  });

/** A branch that leaves the session one step further. */
function branchThatSteps(): Mutation {
  const moved = new Set<string>();
  return {
    unary: {
      ...unary<BranchStepRequest, BranchStepResponse>("BranchStep", async (request, forward) => {
        for (const { sessionId } of request.items) moved.add(sessionId);
        return forward(request);
      }).unary,
      ...unary<StepRequest, StepResponse>("Step", async (request, forward) => {
        const response = await forward(request);
        for (const { outcome, sessionId } of response.results) {
          if (outcome != null && moved.has(sessionId)) outcome.fullStateHash = freshHash();
        }
        return response;
      }).unary,
    },
  };
}

/** Children and parent that share one state: once a child has stepped, everybody's outcomes are off. */
function sharedFamily(): Mutation {
  let families = 0;
  return {
    unary: {
      ...unary<ForkRequest, ForkResponse>("Fork", (request, forward) => {
        families++;
        return forward(request);
      }).unary,
      ...outcomes(
        (outcome) => families > 0 && outcome.seq > 2 && Object.assign(outcome, { fullStateHash: freshHash() }),
      ).unary,
    },
  };
}

/** The epoch is told and not kept: whoever steps is let in. */
function epochWithoutFence(): Mutation {
  const epochs = new Map<string, number>();
  return {
    unary: {
      ...resumed(({ session }) => session != null && epochs.set(session.sessionId, session.epoch)).unary,
      ...stepItems((item) => ({ ...item, epoch: epochs.get(item.sessionId) ?? item.epoch })).unary,
    },
  };
}

const verdicts = (change: (response: VerifyResponse) => unknown): Mutation =>
  unary<object, VerifyResponse>("Verify", async (request, forward) => {
    const response = await forward(request);
    change(response);
    return response;
  });

const scored = (score: () => number): Mutation =>
  verdicts(({ results }) =>
    results.map(({ verdict }) => verdict != null && Object.assign(verdict, { score: score() })),
  );

const lax = (from: string): Mutation =>
  unary<BranchStepRequest, BranchStepResponse>("BranchStep", async (request, forward) => {
    const response = await forward(request);
    for (const result of response.results) {
      if (reasonOf(result.status) === from) result.status = withReason("MESSAGE_INVALID");
    }
    return response;
  });

export const FULL_MUTANTS: Readonly<Record<string, readonly Mutation[]>> = {
  "DET-2": [outcomes((outcome) => Object.assign(outcome, { fullStateHash: freshHash() }))],
  "DET-3": [
    logs(({ log }) => log?.entries.pop()),
    replays((response) => Object.assign(response, { buildMatches: false })),
    replays((response) =>
      Object.assign(response, { firstDivergence: { seq: 1, field: "reward", expected: "0", actual: "1" } }),
    ),
  ],
  "DET-4": [
    replays((response) => Object.assign(response, { firstDivergence: null })),
    replays(
      ({ firstDivergence }) =>
        firstDivergence != null && Object.assign(firstDivergence, { seq: firstDivergence.seq + 1 }),
    ),
  ],
  "HSH-8": [
    outcomes((outcome) => Object.assign(outcome, { semanticStateHash: freshHash() })),
    outcomes((outcome) =>
      outcome.agents.reverse().map((agent) => Object.assign(agent, { observationHash: freshHash() })),
    ),
  ],
  "INL-6": [
    logs(({ log }) => log?.header != null && Object.assign(log.header, { inlineTaskJson: "" })),
    replays((response) =>
      Object.assign(response, { firstDivergence: { seq: 1, field: "reward", expected: "0", actual: "1" } }),
    ),
  ],
  "INL-7": [
    resumed(({ session }) => session != null && Object.assign(session, { nextSeq: 1 })),
    resumed(({ session }) => session != null && Object.assign(session, { fullStateHash: freshHash() })),
  ],
  "INL-8": [
    scored(() => 0.5),
    verdicts((response) => {
      const judged = response.results.find(({ verdict }) => verdict != null);
      if (judged !== undefined) response.results = response.results.map(() => judged);
    }),
  ],
  "TOO-5": [
    logs(({ log }) =>
      log?.entries.map(({ actions }) =>
        actions.map(({ toolCalls }) => toolCalls?.calls.map((call) => Object.assign(call, { callId: "" }))),
      ),
    ),
    replays((response) => Object.assign(response, { replayedSteps: 0 })),
  ],
  "TOO-6": [candidateOutcomes((outcome) => Object.assign(outcome, { fullStateHash: freshHash() }))],
  "REQ-4": [onCreate((request, forward) => forward({ ...request, requestId: randomUUID() }))],
  "RES-1": [
    resumed(({ session }) => session != null && Object.assign(session, { epoch: session.epoch - 1 })),
    epochWithoutFence(),
  ],
  "RES-2": [
    resumed(({ last }) => last != null && Object.assign(last, { fullStateHash: freshHash() })),
    resumed(({ session }) => session != null && Object.assign(session, { nextSeq: 1 })),
  ],
  "RES-3": [
    unary<ResumeSessionsRequest, ResumeSessionsResponse>("ResumeSessions", async (request, forward) => {
      const response = await forward(request);
      return { ...response, results: response.results.slice(1) };
    }),
  ],
  "RES-4": [
    unary<ResumeSessionsRequest, ResumeSessionsResponse>("ResumeSessions", async (request, forward) => {
      const response = await forward(request);
      const bad = response.results.find(({ status }) => status != null);
      return bad === undefined ? response : { ...response, results: response.results.map(() => bad) };
    }),
  ],
  "BRA-1": [candidateOutcomes((outcome) => Object.assign(outcome, { fullStateHash: freshHash() }))],
  "BRA-2": [branchThatSteps()],
  "BRA-3": [
    unary<CommitBranchRequest, CommitBranchResponse>("CommitBranch", async (request, forward) => {
      const response = await forward(request);
      for (const { outcome } of response.results) if (outcome != null) outcome.replayed = false;
      return response;
    }),
    branchThatSteps(),
  ],
  "BRA-4": [
    candidateOutcomes((outcome) => Object.assign(outcome, { fullStateHash: freshHash() })),
    lax("STEP_CONFLICT"),
  ],
  "BRA-5": [commits((item) => ({ ...item, branchIndex: item.branchIndex > 2 ? 0 : item.branchIndex }))],
  "BRA-6": [
    onBranch((request) => ({
      items: request.items.map((item) => ({ ...item, candidates: item.candidates.slice(0, 10) })),
      detail: request.detail,
    })),
    lax("SEQ_EXPIRED"),
  ],
  "FRK-1": [
    forkItems(({ atSeq: _atSeq, _atSeq: _oneof, ...item }) => ({ ...item, expectedFullStateHash: Buffer.alloc(0) })),
    forked(({ sessions }) => sessions.map((session) => Object.assign(session, { parentSessionId: "" }))),
  ],
  "FRK-2": [sharedFamily()],
  "FRK-3": [sharedFamily()],
  "FRK-4": [
    forked(({ outcome }) => outcome != null && Object.assign(outcome, { fullStateHash: freshHash() })),
    forked(({ sessions }) => sessions.map((session) => Object.assign(session, { semanticStateHash: freshHash() }))),
  ],
  "FRK-5": [
    unary<ForkRequest, ForkResponse>("Fork", (request, forward) => forward({ ...request, requestId: randomUUID() })),
  ],
  "FRK-6": [forkItems((item) => ({ ...item, expectedFullStateHash: Buffer.alloc(0) }))],
  "VER-1": [scored(() => 0.5)],
  "VER-2": [
    verdicts((response) => {
      const refused = response.results.find(({ status }) => status != null);
      if (refused !== undefined) response.results = response.results.map(() => refused);
    }),
  ],
  "VER-3": [scored(() => (nextCount() % 97) / 97), scored(() => 2)],
  "SEC-4": [
    outcomes((outcome) => Object.assign(outcome, { fullStateHash: freshHash() })),
    outcomes(({ agents }) => agents.map((agent) => Object.assign(agent, { reward: 1 }))),
  ],
  "SEC-5": [unary<object, object>("RenewLease", async () => ({ lease: null }))],
  "DRN-1": [
    resumed(({ session }) => session != null && Object.assign(session, { nextSeq: 1 })),
    logs(({ log }) =>
      log?.entries.map(({ outcome }) => outcome != null && Object.assign(outcome, { fullStateHash: freshHash() })),
    ),
  ],
};
