// Original file: anchorgym/v1/environment.proto

import type { EndReasonInit as _anchorgym_v1_EndReasonInit, EndReason as _anchorgym_v1_EndReason } from '../../anchorgym/v1/EndReason.ts';

export interface CloseSessionsRequestInit {
  /**
   * A UUID that the client chooses; may be empty, as closing twice is no error.
   */
  'requestId'?: (string);
  'sessionIds'?: (string)[];
  /**
   * All sessions of these groups.
   */
  'groupIds'?: (string)[];
  /**
   * CANCELLED (also when unspecified) or CONTEXT_LIMIT; others answer MESSAGE_INVALID.
   */
  'reason'?: (_anchorgym_v1_EndReasonInit);
}

export interface CloseSessionsRequest {
  /**
   * A UUID that the client chooses; may be empty, as closing twice is no error.
   */
  'requestId': (string);
  'sessionIds': (string)[];
  /**
   * All sessions of these groups.
   */
  'groupIds': (string)[];
  /**
   * CANCELLED (also when unspecified) or CONTEXT_LIMIT; others answer MESSAGE_INVALID.
   */
  'reason': (_anchorgym_v1_EndReason);
}
