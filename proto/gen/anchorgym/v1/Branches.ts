// Original file: anchorgym/v1/environment.proto

import type { CandidateResultInit as _anchorgym_v1_CandidateResultInit, CandidateResult as _anchorgym_v1_CandidateResult } from '../../anchorgym/v1/CandidateResult.ts';

export interface BranchesInit {
  /**
   * One per candidate, in their order: branch_index is the position here.
   */
  'candidates'?: (_anchorgym_v1_CandidateResultInit)[];
}

export interface Branches {
  /**
   * One per candidate, in their order: branch_index is the position here.
   */
  'candidates': (_anchorgym_v1_CandidateResult)[];
}
