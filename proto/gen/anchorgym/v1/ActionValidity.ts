// Original file: anchorgym/v1/environment.proto

/**
 * How the environment judged an action. Every value but VALID is a mistake of the agent that costs a step.
 */
export const ActionValidity = {
  /**
   * The agent did not act in this step.
   */
  ACTION_VALIDITY_UNSPECIFIED: 'ACTION_VALIDITY_UNSPECIFIED',
  /**
   * Understood and executed.
   */
  ACTION_VALIDITY_VALID: 'ACTION_VALIDITY_VALID',
  /**
   * No action could be read from it, or it was longer than EnvironmentLimits.max_action_bytes.
   */
  ACTION_VALIDITY_UNPARSABLE: 'ACTION_VALIDITY_UNPARSABLE',
  /**
   * Understood, but not legal here; a choice out of range.
   */
  ACTION_VALIDITY_NOT_ADMISSIBLE: 'ACTION_VALIDITY_NOT_ADMISSIBLE',
  /**
   * An unknown tool, or arguments that its schema refuses.
   */
  ACTION_VALIDITY_SCHEMA_MISMATCH: 'ACTION_VALIDITY_SCHEMA_MISMATCH',
  /**
   * The tool ran and failed.
   */
  ACTION_VALIDITY_TOOL_FAILED: 'ACTION_VALIDITY_TOOL_FAILED',
  /**
   * Legal, and nothing changed.
   */
  ACTION_VALIDITY_NO_EFFECT: 'ACTION_VALIDITY_NO_EFFECT',
} as const;

/**
 * How the environment judged an action. Every value but VALID is a mistake of the agent that costs a step.
 */
export type ActionValidityInit =
  /**
   * The agent did not act in this step.
   */
  | 'ACTION_VALIDITY_UNSPECIFIED'
  | 0
  /**
   * Understood and executed.
   */
  | 'ACTION_VALIDITY_VALID'
  | 1
  /**
   * No action could be read from it, or it was longer than EnvironmentLimits.max_action_bytes.
   */
  | 'ACTION_VALIDITY_UNPARSABLE'
  | 2
  /**
   * Understood, but not legal here; a choice out of range.
   */
  | 'ACTION_VALIDITY_NOT_ADMISSIBLE'
  | 3
  /**
   * An unknown tool, or arguments that its schema refuses.
   */
  | 'ACTION_VALIDITY_SCHEMA_MISMATCH'
  | 4
  /**
   * The tool ran and failed.
   */
  | 'ACTION_VALIDITY_TOOL_FAILED'
  | 5
  /**
   * Legal, and nothing changed.
   */
  | 'ACTION_VALIDITY_NO_EFFECT'
  | 6

/**
 * How the environment judged an action. Every value but VALID is a mistake of the agent that costs a step.
 */
export type ActionValidity = typeof ActionValidity[keyof typeof ActionValidity]
