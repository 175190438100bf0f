// Original file: anchorgym/v1/environment.proto

import type { LeaseInit as _anchorgym_v1_LeaseInit, Lease as _anchorgym_v1_Lease } from '../../anchorgym/v1/Lease.ts';

export interface RenewLeaseResponseInit {
  'lease'?: (_anchorgym_v1_LeaseInit | null);
}

export interface RenewLeaseResponse {
  'lease': (_anchorgym_v1_Lease | null);
}
