// Original file: anchorgym/v1/environment.proto


export interface ToolCallInit {
  /**
   * Chosen by the agent, at most 128 bytes; comes back in the observation: a JSON block {"call_id", "content"} per call. The
   * anchor is then the text that hashes as if no ids were in it.
   */
  'callId'?: (string);
  /**
   * A Tool.name that the agent's action space offers.
   */
  'name'?: (string);
  /**
   * A JSON object by Tool.input_schema_json.
   */
  'argumentsJson'?: (string);
}

export interface ToolCall {
  /**
   * Chosen by the agent, at most 128 bytes; comes back in the observation: a JSON block {"call_id", "content"} per call. The
   * anchor is then the text that hashes as if no ids were in it.
   */
  'callId': (string);
  /**
   * A Tool.name that the agent's action space offers.
   */
  'name': (string);
  /**
   * A JSON object by Tool.input_schema_json.
   */
  'argumentsJson': (string);
}
