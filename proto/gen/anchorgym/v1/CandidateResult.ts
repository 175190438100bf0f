// Original file: anchorgym/v1/environment.proto

import type { OutcomeInit as _anchorgym_v1_OutcomeInit, Outcome as _anchorgym_v1_Outcome } from '../../anchorgym/v1/Outcome.ts';
import type { StatusInit as _google_rpc_StatusInit, Status as _google_rpc_Status } from '../../google/rpc/Status.ts';

export interface CandidateResultInit {
  /**
   * With seq as if the candidate had been stepped.
   */
  'outcome'?: (_anchorgym_v1_OutcomeInit | null);
  /**
   * This candidate broke the environment (ENV_FAULT, ENV_TIMEOUT); the others and the session are unharmed.
   */
  'status'?: (_google_rpc_StatusInit | null);
  'result'?: "outcome"|"status";
}

export interface CandidateResult {
  /**
   * With seq as if the candidate had been stepped.
   */
  'outcome'?: (_anchorgym_v1_Outcome | null);
  /**
   * This candidate broke the environment (ENV_FAULT, ENV_TIMEOUT); the others and the session are unharmed.
   */
  'status'?: (_google_rpc_Status | null);
  'result'?: "outcome"|"status";
}
