// Original file: anchorgym/v1/catalog.proto

import type { TurnModelInit as _anchorgym_v1_TurnModelInit, TurnModel as _anchorgym_v1_TurnModel } from '../../anchorgym/v1/TurnModel.ts';
import type { AgentSpecInit as _anchorgym_v1_AgentSpecInit, AgentSpec as _anchorgym_v1_AgentSpec } from '../../anchorgym/v1/AgentSpec.ts';
import type { ActionModeInit as _anchorgym_v1_ActionModeInit, ActionMode as _anchorgym_v1_ActionMode } from '../../anchorgym/v1/ActionMode.ts';
import type { DeterminismInit as _anchorgym_v1_DeterminismInit, Determinism as _anchorgym_v1_Determinism } from '../../anchorgym/v1/Determinism.ts';
import type { ForkModeInit as _anchorgym_v1_ForkModeInit, ForkMode as _anchorgym_v1_ForkMode } from '../../anchorgym/v1/ForkMode.ts';
import type { SplitInit as _anchorgym_v1_SplitInit, Split as _anchorgym_v1_Split } from '../../anchorgym/v1/Split.ts';
import type { EnvironmentLimitsInit as _anchorgym_v1_EnvironmentLimitsInit, EnvironmentLimits as _anchorgym_v1_EnvironmentLimits } from '../../anchorgym/v1/EnvironmentLimits.ts';

/**
 * One environment, constant for one (name, version, build_digest).
 */
export interface EnvironmentInit {
  /**
   * Short name: "household".
   */
  'name'?: (string);
  /**
   * Semantic version of rules and texts. A change of any byte that a client could record raises it.
   */
  'version'?: (string);
  /**
   * Identifies code and data. A client that pins it refuses every other build.
   */
  'buildDigest'?: (Buffer | Uint8Array | string);
  /**
   * Who acts when.
   */
  'turnModel'?: (_anchorgym_v1_TurnModelInit);
  /**
   * Every agent that can ever act, in a fixed order. SINGLE: exactly one, with the id "".
   */
  'agents'?: (_anchorgym_v1_AgentSpecInit)[];
  /**
   * The forms of action that are accepted.
   */
  'actionModes'?: (_anchorgym_v1_ActionModeInit)[];
  /**
   * How TEXT becomes an action: names such as "plain". The first is the default of GroupSpec.text_parser.
   */
  'textParsers'?: (string)[];
  /**
   * JSON Schema of GroupSpec.options_json. Empty: the environment takes no options.
   */
  'optionsSchemaJson'?: (string);
  /**
   * JSON Schema of GroupSpec.inline_task_json; each task under its keyword "examples" can be played. Empty: inline tasks
   * answer INLINE_TASK_UNSUPPORTED.
   */
  'taskSchemaJson'?: (string);
  /**
   * What a replay reproduces.
   */
  'determinism'?: (_anchorgym_v1_DeterminismInit);
  /**
   * How a past state is copied.
   */
  'forkMode'?: (_anchorgym_v1_ForkModeInit);
  /**
   * How states are hashed: "anchorgym-jcs-sha256-v1".
   */
  'hashScheme'?: (string);
  /**
   * Names the layout of hashed states, the layout of the random stream included: "household/2".
   */
  'stateSchema'?: (string);
  /**
   * All splits. Splits never share a task.
   */
  'splits'?: (_anchorgym_v1_SplitInit)[];
  /**
   * Every name that may appear in AgentOutcome.reward_components.
   */
  'rewardComponents'?: (string)[];
  /**
   * Bounds of one episode.
   */
  'limits'?: (_anchorgym_v1_EnvironmentLimitsInit | null);
}

/**
 * One environment, constant for one (name, version, build_digest).
 */
export interface Environment {
  /**
   * Short name: "household".
   */
  'name': (string);
  /**
   * Semantic version of rules and texts. A change of any byte that a client could record raises it.
   */
  'version': (string);
  /**
   * Identifies code and data. A client that pins it refuses every other build.
   */
  'buildDigest': (Buffer);
  /**
   * Who acts when.
   */
  'turnModel': (_anchorgym_v1_TurnModel);
  /**
   * Every agent that can ever act, in a fixed order. SINGLE: exactly one, with the id "".
   */
  'agents': (_anchorgym_v1_AgentSpec)[];
  /**
   * The forms of action that are accepted.
   */
  'actionModes': (_anchorgym_v1_ActionMode)[];
  /**
   * How TEXT becomes an action: names such as "plain". The first is the default of GroupSpec.text_parser.
   */
  'textParsers': (string)[];
  /**
   * JSON Schema of GroupSpec.options_json. Empty: the environment takes no options.
   */
  'optionsSchemaJson': (string);
  /**
   * JSON Schema of GroupSpec.inline_task_json; each task under its keyword "examples" can be played. Empty: inline tasks
   * answer INLINE_TASK_UNSUPPORTED.
   */
  'taskSchemaJson': (string);
  /**
   * What a replay reproduces.
   */
  'determinism': (_anchorgym_v1_Determinism);
  /**
   * How a past state is copied.
   */
  'forkMode': (_anchorgym_v1_ForkMode);
  /**
   * How states are hashed: "anchorgym-jcs-sha256-v1".
   */
  'hashScheme': (string);
  /**
   * Names the layout of hashed states, the layout of the random stream included: "household/2".
   */
  'stateSchema': (string);
  /**
   * All splits. Splits never share a task.
   */
  'splits': (_anchorgym_v1_Split)[];
  /**
   * Every name that may appear in AgentOutcome.reward_components.
   */
  'rewardComponents': (string)[];
  /**
   * Bounds of one episode.
   */
  'limits': (_anchorgym_v1_EnvironmentLimits | null);
}
