// Original file: anchorgym/v1/environment.proto

import type { ResumeResultInit as _anchorgym_v1_ResumeResultInit, ResumeResult as _anchorgym_v1_ResumeResult } from '../../anchorgym/v1/ResumeResult.ts';
import type { LeaseInit as _anchorgym_v1_LeaseInit, Lease as _anchorgym_v1_Lease } from '../../anchorgym/v1/Lease.ts';

export interface ResumeSessionsResponseInit {
  /**
   * One per session id in request order, then those of the groups, then those of from_lease_id.
   */
  'results'?: (_anchorgym_v1_ResumeResultInit)[];
  /**
   * from_lease_id has suspended sessions that did not fit this answer.
   */
  'more'?: (boolean);
  /**
   * The lease that owns the sessions now.
   */
  'lease'?: (_anchorgym_v1_LeaseInit | null);
}

export interface ResumeSessionsResponse {
  /**
   * One per session id in request order, then those of the groups, then those of from_lease_id.
   */
  'results': (_anchorgym_v1_ResumeResult)[];
  /**
   * from_lease_id has suspended sessions that did not fit this answer.
   */
  'more': (boolean);
  /**
   * The lease that owns the sessions now.
   */
  'lease': (_anchorgym_v1_Lease | null);
}
