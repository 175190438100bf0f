// Original file: anchorgym/v1/environment.proto


/**
 * Promotes one result of a branch. BRANCH_NOT_FOUND when no branch of that seq is kept (send BranchStep again), or when
 * branch_index names no outcome; STATE_MISMATCH when full_state_hash is not that of the named outcome.
 */
export interface CommitItemInit {
  'sessionId'?: (string);
  'epoch'?: (number);
  'seq'?: (number);
  'branchIndex'?: (number);
  /**
   * Outcome.full_state_hash of the chosen outcome; required, so that no other set's branch is promoted.
   */
  'fullStateHash'?: (Buffer | Uint8Array | string);
}

/**
 * Promotes one result of a branch. BRANCH_NOT_FOUND when no branch of that seq is kept (send BranchStep again), or when
 * branch_index names no outcome; STATE_MISMATCH when full_state_hash is not that of the named outcome.
 */
export interface CommitItem {
  'sessionId': (string);
  'epoch': (number);
  'seq': (number);
  'branchIndex': (number);
  /**
   * Outcome.full_state_hash of the chosen outcome; required, so that no other set's branch is promoted.
   */
  'fullStateHash': (Buffer);
}
