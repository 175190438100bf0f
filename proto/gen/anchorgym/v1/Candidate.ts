// Original file: anchorgym/v1/environment.proto

import type { AgentActionInit as _anchorgym_v1_AgentActionInit, AgentAction as _anchorgym_v1_AgentAction } from '../../anchorgym/v1/AgentAction.ts';

/**
 * One possible step.
 */
export interface CandidateInit {
  /**
   * One per acting agent.
   */
  'actions'?: (_anchorgym_v1_AgentActionInit)[];
}

/**
 * One possible step.
 */
export interface Candidate {
  /**
   * One per acting agent.
   */
  'actions': (_anchorgym_v1_AgentAction)[];
}
