// Original file: anchorgym/v1/catalog.proto

import type { EnvironmentInit as _anchorgym_v1_EnvironmentInit, Environment as _anchorgym_v1_Environment } from '../../anchorgym/v1/Environment.ts';
import type { LimitsInit as _anchorgym_v1_LimitsInit, Limits as _anchorgym_v1_Limits } from '../../anchorgym/v1/Limits.ts';

export interface ListEnvironmentsResponseInit {
  /**
   * In the order of their names.
   */
  'environments'?: (_anchorgym_v1_EnvironmentInit)[];
  /**
   * Bounds of this server.
   */
  'limits'?: (_anchorgym_v1_LimitsInit | null);
}

export interface ListEnvironmentsResponse {
  /**
   * In the order of their names.
   */
  'environments': (_anchorgym_v1_Environment)[];
  /**
   * Bounds of this server.
   */
  'limits': (_anchorgym_v1_Limits | null);
}
