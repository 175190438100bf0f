// Original file: anchorgym/v1/environment.proto

import type { OutcomeInit as _anchorgym_v1_OutcomeInit, Outcome as _anchorgym_v1_Outcome } from '../../anchorgym/v1/Outcome.ts';
import type { SessionInit as _anchorgym_v1_SessionInit, Session as _anchorgym_v1_Session } from '../../anchorgym/v1/Session.ts';

/**
 * Sessions of one task and one seed that were proven to start in the same state: equal full hashes under SHARED, equal
 * semantic and observation hashes under DERIVED. A difference fails the group with GROUP_NOT_IDENTICAL.
 */
export interface GroupInit {
  'groupId'?: (string);
  /**
   * The outcome with seq 0, once for all replicas. Under DERIVED its full_state_hash is empty.
   */
  'initial'?: (_anchorgym_v1_OutcomeInit | null);
  /**
   * In order of replica_index.
   */
  'sessions'?: (_anchorgym_v1_SessionInit)[];
}

/**
 * Sessions of one task and one seed that were proven to start in the same state: equal full hashes under SHARED, equal
 * semantic and observation hashes under DERIVED. A difference fails the group with GROUP_NOT_IDENTICAL.
 */
export interface Group {
  'groupId': (string);
  /**
   * The outcome with seq 0, once for all replicas. Under DERIVED its full_state_hash is empty.
   */
  'initial': (_anchorgym_v1_Outcome | null);
  /**
   * In order of replica_index.
   */
  'sessions': (_anchorgym_v1_Session)[];
}
