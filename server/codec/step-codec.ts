// Steps on the wire: items -> submitted steps, step records -> outcomes, with the size of an answer estimated so that
// frames stay below their limit without being encoded twice.

import type { Action, ToolCall } from "../../envs/core/types.ts";
import type { ActionSpaceInit } from "../../proto/gen/anchorgym/v1/ActionSpace.ts";
import type { AgentAction } from "../../proto/gen/anchorgym/v1/AgentAction.ts";
import type { AgentOutcomeInit } from "../../proto/gen/anchorgym/v1/AgentOutcome.ts";
import type { OutcomeInit } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import type { StepItem } from "../../proto/gen/anchorgym/v1/StepItem.ts";
import type { StepResultInit } from "../../proto/gen/anchorgym/v1/StepResult.ts";
import { encodeStatus } from "../../proto/rich-status.ts";
import type { ActionSpaceRecord } from "../sessions/action-space.ts";
import type { StepAnswer, SubmittedStep } from "../sessions/session-items.ts";
import type { AgentRecord, StepRecord } from "../sessions/step-record.ts";
import type { SubmittedActions } from "../sessions/submitted-action.ts";
import { decodeEnum, decodeHash, encodeHash, invalidField } from "./field-checks.ts";

/** How a text becomes an action; the first is the default. */
export const TEXT_PARSERS = ["plain"] as const;

export type Detail = "FULL" | "LEAN";

export function decodeDetail(value: string | number): Detail {
  return decodeEnum(value, "DETAIL_", ["FULL", "LEAN"], "FULL", "detail");
}

function wellFormedCall({ callId, name, argumentsJson }: ToolCall): ToolCall {
  const wellFormed = { callId: callId.toWellFormed(), name: name.toWellFormed() };
  return { ...wellFormed, argumentsJson: argumentsJson.toWellFormed() };
}

function decodeAction(received: AgentAction, field: string): Action {
  switch (received.action) {
    case "text":
      // Broken UTF-8 is the agent's mistake and becomes an outcome; half a surrogate pair cannot be hashed.
      return { text: (received.text ?? "").toWellFormed() };
    case "choice":
      return { choice: received.choice ?? 0 };
    case "toolCalls":
      return { toolCalls: (received.toolCalls?.calls ?? []).map(wellFormedCall) };
    default:
      throw invalidField(`${field}.action`, "must be a text, a choice or tool calls; none is set");
  }
}

export function decodeSeq(seq: number, field: string): number {
  if (seq < 1) throw invalidField(field, "must be at least 1; seq 0 is the start of the group");
  return seq;
}

