// Original file: google/rpc/error_details.proto


/**
 * What the server saw when it failed. Sent only when the operator has enabled it.
 */
export interface DebugInfoInit {
  'stackEntries'?: (string)[];
  'detail'?: (string);
}

/**
 * What the server saw when it failed. Sent only when the operator has enabled it.
 */
export interface DebugInfo {
  'stackEntries': (string)[];
  'detail': (string);
}
