// Original file: anchorgym/v1/environment.proto

import type { ObservationInit as _anchorgym_v1_ObservationInit, Observation as _anchorgym_v1_Observation } from '../../anchorgym/v1/Observation.ts';
import type { NamedValueInit as _anchorgym_v1_NamedValueInit, NamedValue as _anchorgym_v1_NamedValue } from '../../anchorgym/v1/NamedValue.ts';
import type { ActionValidityInit as _anchorgym_v1_ActionValidityInit, ActionValidity as _anchorgym_v1_ActionValidity } from '../../anchorgym/v1/ActionValidity.ts';
import type { ActionSpaceInit as _anchorgym_v1_ActionSpaceInit, ActionSpace as _anchorgym_v1_ActionSpace } from '../../anchorgym/v1/ActionSpace.ts';

/**
 * What a step meant for one agent.
 */
export interface AgentOutcomeInit {
  'agentId'?: (string);
  /**
   * What it sees now. Absent under LEAN.
   */
  'observation'?: (_anchorgym_v1_ObservationInit | null);
  /**
   * Over the observation, or over anchor where that is set.
   */
  'observationHash'?: (Buffer | Uint8Array | string);
  /**
   * The hashed text where it differs from the observation (for example without a step counter). Empty: it does not.
   */
  'anchor'?: (string);
  /**
   * Of this step alone, finite.
   */
  'reward'?: (number | string);
  /**
   * Weighted; they add up to reward.
   */
  'rewardComponents'?: (_anchorgym_v1_NamedValueInit)[];
  /**
   * The episode ended for this agent by what happened in it. Never together with truncated.
   */
  'terminated'?: (boolean);
  /**
   * The episode was cut; the value after the last state may be bootstrapped.
   */
  'truncated'?: (boolean);
  /**
   * How its action was judged.
   */
  'actionValidity'?: (_anchorgym_v1_ActionValidityInit);
  /**
   * What was executed after parsing. Empty: nothing.
   */
  'normalizedAction'?: (string);
  /**
   * What it may do next. Absent under LEAN and when it does not act next.
   */
  'actionSpace'?: (_anchorgym_v1_ActionSpaceInit | null);
  /**
   * Free numbers for logs; never a reward.
   */
  'metrics'?: (_anchorgym_v1_NamedValueInit)[];
}

/**
 * What a step meant for one agent.
 */
export interface AgentOutcome {
  'agentId': (string);
  /**
   * What it sees now. Absent under LEAN.
   */
  'observation': (_anchorgym_v1_Observation | null);
  /**
   * Over the observation, or over anchor where that is set.
   */
  'observationHash': (Buffer);
  /**
   * The hashed text where it differs from the observation (for example without a step counter). Empty: it does not.
   */
  'anchor': (string);
  /**
   * Of this step alone, finite.
   */
  'reward': (number);
  /**
   * Weighted; they add up to reward.
   */
  'rewardComponents': (_anchorgym_v1_NamedValue)[];
  /**
   * The episode ended for this agent by what happened in it. Never together with truncated.
   */
  'terminated': (boolean);
  /**
   * The episode was cut; the value after the last state may be bootstrapped.
   */
  'truncated': (boolean);
  /**
   * How its action was judged.
   */
  'actionValidity': (_anchorgym_v1_ActionValidity);
  /**
   * What was executed after parsing. Empty: nothing.
   */
  'normalizedAction': (string);
  /**
   * What it may do next. Absent under LEAN and when it does not act next.
   */
  'actionSpace': (_anchorgym_v1_ActionSpace | null);
  /**
   * Free numbers for logs; never a reward.
   */
  'metrics': (_anchorgym_v1_NamedValue)[];
}
