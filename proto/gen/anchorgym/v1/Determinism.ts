// Original file: anchorgym/v1/catalog.proto

/**
 * What a replay of the same actions from the same start reproduces.
 */
export const Determinism = {
  /**
   * Never sent by a server.
   */
  DETERMINISM_UNSPECIFIED: 'DETERMINISM_UNSPECIFIED',
  /**
   * Everything: all three hashes, every reward and every text.
   */
  DETERMINISM_BIT_EXACT: 'DETERMINISM_BIT_EXACT',
  /**
   * Semantic hashes, rewards and ends; full hashes may differ.
   */
  DETERMINISM_SEMANTIC: 'DETERMINISM_SEMANTIC',
  /**
   * Nothing. Sessions of such an environment cannot be suspended, forked or resumed.
   */
  DETERMINISM_NONE: 'DETERMINISM_NONE',
} as const;

/**
 * What a replay of the same actions from the same start reproduces.
 */
export type DeterminismInit =
  /**
   * Never sent by a server.
   */
  | 'DETERMINISM_UNSPECIFIED'
  | 0
  /**
   * Everything: all three hashes, every reward and every text.
   */
  | 'DETERMINISM_BIT_EXACT'
  | 1
  /**
   * Semantic hashes, rewards and ends; full hashes may differ.
   */
  | 'DETERMINISM_SEMANTIC'
  | 2
  /**
   * Nothing. Sessions of such an environment cannot be suspended, forked or resumed.
   */
  | 'DETERMINISM_NONE'
  | 3

/**
 * What a replay of the same actions from the same start reproduces.
 */
export type Determinism = typeof Determinism[keyof typeof Determinism]
