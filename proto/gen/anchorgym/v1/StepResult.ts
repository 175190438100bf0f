// Original file: anchorgym/v1/environment.proto

import type { OutcomeInit as _anchorgym_v1_OutcomeInit, Outcome as _anchorgym_v1_Outcome } from '../../anchorgym/v1/Outcome.ts';
import type { StatusInit as _google_rpc_StatusInit, Status as _google_rpc_Status } from '../../google/rpc/Status.ts';

export interface StepResultInit {
  'sessionId'?: (string);
  'seq'?: (number);
  'outcome'?: (_anchorgym_v1_OutcomeInit | null);
  'status'?: (_google_rpc_StatusInit | null);
  'result'?: "outcome"|"status";
}

export interface StepResult {
  'sessionId': (string);
  'seq': (number);
  'outcome'?: (_anchorgym_v1_Outcome | null);
  'status'?: (_google_rpc_Status | null);
  'result'?: "outcome"|"status";
}
