// Original file: anchorgym/v1/environment.proto

import type { GoAwayReasonInit as _anchorgym_v1_GoAwayReasonInit, GoAwayReason as _anchorgym_v1_GoAwayReason } from '../../anchorgym/v1/GoAwayReason.ts';
import type { DurationInit as _google_protobuf_DurationInit, Duration as _google_protobuf_Duration } from '../../google/protobuf/Duration.ts';

/**
 * The server asks for the end of the stream.
 */
export interface GoAwayInit {
  'reason'?: (_anchorgym_v1_GoAwayReasonInit);
  /**
   * How long the server still answers. Absent: not any more.
   */
  'deadline'?: (_google_protobuf_DurationInit | null);
}

/**
 * The server asks for the end of the stream.
 */
export interface GoAway {
  'reason': (_anchorgym_v1_GoAwayReason);
  /**
   * How long the server still answers. Absent: not any more.
   */
  'deadline': (_google_protobuf_Duration | null);
}
