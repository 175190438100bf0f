// Original file: anchorgym/v1/catalog.proto

import type { DurationInit as _google_protobuf_DurationInit, Duration as _google_protobuf_Duration } from '../../google/protobuf/Duration.ts';
import type { DurabilityInit as _anchorgym_v1_DurabilityInit, Durability as _anchorgym_v1_Durability } from '../../anchorgym/v1/Durability.ts';

/**
 * Bounds of this server process. 0 or absent: no bound, unless a field says otherwise.
 */
export interface LimitsInit {
  /**
   * Most sessions alive at once. Beyond: CAPACITY_EXHAUSTED.
   */
  'maxSessions'?: (number);
  /**
   * Most sessions of one principal. Beyond: QUOTA_EXCEEDED.
   */
  'maxSessionsPerPrincipal'?: (number);
  /**
   * Most items of one request; in CreateGroups and Fork, most sessions. Beyond: MESSAGE_INVALID.
   */
  'maxBatchItems'?: (number);
  /**
   * Most bytes of one message in either direction. Beyond: the call ends with gRPC's own RESOURCE_EXHAUSTED.
   */
  'maxMessageBytes'?: (number);
  /**
   * Most unanswered items of one Interact stream. Beyond: WINDOW_EXCEEDED.
   */
  'maxInFlightItems'?: (number);
  /**
   * Stored outcomes, and queued steps, of one session.
   */
  'outcomeWindow'?: (number);
  /**
   * Most candidates of a branch and most children of a fork item. 0: neither is offered here.
   */
  'maxFanOut'?: (number);
  /**
   * Shorter ttls are raised to this one.
   */
  'minLeaseTtl'?: (_google_protobuf_DurationInit | null);
  /**
   * Longer ttls are cut to this one.
   */
  'maxLeaseTtl'?: (_google_protobuf_DurationInit | null);
  /**
   * A session that nobody has stepped for so long counts as forgotten.
   */
  'maxIdle'?: (_google_protobuf_DurationInit | null);
  /**
   * How long results of request ids, and the logs of suspended sessions, are kept.
   */
  'suspendRetention'?: (_google_protobuf_DurationInit | null);
  /**
   * What an answered step has survived.
   */
  'durability'?: (_anchorgym_v1_DurabilityInit);
}

/**
 * Bounds of this server process. 0 or absent: no bound, unless a field says otherwise.
 */
export interface Limits {
  /**
   * Most sessions alive at once. Beyond: CAPACITY_EXHAUSTED.
   */
  'maxSessions': (number);
  /**
   * Most sessions of one principal. Beyond: QUOTA_EXCEEDED.
   */
  'maxSessionsPerPrincipal': (number);
  /**
   * Most items of one request; in CreateGroups and Fork, most sessions. Beyond: MESSAGE_INVALID.
   */
  'maxBatchItems': (number);
  /**
   * Most bytes of one message in either direction. Beyond: the call ends with gRPC's own RESOURCE_EXHAUSTED.
   */
  'maxMessageBytes': (number);
  /**
   * Most unanswered items of one Interact stream. Beyond: WINDOW_EXCEEDED.
   */
  'maxInFlightItems': (number);
  /**
   * Stored outcomes, and queued steps, of one session.
   */
  'outcomeWindow': (number);
  /**
   * Most candidates of a branch and most children of a fork item. 0: neither is offered here.
   */
  'maxFanOut': (number);
  /**
   * Shorter ttls are raised to this one.
   */
  'minLeaseTtl': (_google_protobuf_Duration | null);
  /**
   * Longer ttls are cut to this one.
   */
  'maxLeaseTtl': (_google_protobuf_Duration | null);
  /**
   * A session that nobody has stepped for so long counts as forgotten.
   */
  'maxIdle': (_google_protobuf_Duration | null);
  /**
   * How long results of request ids, and the logs of suspended sessions, are kept.
   */
  'suspendRetention': (_google_protobuf_Duration | null);
  /**
   * What an answered step has survived.
   */
  'durability': (_anchorgym_v1_Durability);
}
