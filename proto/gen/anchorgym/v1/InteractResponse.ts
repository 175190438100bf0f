// Original file: anchorgym/v1/environment.proto

import type { WelcomeInit as _anchorgym_v1_WelcomeInit, Welcome as _anchorgym_v1_Welcome } from '../../anchorgym/v1/Welcome.ts';
import type { StepResponseInit as _anchorgym_v1_StepResponseInit, StepResponse as _anchorgym_v1_StepResponse } from '../../anchorgym/v1/StepResponse.ts';
import type { BranchStepResponseInit as _anchorgym_v1_BranchStepResponseInit, BranchStepResponse as _anchorgym_v1_BranchStepResponse } from '../../anchorgym/v1/BranchStepResponse.ts';
import type { CommitBranchResponseInit as _anchorgym_v1_CommitBranchResponseInit, CommitBranchResponse as _anchorgym_v1_CommitBranchResponse } from '../../anchorgym/v1/CommitBranchResponse.ts';
import type { CloseSessionsResponseInit as _anchorgym_v1_CloseSessionsResponseInit, CloseSessionsResponse as _anchorgym_v1_CloseSessionsResponse } from '../../anchorgym/v1/CloseSessionsResponse.ts';
import type { RenewLeaseResponseInit as _anchorgym_v1_RenewLeaseResponseInit, RenewLeaseResponse as _anchorgym_v1_RenewLeaseResponse } from '../../anchorgym/v1/RenewLeaseResponse.ts';
import type { GoAwayInit as _anchorgym_v1_GoAwayInit, GoAway as _anchorgym_v1_GoAway } from '../../anchorgym/v1/GoAway.ts';
import type { StatusInit as _google_rpc_StatusInit, Status as _google_rpc_Status } from '../../google/rpc/Status.ts';

/**
 * One frame from the server.
 */
export interface InteractResponseInit {
  /**
   * InteractRequest.frame_id. 0 in go_away.
   */
  'inReplyTo'?: (number);
  /**
   * More answers to that frame follow.
   */
  'more'?: (boolean);
  'welcome'?: (_anchorgym_v1_WelcomeInit | null);
  'step'?: (_anchorgym_v1_StepResponseInit | null);
  'branchStep'?: (_anchorgym_v1_BranchStepResponseInit | null);
  'commitBranch'?: (_anchorgym_v1_CommitBranchResponseInit | null);
  'closeSessions'?: (_anchorgym_v1_CloseSessionsResponseInit | null);
  'renewLease'?: (_anchorgym_v1_RenewLeaseResponseInit | null);
  'goAway'?: (_anchorgym_v1_GoAwayInit | null);
  /**
   * The whole frame was refused; none of its items had an effect.
   */
  'problem'?: (_google_rpc_StatusInit | null);
  'frame'?: "welcome"|"step"|"branchStep"|"commitBranch"|"closeSessions"|"renewLease"|"goAway"|"problem";
}

/**
 * One frame from the server.
 */
export interface InteractResponse {
  /**
   * InteractRequest.frame_id. 0 in go_away.
   */
  'inReplyTo': (number);
  /**
   * More answers to that frame follow.
   */
  'more': (boolean);
  'welcome'?: (_anchorgym_v1_Welcome | null);
  'step'?: (_anchorgym_v1_StepResponse | null);
  'branchStep'?: (_anchorgym_v1_BranchStepResponse | null);
  'commitBranch'?: (_anchorgym_v1_CommitBranchResponse | null);
  'closeSessions'?: (_anchorgym_v1_CloseSessionsResponse | null);
  'renewLease'?: (_anchorgym_v1_RenewLeaseResponse | null);
  'goAway'?: (_anchorgym_v1_GoAway | null);
  /**
   * The whole frame was refused; none of its items had an effect.
   */
  'problem'?: (_google_rpc_Status | null);
  'frame'?: "welcome"|"step"|"branchStep"|"commitBranch"|"closeSessions"|"renewLease"|"goAway"|"problem";
}
