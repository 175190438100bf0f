// Original file: anchorgym/v1/environment.proto

import type { AgentOutcomeInit as _anchorgym_v1_AgentOutcomeInit, AgentOutcome as _anchorgym_v1_AgentOutcome } from '../../anchorgym/v1/AgentOutcome.ts';
import type { NamedValueInit as _anchorgym_v1_NamedValueInit, NamedValue as _anchorgym_v1_NamedValue } from '../../anchorgym/v1/NamedValue.ts';
import type { EndReasonInit as _anchorgym_v1_EndReasonInit, EndReason as _anchorgym_v1_EndReason } from '../../anchorgym/v1/EndReason.ts';

/**
 * What a step did. Outcome 0 is the start of a group.
 */
export interface OutcomeInit {
  /**
   * The step that this outcome consumed.
   */
  'seq'?: (number);
  /**
   * Completed turns. Equals seq where one agent acts.
   */
  'turn'?: (number);
  /**
   * The effect happened earlier; this is its stored answer.
   */
  'replayed'?: (boolean);
  /**
   * Each agent that acted, must act next, ends or has reward. An absent agent: reward 0, nothing changed.
   */
  'agents'?: (_anchorgym_v1_AgentOutcomeInit)[];
  /**
   * Who must act at seq + 1. Empty exactly when end_reason is set.
   */
  'actingAgents'?: (string)[];
  /**
   * Of the state after the step: all that can change a future observation or reward.
   */
  'fullStateHash'?: (Buffer | Uint8Array | string);
  /**
   * Of the state after the step: the world alone, without history, clock and random stream. GiGPO's anchor of the
   * action at seq n is this hash in outcome n - 1.
   */
  'semanticStateHash'?: (Buffer | Uint8Array | string);
  /**
   * By AgentSpec.team; never contained in an agent's reward.
   */
  'teamRewards'?: (_anchorgym_v1_NamedValueInit)[];
  /**
   * Set exactly when the episode is over.
   */
  'endReason'?: (_anchorgym_v1_EndReasonInit);
  /**
   * Task score in [0, 1], set with end_reason.
   */
  'score'?: (number | string);
  /**
   * Microseconds between arrival and execution.
   */
  'queueUs'?: (number);
  /**
   * Microseconds of execution, hashes included.
   */
  'envUs'?: (number);
  '_score'?: "score";
}

/**
 * What a step did. Outcome 0 is the start of a group.
 */
export interface Outcome {
  /**
   * The step that this outcome consumed.
   */
  'seq': (number);
  /**
   * Completed turns. Equals seq where one agent acts.
   */
  'turn': (number);
  /**
   * The effect happened earlier; this is its stored answer.
   */
  'replayed': (boolean);
  /**
   * Each agent that acted, must act next, ends or has reward. An absent agent: reward 0, nothing changed.
   */
  'agents': (_anchorgym_v1_AgentOutcome)[];
  /**
   * Who must act at seq + 1. Empty exactly when end_reason is set.
   */
  'actingAgents': (string)[];
  /**
   * Of the state after the step: all that can change a future observation or reward.
   */
  'fullStateHash': (Buffer);
  /**
   * Of the state after the step: the world alone, without history, clock and random stream. GiGPO's anchor of the
   * action at seq n is this hash in outcome n - 1.
   */
  'semanticStateHash': (Buffer);
  /**
   * By AgentSpec.team; never contained in an agent's reward.
   */
  'teamRewards': (_anchorgym_v1_NamedValue)[];
  /**
   * Set exactly when the episode is over.
   */
  'endReason': (_anchorgym_v1_EndReason);
  /**
   * Task score in [0, 1], set with end_reason.
   */
  'score'?: (number);
  /**
   * Microseconds between arrival and execution.
   */
  'queueUs': (number);
  /**
   * Microseconds of execution, hashes included.
   */
  'envUs': (number);
  '_score'?: "score";
}
