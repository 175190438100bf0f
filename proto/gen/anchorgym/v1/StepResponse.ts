// Original file: anchorgym/v1/environment.proto

import type { StepResultInit as _anchorgym_v1_StepResultInit, StepResult as _anchorgym_v1_StepResult } from '../../anchorgym/v1/StepResult.ts';

export interface StepResponseInit {
  /**
   * Unary: one per item, in item order. Interact: those items that settled, in seq order within a session.
   */
  'results'?: (_anchorgym_v1_StepResultInit)[];
}

export interface StepResponse {
  /**
   * Unary: one per item, in item order. Interact: those items that settled, in seq order within a session.
   */
  'results': (_anchorgym_v1_StepResult)[];
}
