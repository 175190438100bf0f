// Original file: anchorgym/v1/environment.proto

import type { CloseSessionsResultInit as _anchorgym_v1_CloseSessionsResultInit, CloseSessionsResult as _anchorgym_v1_CloseSessionsResult } from '../../anchorgym/v1/CloseSessionsResult.ts';

export interface CloseSessionsResponseInit {
  /**
   * One per session id, then one per group id, in request order.
   */
  'results'?: (_anchorgym_v1_CloseSessionsResultInit)[];
}

export interface CloseSessionsResponse {
  /**
   * One per session id, then one per group id, in request order.
   */
  'results': (_anchorgym_v1_CloseSessionsResult)[];
}
