// Original file: anchorgym/v1/environment.proto

import type { ActionLogInit as _anchorgym_v1_ActionLogInit, ActionLog as _anchorgym_v1_ActionLog } from '../../anchorgym/v1/ActionLog.ts';

export interface ReplayTrajectoryRequestInit {
  /**
   * From entry 0 on. Steps without an outcome are executed and not compared.
   */
  'log'?: (_anchorgym_v1_ActionLogInit | null);
}

export interface ReplayTrajectoryRequest {
  /**
   * From entry 0 on. Steps without an outcome are executed and not compared.
   */
  'log': (_anchorgym_v1_ActionLog | null);
}
