// Original file: anchorgym/v1/environment.proto

import type { BranchesInit as _anchorgym_v1_BranchesInit, Branches as _anchorgym_v1_Branches } from '../../anchorgym/v1/Branches.ts';
import type { StatusInit as _google_rpc_StatusInit, Status as _google_rpc_Status } from '../../google/rpc/Status.ts';

export interface BranchResultInit {
  'sessionId'?: (string);
  'seq'?: (number);
  'branches'?: (_anchorgym_v1_BranchesInit | null);
  'status'?: (_google_rpc_StatusInit | null);
  'result'?: "branches"|"status";
}

export interface BranchResult {
  'sessionId': (string);
  'seq': (number);
  'branches'?: (_anchorgym_v1_Branches | null);
  'status'?: (_google_rpc_Status | null);
  'result'?: "branches"|"status";
}
