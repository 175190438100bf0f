// Original file: anchorgym/v1/verifier.proto

import type { VerdictInit as _anchorgym_v1_VerdictInit, Verdict as _anchorgym_v1_Verdict } from '../../anchorgym/v1/Verdict.ts';
import type { StatusInit as _google_rpc_StatusInit, Status as _google_rpc_Status } from '../../google/rpc/Status.ts';

export interface VerifyResultInit {
  /**
   * VerifyItem.item_id.
   */
  'itemId'?: (string);
  'verdict'?: (_anchorgym_v1_VerdictInit | null);
  /**
   * VERIFIER_FAULT, SANDBOX_UNAVAILABLE: nobody's score.
   */
  'status'?: (_google_rpc_StatusInit | null);
  'result'?: "verdict"|"status";
}

export interface VerifyResult {
  /**
   * VerifyItem.item_id.
   */
  'itemId': (string);
  'verdict'?: (_anchorgym_v1_Verdict | null);
  /**
   * VERIFIER_FAULT, SANDBOX_UNAVAILABLE: nobody's score.
   */
  'status'?: (_google_rpc_Status | null);
  'result'?: "verdict"|"status";
}
