// SEC, the agent plane: who bears an agent token steps one agent of one session and learns nothing that would help it to
// see more than an agent sees.

import type { CreateGroupsResponse } from "../../proto/gen/anchorgym/v1/CreateGroupsResponse.ts";
import type { Group } from "../../proto/gen/anchorgym/v1/Group.ts";
import type { InteractRequestInit } from "../../proto/gen/anchorgym/v1/InteractRequest.ts";
import type { Outcome } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import type { StepResponse } from "../../proto/gen/anchorgym/v1/StepResponse.ts";
import type { StepResult } from "../../proto/gen/anchorgym/v1/StepResult.ts";
import { Episode } from "../episode.ts";
import { demand, NotApplicable, rule, Violation } from "../rule.ts";
import { Stream } from "../stream.ts";
import { demandReason, type Subject } from "../subject.ts";
import { CallRefused } from "../wire.ts";

const SERVICE = "EnvironmentService";

/** A group whose sessions have agent tokens. @throws {NotApplicable} where none are issued. */
async function groupWithTokens(subject: Subject): Promise<Group> {
  const request = subject.createRequest([{ task: await subject.task(), replicas: 2 }], { issueAgentTokens: true });
  let response: CreateGroupsResponse;
  try {
    response = await subject.create(request);
  } catch (thrown) {
    if (!(thrown instanceof CallRefused)) throw thrown;
    demandReason(thrown.status, "MESSAGE_INVALID");
    throw new NotApplicable(`no agent tokens are issued: ${thrown.status.message}`, { cause: thrown });
  }
  const group = response.results[0]?.group;
  if (group == null) throw new Violation("a group that was to have agent tokens was refused");
  if (group.sessions.some(({ agentTokens }) => agentTokens.length === 0))
    throw new Violation("a session has no agent tokens");
  return group;
}

/** Two sessions, and the agent that acts first in the first one. */
async function actors(subject: Subject) {
  const group = await groupWithTokens(subject);
  const [own, other] = Episode.of(subject, group) as [Episode, Episode];
  const agentId = own.latest.actingAgents[0] ?? "";
  const token = group.sessions[0]?.agentTokens.find((issued) => issued.agentId === agentId)?.token ?? "";
  return { own, other, agentId, token };
}

function demandAgentsView(outcome: Outcome | null | undefined, agentId: string): asserts outcome is Outcome {
  demand(outcome != null, "the bearer of an agent token cannot step its own agent");
  demand(outcome.fullStateHash.length + outcome.semanticStateHash.length === 0, "an agent sees a state hash");
  demand(outcome.score === undefined && outcome.teamRewards.length === 0, "an agent sees a score or team rewards");
  for (const agent of outcome.agents) {
    demand(agent.agentId === agentId, `agent ${JSON.stringify(agentId)} sees ${JSON.stringify(agent.agentId)}`);
    demand(agent.reward === 0 && agent.rewardComponents.length === 0, "an agent sees a reward");
    demand(agent.observationHash.length === 0 && agent.metrics.length === 0, "an agent sees a hash or metrics");
  }
}

async function agentsSeeLittle(subject: Subject): Promise<void> {
  const { own, agentId, token } = await actors(subject);
  const { results } = await subject.wire.call<StepResponse>(SERVICE, "Step", { items: [own.item()] }, token);
  demandAgentsView(results[0]?.outcome, agentId);
}

async function agentsReachLittle(subject: Subject): Promise<void> {
  const { own, other, token } = await actors(subject);
  const { results } = await subject.wire.call<StepResponse>(SERVICE, "Step", { items: [other.item()] }, token);
  demandReason(subject.refused(results[0]), "SESSION_NOT_FOUND");
  const calls: readonly (readonly [string, object])[] = [
    ["CloseSessions", { sessionIds: [own.sessionId] }],
    ["RenewLease", { leaseId: subject.uuid() }],
    ["GetTrajectory", { sessionId: own.sessionId }],
  ];
  for (const [method, request] of calls) {
    try {
      await subject.wire.call(SERVICE, method, request, token);
    } catch (thrown) {
      if (!(thrown instanceof CallRefused)) throw thrown;
      demandReason(thrown.status, "SCOPE_MISSING");
      continue;
    }
    throw new Violation(`the bearer of an agent token may call ${method}`);
  }
  demand((await other.step()).seq === 1, "the bearer of an agent token stepped another session");
}

