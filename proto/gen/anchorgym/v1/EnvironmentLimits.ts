// Original file: anchorgym/v1/catalog.proto

import type { DurationInit as _google_protobuf_DurationInit, Duration as _google_protobuf_Duration } from '../../google/protobuf/Duration.ts';

/**
 * Bounds of one episode. 0: no bound.
 */
export interface EnvironmentLimitsInit {
  /**
   * Most steps of an episode; a task may set fewer.
   */
  'maxTurns'?: (number);
  /**
   * Most bytes of one action's text. A longer one is an outcome with validity UNPARSABLE.
   */
  'maxActionBytes'?: (number);
  /**
   * Most bytes of one observation.
   */
  'maxObservationBytes'?: (number);
  /**
   * A step that takes longer fails its session with ENV_TIMEOUT; of a candidate it is the status of that one alone.
   * Absent: no bound.
   */
  'stepTimeout'?: (_google_protobuf_DurationInit | null);
  /**
   * Most steps that a fork or resume executes again.
   */
  'maxReplaySteps'?: (number);
}

/**
 * Bounds of one episode. 0: no bound.
 */
export interface EnvironmentLimits {
  /**
   * Most steps of an episode; a task may set fewer.
   */
  'maxTurns': (number);
  /**
   * Most bytes of one action's text. A longer one is an outcome with validity UNPARSABLE.
   */
  'maxActionBytes': (number);
  /**
   * Most bytes of one observation.
   */
  'maxObservationBytes': (number);
  /**
   * A step that takes longer fails its session with ENV_TIMEOUT; of a candidate it is the status of that one alone.
   * Absent: no bound.
   */
  'stepTimeout': (_google_protobuf_Duration | null);
  /**
   * Most steps that a fork or resume executes again.
   */
  'maxReplaySteps': (number);
}
