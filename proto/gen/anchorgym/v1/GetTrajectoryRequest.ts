// Original file: anchorgym/v1/environment.proto

import type { DetailInit as _anchorgym_v1_DetailInit, Detail as _anchorgym_v1_Detail } from '../../anchorgym/v1/Detail.ts';

export interface GetTrajectoryRequestInit {
  'sessionId'?: (string);
  /**
   * The first entry; 0 is the start of the episode.
   */
  'fromSeq'?: (number);
  /**
   * Most entries. 0: as many as fit a message.
   */
  'maxSteps'?: (number);
  'detail'?: (_anchorgym_v1_DetailInit);
}

export interface GetTrajectoryRequest {
  'sessionId': (string);
  /**
   * The first entry; 0 is the start of the episode.
   */
  'fromSeq': (number);
  /**
   * Most entries. 0: as many as fit a message.
   */
  'maxSteps': (number);
  'detail': (_anchorgym_v1_Detail);
}
