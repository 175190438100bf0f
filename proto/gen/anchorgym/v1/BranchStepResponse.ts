// Original file: anchorgym/v1/environment.proto

import type { BranchResultInit as _anchorgym_v1_BranchResultInit, BranchResult as _anchorgym_v1_BranchResult } from '../../anchorgym/v1/BranchResult.ts';

export interface BranchStepResponseInit {
  /**
   * One per item, in item order.
   */
  'results'?: (_anchorgym_v1_BranchResultInit)[];
}

export interface BranchStepResponse {
  /**
   * One per item, in item order.
   */
  'results': (_anchorgym_v1_BranchResult)[];
}
