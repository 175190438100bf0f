// Original file: anchorgym/v1/catalog.proto

/**
 * What an answered step has survived when its answer leaves.
 */
export const Durability = {
  /**
   * Never sent by a server.
   */
  DURABILITY_UNSPECIFIED: 'DURABILITY_UNSPECIFIED',
  /**
   * Lost clients. Logs live in memory and end with the process.
   */
  DURABILITY_MEMORY: 'DURABILITY_MEMORY',
  /**
   * A crash of the server process.
   */
  DURABILITY_LOG: 'DURABILITY_LOG',
  /**
   * A crash of the host.
   */
  DURABILITY_SYNC: 'DURABILITY_SYNC',
} as const;

/**
 * What an answered step has survived when its answer leaves.
 */
export type DurabilityInit =
  /**
   * Never sent by a server.
   */
  | 'DURABILITY_UNSPECIFIED'
  | 0
  /**
   * Lost clients. Logs live in memory and end with the process.
   */
  | 'DURABILITY_MEMORY'
  | 1
  /**
   * A crash of the server process.
   */
  | 'DURABILITY_LOG'
  | 2
  /**
   * A crash of the host.
   */
  | 'DURABILITY_SYNC'
  | 3

/**
 * What an answered step has survived when its answer leaves.
 */
export type Durability = typeof Durability[keyof typeof Durability]
