// Original file: anchorgym/v1/catalog.proto


/**
 * One agent of an environment.
 */
export interface AgentSpecInit {
  /**
   * Key of this agent in actions and outcomes; "" for the agent of a SINGLE environment.
   */
  'agentId'?: (string);
  /**
   * What it is there for: "coder", "tester". May be empty.
   */
  'role'?: (string);
  /**
   * Agents of one team share Outcome.team_rewards entries of that name. Empty: no team.
   */
  'team'?: (string);
  /**
   * Agents with equal hints may well share weights. A suggestion without effect on the server.
   */
  'policyHint'?: (string);
  /**
   * False: a fixed part of the environment's design that is not meant to be trained.
   */
  'trainable'?: (boolean);
}

/**
 * One agent of an environment.
 */
export interface AgentSpec {
  /**
   * Key of this agent in actions and outcomes; "" for the agent of a SINGLE environment.
   */
  'agentId': (string);
  /**
   * What it is there for: "coder", "tester". May be empty.
   */
  'role': (string);
  /**
   * Agents of one team share Outcome.team_rewards entries of that name. Empty: no team.
   */
  'team': (string);
  /**
   * Agents with equal hints may well share weights. A suggestion without effect on the server.
   */
  'policyHint': (string);
  /**
   * False: a fixed part of the environment's design that is not meant to be trained.
   */
  'trainable': (boolean);
}
