// Original file: anchorgym/v1/catalog.proto

import type { SplitKindInit as _anchorgym_v1_SplitKindInit, SplitKind as _anchorgym_v1_SplitKind } from '../../anchorgym/v1/SplitKind.ts';

/**
 * A named set of tasks.
 */
export interface SplitInit {
  /**
   * "train", "valid_unseen", ...
   */
  'name'?: (string);
  /**
   * What it is for.
   */
  'kind'?: (_anchorgym_v1_SplitKindInit);
  /**
   * Number of tasks. Absent: unbounded, and task i is generated from i.
   */
  'taskCount'?: (number);
  /**
   * Hash over the ordered (task id, task digest) pairs; for an unbounded split over its name and the build digest.
   * Two equal digests mean the same tasks in the same order. Empty: omitted on request.
   */
  'digest'?: (Buffer | Uint8Array | string);
  '_taskCount'?: "taskCount";
}

/**
 * A named set of tasks.
 */
export interface Split {
  /**
   * "train", "valid_unseen", ...
   */
  'name': (string);
  /**
   * What it is for.
   */
  'kind': (_anchorgym_v1_SplitKind);
  /**
   * Number of tasks. Absent: unbounded, and task i is generated from i.
   */
  'taskCount'?: (number);
  /**
   * Hash over the ordered (task id, task digest) pairs; for an unbounded split over its name and the build digest.
   * Two equal digests mean the same tasks in the same order. Empty: omitted on request.
   */
  'digest': (Buffer);
  '_taskCount'?: "taskCount";
}
