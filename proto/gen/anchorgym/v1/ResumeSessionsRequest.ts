// Original file: anchorgym/v1/environment.proto

import type { DurationInit as _google_protobuf_DurationInit, Duration as _google_protobuf_Duration } from '../../google/protobuf/Duration.ts';
import type { DetailInit as _anchorgym_v1_DetailInit, Detail as _anchorgym_v1_Detail } from '../../anchorgym/v1/Detail.ts';

export interface ResumeSessionsRequestInit {
  /**
   * A UUID that the client chooses; 1 to 128 bytes. The same id with other content fails with REQUEST_CONFLICT.
   */
  'requestId'?: (string);
  /**
   * The lease that takes the sessions over; 1 to 128 bytes. An unknown one is opened.
   */
  'leaseId'?: (string);
  /**
   * Absent: 60 s. Raised and cut to Limits.
   */
  'leaseTtl'?: (_google_protobuf_DurationInit | null);
  /**
   * Sessions by id, also live ones: the new epoch fences their former holder.
   */
  'sessionIds'?: (string)[];
  /**
   * All sessions of these groups that are not closed.
   */
  'groupIds'?: (string)[];
  /**
   * The suspended sessions of this lease, a batch at a time; send again with another request_id while `more`.
   */
  'fromLeaseId'?: (string);
  'detail'?: (_anchorgym_v1_DetailInit);
}

export interface ResumeSessionsRequest {
  /**
   * A UUID that the client chooses; 1 to 128 bytes. The same id with other content fails with REQUEST_CONFLICT.
   */
  'requestId': (string);
  /**
   * The lease that takes the sessions over; 1 to 128 bytes. An unknown one is opened.
   */
  'leaseId': (string);
  /**
   * Absent: 60 s. Raised and cut to Limits.
   */
  'leaseTtl': (_google_protobuf_Duration | null);
  /**
   * Sessions by id, also live ones: the new epoch fences their former holder.
   */
  'sessionIds': (string)[];
  /**
   * All sessions of these groups that are not closed.
   */
  'groupIds': (string)[];
  /**
   * The suspended sessions of this lease, a batch at a time; send again with another request_id while `more`.
   */
  'fromLeaseId': (string);
  'detail': (_anchorgym_v1_Detail);
}
