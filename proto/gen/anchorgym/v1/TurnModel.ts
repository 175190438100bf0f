// Original file: anchorgym/v1/catalog.proto

/**
 * Who acts when.
 */
export const TurnModel = {
  /**
   * Never sent by a server.
   */
  TURN_MODEL_UNSPECIFIED: 'TURN_MODEL_UNSPECIFIED',
  /**
   * One agent, whose id is the empty string.
   */
  TURN_MODEL_SINGLE: 'TURN_MODEL_SINGLE',
  /**
   * Several agents, exactly one of which acts in each step.
   */
  TURN_MODEL_SEQUENTIAL: 'TURN_MODEL_SEQUENTIAL',
  /**
   * Several agents; one step carries one action of each acting agent.
   */
  TURN_MODEL_SIMULTANEOUS: 'TURN_MODEL_SIMULTANEOUS',
} as const;

/**
 * Who acts when.
 */
export type TurnModelInit =
  /**
   * Never sent by a server.
   */
  | 'TURN_MODEL_UNSPECIFIED'
  | 0
  /**
   * One agent, whose id is the empty string.
   */
  | 'TURN_MODEL_SINGLE'
  | 1
  /**
   * Several agents, exactly one of which acts in each step.
   */
  | 'TURN_MODEL_SEQUENTIAL'
  | 2
  /**
   * Several agents; one step carries one action of each acting agent.
   */
  | 'TURN_MODEL_SIMULTANEOUS'
  | 3

/**
 * Who acts when.
 */
export type TurnModel = typeof TurnModel[keyof typeof TurnModel]
