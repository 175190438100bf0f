// Original file: anchorgym/v1/environment.proto

import type { BranchItemInit as _anchorgym_v1_BranchItemInit, BranchItem as _anchorgym_v1_BranchItem } from '../../anchorgym/v1/BranchItem.ts';
import type { DetailInit as _anchorgym_v1_DetailInit, Detail as _anchorgym_v1_Detail } from '../../anchorgym/v1/Detail.ts';

export interface BranchStepRequestInit {
  /**
   * At least one; Limits.max_batch_items candidates in all.
   */
  'items'?: (_anchorgym_v1_BranchItemInit)[];
  'detail'?: (_anchorgym_v1_DetailInit);
}

export interface BranchStepRequest {
  /**
   * At least one; Limits.max_batch_items candidates in all.
   */
  'items': (_anchorgym_v1_BranchItem)[];
  'detail': (_anchorgym_v1_Detail);
}
