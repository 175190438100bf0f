// An action as it was submitted, before the world sees it. What the world cannot take (tool calls where it has no tools,
// actions beyond its limit) still becomes an outcome: the world executes the empty text and the validity says why.

import type { Action, ActionValidity, Json, PerAgent, ToolCall } from "../../envs/core/types.ts";
import type { World } from "../../envs/core/world.ts";

/** Agent ids in ascending order, each once. */
export type SubmittedActions = ReadonlyMap<string, Action>;

/** What is hashed to tell a step that is sent again from another step; field names are those of the wire. */
export function actionsBody(actions: SubmittedActions): Json {
  return [...actions].map(([agent_id, action]) => {
    if ("text" in action) return { agent_id, text: action.text };
    if ("choice" in action) return { agent_id, choice: action.choice };
    const calls = action.toolCalls.map(({ callId, name, argumentsJson }) => ({
      call_id: callId,
      name,
      arguments_json: argumentsJson,
    }));
    return { agent_id, tool_calls: { calls } };
  });
}

/** The inverse of `actionsBody`, from its canonical JSON. Trusts the text: only our own histories are read. */
export function parseActions(actionsJson: string): SubmittedActions {
  const entries = JSON.parse(actionsJson) as {
    agent_id: string;
    text?: string;
    choice?: number;
    tool_calls?: { calls: { call_id: string; name: string; arguments_json: string }[] };
  }[];
  return new Map(
    entries.map(({ agent_id, text, choice, tool_calls }): [string, Action] => {
      if (text !== undefined) return [agent_id, { text }];
      if (choice !== undefined) return [agent_id, { choice }];
      const toolCalls = (tool_calls?.calls ?? []).map(({ call_id, name, arguments_json }) => ({
        callId: call_id,
        name,
        argumentsJson: arguments_json,
      }));
      return [agent_id, { toolCalls }];
    }),
  );
}

export interface ExecutableActions {
  readonly actions: PerAgent<Action>;
  /** Agents whose action the world never sees, and how it is judged. */
  readonly refused: ReadonlyMap<string, ActionValidity>;
}

const NONE_REFUSED: ReadonlyMap<string, ActionValidity> = new Map();

function exceeds(text: string, maxBytes: number): boolean {
  // A UTF-16 unit is at most 3 bytes of UTF-8: short texts need no counting.
  return text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes;
}

function callsExceed(calls: readonly ToolCall[], maxBytes: number): boolean {
  let sizeBytes = 0;
  for (const { callId, name, argumentsJson } of calls) {
    for (const text of [callId, name, argumentsJson]) sizeBytes += Buffer.byteLength(text);
    if (sizeBytes > maxBytes) return true;
  }
  return false;
}

/** What the world executes for these actions. */
export function executableActions(submitted: SubmittedActions, world: World): ExecutableActions {
  const { maxActionBytes } = world.description.limits;
  const actions = new Map<string, Action>();
  let refused: Map<string, ActionValidity> | undefined;
  for (const [agentId, action] of submitted) {
    if ("toolCalls" in action && (world.tools === undefined || callsExceed(action.toolCalls, maxActionBytes))) {
      refused ??= new Map();
      refused.set(agentId, "SCHEMA_MISMATCH");
      actions.set(agentId, { text: "" });
    } else if ("text" in action && exceeds(action.text, maxActionBytes)) {
      refused ??= new Map();
      refused.set(agentId, "UNPARSABLE");
      actions.set(agentId, { text: "" });
    } else {
      actions.set(agentId, action);
    }
  }
  return { actions, refused: refused ?? NONE_REFUSED };
}
