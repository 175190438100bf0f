// Original file: anchorgym/v1/verifier.proto

import type { VerifyResultInit as _anchorgym_v1_VerifyResultInit, VerifyResult as _anchorgym_v1_VerifyResult } from '../../anchorgym/v1/VerifyResult.ts';

export interface VerifyResponseInit {
  /**
   * One per item, in item order.
   */
  'results'?: (_anchorgym_v1_VerifyResultInit)[];
}

export interface VerifyResponse {
  /**
   * One per item, in item order.
   */
  'results': (_anchorgym_v1_VerifyResult)[];
}
