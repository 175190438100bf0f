// Original file: google/rpc/error_details.proto


/**
 * Why, for machines.
 */
export interface ErrorInfoInit {
  /**
   * UPPER_SNAKE_CASE, unique within the domain.
   */
  'reason'?: (string);
  /**
   * "anchorgym".
   */
  'domain'?: (string);
  /**
   * Ids and numbers that are needed to act: session_id, seq, next_seq, endpoint.
   */
  'metadata'?: ({[key: string]: string});
}

/**
 * Why, for machines.
 */
export interface ErrorInfo {
  /**
   * UPPER_SNAKE_CASE, unique within the domain.
   */
  'reason': (string);
  /**
   * "anchorgym".
   */
  'domain': (string);
  /**
   * Ids and numbers that are needed to act: session_id, seq, next_seq, endpoint.
   */
  'metadata': ({[key: string]: string});
}
