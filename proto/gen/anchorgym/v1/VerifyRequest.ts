// Original file: anchorgym/v1/verifier.proto

import type { VerifyItemInit as _anchorgym_v1_VerifyItemInit, VerifyItem as _anchorgym_v1_VerifyItem } from '../../anchorgym/v1/VerifyItem.ts';

export interface VerifyRequestInit {
  /**
   * At least one, at most Limits.max_batch_items.
   */
  'items'?: (_anchorgym_v1_VerifyItemInit)[];
}

export interface VerifyRequest {
  /**
   * At least one, at most Limits.max_batch_items.
   */
  'items': (_anchorgym_v1_VerifyItem)[];
}
