// Original file: anchorgym/v1/environment.proto

import type { ToolCallInit as _anchorgym_v1_ToolCallInit, ToolCall as _anchorgym_v1_ToolCall } from '../../anchorgym/v1/ToolCall.ts';

/**
 * Calls in the order in which they run, all in this one step. They are checked before any of them runs: where one names no
 * offered tool, or has arguments that the tool's schema refuses, none runs and the action is SCHEMA_MISMATCH; so it is where
 * there is no call, where there are more than the environment runs at once, and where their text is longer than
 * EnvironmentLimits.max_action_bytes. A call that runs and fails makes the action TOOL_FAILED. Whether it stops those behind
 * it is the environment's; what ran before it keeps its effect.
 */
export interface ToolCallsInit {
  'calls'?: (_anchorgym_v1_ToolCallInit)[];
}

/**
 * Calls in the order in which they run, all in this one step. They are checked before any of them runs: where one names no
 * offered tool, or has arguments that the tool's schema refuses, none runs and the action is SCHEMA_MISMATCH; so it is where
 * there is no call, where there are more than the environment runs at once, and where their text is longer than
 * EnvironmentLimits.max_action_bytes. A call that runs and fails makes the action TOOL_FAILED. Whether it stops those behind
 * it is the environment's; what ran before it keeps its effect.
 */
export interface ToolCalls {
  'calls': (_anchorgym_v1_ToolCall)[];
}
