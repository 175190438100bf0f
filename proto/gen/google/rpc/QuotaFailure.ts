// Original file: google/rpc/error_details.proto


export interface _google_rpc_QuotaFailure_ViolationInit {
  /**
   * What is bounded: "sessions".
   */
  'subject'?: (string);
  /**
   * The bound and its value, in a sentence.
   */
  'description'?: (string);
}

export interface _google_rpc_QuotaFailure_Violation {
  /**
   * What is bounded: "sessions".
   */
  'subject': (string);
  /**
   * The bound and its value, in a sentence.
   */
  'description': (string);
}

/**
 * Which bound was reached.
 */
export interface QuotaFailureInit {
  'violations'?: (_google_rpc_QuotaFailure_ViolationInit)[];
}

/**
 * Which bound was reached.
 */
export interface QuotaFailure {
  'violations': (_google_rpc_QuotaFailure_Violation)[];
}
