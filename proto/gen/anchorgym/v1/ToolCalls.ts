// Original file: anchorgym/v1/environment.proto

import type { ToolCallInit as _anchorgym_v1_ToolCallInit, ToolCall as _anchorgym_v1_ToolCall } from '../../anchorgym/v1/ToolCall.ts';

/**
 * Calls in the order in which they run.
 */
export interface ToolCallsInit {
  'calls'?: (_anchorgym_v1_ToolCallInit)[];
}

/**
 * Calls in the order in which they run.
 */
export interface ToolCalls {
  'calls': (_anchorgym_v1_ToolCall)[];
}
