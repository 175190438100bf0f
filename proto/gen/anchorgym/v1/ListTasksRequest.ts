// Original file: anchorgym/v1/catalog.proto


export interface ListTasksRequestInit {
  /**
   * Environment.name.
   */
  'environment'?: (string);
  /**
   * Split.name. TASK_NOT_FOUND (an RPC status) when the environment has no such split.
   */
  'split'?: (string);
  /**
   * Only tasks that carry all of these tags. Empty: all tasks.
   */
  'tags'?: (string)[];
  /**
   * Optional pin: fails with CATALOGUE_CHANGED when the split's digest is another one.
   */
  'splitDigest'?: (Buffer | Uint8Array | string);
  /**
   * Most tasks of the page. 0: the server chooses; more than the server allows is cut, not refused.
   */
  'pageSize'?: (number);
  /**
   * next_page_token of the page before. Empty: the first page.
   */
  'pageToken'?: (string);
}

export interface ListTasksRequest {
  /**
   * Environment.name.
   */
  'environment': (string);
  /**
   * Split.name. TASK_NOT_FOUND (an RPC status) when the environment has no such split.
   */
  'split': (string);
  /**
   * Only tasks that carry all of these tags. Empty: all tasks.
   */
  'tags': (string)[];
  /**
   * Optional pin: fails with CATALOGUE_CHANGED when the split's digest is another one.
   */
  'splitDigest': (Buffer);
  /**
   * Most tasks of the page. 0: the server chooses; more than the server allows is cut, not refused.
   */
  'pageSize': (number);
  /**
   * next_page_token of the page before. Empty: the first page.
   */
  'pageToken': (string);
}
