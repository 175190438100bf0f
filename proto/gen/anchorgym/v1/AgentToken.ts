// Original file: anchorgym/v1/environment.proto


/**
 * Lets its bearer step one agent of one session, and nothing else.
 */
export interface AgentTokenInit {
  'agentId'?: (string);
  'token'?: (string);
}

/**
 * Lets its bearer step one agent of one session, and nothing else.
 */
export interface AgentToken {
  'agentId': (string);
  'token': (string);
}
