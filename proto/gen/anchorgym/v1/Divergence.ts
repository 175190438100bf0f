// Original file: anchorgym/v1/environment.proto


/**
 * The first thing that came out differently.
 */
export interface DivergenceInit {
  'seq'?: (number);
  /**
   * full_state_hash, semantic_state_hash, end_reason, reward, observation_hash, in this order of comparison;
   * acting_agents when the logged actions are not those of the agents due to act.
   */
  'field'?: (string);
  /**
   * What the log says.
   */
  'expected'?: (string);
  /**
   * What came out here.
   */
  'actual'?: (string);
}

/**
 * The first thing that came out differently.
 */
export interface Divergence {
  'seq': (number);
  /**
   * full_state_hash, semantic_state_hash, end_reason, reward, observation_hash, in this order of comparison;
   * acting_agents when the logged actions are not those of the agents due to act.
   */
  'field': (string);
  /**
   * What the log says.
   */
  'expected': (string);
  /**
   * What came out here.
   */
  'actual': (string);
}
