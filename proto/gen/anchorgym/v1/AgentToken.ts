// Original file: anchorgym/v1/environment.proto


/**
 * Lets its bearer step one agent of one session, by Step or over a stream of its own, and nothing else: other calls and
 * frames are refused with SCOPE_MISSING, other sessions answer SESSION_NOT_FOUND, other agents AGENTS_MISMATCH, and a
 * precondition MESSAGE_INVALID. Its outcomes hold seq, turn, end_reason and the agent's own observation, flags, validity
 * and action space: no reward, score, metric, hash or other agent. It carries no lease and renews none. It dies when the
 * session is closed (the episode's end is not its end), at the latest with the server process: calls and streams are
 * refused with TOKEN_INVALID then.
 */
export interface AgentTokenInit {
  'agentId'?: (string);
  'token'?: (string);
}

/**
 * Lets its bearer step one agent of one session, by Step or over a stream of its own, and nothing else: other calls and
 * frames are refused with SCOPE_MISSING, other sessions answer SESSION_NOT_FOUND, other agents AGENTS_MISMATCH, and a
 * precondition MESSAGE_INVALID. Its outcomes hold seq, turn, end_reason and the agent's own observation, flags, validity
 * and action space: no reward, score, metric, hash or other agent. It carries no lease and renews none. It dies when the
 * session is closed (the episode's end is not its end), at the latest with the server process: calls and streams are
 * refused with TOKEN_INVALID then.
 */
export interface AgentToken {
  'agentId': (string);
  'token': (string);
}
