// Original file: anchorgym/v1/environment.proto

import type { DivergenceInit as _anchorgym_v1_DivergenceInit, Divergence as _anchorgym_v1_Divergence } from '../../anchorgym/v1/Divergence.ts';

export interface ReplayTrajectoryResponseInit {
  /**
   * Steps executed, up to the first divergence.
   */
  'replayedSteps'?: (number);
  /**
   * The log was made by this build.
   */
  'buildMatches'?: (boolean);
  /**
   * Absent: everything that the log says came out again.
   */
  'firstDivergence'?: (_anchorgym_v1_DivergenceInit | null);
  '_firstDivergence'?: "firstDivergence";
}

export interface ReplayTrajectoryResponse {
  /**
   * Steps executed, up to the first divergence.
   */
  'replayedSteps': (number);
  /**
   * The log was made by this build.
   */
  'buildMatches': (boolean);
  /**
   * Absent: everything that the log says came out again.
   */
  'firstDivergence'?: (_anchorgym_v1_Divergence | null);
  '_firstDivergence'?: "firstDivergence";
}
