// Original file: anchorgym/v1/environment.proto

import type { AgentActionInit as _anchorgym_v1_AgentActionInit, AgentAction as _anchorgym_v1_AgentAction } from '../../anchorgym/v1/AgentAction.ts';
import type { OutcomeInit as _anchorgym_v1_OutcomeInit, Outcome as _anchorgym_v1_Outcome } from '../../anchorgym/v1/Outcome.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * One step, in order of effect: the actions, then the reseeding, then the hashes of the outcome.
 */
export interface LogEntryInit {
  'seq'?: (number);
  'actions'?: (_anchorgym_v1_AgentActionInit)[];
  /**
   * The random stream was replaced by one from this seed after the step (forks with DERIVED seeds); below 2^53.
   */
  'reseed'?: (number | string | Long);
  'outcome'?: (_anchorgym_v1_OutcomeInit | null);
  '_reseed'?: "reseed";
}

/**
 * One step, in order of effect: the actions, then the reseeding, then the hashes of the outcome.
 */
export interface LogEntry {
  'seq': (number);
  'actions': (_anchorgym_v1_AgentAction)[];
  /**
   * The random stream was replaced by one from this seed after the step (forks with DERIVED seeds); below 2^53.
   */
  'reseed'?: (string);
  'outcome': (_anchorgym_v1_Outcome | null);
  '_reseed'?: "reseed";
}
