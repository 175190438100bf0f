// Original file: anchorgym/v1/catalog.proto

/**
 * What a split is for.
 */
export const SplitKind = {
  /**
   * Never sent by a server.
   */
  SPLIT_KIND_UNSPECIFIED: 'SPLIT_KIND_UNSPECIFIED',
  /**
   * For training.
   */
  SPLIT_KIND_TRAIN: 'SPLIT_KIND_TRAIN',
  /**
   * For choosing between trained policies.
   */
  SPLIT_KIND_VALIDATION: 'SPLIT_KIND_VALIDATION',
  /**
   * For the last word.
   */
  SPLIT_KIND_TEST: 'SPLIT_KIND_TEST',
} as const;

/**
 * What a split is for.
 */
export type SplitKindInit =
  /**
   * Never sent by a server.
   */
  | 'SPLIT_KIND_UNSPECIFIED'
  | 0
  /**
   * For training.
   */
  | 'SPLIT_KIND_TRAIN'
  | 1
  /**
   * For choosing between trained policies.
   */
  | 'SPLIT_KIND_VALIDATION'
  | 2
  /**
   * For the last word.
   */
  | 'SPLIT_KIND_TEST'
  | 3

/**
 * What a split is for.
 */
export type SplitKind = typeof SplitKind[keyof typeof SplitKind]