/** In ascending order of agent ids. @throws {RequestError} MESSAGE_INVALID naming the field */
export function decodeActions(received: readonly AgentAction[], field: string): SubmittedActions {
  const actions = new Map<string, Action>();
  received.forEach((action, index) => {
    const path = `${field}.actions[${index}]`;
    if (!action.agentId.isWellFormed()) throw invalidField(`${path}.agent_id`, "must be valid UTF-8");
    if (actions.has(action.agentId)) throw invalidField(`${path}.agent_id`, "must be unique in one step");
    actions.set(action.agentId, decodeAction(action, path));
  });
  return actions.size < 2 ? actions : new Map([...actions].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** @throws {RequestError} MESSAGE_INVALID naming the field; the item's own, not the batch's. */
export function decodeStepItem(item: StepItem, field: string): SubmittedStep {
  const seq = decodeSeq(item.seq, `${field}.seq`);
  const actions = decodeActions(item.actions, field);
  const expectedFullHash = decodeHash(item.expectedFullStateHash, `${field}.expected_full_state_hash`);
  return { epoch: item.epoch, seq, actions, expectedFullHash };
}

/** One message per space, so that its strings are encoded once (`proto/response-codec.ts`). */
const spaceMessages = new WeakMap<ActionSpaceRecord, ActionSpaceInit>();

function encodeActionSpace(space: ActionSpaceRecord): ActionSpaceInit {
  const { admissible, tools } = space;
  const digest = encodeHash(space.digest);
  if (space.unchanged) return { digest, unchanged: true };
  let message = spaceMessages.get(space);
  if (message === undefined) {
    message = Object.freeze({
      digest,
      admissible: [...admissible],
      complete: admissible.length > 0,
      tools: [...tools],
    });
    spaceMessages.set(space, message);
  }
  return message;
}

function encodeAgent(agent: AgentRecord, detail: Detail): AgentOutcomeInit {
  const { transition, actionSpace, observation } = agent;
  const lean: AgentOutcomeInit = {
    agentId: agent.agentId,
    observationHash: encodeHash(agent.observationHash),
    ...(transition === undefined
      ? {}
      : {
          reward: transition.reward,
          rewardComponents: [...transition.rewardComponents],
          terminated: transition.terminated,
          truncated: transition.truncated,
          ...(agent.acted
            ? {
                actionValidity: `ACTION_VALIDITY_${transition.validity}` as const,
                normalizedAction: transition.normalizedAction,
              }
            : {}),
        }),
  };
  if (detail === "LEAN") return lean;
  lean.observation = { blocks: [...observation.blocks] };
  if (observation.anchor !== undefined) lean.anchor = observation.anchor;
  if (actionSpace !== undefined) lean.actionSpace = encodeActionSpace(actionSpace);
  return lean;
}

/** @param withFullHash false leaves the full hash out, as the start of a DERIVED group demands */
export function encodeOutcome(
  record: StepRecord,
  replayed: boolean,
  detail: Detail,
  withFullHash: boolean = true,
): OutcomeInit {
  return {
    seq: record.seq,
    turn: record.turn,
    replayed,
    agents: record.agents.map((agent) => encodeAgent(agent, detail)),
    actingAgents: [...record.actingAgents],
    ...(withFullHash ? { fullStateHash: encodeHash(record.fullHash) } : {}),
    semanticStateHash: encodeHash(record.semanticHash),
    ...(record.teamRewards.length === 0 ? {} : { teamRewards: [...record.teamRewards] }),
    ...(record.endReason === undefined ? {} : { endReason: `END_REASON_${record.endReason}` as const }),
    ...(record.score === undefined ? {} : { score: record.score }),
    queueUs: record.queueUs,
    envUs: record.envUs,
  };
}

export function encodeStepResult(sessionId: string, seq: number, answer: StepAnswer, detail: Detail): StepResultInit {
  if ("error" in answer) return { sessionId, seq, status: encodeStatus(answer.error) };
  return { sessionId, seq, outcome: encodeOutcome(answer.record, answer.replayed, detail) };
}

const STATUS_BYTES = 1_024;
const OUTCOME_BYTES = 384;

/** An upper bound of the encoded size of an answer, in bytes, without encoding it. */
export function boundAnswerBytes(answer: StepAnswer, detail: Detail): number {
  if ("error" in answer) return STATUS_BYTES;
  const frameBytes = OUTCOME_BYTES * (1 + answer.record.agents.length);
  if (detail === "LEAN") return frameBytes;
  let textBytes = 0;
  for (const { observation, actionSpace, transition } of answer.record.agents) {
    for (const block of observation.blocks) textBytes += Buffer.byteLength("text" in block ? block.text : block.json);
    textBytes += Buffer.byteLength(observation.anchor ?? "") + Buffer.byteLength(transition?.normalizedAction ?? "");
    if (actionSpace !== undefined && !actionSpace.unchanged) {
      for (const entry of actionSpace.admissible) textBytes += Buffer.byteLength(entry) + 4;
      for (const { name, description, inputSchemaJson } of actionSpace.tools) {
        textBytes += Buffer.byteLength(name) + Buffer.byteLength(description) + Buffer.byteLength(inputSchemaJson) + 16;
      }
    }
  }
  return frameBytes + textBytes;
}
