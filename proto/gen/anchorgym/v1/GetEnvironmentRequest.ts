// Original file: anchorgym/v1/catalog.proto


export interface GetEnvironmentRequestInit {
  /**
   * Environment.name.
   */
  'name'?: (string);
  /**
   * Exact version. Empty: the only one served.
   */
  'version'?: (string);
  /**
   * Leaves Split.digest empty, which spares a server that generates its tasks the enumeration of whole splits.
   */
  'omitSplitDigests'?: (boolean);
}

export interface GetEnvironmentRequest {
  /**
   * Environment.name.
   */
  'name': (string);
  /**
   * Exact version. Empty: the only one served.
   */
  'version': (string);
  /**
   * Leaves Split.digest empty, which spares a server that generates its tasks the enumeration of whole splits.
   */
  'omitSplitDigests': (boolean);
}
