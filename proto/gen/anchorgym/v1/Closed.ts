// Original file: anchorgym/v1/environment.proto


export interface ClosedInit {
  /**
   * Sessions that this item closed. 0: they were closed before.
   */
  'sessionCount'?: (number);
}

export interface Closed {
  /**
   * Sessions that this item closed. 0: they were closed before.
   */
  'sessionCount': (number);
}
