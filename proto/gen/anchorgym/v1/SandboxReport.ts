// Original file: anchorgym/v1/verifier.proto


/**
 * What executing an answer cost.
 */
export interface SandboxReportInit {
  'exitCode'?: (number);
  'timedOut'?: (boolean);
  'cpuMs'?: (number);
  /**
   * Peak memory; 4 GiB and more are cut to 2^32 - 1.
   */
  'peakBytes'?: (number);
  /**
   * SHA-256.
   */
  'stdoutDigest'?: (Buffer | Uint8Array | string);
}

/**
 * What executing an answer cost.
 */
export interface SandboxReport {
  'exitCode': (number);
  'timedOut': (boolean);
  'cpuMs': (number);
  /**
   * Peak memory; 4 GiB and more are cut to 2^32 - 1.
   */
  'peakBytes': (number);
  /**
   * SHA-256.
   */
  'stdoutDigest': (Buffer);
}