async function agentStreamsSeeLittle(subject: Subject): Promise<void> {
  const { own, agentId, token } = await actors(subject);
  const greedy = new Stream(subject.wire, token);
  greedy.send({ frameId: 1, hello: { leaseId: subject.uuid() } });
  demandReason(await greedy.refusal(), "MESSAGE_INVALID");
  const stream = await Stream.openAsAgent(subject.wire, token);
  try {
    const { welcome } = stream.frames[0] ?? {};
    demand(welcome != null && welcome.lease === null, "an agent's Hello is not answered by a Welcome without a lease");
    stream.send({ frameId: 2, step: { items: [own.item()] } });
    const [result] = await stream.results(2);
    demandAgentsView(result?.outcome, agentId);
  } finally {
    stream.cancel();
  }
}

async function agentStreamsReachLittle(subject: Subject): Promise<void> {
  const { own, other, token } = await actors(subject);
  const control = await Stream.open(subject.wire, subject.uuid());
  const stream = await Stream.openAsAgent(subject.wire, token);
  try {
    stream.send({ frameId: 2, step: { items: [other.item()] } });
    demandReason(subject.refused((await stream.results(2))[0]), "SESSION_NOT_FOUND");
    const candidates = [{ actions: own.item().actions ?? [] }];
    const frames: readonly InteractRequestInit[] = [
      { frameId: 3, branchStep: { items: [{ sessionId: own.sessionId, epoch: 1, seq: 1, candidates }] } },
      { frameId: 4, commitBranch: { items: [{ sessionId: own.sessionId, epoch: 1, seq: 1 }] } },
      { frameId: 5, closeSessions: { sessionIds: [own.sessionId] } },
      { frameId: 6, renewLease: { leaseId: subject.uuid() } },
    ];
    stream.send(...frames);
    for (const { frameId = 0, ...sent } of frames) {
      const answered = (): boolean => stream.answersTo(frameId).length > 0;
      await stream.until(answered, `an answer to ${Object.keys(sent).join()} of an agent`);
      const { problem } = stream.answersTo(frameId)[0] ?? {};
      if (problem == null) throw new Violation(`an agent's stream may ask for ${Object.keys(sent).join()}`);
      demandReason(subject.wire.seen(problem, "frame"), "SCOPE_MISSING");
    }
    control.send({ frameId: 2, step: { items: [own.item(), other.item()] } });
    const seqs = (await control.results(2)).map((result: StepResult) => result.outcome?.seq);
    demand(seqs.join() === "1,1", "after an agent's stream the client's own steps are not the first ones");
  } finally {
    stream.cancel();
    control.cancel();
  }
}

async function agentStreamsEnd(subject: Subject): Promise<void> {
  const { own, token } = await actors(subject);
  const stream = await Stream.openAsAgent(subject.wire, token);
  await subject.close([], [own.sessionId]);
  const next = new Stream(subject.wire, token);
  next.send({ frameId: 1, hello: {} });
  const end = await stream.ended();
  if (end === "ended") throw new Violation("the stream of an agent token that died ends without a status");
  demandReason(end, "TOKEN_INVALID");
  demandReason(await next.refusal(), "TOKEN_INVALID");
}

export const agentTokenRules = [
  rule(
    "SEC-4",
    "full",
    "An agent token steps its own agent and shows no reward, score, metric or hash.",
    agentsSeeLittle,
  ),
  rule("SEC-5", "full", "An agent token reaches no other session and no other call.", agentsReachLittle),
  rule(
    "SEC-6",
    "full",
    "The stream of an agent token has no lease, steps its own agent and shows no reward, score, metric or hash.",
    agentStreamsSeeLittle,
  ),
  rule(
    "SEC-7",
    "full",
    "The stream of an agent token reaches no other session, no frame but steps, and supersedes no client.",
    agentStreamsReachLittle,
  ),
  rule(
    "SEC-8",
    "full",
    "The stream of an agent token ends with TOKEN_INVALID when its session is closed, and none is opened after.",
    agentStreamsEnd,
  ),
];
