// Original file: anchorgym/v1/environment.proto

import type { DurationInit as _google_protobuf_DurationInit, Duration as _google_protobuf_Duration } from '../../google/protobuf/Duration.ts';

export interface RenewLeaseRequestInit {
  /**
   * 1 to 128 bytes. An unknown one is opened.
   */
  'leaseId'?: (string);
  /**
   * Absent: as before; 60 s for a new one. Raised and cut to Limits.
   */
  'ttl'?: (_google_protobuf_DurationInit | null);
}

export interface RenewLeaseRequest {
  /**
   * 1 to 128 bytes. An unknown one is opened.
   */
  'leaseId': (string);
  /**
   * Absent: as before; 60 s for a new one. Raised and cut to Limits.
   */
  'ttl': (_google_protobuf_Duration | null);
}
