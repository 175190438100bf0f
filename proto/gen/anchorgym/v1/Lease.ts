// Original file: anchorgym/v1/environment.proto

import type { DurationInit as _google_protobuf_DurationInit, Duration as _google_protobuf_Duration } from '../../google/protobuf/Duration.ts';
import type { TimestampInit as _google_protobuf_TimestampInit, Timestamp as _google_protobuf_Timestamp } from '../../google/protobuf/Timestamp.ts';

/**
 * A client process's claim on its sessions.
 */
export interface LeaseInit {
  'leaseId'?: (string);
  /**
   * From the last sign of life.
   */
  'ttl'?: (_google_protobuf_DurationInit | null);
  /**
   * When it ends if the client stays silent, by the server's wall clock; for people, not for arithmetic.
   */
  'expireTime'?: (_google_protobuf_TimestampInit | null);
  /**
   * Sessions that are not closed and not suspended.
   */
  'activeSessions'?: (number);
  /**
   * Sessions of which only the log is kept.
   */
  'suspendedSessions'?: (number);
}

/**
 * A client process's claim on its sessions.
 */
export interface Lease {
  'leaseId': (string);
  /**
   * From the last sign of life.
   */
  'ttl': (_google_protobuf_Duration | null);
  /**
   * When it ends if the client stays silent, by the server's wall clock; for people, not for arithmetic.
   */
  'expireTime': (_google_protobuf_Timestamp | null);
  /**
   * Sessions that are not closed and not suspended.
   */
  'activeSessions': (number);
  /**
   * Sessions of which only the log is kept.
   */
  'suspendedSessions': (number);
}
