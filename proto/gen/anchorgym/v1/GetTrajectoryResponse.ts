// Original file: anchorgym/v1/environment.proto

import type { ActionLogInit as _anchorgym_v1_ActionLogInit, ActionLog as _anchorgym_v1_ActionLog } from '../../anchorgym/v1/ActionLog.ts';

export interface GetTrajectoryResponseInit {
  'log'?: (_anchorgym_v1_ActionLogInit | null);
  /**
   * Entries follow that did not fit; ask again from the seq after the last one.
   */
  'more'?: (boolean);
}

export interface GetTrajectoryResponse {
  'log': (_anchorgym_v1_ActionLog | null);
  /**
   * Entries follow that did not fit; ask again from the seq after the last one.
   */
  'more': (boolean);
}
