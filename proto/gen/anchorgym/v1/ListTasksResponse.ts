// Original file: anchorgym/v1/catalog.proto

import type { TaskInit as _anchorgym_v1_TaskInit, Task as _anchorgym_v1_Task } from '../../anchorgym/v1/Task.ts';

export interface ListTasksResponseInit {
  /**
   * In index order. May be shorter than page_size, even empty, while next_page_token is set.
   */
  'tasks'?: (_anchorgym_v1_TaskInit)[];
  /**
   * Empty: this was the last page. An unbounded split has no last page.
   */
  'nextPageToken'?: (string);
  /**
   * The split's digest at the time of the answer, to pin the pages that follow.
   */
  'splitDigest'?: (Buffer | Uint8Array | string);
}

export interface ListTasksResponse {
  /**
   * In index order. May be shorter than page_size, even empty, while next_page_token is set.
   */
  'tasks': (_anchorgym_v1_Task)[];
  /**
   * Empty: this was the last page. An unbounded split has no last page.
   */
  'nextPageToken': (string);
  /**
   * The split's digest at the time of the answer, to pin the pages that follow.
   */
  'splitDigest': (Buffer);
}
