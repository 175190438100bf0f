// Original file: anchorgym/v1/environment.proto

import type { ForkItemInit as _anchorgym_v1_ForkItemInit, ForkItem as _anchorgym_v1_ForkItem } from '../../anchorgym/v1/ForkItem.ts';
import type { DetailInit as _anchorgym_v1_DetailInit, Detail as _anchorgym_v1_Detail } from '../../anchorgym/v1/Detail.ts';

export interface ForkRequestInit {
  /**
   * A UUID that the client chooses; 1 to 128 bytes. The same id with other content fails with REQUEST_CONFLICT.
   */
  'requestId'?: (string);
  /**
   * The lease that will own the children; 1 to 128 bytes. An unknown one is opened.
   */
  'leaseId'?: (string);
  /**
   * At least one; Limits.max_batch_items children in all.
   */
  'items'?: (_anchorgym_v1_ForkItemInit)[];
  'detail'?: (_anchorgym_v1_DetailInit);
}

export interface ForkRequest {
  /**
   * A UUID that the client chooses; 1 to 128 bytes. The same id with other content fails with REQUEST_CONFLICT.
   */
  'requestId': (string);
  /**
   * The lease that will own the children; 1 to 128 bytes. An unknown one is opened.
   */
  'leaseId': (string);
  /**
   * At least one; Limits.max_batch_items children in all.
   */
  'items': (_anchorgym_v1_ForkItem)[];
  'detail': (_anchorgym_v1_Detail);
}
