// SEC, the agent plane: who bears an agent token steps one agent of one session and learns nothing that would help it to
// see more than an agent sees.

import type { CreateGroupsResponse } from "../../proto/gen/anchorgym/v1/CreateGroupsResponse.ts";
import type { Group } from "../../proto/gen/anchorgym/v1/Group.ts";
import type { StepResponse } from "../../proto/gen/anchorgym/v1/StepResponse.ts";
import { Episode } from "../episode.ts";
import { demand, NotApplicable, rule, Violation } from "../rule.ts";
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

async function agentsSeeLittle(subject: Subject): Promise<void> {
  const group = await groupWithTokens(subject);
  const [own] = Episode.of(subject, group);
  const agentId = own!.latest.actingAgents[0] ?? "";
  const token = group.sessions[0]?.agentTokens.find((issued) => issued.agentId === agentId)?.token ?? "";
  const items = [own!.item()];
  const { results } = await subject.wire.call<StepResponse>(SERVICE, "Step", { items }, token);
  const outcome = results[0]?.outcome;
  demand(outcome != null, "the bearer of an agent token cannot step its own agent");
  demand(outcome.fullStateHash.length + outcome.semanticStateHash.length === 0, "an agent sees a state hash");
  demand(outcome.score === undefined && outcome.teamRewards.length === 0, "an agent sees a score or team rewards");
  for (const agent of outcome.agents) {
    demand(agent.agentId === agentId, `agent ${JSON.stringify(agentId)} sees ${JSON.stringify(agent.agentId)}`);
    demand(agent.reward === 0 && agent.rewardComponents.length === 0, "an agent sees a reward");
    demand(agent.observationHash.length === 0 && agent.metrics.length === 0, "an agent sees a hash or metrics");
  }
}

async function agentsReachLittle(subject: Subject): Promise<void> {
  const group = await groupWithTokens(subject);
  const [own, other] = Episode.of(subject, group);
  const token = group.sessions[0]?.agentTokens[0]?.token ?? "";
  const { results } = await subject.wire.call<StepResponse>(SERVICE, "Step", { items: [other!.item()] }, token);
  demandReason(subject.refused(results[0]), "SESSION_NOT_FOUND");
  const calls: readonly (readonly [string, object])[] = [
    ["CloseSessions", { sessionIds: [own!.sessionId] }],
    ["RenewLease", { leaseId: subject.uuid() }],
    ["GetTrajectory", { sessionId: own!.sessionId }],
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
  demand((await other!.step()).seq === 1, "the bearer of an agent token stepped another session");
}

export const agentTokenRules = [
  rule(
    "SEC-4",
    "full",
    "An agent token steps its own agent and shows no reward, score, metric or hash.",
    agentsSeeLittle,
  ),
  rule("SEC-5", "full", "An agent token reaches no other session and no other call.", agentsReachLittle),
];
