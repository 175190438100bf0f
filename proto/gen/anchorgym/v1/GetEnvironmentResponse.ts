// Original file: anchorgym/v1/catalog.proto

import type { EnvironmentInit as _anchorgym_v1_EnvironmentInit, Environment as _anchorgym_v1_Environment } from '../../anchorgym/v1/Environment.ts';

export interface GetEnvironmentResponseInit {
  'environment'?: (_anchorgym_v1_EnvironmentInit | null);
}

export interface GetEnvironmentResponse {
  'environment': (_anchorgym_v1_Environment | null);
}
