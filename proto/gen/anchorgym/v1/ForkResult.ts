// Original file: anchorgym/v1/environment.proto

import type { ForkedInit as _anchorgym_v1_ForkedInit, Forked as _anchorgym_v1_Forked } from '../../anchorgym/v1/Forked.ts';
import type { StatusInit as _google_rpc_StatusInit, Status as _google_rpc_Status } from '../../google/rpc/Status.ts';

export interface ForkResultInit {
  /**
   * ForkItem.session_id: the source.
   */
  'sessionId'?: (string);
  'forked'?: (_anchorgym_v1_ForkedInit | null);
  'status'?: (_google_rpc_StatusInit | null);
  'result'?: "forked"|"status";
}

export interface ForkResult {
  /**
   * ForkItem.session_id: the source.
   */
  'sessionId': (string);
  'forked'?: (_anchorgym_v1_Forked | null);
  'status'?: (_google_rpc_Status | null);
  'result'?: "forked"|"status";
}
