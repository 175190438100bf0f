// Original file: anchorgym/v1/environment.proto

/**
 * Where a session is in its life.
 */
export const SessionState = {
  /**
   * Never sent by a server.
   */
  SESSION_STATE_UNSPECIFIED: 'SESSION_STATE_UNSPECIFIED',
  /**
   * May be stepped.
   */
  SESSION_STATE_ACTIVE: 'SESSION_STATE_ACTIVE',
  /**
   * The episode is over; stored outcomes can still be asked for.
   */
  SESSION_STATE_ENDED: 'SESSION_STATE_ENDED',
  /**
   * The environment broke; stored outcomes can still be asked for. Never train on it.
   */
  SESSION_STATE_FAILED: 'SESSION_STATE_FAILED',
  /**
   * Its lease expired, nobody stepped it for Limits.max_idle, or the server was started again: only its log is kept.
   */
  SESSION_STATE_SUSPENDED: 'SESSION_STATE_SUSPENDED',
  /**
   * Gone.
   */
  SESSION_STATE_CLOSED: 'SESSION_STATE_CLOSED',
} as const;

/**
 * Where a session is in its life.
 */
export type SessionStateInit =
  /**
   * Never sent by a server.
   */
  | 'SESSION_STATE_UNSPECIFIED'
  | 0
  /**
   * May be stepped.
   */
  | 'SESSION_STATE_ACTIVE'
  | 1
  /**
   * The episode is over; stored outcomes can still be asked for.
   */
  | 'SESSION_STATE_ENDED'
  | 2
  /**
   * The environment broke; stored outcomes can still be asked for. Never train on it.
   */
  | 'SESSION_STATE_FAILED'
  | 3
  /**
   * Its lease expired, nobody stepped it for Limits.max_idle, or the server was started again: only its log is kept.
   */
  | 'SESSION_STATE_SUSPENDED'
  | 4
  /**
   * Gone.
   */
  | 'SESSION_STATE_CLOSED'
  | 5

/**
 * Where a session is in its life.
 */
export type SessionState = typeof SessionState[keyof typeof SessionState]
