// Original file: anchorgym/v1/environment.proto


/**
 * A number with a name.
 */
export interface NamedValueInit {
  'name'?: (string);
  /**
   * Finite.
   */
  'value'?: (number | string);
}

/**
 * A number with a name.
 */
export interface NamedValue {
  'name': (string);
  /**
   * Finite.
   */
  'value': (number);
}
