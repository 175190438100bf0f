// Original file: anchorgym/v1/environment.proto

import type { ResumedInit as _anchorgym_v1_ResumedInit, Resumed as _anchorgym_v1_Resumed } from '../../anchorgym/v1/Resumed.ts';
import type { StatusInit as _google_rpc_StatusInit, Status as _google_rpc_Status } from '../../google/rpc/Status.ts';

export interface ResumeResultInit {
  /**
   * Empty when group_id was asked for and is not here.
   */
  'sessionId'?: (string);
  /**
   * Set only when group_id was asked for and is not here.
   */
  'groupId'?: (string);
  'resumed'?: (_anchorgym_v1_ResumedInit | null);
  /**
   * SESSION_NOT_FOUND, SESSION_CLOSED, REPLAY_DIVERGED (the session is FAILED now), ...
   */
  'status'?: (_google_rpc_StatusInit | null);
  'result'?: "resumed"|"status";
}

export interface ResumeResult {
  /**
   * Empty when group_id was asked for and is not here.
   */
  'sessionId': (string);
  /**
   * Set only when group_id was asked for and is not here.
   */
  'groupId': (string);
  'resumed'?: (_anchorgym_v1_Resumed | null);
  /**
   * SESSION_NOT_FOUND, SESSION_CLOSED, REPLAY_DIVERGED (the session is FAILED now), ...
   */
  'status'?: (_google_rpc_Status | null);
  'result'?: "resumed"|"status";
}
