// Original file: anchorgym/v1/catalog.proto

import type { TaskInit as _anchorgym_v1_TaskInit, Task as _anchorgym_v1_Task } from '../../anchorgym/v1/Task.ts';

export interface SampleTasksResponseInit {
  /**
   * Exactly count tasks, by position.
   */
  'tasks'?: (_anchorgym_v1_TaskInit)[];
  /**
   * The split's digest at the time of the answer.
   */
  'splitDigest'?: (Buffer | Uint8Array | string);
}

export interface SampleTasksResponse {
  /**
   * Exactly count tasks, by position.
   */
  'tasks': (_anchorgym_v1_Task)[];
  /**
   * The split's digest at the time of the answer.
   */
  'splitDigest': (Buffer);
}
