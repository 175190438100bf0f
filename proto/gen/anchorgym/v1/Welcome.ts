// Original file: anchorgym/v1/environment.proto

import type { LimitsInit as _anchorgym_v1_LimitsInit, Limits as _anchorgym_v1_Limits } from '../../anchorgym/v1/Limits.ts';
import type { LeaseInit as _anchorgym_v1_LeaseInit, Lease as _anchorgym_v1_Lease } from '../../anchorgym/v1/Lease.ts';

/**
 * Answers hello.
 */
export interface WelcomeInit {
  /**
   * max_in_flight_items is the one of this stream.
   */
  'limits'?: (_anchorgym_v1_LimitsInit | null);
  /**
   * Absent for an agent token.
   */
  'lease'?: (_anchorgym_v1_LeaseInit | null);
  'serverVersion'?: (string);
}

/**
 * Answers hello.
 */
export interface Welcome {
  /**
   * max_in_flight_items is the one of this stream.
   */
  'limits': (_anchorgym_v1_Limits | null);
  /**
   * Absent for an agent token.
   */
  'lease': (_anchorgym_v1_Lease | null);
  'serverVersion': (string);
}
