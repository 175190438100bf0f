// Original file: anchorgym/v1/environment.proto

/**
 * Why an episode is over. The first three come with `terminated`, the others with `truncated`.
 */
export const EndReason = {
  /**
   * The episode goes on.
   */
  END_REASON_UNSPECIFIED: 'END_REASON_UNSPECIFIED',
  /**
   * The task is solved.
   */
  END_REASON_GOAL_REACHED: 'END_REASON_GOAL_REACHED',
  /**
   * The task cannot be solved any more.
   */
  END_REASON_TASK_FAILED: 'END_REASON_TASK_FAILED',
  /**
   * The agent said that it is done.
   */
  END_REASON_AGENT_STOPPED: 'END_REASON_AGENT_STOPPED',
  /**
   * The step limit is reached.
   */
  END_REASON_MAX_TURNS: 'END_REASON_MAX_TURNS',
  /**
   * Too many actions in a row were not valid.
   */
  END_REASON_MAX_INVALID_ACTIONS: 'END_REASON_MAX_INVALID_ACTIONS',
  /**
   * The agent's context is full. Set by the client that closes the session.
   */
  END_REASON_CONTEXT_LIMIT: 'END_REASON_CONTEXT_LIMIT',
  /**
   * The client gave the episode up. Never in training.
   */
  END_REASON_CANCELLED: 'END_REASON_CANCELLED',
  /**
   * The client disappeared. Never in training.
   */
  END_REASON_LEASE_EXPIRED: 'END_REASON_LEASE_EXPIRED',
  /**
   * The infrastructure failed. Never in training.
   */
  END_REASON_INFRA_ERROR: 'END_REASON_INFRA_ERROR',
  /**
   * The environment failed. Never in training.
   */
  END_REASON_ENV_ERROR: 'END_REASON_ENV_ERROR',
} as const;

/**
 * Why an episode is over. The first three come with `terminated`, the others with `truncated`.
 */
export type EndReasonInit =
  /**
   * The episode goes on.
   */
  | 'END_REASON_UNSPECIFIED'
  | 0
  /**
   * The task is solved.
   */
  | 'END_REASON_GOAL_REACHED'
  | 1
  /**
   * The task cannot be solved any more.
   */
  | 'END_REASON_TASK_FAILED'
  | 2
  /**
   * The agent said that it is done.
   */
  | 'END_REASON_AGENT_STOPPED'
  | 3
  /**
   * The step limit is reached.
   */
  | 'END_REASON_MAX_TURNS'
  | 4
  /**
   * Too many actions in a row were not valid.
   */
  | 'END_REASON_MAX_INVALID_ACTIONS'
  | 5
  /**
   * The agent's context is full. Set by the client that closes the session.
   */
  | 'END_REASON_CONTEXT_LIMIT'
  | 6
  /**
   * The client gave the episode up. Never in training.
   */
  | 'END_REASON_CANCELLED'
  | 7
  /**
   * The client disappeared. Never in training.
   */
  | 'END_REASON_LEASE_EXPIRED'
  | 8
  /**
   * The infrastructure failed. Never in training.
   */
  | 'END_REASON_INFRA_ERROR'
  | 9
  /**
   * The environment failed. Never in training.
   */
  | 'END_REASON_ENV_ERROR'
  | 10

/**
 * Why an episode is over. The first three come with `terminated`, the others with `truncated`.
 */
export type EndReason = typeof EndReason[keyof typeof EndReason]
