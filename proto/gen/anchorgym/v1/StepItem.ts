// Original file: anchorgym/v1/environment.proto

import type { AgentActionInit as _anchorgym_v1_AgentActionInit, AgentAction as _anchorgym_v1_AgentAction } from '../../anchorgym/v1/AgentAction.ts';

/**
 * One step. Its checks, in this order; the first that applies answers:
 * 1. session unknown: SESSION_NOT_FOUND; held by another worker: WRONG_ENDPOINT
 * 2. epoch differs: STALE_EPOCH
 * 3. session suspended: SESSION_SUSPENDED; closed: SESSION_CLOSED
 * 4. seq consumed and in the window: the stored outcome, replayed; other actions than then: STEP_CONFLICT
 * 5. seq consumed and below the window: SEQ_EXPIRED
 * 6. seq queued or running: joins that execution; with other actions: STEP_CONFLICT
 * 7. seq beyond the tail of the queue: SEQ_GAP, with metadata next_seq
 * 8. session over: EPISODE_ENDED; failed: SESSION_FAILED
 * 9. expected_full_state_hash given and different: STATE_MISMATCH
 * 10. agent ids differ from acting_agents: AGENTS_MISMATCH
 * 11. otherwise it is executed, stored and answered
 * When an item gets a status, the items of its session that are queued behind it get SEQ_GAP. The same table answers
 * BranchItem and CommitItem. What row 4 compares is the actions alone (of a commit: the hash of its outcome).
 */
export interface StepItemInit {
  'sessionId'?: (string);
  /**
   * Session.epoch.
   */
  'epoch'?: (number);
  /**
   * Session.next_seq, counted on by the client.
   */
  'seq'?: (number);
  /**
   * One per acting agent.
   */
  'actions'?: (_anchorgym_v1_AgentActionInit)[];
  /**
   * Optional precondition: the full hash of the state that the actions were chosen in.
   */
  'expectedFullStateHash'?: (Buffer | Uint8Array | string);
}

/**
 * One step. Its checks, in this order; the first that applies answers:
 * 1. session unknown: SESSION_NOT_FOUND; held by another worker: WRONG_ENDPOINT
 * 2. epoch differs: STALE_EPOCH
 * 3. session suspended: SESSION_SUSPENDED; closed: SESSION_CLOSED
 * 4. seq consumed and in the window: the stored outcome, replayed; other actions than then: STEP_CONFLICT
 * 5. seq consumed and below the window: SEQ_EXPIRED
 * 6. seq queued or running: joins that execution; with other actions: STEP_CONFLICT
 * 7. seq beyond the tail of the queue: SEQ_GAP, with metadata next_seq
 * 8. session over: EPISODE_ENDED; failed: SESSION_FAILED
 * 9. expected_full_state_hash given and different: STATE_MISMATCH
 * 10. agent ids differ from acting_agents: AGENTS_MISMATCH
 * 11. otherwise it is executed, stored and answered
 * When an item gets a status, the items of its session that are queued behind it get SEQ_GAP. The same table answers
 * BranchItem and CommitItem. What row 4 compares is the actions alone (of a commit: the hash of its outcome).
 */
export interface StepItem {
  'sessionId': (string);
  /**
   * Session.epoch.
   */
  'epoch': (number);
  /**
   * Session.next_seq, counted on by the client.
   */
  'seq': (number);
  /**
   * One per acting agent.
   */
  'actions': (_anchorgym_v1_AgentAction)[];
  /**
   * Optional precondition: the full hash of the state that the actions were chosen in.
   */
  'expectedFullStateHash': (Buffer);
}
