// Original file: anchorgym/v1/catalog.proto

/**
 * A form in which an action may be sent.
 */
export const ActionMode = {
  /**
   * Never sent by a server.
   */
  ACTION_MODE_UNSPECIFIED: 'ACTION_MODE_UNSPECIFIED',
  /**
   * AgentAction.text, which the session's text parser turns into an action.
   */
  ACTION_MODE_TEXT: 'ACTION_MODE_TEXT',
  /**
   * AgentAction.choice, an index into ActionSpace.admissible.
   */
  ACTION_MODE_CHOICE: 'ACTION_MODE_CHOICE',
  /**
   * AgentAction.tool_calls, of the tools that ActionSpace.tools offers. Options may decide whether any are offered.
   */
  ACTION_MODE_TOOL_CALLS: 'ACTION_MODE_TOOL_CALLS',
} as const;

/**
 * A form in which an action may be sent.
 */
export type ActionModeInit =
  /**
   * Never sent by a server.
   */
  | 'ACTION_MODE_UNSPECIFIED'
  | 0
  /**
   * AgentAction.text, which the session's text parser turns into an action.
   */
  | 'ACTION_MODE_TEXT'
  | 1
  /**
   * AgentAction.choice, an index into ActionSpace.admissible.
   */
  | 'ACTION_MODE_CHOICE'
  | 2
  /**
   * AgentAction.tool_calls, of the tools that ActionSpace.tools offers. Options may decide whether any are offered.
   */
  | 'ACTION_MODE_TOOL_CALLS'
  | 3

/**
 * A form in which an action may be sent.
 */
export type ActionMode = typeof ActionMode[keyof typeof ActionMode]
