// Original file: anchorgym/v1/environment.proto

import type { ToolCallsInit as _anchorgym_v1_ToolCallsInit, ToolCalls as _anchorgym_v1_ToolCalls } from '../../anchorgym/v1/ToolCalls.ts';

/**
 * What one agent does.
 */
export interface AgentActionInit {
  /**
   * One of the outcome's acting_agents; "" in a SINGLE environment.
   */
  'agentId'?: (string);
  /**
   * Free text. Too long is UNPARSABLE, an outcome.
   */
  'text'?: (string);
  /**
   * Index into ActionSpace.admissible. Out of range is NOT_ADMISSIBLE, an outcome.
   */
  'choice'?: (number);
  /**
   * Calls of offered tools. An unknown tool is SCHEMA_MISMATCH, an outcome.
   */
  'toolCalls'?: (_anchorgym_v1_ToolCallsInit | null);
  /**
   * Exactly one; none answers MESSAGE_INVALID.
   */
  'action'?: "text"|"choice"|"toolCalls";
}

/**
 * What one agent does.
 */
export interface AgentAction {
  /**
   * One of the outcome's acting_agents; "" in a SINGLE environment.
   */
  'agentId': (string);
  /**
   * Free text. Too long is UNPARSABLE, an outcome.
   */
  'text'?: (string);
  /**
   * Index into ActionSpace.admissible. Out of range is NOT_ADMISSIBLE, an outcome.
   */
  'choice'?: (number);
  /**
   * Calls of offered tools. An unknown tool is SCHEMA_MISMATCH, an outcome.
   */
  'toolCalls'?: (_anchorgym_v1_ToolCalls | null);
  /**
   * Exactly one; none answers MESSAGE_INVALID.
   */
  'action'?: "text"|"choice"|"toolCalls";
}
