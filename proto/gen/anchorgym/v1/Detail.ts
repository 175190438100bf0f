// Original file: anchorgym/v1/environment.proto

/**
 * How much an answer says.
 */
export const Detail = {
  /**
   * As FULL.
   */
  DETAIL_UNSPECIFIED: 'DETAIL_UNSPECIFIED',
  /**
   * Everything.
   */
  DETAIL_FULL: 'DETAIL_FULL',
  /**
   * Without observations and action spaces; hashes, rewards and flags as in FULL.
   */
  DETAIL_LEAN: 'DETAIL_LEAN',
} as const;

/**
 * How much an answer says.
 */
export type DetailInit =
  /**
   * As FULL.
   */
  | 'DETAIL_UNSPECIFIED'
  | 0
  /**
   * Everything.
   */
  | 'DETAIL_FULL'
  | 1
  /**
   * Without observations and action spaces; hashes, rewards and flags as in FULL.
   */
  | 'DETAIL_LEAN'
  | 2

/**
 * How much an answer says.
 */
export type Detail = typeof Detail[keyof typeof Detail]
