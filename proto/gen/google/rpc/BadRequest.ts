// Original file: google/rpc/error_details.proto


export interface _google_rpc_BadRequest_FieldViolationInit {
  /**
   * Path of the field: "groups[2].replica_count".
   */
  'field'?: (string);
  /**
   * What it expects, in a sentence.
   */
  'description'?: (string);
}

export interface _google_rpc_BadRequest_FieldViolation {
  /**
   * Path of the field: "groups[2].replica_count".
   */
  'field': (string);
  /**
   * What it expects, in a sentence.
   */
  'description': (string);
}

/**
 * Which fields of the request are wrong.
 */
export interface BadRequestInit {
  'fieldViolations'?: (_google_rpc_BadRequest_FieldViolationInit)[];
}

/**
 * Which fields of the request are wrong.
 */
export interface BadRequest {
  'fieldViolations': (_google_rpc_BadRequest_FieldViolation)[];
}
