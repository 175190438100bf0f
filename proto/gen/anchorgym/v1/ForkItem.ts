// Original file: anchorgym/v1/environment.proto

import type { ReplicaSeedsInit as _anchorgym_v1_ReplicaSeedsInit, ReplicaSeeds as _anchorgym_v1_ReplicaSeeds } from '../../anchorgym/v1/ReplicaSeeds.ts';

/**
 * Children of one session. The source may be in any state but CLOSED, and does not change.
 */
export interface ForkItemInit {
  'sessionId'?: (string);
  /**
   * Session.epoch.
   */
  'epoch'?: (number);
  /**
   * The state after this step; 0: the start. Absent: the latest. A step that was never taken: SEQ_GAP. Past states are
   * rebuilt by replay and checked by hash: REPLAY_DIVERGED when that fails.
   */
  'atSeq'?: (number);
  /**
   * Optional precondition: the full hash of the state to fork.
   */
  'expectedFullStateHash'?: (Buffer | Uint8Array | string);
  /**
   * 1 to Limits.max_fan_out; beyond: FAN_OUT_EXCEEDED.
   */
  'count'?: (number);
  /**
   * SHARED: children equal the source in all hashes. DERIVED: a child continues with randomness from
   * derive_seed(seed of the source, "fork/" + request_id + "/" + i), where i counts the children of the whole request
   * from 0; semantic and observation hashes stay equal. FORK_UNSUPPORTED where the environment cannot be reseeded.
   */
  'replicaSeeds'?: (_anchorgym_v1_ReplicaSeedsInit);
  '_atSeq'?: "atSeq";
}

/**
 * Children of one session. The source may be in any state but CLOSED, and does not change.
 */
export interface ForkItem {
  'sessionId': (string);
  /**
   * Session.epoch.
   */
  'epoch': (number);
  /**
   * The state after this step; 0: the start. Absent: the latest. A step that was never taken: SEQ_GAP. Past states are
   * rebuilt by replay and checked by hash: REPLAY_DIVERGED when that fails.
   */
  'atSeq'?: (number);
  /**
   * Optional precondition: the full hash of the state to fork.
   */
  'expectedFullStateHash': (Buffer);
  /**
   * 1 to Limits.max_fan_out; beyond: FAN_OUT_EXCEEDED.
   */
  'count': (number);
  /**
   * SHARED: children equal the source in all hashes. DERIVED: a child continues with randomness from
   * derive_seed(seed of the source, "fork/" + request_id + "/" + i), where i counts the children of the whole request
   * from 0; semantic and observation hashes stay equal. FORK_UNSUPPORTED where the environment cannot be reseeded.
   */
  'replicaSeeds': (_anchorgym_v1_ReplicaSeeds);
  '_atSeq'?: "atSeq";
}
