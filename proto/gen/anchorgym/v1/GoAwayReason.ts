// Original file: anchorgym/v1/environment.proto

/**
 * Why the server wants to be rid of a stream.
 */
export const GoAwayReason = {
  /**
   * Never sent by a server.
   */
  GO_AWAY_REASON_UNSPECIFIED: 'GO_AWAY_REASON_UNSPECIFIED',
  /**
   * The server shuts down. Unanswered items are still answered; send no new ones, and half-close.
   */
  GO_AWAY_REASON_DRAINING: 'GO_AWAY_REASON_DRAINING',
  /**
   * Another stream has said Hello with the same lease or agent token. This one ends at once; its items belong to the new one.
   */
  GO_AWAY_REASON_SUPERSEDED: 'GO_AWAY_REASON_SUPERSEDED',
} as const;

/**
 * Why the server wants to be rid of a stream.
 */
export type GoAwayReasonInit =
  /**
   * Never sent by a server.
   */
  | 'GO_AWAY_REASON_UNSPECIFIED'
  | 0
  /**
   * The server shuts down. Unanswered items are still answered; send no new ones, and half-close.
   */
  | 'GO_AWAY_REASON_DRAINING'
  | 1
  /**
   * Another stream has said Hello with the same lease or agent token. This one ends at once; its items belong to the new one.
   */
  | 'GO_AWAY_REASON_SUPERSEDED'
  | 2

/**
 * Why the server wants to be rid of a stream.
 */
export type GoAwayReason = typeof GoAwayReason[keyof typeof GoAwayReason]
