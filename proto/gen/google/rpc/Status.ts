// Original file: google/rpc/status.proto

import type { AnyInit as _google_protobuf_AnyInit, Any as _google_protobuf_Any } from '../../google/protobuf/Any.ts';

export interface StatusInit {
  /**
   * A value of google.rpc.Code, which is also gRPC's status code.
   */
  'code'?: (number);
  /**
   * For developers, in English.
   */
  'message'?: (string);
  /**
   * Messages of error_details.proto.
   */
  'details'?: (_google_protobuf_AnyInit)[];
}

export interface Status {
  /**
   * A value of google.rpc.Code, which is also gRPC's status code.
   */
  'code': (number);
  /**
   * For developers, in English.
   */
  'message': (string);
  /**
   * Messages of error_details.proto.
   */
  'details': (_google_protobuf_Any)[];
}
