// Original file: anchorgym/v1/environment.proto

import type { SessionInit as _anchorgym_v1_SessionInit, Session as _anchorgym_v1_Session } from '../../anchorgym/v1/Session.ts';
import type { OutcomeInit as _anchorgym_v1_OutcomeInit, Outcome as _anchorgym_v1_Outcome } from '../../anchorgym/v1/Outcome.ts';

export interface ResumedInit {
  /**
   * With its new epoch. Steps that were sent and not answered are sent again under it.
   */
  'session'?: (_anchorgym_v1_SessionInit | null);
  /**
   * The latest outcome, with full lists.
   */
  'last'?: (_anchorgym_v1_OutcomeInit | null);
}

export interface Resumed {
  /**
   * With its new epoch. Steps that were sent and not answered are sent again under it.
   */
  'session': (_anchorgym_v1_Session | null);
  /**
   * The latest outcome, with full lists.
   */
  'last': (_anchorgym_v1_Outcome | null);
}
