// Original file: anchorgym/v1/environment.proto

import type { DurationInit as _google_protobuf_DurationInit, Duration as _google_protobuf_Duration } from '../../google/protobuf/Duration.ts';

/**
 * Opens a stream. One stream per (client process, worker) carries all its sessions.
 */
export interface HelloInit {
  /**
   * Names the client in logs. May be empty.
   */
  'clientId'?: (string);
  /**
   * 1 to 128 bytes. An unknown one is opened. A second stream with the same lease supersedes the first.
   */
  'leaseId'?: (string);
  /**
   * Absent: 60 s. Raised and cut to Limits.
   */
  'leaseTtl'?: (_google_protobuf_DurationInit | null);
  /**
   * Most items that the client leaves unanswered. 0, or more than Limits allows: Limits.max_in_flight_items.
   */
  'maxInFlightItems'?: (number);
}

/**
 * Opens a stream. One stream per (client process, worker) carries all its sessions.
 */
export interface Hello {
  /**
   * Names the client in logs. May be empty.
   */
  'clientId': (string);
  /**
   * 1 to 128 bytes. An unknown one is opened. A second stream with the same lease supersedes the first.
   */
  'leaseId': (string);
  /**
   * Absent: 60 s. Raised and cut to Limits.
   */
  'leaseTtl': (_google_protobuf_Duration | null);
  /**
   * Most items that the client leaves unanswered. 0, or more than Limits allows: Limits.max_in_flight_items.
   */
  'maxInFlightItems': (number);
}
