// Original file: anchorgym/v1/environment.proto

import type { HelloInit as _anchorgym_v1_HelloInit, Hello as _anchorgym_v1_Hello } from '../../anchorgym/v1/Hello.ts';
import type { StepRequestInit as _anchorgym_v1_StepRequestInit, StepRequest as _anchorgym_v1_StepRequest } from '../../anchorgym/v1/StepRequest.ts';
import type { BranchStepRequestInit as _anchorgym_v1_BranchStepRequestInit, BranchStepRequest as _anchorgym_v1_BranchStepRequest } from '../../anchorgym/v1/BranchStepRequest.ts';
import type { CommitBranchRequestInit as _anchorgym_v1_CommitBranchRequestInit, CommitBranchRequest as _anchorgym_v1_CommitBranchRequest } from '../../anchorgym/v1/CommitBranchRequest.ts';
import type { CloseSessionsRequestInit as _anchorgym_v1_CloseSessionsRequestInit, CloseSessionsRequest as _anchorgym_v1_CloseSessionsRequest } from '../../anchorgym/v1/CloseSessionsRequest.ts';
import type { RenewLeaseRequestInit as _anchorgym_v1_RenewLeaseRequestInit, RenewLeaseRequest as _anchorgym_v1_RenewLeaseRequest } from '../../anchorgym/v1/RenewLeaseRequest.ts';

/**
 * One frame from the client. The first must be hello; a stream that begins otherwise ends with MESSAGE_INVALID.
 */
export interface InteractRequestInit {
  /**
   * Chosen by the client; answers name it. Unique among unanswered frames.
   */
  'frameId'?: (number);
  /**
   * W3C trace context. May be empty.
   */
  'traceparent'?: (string);
  'hello'?: (_anchorgym_v1_HelloInit | null);
  /**
   * Items beyond the window answer WINDOW_EXCEEDED.
   */
  'step'?: (_anchorgym_v1_StepRequestInit | null);
  /**
   * Each candidate counts as an item of the window.
   */
  'branchStep'?: (_anchorgym_v1_BranchStepRequestInit | null);
  'commitBranch'?: (_anchorgym_v1_CommitBranchRequestInit | null);
  'closeSessions'?: (_anchorgym_v1_CloseSessionsRequestInit | null);
  'renewLease'?: (_anchorgym_v1_RenewLeaseRequestInit | null);
  /**
   * Exactly one; none, or one that is malformed, is answered by `problem` and the stream goes on.
   */
  'frame'?: "hello"|"step"|"branchStep"|"commitBranch"|"closeSessions"|"renewLease";
}

/**
 * One frame from the client. The first must be hello; a stream that begins otherwise ends with MESSAGE_INVALID.
 */
export interface InteractRequest {
  /**
   * Chosen by the client; answers name it. Unique among unanswered frames.
   */
  'frameId': (number);
  /**
   * W3C trace context. May be empty.
   */
  'traceparent': (string);
  'hello'?: (_anchorgym_v1_Hello | null);
  /**
   * Items beyond the window answer WINDOW_EXCEEDED.
   */
  'step'?: (_anchorgym_v1_StepRequest | null);
  /**
   * Each candidate counts as an item of the window.
   */
  'branchStep'?: (_anchorgym_v1_BranchStepRequest | null);
  'commitBranch'?: (_anchorgym_v1_CommitBranchRequest | null);
  'closeSessions'?: (_anchorgym_v1_CloseSessionsRequest | null);
  'renewLease'?: (_anchorgym_v1_RenewLeaseRequest | null);
  /**
   * Exactly one; none, or one that is malformed, is answered by `problem` and the stream goes on.
   */
  'frame'?: "hello"|"step"|"branchStep"|"commitBranch"|"closeSessions"|"renewLease";
}
