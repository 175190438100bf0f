// Original file: anchorgym/v1/environment.proto

import type { DurationInit as _google_protobuf_DurationInit, Duration as _google_protobuf_Duration } from '../../google/protobuf/Duration.ts';

/**
 * Opens a stream. One stream per (client process, worker) carries all its sessions. The bearer of an agent token opens a
 * stream of its own agent: without a lease, for step frames alone. It ends with TOKEN_INVALID when the session is closed,
 * after what is due was answered. A second stream of the same token supersedes the first; it meets no other stream.
 */
export interface HelloInit {
  /**
   * Names the client in logs. May be empty.
   */
  'clientId'?: (string);
  /**
   * 1 to 128 bytes. An unknown one is opened. A second stream with the same lease supersedes the first. With an agent
   * token: empty, anything else is MESSAGE_INVALID.
   */
  'leaseId'?: (string);
  /**
   * Absent: 60 s. Raised and cut to Limits. With an agent token: absent.
   */
  'leaseTtl'?: (_google_protobuf_DurationInit | null);
  /**
   * Most items that the client leaves unanswered. 0, or more than Limits allows: Limits.max_in_flight_items.
   */
  'maxInFlightItems'?: (number);
}

/**
 * Opens a stream. One stream per (client process, worker) carries all its sessions. The bearer of an agent token opens a
 * stream of its own agent: without a lease, for step frames alone. It ends with TOKEN_INVALID when the session is closed,
 * after what is due was answered. A second stream of the same token supersedes the first; it meets no other stream.
 */
export interface Hello {
  /**
   * Names the client in logs. May be empty.
   */
  'clientId': (string);
  /**
   * 1 to 128 bytes. An unknown one is opened. A second stream with the same lease supersedes the first. With an agent
   * token: empty, anything else is MESSAGE_INVALID.
   */
  'leaseId': (string);
  /**
   * Absent: 60 s. Raised and cut to Limits. With an agent token: absent.
   */
  'leaseTtl': (_google_protobuf_Duration | null);
  /**
   * Most items that the client leaves unanswered. 0, or more than Limits allows: Limits.max_in_flight_items.
   */
  'maxInFlightItems': (number);
}
