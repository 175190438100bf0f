// Original file: /work/main/proto/anchorgym/v1/catalog.proto


export interface GetEnvironmentRequestInit {
  /**
   * Environment.name.
   */
  'name'?: (string);
  /**
   * Exact version. Empty: the only one served.
   */
  'version'?: (string);
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
}
