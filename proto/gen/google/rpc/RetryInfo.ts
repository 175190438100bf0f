// Original file: google/rpc/error_details.proto

import type { DurationInit as _google_protobuf_DurationInit, Duration as _google_protobuf_Duration } from '../../google/protobuf/Duration.ts';

/**
 * When to try again.
 */
export interface RetryInfoInit {
  /**
   * Wait at least this long.
   */
  'retryDelay'?: (_google_protobuf_DurationInit | null);
}

/**
 * When to try again.
 */
export interface RetryInfo {
  /**
   * Wait at least this long.
   */
  'retryDelay': (_google_protobuf_Duration | null);
}
