// Step for the bearer of an agent token: its own session, its own agent, and of the outcome what an agent may know. No
// reward, score, metric, hash or other agent leaves here, and no lease is renewed by it.

import { fail } from "../../proto/errors.ts";
import type { AgentOutcomeInit } from "../../proto/gen/anchorgym/v1/AgentOutcome.ts";
import type { OutcomeInit } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import type { StepItem } from "../../proto/gen/anchorgym/v1/StepItem.ts";
import type { StepRequest } from "../../proto/gen/anchorgym/v1/StepRequest.ts";
import type { StepResponseInit } from "../../proto/gen/anchorgym/v1/StepResponse.ts";
import type { StepResultInit } from "../../proto/gen/anchorgym/v1/StepResult.ts";
import { encodeStatus } from "../../proto/rich-status.ts";
import { invalidField } from "../codec/field-checks.ts";
import type { Caller } from "../security/identity.ts";

type Agent = Extract<Caller, { kind: "agent" }>;

/** What an agent may know of an outcome. */
export function redactOutcome(outcome: OutcomeInit, agentId: string): OutcomeInit {
  const { seq, turn, replayed, agents, actingAgents, endReason } = outcome;
  const own = [...(agents ?? [])].filter((agent) => agent?.agentId === agentId);
  return {
    ...(seq === undefined ? {} : { seq }),
    ...(turn === undefined ? {} : { turn }),
    ...(replayed === undefined ? {} : { replayed }),
    ...(endReason === undefined ? {} : { endReason }),
    agents: own.map(redactAgent),
    actingAgents: [...(actingAgents ?? [])].filter((acting) => acting === agentId),
  };
}

function redactAgent(agent: AgentOutcomeInit): AgentOutcomeInit {
  const { agentId, observation, terminated, truncated, actionValidity, normalizedAction, actionSpace } = agent;
  const redacted: Record<string, unknown> = { agentId, observation, terminated, truncated, actionValidity };
  redacted["normalizedAction"] = normalizedAction;
  if (actionSpace != null) redacted["actionSpace"] = { ...actionSpace, digest: Buffer.alloc(0) };
  return redacted as AgentOutcomeInit;
}

function refusal(item: StepItem, agent: Agent): StepResultInit | undefined {
  const { sessionId, seq } = item;
  const ids = { session: sessionId, seq: String(seq) };
  if (sessionId !== agent.sessionId) {
    const error = fail("SESSION_NOT_FOUND", "no session of this id is here", { ids });
    return { sessionId, seq, status: encodeStatus(error) };
  }
  if (item.actions.some(({ agentId }) => agentId !== agent.agentId)) {
    const error = fail("AGENTS_MISMATCH", "this token acts for one agent only", { ids });
    return { sessionId, seq, status: encodeStatus(error) };
  }
  return undefined;
}

/**
 * @param step the principal's own Step, which checks the rest
 * @throws {RequestError} MESSAGE_INVALID for a precondition: its refusal would name a hash
 */
export async function answerAgentStep(
  request: StepRequest,
  agent: Agent,
  step: (request: StepRequest) => StepResponseInit | Promise<StepResponseInit>,
): Promise<StepResponseInit> {
  if (request.items.some((item) => item.expectedFullStateHash.length > 0)) {
    throw invalidField("items.expected_full_state_hash", "must be empty: agents know no hashes");
  }
  const refusals = request.items.map((item) => refusal(item, agent));
  const allowed = request.items.filter((_, index) => refusals[index] === undefined);
  const response: StepResponseInit =
    allowed.length === 0 ? { results: [] } : await step({ ...request, items: allowed });
  const answered = [...(response.results ?? [])];
  let next = 0;
  const results = refusals.map((refused): StepResultInit => {
    if (refused !== undefined) return refused;
    const result = answered[next++] ?? {};
    return result.outcome == null ? result : { ...result, outcome: redactOutcome(result.outcome, agent.agentId) };
  });
  return { results };
}
