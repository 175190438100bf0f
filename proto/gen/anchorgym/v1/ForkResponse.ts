// Original file: anchorgym/v1/environment.proto

import type { ForkResultInit as _anchorgym_v1_ForkResultInit, ForkResult as _anchorgym_v1_ForkResult } from '../../anchorgym/v1/ForkResult.ts';
import type { LeaseInit as _anchorgym_v1_LeaseInit, Lease as _anchorgym_v1_Lease } from '../../anchorgym/v1/Lease.ts';

export interface ForkResponseInit {
  /**
   * One per item, in item order.
   */
  'results'?: (_anchorgym_v1_ForkResultInit)[];
  /**
   * The lease that owns the children.
   */
  'lease'?: (_anchorgym_v1_LeaseInit | null);
}

export interface ForkResponse {
  /**
   * One per item, in item order.
   */
  'results': (_anchorgym_v1_ForkResult)[];
  /**
   * The lease that owns the children.
   */
  'lease': (_anchorgym_v1_Lease | null);
}
