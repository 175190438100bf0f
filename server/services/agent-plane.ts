// The agent plane: what the bearer of an agent token may do, unary and streamed alike. It steps its own agent of its own
// session, and of the outcome it learns what an agent may know: no reward, score, metric, hash or other agent leaves
// here. It carries no lease and renews none, and its token dies when the session is closed.

import { type AnchorgymError, type ErrorIds, fail } from "../../proto/errors.ts";
import type { AgentOutcomeInit } from "../../proto/gen/anchorgym/v1/AgentOutcome.ts";
import type { OutcomeInit } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import type { StepItem } from "../../proto/gen/anchorgym/v1/StepItem.ts";
import type { StepRequest } from "../../proto/gen/anchorgym/v1/StepRequest.ts";
import type { StepResponseInit } from "../../proto/gen/anchorgym/v1/StepResponse.ts";
import { invalidField } from "../codec/field-checks.ts";
import { encodeStepResult } from "../codec/step-codec.ts";
import type { Caller } from "../security/identity.ts";
import type { StepAnswer } from "../sessions/session-items.ts";
import type { ServiceContext } from "./service-context.ts";
import { answerStep, type StepPlane, submitItem } from "./step.ts";

export type Agent = Extract<Caller, { kind: "agent" }>;

/** Facts of an error that an agent may read: the others name other agents, hashes or what happens inside the world. */
const AGENT_IDS: ReadonlySet<string> = new Set(["session", "seq", "next_seq", "field", "max_in_flight_items"]);

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

function redactAnswer(answer: StepAnswer): StepAnswer {
  if (!("error" in answer)) return answer;
  const { reason, sentence, ids, retryable, retryDelayMs } = answer.error;
  const known: ErrorIds = Object.fromEntries(Object.entries(ids).filter(([name]) => AGENT_IDS.has(name)));
  const said = reason === "ENV_FAULT" ? "the environment failed in this session" : sentence;
  const delay = retryDelayMs === undefined ? {} : { retryDelayMs };
  return { error: fail(reason, said, { ids: known, retryable, ...delay }) };
}

function refusal({ sessionId, seq, actions }: StepItem, agent: Agent): AnchorgymError | undefined {
  const ids = { session: sessionId, seq: String(seq) };
  if (sessionId !== agent.sessionId) return fail("SESSION_NOT_FOUND", "no session of this id is here", { ids });
  if (actions.some(({ agentId }) => agentId !== agent.agentId)) {
    return fail("AGENTS_MISMATCH", "this token acts for one agent only", { ids });
  }
  return undefined;
}

/** Steps as this agent has and sees them. */
export function agentPlane(agent: Agent): StepPlane {
  return {
    renewsLeases: false,
    submit: (context, item, index, settle) => {
      const error = refusal(item, agent);
      if (error === undefined) submitItem(context, item, index, settle);
      else settle({ error });
    },
    encode: (sessionId, seq, answer, detail) => {
      const { outcome, ...result } = encodeStepResult(sessionId, seq, redactAnswer(answer), detail);
      return outcome == null ? result : { ...result, outcome: redactOutcome(outcome, agent.agentId) };
    },
  };
}

/** @throws {RequestError} MESSAGE_INVALID for a precondition: its refusal would name a hash */
export function checkAgentSteps({ items }: StepRequest): void {
  if (items.some((item) => item.expectedFullStateHash.length > 0)) {
    throw invalidField("items.expected_full_state_hash", "must be empty: agents know no hashes");
  }
}

/** What a token whose session is closed is answered. */
export function deadToken(): AnchorgymError {
  return fail("TOKEN_INVALID", "the session of this agent token is closed, and the token with it");
}

/** @throws {RequestError} TOKEN_INVALID when the session is closed */
export function requireLiveToken({ table }: ServiceContext, { sessionId }: Agent): void {
  if (table.findOpen(sessionId) === undefined) throw deadToken();
}

/** The unary Step call of an agent. @throws {RequestError} TOKEN_INVALID, MESSAGE_INVALID */
export function answerAgentStep(
  context: ServiceContext,
  request: StepRequest,
  agent: Agent,
): StepResponseInit | Promise<StepResponseInit> {
  requireLiveToken(context, agent);
  checkAgentSteps(request);
  return answerStep(context, request, agentPlane(agent));
}
