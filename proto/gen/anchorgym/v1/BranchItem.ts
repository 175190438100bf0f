// Original file: anchorgym/v1/environment.proto

import type { CandidateInit as _anchorgym_v1_CandidateInit, Candidate as _anchorgym_v1_Candidate } from '../../anchorgym/v1/Candidate.ts';

/**
 * Candidates for one step of one session. Checked by the table at StepItem; only its row 4 differs: a consumed seq answers
 * SEQ_EXPIRED. The results are kept until the seq is consumed or the server runs short of memory. The same candidates
 * again return them; other candidates are a STEP_CONFLICT (Fork gives more).
 */
export interface BranchItemInit {
  'sessionId'?: (string);
  'epoch'?: (number);
  'seq'?: (number);
  /**
   * 1 to Limits.max_fan_out; beyond: FAN_OUT_EXCEEDED. Equal candidates are executed once.
   */
  'candidates'?: (_anchorgym_v1_CandidateInit)[];
}

/**
 * Candidates for one step of one session. Checked by the table at StepItem; only its row 4 differs: a consumed seq answers
 * SEQ_EXPIRED. The results are kept until the seq is consumed or the server runs short of memory. The same candidates
 * again return them; other candidates are a STEP_CONFLICT (Fork gives more).
 */
export interface BranchItem {
  'sessionId': (string);
  'epoch': (number);
  'seq': (number);
  /**
   * 1 to Limits.max_fan_out; beyond: FAN_OUT_EXCEEDED. Equal candidates are executed once.
   */
  'candidates': (_anchorgym_v1_Candidate)[];
}
