// Original file: anchorgym/v1/environment.proto

import type { CreateGroupsResultInit as _anchorgym_v1_CreateGroupsResultInit, CreateGroupsResult as _anchorgym_v1_CreateGroupsResult } from '../../anchorgym/v1/CreateGroupsResult.ts';
import type { LeaseInit as _anchorgym_v1_LeaseInit, Lease as _anchorgym_v1_Lease } from '../../anchorgym/v1/Lease.ts';

export interface CreateGroupsResponseInit {
  /**
   * One per GroupSpec, in order.
   */
  'results'?: (_anchorgym_v1_CreateGroupsResultInit)[];
  /**
   * The lease that owns the sessions.
   */
  'lease'?: (_anchorgym_v1_LeaseInit | null);
}

export interface CreateGroupsResponse {
  /**
   * One per GroupSpec, in order.
   */
  'results': (_anchorgym_v1_CreateGroupsResult)[];
  /**
   * The lease that owns the sessions.
   */
  'lease': (_anchorgym_v1_Lease | null);
}
