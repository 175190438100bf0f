// Original file: anchorgym/v1/environment.proto

import type { StepResultInit as _anchorgym_v1_StepResultInit, StepResult as _anchorgym_v1_StepResult } from '../../anchorgym/v1/StepResult.ts';

export interface CommitBranchResponseInit {
  /**
   * One per item, in item order (Interact: as in StepResponse).
   */
  'results'?: (_anchorgym_v1_StepResultInit)[];
}

export interface CommitBranchResponse {
  /**
   * One per item, in item order (Interact: as in StepResponse).
   */
  'results': (_anchorgym_v1_StepResult)[];
}
