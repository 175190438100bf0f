// Tools of a world: a name, words for the model, and the form that reads the arguments. What several calls in one action
// mean is one rule for all worlds: they are all checked first, and where one names no offered tool, or has arguments that
// its schema refuses, none runs and the action is SCHEMA_MISMATCH, as are more calls than the world runs at once. Else
// they run in order, as one step. Whether one that fails stops those behind it is the world's; none is ever undone.

import { type Fields, FormError, readJson, record } from "./form.ts";
import type { ActionValidity, Observation, ObservationBlock, Tool, ToolCall } from "./types.ts";

/** Call ids come back in observations, so they are bounded as all ids that clients choose. */
const MAX_CALL_ID_BYTES = 128;
const MAX_ARGUMENTS_BYTES = 4_096;
/** Calls that any world runs in one action, at most. */
export const MAX_TOOL_CALLS = 16;

/** A tool that can read its own arguments. */
export interface ReadableTool extends Tool {
  readonly read: (argumentsJson: string) => Readonly<Record<string, unknown>>;
}

export function makeTool(name: string, description: string, fields: Fields): ReadableTool {
  const form = record(fields);
  return {
    name,
    description,
    inputSchemaJson: JSON.stringify(form.schema),
    read: (argumentsJson) => readJson(form, argumentsJson, MAX_ARGUMENTS_BYTES),
  };
}

export interface ReadCall {
  readonly callId: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** What the agent is told about one of its calls. */
export interface ToolReply {
  readonly callId: string;
  readonly content: string;
}

export type ReadCalls =
  | { readonly calls: readonly ReadCall[] }
  /** One reply per call, in order, up to the first that is too many: why it is refused, or that it fits and did not run. */
  | { readonly refused: readonly ToolReply[] };

/** @param maxCalls that the world runs in one action */
export function readCalls(
  offered: readonly ReadableTool[],
  toolCalls: readonly ToolCall[],
  maxCalls: number,
): ReadCalls {
  const calls: ReadCall[] = [];
  let isRefused = toolCalls.length === 0 || toolCalls.length > maxCalls;
  const replies = toolCalls.slice(0, maxCalls + 1).map((call, at): ToolReply => {
    const problem = at === maxCalls ? `one action runs at most ${maxCalls} calls` : readOne(offered, call, calls);
    isRefused ||= problem !== undefined;
    return { callId: call.callId.slice(0, MAX_CALL_ID_BYTES), content: problem ?? "not run: another call is refused" };
  });
  return isRefused ? { refused: replies } : { calls };
}

/** Adds the call to `calls`, or says why it cannot run. */
function readOne(offered: readonly ReadableTool[], call: ToolCall, calls: ReadCall[]): string | undefined {
  const { callId, name, argumentsJson } = call;
  if (Buffer.byteLength(callId) > MAX_CALL_ID_BYTES) return `call_id must have at most ${MAX_CALL_ID_BYTES} bytes`;
  const tool = offered.find((candidate) => candidate.name === name);
  if (tool === undefined) {
    const names = offered.map((candidate) => candidate.name).join(", ");
    return `no tool is called ${JSON.stringify(name.slice(0, 40))}; offered: ${names === "" ? "none" : names}`;
  }
  try {
    calls.push({ callId, name, arguments: tool.read(argumentsJson) });
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof FormError)) throw thrown;
    return `arguments of ${name}: ${thrown.message}`;
  }
}

/** What a tool says of the action that it stands for: a command that the world does not admit is a tool that failed. */
export function toolValidity(validity: ActionValidity): ActionValidity {
  return validity === "NOT_ADMISSIBLE" || validity === "UNPARSABLE" ? "TOOL_FAILED" : validity;
}

/**
 * One JSON block `{"call_id", "content"}` per call. The anchor is the text that the agent would have read after the same
 * actions as words, so that ids of calls never part equal observations.
 */
export function toolObservation(replies: readonly ToolReply[], anchor: string): Observation {
  const blocks = replies.map(({ callId, content }): ObservationBlock => {
    return { json: JSON.stringify({ call_id: callId, content }) };
  });
  return { blocks, anchor };
}
