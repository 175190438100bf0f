// Original file: anchorgym/v1/environment.proto

import type { BlockInit as _anchorgym_v1_BlockInit, Block as _anchorgym_v1_Block } from '../../anchorgym/v1/Block.ts';

/**
 * What an agent sees, in reading order.
 */
export interface ObservationInit {
  'blocks'?: (_anchorgym_v1_BlockInit)[];
}

/**
 * What an agent sees, in reading order.
 */
export interface Observation {
  'blocks': (_anchorgym_v1_Block)[];
}
