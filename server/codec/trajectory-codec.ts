// Action logs on the wire: histories -> messages, messages -> episodes to execute again.

import { HASH_SCHEME } from "../../envs/core/state-hash.ts";
import type { ActionLog } from "../../proto/gen/anchorgym/v1/ActionLog.ts";
import type { AgentActionInit } from "../../proto/gen/anchorgym/v1/AgentAction.ts";
import type { LogEntryInit } from "../../proto/gen/anchorgym/v1/LogEntry.ts";
import type { LogHeaderInit } from "../../proto/gen/anchorgym/v1/LogHeader.ts";
import type { Outcome } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import type { Session } from "../sessions/session.ts";
import type { HistoryNode } from "../sessions/session-history.ts";
import type { StepRecord } from "../sessions/step-record.ts";
import { parseActions, type SubmittedActions } from "../sessions/submitted-action.ts";
import { type TaskRef, taskRef } from "../worlds/find-task.ts";
import { decodeSeed, encodeHash, invalidField } from "./field-checks.ts";
import { type Detail, decodeActions, encodeOutcome, TEXT_PARSERS } from "./step-codec.ts";

export function encodeLogHeader({ start, parent }: Session): LogHeaderInit {
  const { world, task, seed, optionsJson, inlineTaskJson, requestId, buildDigest } = start;
  const { name, version, stateSchema } = world.description;
  return {
    environment: name,
    version,
    hashScheme: HASH_SCHEME,
    stateSchema,
    taskId: task.taskId,
    inlineTaskJson,
    textParser: TEXT_PARSERS[0],
    optionsJson,
    requestId,
    parentSessionId: parent?.sessionId ?? "",
    buildDigest: encodeHash(buildDigest),
    taskDigest: encodeHash(task.contentDigest),
    seed: String(seed),
  };
}

function encodeActions(actionsJson: string): AgentActionInit[] {
  if (actionsJson === "") return [];
  return [...parseActions(actionsJson)].map(([agentId, action]) => {
    if ("toolCalls" in action) return { agentId, toolCalls: { calls: [...action.toolCalls] } };
    return { agentId, ...action };
  });
}

export function encodeLogEntry(node: HistoryNode, record: StepRecord, detail: Detail): LogEntryInit {
  return {
    seq: node.seq,
    actions: encodeActions(node.actionsJson),
    ...(node.reseed === undefined ? {} : { reseed: String(node.reseed) }),
    outcome: encodeOutcome(record, false, detail),
  };
}

export interface DecodedEntry {
  readonly seq: number;
  readonly actions: SubmittedActions;
  readonly reseed: number | undefined;
  readonly outcome: Outcome | undefined;
}
export interface DecodedLog {
  readonly environment: string;
  readonly task: TaskRef;
  /** Hex; "": not given. */
  readonly taskDigest: string;
  readonly buildDigest: string;
  readonly seed: number;
  readonly optionsJson: string;
  readonly entries: readonly DecodedEntry[];
}

/** @throws {RequestError} MESSAGE_INVALID naming the field */
export function decodeActionLog(log: ActionLog | null): DecodedLog {
  if (log === null) throw invalidField("log", "must be set");
  const { header, entries } = log;
  if (header === null) throw invalidField("log.header", "must be set");
  if (header.hashScheme !== "" && header.hashScheme !== HASH_SCHEME) {
    throw invalidField("log.header.hash_scheme", `must be ${HASH_SCHEME}, is ${header.hashScheme}`);
  }
  const decoded = entries.map((entry, index): DecodedEntry => {
    const field = `log.entries[${index}]`;
    if (entry.seq !== index) throw invalidField(`${field}.seq`, `must be ${index}: entries have no gaps`);
    if (index === 0 && entry.actions.length > 0) throw invalidField(`${field}.actions`, "must be empty at the start");
    return {
      seq: entry.seq,
      actions: decodeActions(entry.actions, field),
      reseed: entry.reseed === undefined ? undefined : decodeSeed(entry.reseed, `${field}.reseed`),
      outcome: entry.outcome ?? undefined,
    };
  });
  return {
    environment: header.environment,
    task: taskRef(header.taskId, header.inlineTaskJson),
    taskDigest: header.taskDigest.toString("hex"),
    buildDigest: header.buildDigest.toString("hex"),
    seed: decodeSeed(header.seed, "log.header.seed"),
    optionsJson: header.optionsJson,
    entries: decoded,
  };
}
