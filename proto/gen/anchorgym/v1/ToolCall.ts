// Original file: anchorgym/v1/environment.proto


export interface ToolCallInit {
  /**
   * Chosen by the agent; comes back in the observation.
   */
  'callId'?: (string);
  'name'?: (string);
  'argumentsJson'?: (string);
}

export interface ToolCall {
  /**
   * Chosen by the agent; comes back in the observation.
   */
  'callId': (string);
  'name': (string);
  'argumentsJson': (string);
}
