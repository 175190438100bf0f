// Original file: anchorgym/v1/environment.proto

import type { ToolInit as _anchorgym_v1_ToolInit, Tool as _anchorgym_v1_Tool } from '../../anchorgym/v1/Tool.ts';

/**
 * What an agent may do next.
 */
export interface ActionSpaceInit {
  /**
   * Hash of {admissible, complete, tools}, kind "action-space".
   */
  'digest'?: (Buffer | Uint8Array | string);
  /**
   * As one seq earlier, with the lists left out. Never in the first outcome of a group. A client that asked for LEAN
   * one seq earlier can fetch that outcome again with FULL while it is in the window.
   */
  'unchanged'?: (boolean);
  /**
   * What a choice indexes and a text may say, in the environment's own order.
   */
  'admissible'?: (string)[];
  /**
   * Nothing else is legal.
   */
  'complete'?: (boolean);
  /**
   * In the environment's own order.
   */
  'tools'?: (_anchorgym_v1_ToolInit)[];
}

/**
 * What an agent may do next.
 */
export interface ActionSpace {
  /**
   * Hash of {admissible, complete, tools}, kind "action-space".
   */
  'digest': (Buffer);
  /**
   * As one seq earlier, with the lists left out. Never in the first outcome of a group. A client that asked for LEAN
   * one seq earlier can fetch that outcome again with FULL while it is in the window.
   */
  'unchanged': (boolean);
  /**
   * What a choice indexes and a text may say, in the environment's own order.
   */
  'admissible': (string)[];
  /**
   * Nothing else is legal.
   */
  'complete': (boolean);
  /**
   * In the environment's own order.
   */
  'tools': (_anchorgym_v1_Tool)[];
}
