// Original file: anchorgym/v1/environment.proto

import type { DurationInit as _google_protobuf_DurationInit, Duration as _google_protobuf_Duration } from '../../google/protobuf/Duration.ts';
import type { GroupSpecInit as _anchorgym_v1_GroupSpecInit, GroupSpec as _anchorgym_v1_GroupSpec } from '../../anchorgym/v1/GroupSpec.ts';

export interface CreateGroupsRequestInit {
  /**
   * A UUID that the client chooses; 1 to 128 bytes. The same id with other content fails with REQUEST_CONFLICT.
   */
  'requestId'?: (string);
  /**
   * The lease that will own the sessions: a UUID, one per client process; 1 to 128 bytes. An unknown one is opened.
   */
  'leaseId'?: (string);
  /**
   * Time to live of the lease from its last sign of life. Absent: 60 s. Raised and cut to Limits.
   */
  'leaseTtl'?: (_google_protobuf_DurationInit | null);
  /**
   * Environment.name. Unknown: every item answers ENVIRONMENT_NOT_FOUND.
   */
  'environment'?: (string);
  /**
   * Exact version. Empty: the only one served.
   */
  'version'?: (string);
  /**
   * Optional pin: fails with BUILD_CHANGED when the environment's build_digest is another one.
   */
  'expectedBuildDigest'?: (Buffer | Uint8Array | string);
  /**
   * At least one; Limits.max_batch_items sessions in all.
   */
  'groups'?: (_anchorgym_v1_GroupSpecInit)[];
  /**
   * Waits this long for free sessions before an item answers CAPACITY_EXHAUSTED. Absent or 0: fails at once.
   */
  'maxWait'?: (_google_protobuf_DurationInit | null);
  /**
   * Signs one token per session and agent (Session.agent_tokens). MESSAGE_INVALID where the server issues none, and for
   * SIMULTANEOUS environments, in which one agent cannot step alone.
   */
  'issueAgentTokens'?: (boolean);
}

export interface CreateGroupsRequest {
  /**
   * A UUID that the client chooses; 1 to 128 bytes. The same id with other content fails with REQUEST_CONFLICT.
   */
  'requestId': (string);
  /**
   * The lease that will own the sessions: a UUID, one per client process; 1 to 128 bytes. An unknown one is opened.
   */
  'leaseId': (string);
  /**
   * Time to live of the lease from its last sign of life. Absent: 60 s. Raised and cut to Limits.
   */
  'leaseTtl': (_google_protobuf_Duration | null);
  /**
   * Environment.name. Unknown: every item answers ENVIRONMENT_NOT_FOUND.
   */
  'environment': (string);
  /**
   * Exact version. Empty: the only one served.
   */
  'version': (string);
  /**
   * Optional pin: fails with BUILD_CHANGED when the environment's build_digest is another one.
   */
  'expectedBuildDigest': (Buffer);
  /**
   * At least one; Limits.max_batch_items sessions in all.
   */
  'groups': (_anchorgym_v1_GroupSpec)[];
  /**
   * Waits this long for free sessions before an item answers CAPACITY_EXHAUSTED. Absent or 0: fails at once.
   */
  'maxWait': (_google_protobuf_Duration | null);
  /**
   * Signs one token per session and agent (Session.agent_tokens). MESSAGE_INVALID where the server issues none, and for
   * SIMULTANEOUS environments, in which one agent cannot step alone.
   */
  'issueAgentTokens': (boolean);
}
