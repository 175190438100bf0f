// Original file: /work/wt3/proto/anchorgym/v1/environment.proto


/**
 * The first thing that came out differently.
 */
export interface DivergenceInit {
  'seq'?: (number);
  /**
   * full_state_hash, semantic_state_hash, observation_hash, reward, end_reason.
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
   * full_state_hash, semantic_state_hash, observation_hash, reward, end_reason.
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
