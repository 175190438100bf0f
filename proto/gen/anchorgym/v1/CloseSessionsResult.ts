// Original file: anchorgym/v1/environment.proto

import type { ClosedInit as _anchorgym_v1_ClosedInit, Closed as _anchorgym_v1_Closed } from '../../anchorgym/v1/Closed.ts';
import type { StatusInit as _google_rpc_StatusInit, Status as _google_rpc_Status } from '../../google/rpc/Status.ts';

export interface CloseSessionsResultInit {
  'sessionId'?: (string);
  'groupId'?: (string);
  'closed'?: (_anchorgym_v1_ClosedInit | null);
  /**
   * SESSION_NOT_FOUND or GROUP_NOT_FOUND: never existed, or was closed long ago.
   */
  'status'?: (_google_rpc_StatusInit | null);
  /**
   * What was asked for.
   */
  'item'?: "sessionId"|"groupId";
  'result'?: "closed"|"status";
}

export interface CloseSessionsResult {
  'sessionId'?: (string);
  'groupId'?: (string);
  'closed'?: (_anchorgym_v1_Closed | null);
  /**
   * SESSION_NOT_FOUND or GROUP_NOT_FOUND: never existed, or was closed long ago.
   */
  'status'?: (_google_rpc_Status | null);
  /**
   * What was asked for.
   */
  'item'?: "sessionId"|"groupId";
  'result'?: "closed"|"status";
}
