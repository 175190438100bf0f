// Original file: anchorgym/v1/environment.proto

import type { CommitItemInit as _anchorgym_v1_CommitItemInit, CommitItem as _anchorgym_v1_CommitItem } from '../../anchorgym/v1/CommitItem.ts';
import type { DetailInit as _anchorgym_v1_DetailInit, Detail as _anchorgym_v1_Detail } from '../../anchorgym/v1/Detail.ts';

export interface CommitBranchRequestInit {
  /**
   * At least one, at most Limits.max_batch_items.
   */
  'items'?: (_anchorgym_v1_CommitItemInit)[];
  'detail'?: (_anchorgym_v1_DetailInit);
}

export interface CommitBranchRequest {
  /**
   * At least one, at most Limits.max_batch_items.
   */
  'items': (_anchorgym_v1_CommitItem)[];
  'detail': (_anchorgym_v1_Detail);
}
