// Original file: anchorgym/v1/environment.proto

import type { OutcomeInit as _anchorgym_v1_OutcomeInit, Outcome as _anchorgym_v1_Outcome } from '../../anchorgym/v1/Outcome.ts';
import type { SessionInit as _anchorgym_v1_SessionInit, Session as _anchorgym_v1_Session } from '../../anchorgym/v1/Session.ts';

export interface ForkedInit {
  /**
   * The outcome at at_seq, once for all children. Under DERIVED its full_state_hash is empty.
   */
  'outcome'?: (_anchorgym_v1_OutcomeInit | null);
  /**
   * In the source's group, with the next replica indices.
   */
  'sessions'?: (_anchorgym_v1_SessionInit)[];
}

export interface Forked {
  /**
   * The outcome at at_seq, once for all children. Under DERIVED its full_state_hash is empty.
   */
  'outcome': (_anchorgym_v1_Outcome | null);
  /**
   * In the source's group, with the next replica indices.
   */
  'sessions': (_anchorgym_v1_Session)[];
}
