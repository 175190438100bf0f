// Original file: anchorgym/v1/catalog.proto


/**
 * One problem instance. Answers and goal states never leave the server.
 */
export interface TaskInit {
  /**
   * Stable name, for ever: "household/2.0.0/train/17".
   */
  'taskId'?: (string);
  /**
   * Hash of the canonical task data, the answer included. Equal digests: the same problem.
   */
  'contentDigest'?: (Buffer | Uint8Array | string);
  /**
   * Name of its split.
   */
  'split'?: (string);
  /**
   * What the agent is asked to do, in a sentence.
   */
  'title'?: (string);
  /**
   * Position in its split.
   */
  'index'?: (number);
  /**
   * Most steps of an episode of this task.
   */
  'maxTurns'?: (number);
  /**
   * For filters: task family, difficulty.
   */
  'tags'?: (string)[];
}

/**
 * One problem instance. Answers and goal states never leave the server.
 */
export interface Task {
  /**
   * Stable name, for ever: "household/2.0.0/train/17".
   */
  'taskId': (string);
  /**
   * Hash of the canonical task data, the answer included. Equal digests: the same problem.
   */
  'contentDigest': (Buffer);
  /**
   * Name of its split.
   */
  'split': (string);
  /**
   * What the agent is asked to do, in a sentence.
   */
  'title': (string);
  /**
   * Position in its split.
   */
  'index': (number);
  /**
   * Most steps of an episode of this task.
   */
  'maxTurns': (number);
  /**
   * For filters: task family, difficulty.
   */
  'tags': (string)[];
}
