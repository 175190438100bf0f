// Original file: anchorgym/v1/environment.proto

/**
 * How the replicas of a group draw randomness after their common start.
 */
export const ReplicaSeeds = {
  /**
   * As SHARED.
   */
  REPLICA_SEEDS_UNSPECIFIED: 'REPLICA_SEEDS_UNSPECIFIED',
  /**
   * All replicas have the same future: equal actions give equal outcomes in all of them.
   */
  REPLICA_SEEDS_SHARED: 'REPLICA_SEEDS_SHARED',
  /**
   * Replica i draws from derive_seed(seed, "replica/" + i).
   */
  REPLICA_SEEDS_DERIVED: 'REPLICA_SEEDS_DERIVED',
} as const;

/**
 * How the replicas of a group draw randomness after their common start.
 */
export type ReplicaSeedsInit =
  /**
   * As SHARED.
   */
  | 'REPLICA_SEEDS_UNSPECIFIED'
  | 0
  /**
   * All replicas have the same future: equal actions give equal outcomes in all of them.
   */
  | 'REPLICA_SEEDS_SHARED'
  | 1
  /**
   * Replica i draws from derive_seed(seed, "replica/" + i).
   */
  | 'REPLICA_SEEDS_DERIVED'
  | 2

/**
 * How the replicas of a group draw randomness after their common start.
 */
export type ReplicaSeeds = typeof ReplicaSeeds[keyof typeof ReplicaSeeds]
