// Original file: anchorgym/v1/environment.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { BranchStepRequestInit as _anchorgym_v1_BranchStepRequestInit, BranchStepRequest as _anchorgym_v1_BranchStepRequest } from '../../anchorgym/v1/BranchStepRequest.ts';
import type { BranchStepResponseInit as _anchorgym_v1_BranchStepResponseInit, BranchStepResponse as _anchorgym_v1_BranchStepResponse } from '../../anchorgym/v1/BranchStepResponse.ts';
import type { CloseSessionsRequestInit as _anchorgym_v1_CloseSessionsRequestInit, CloseSessionsRequest as _anchorgym_v1_CloseSessionsRequest } from '../../anchorgym/v1/CloseSessionsRequest.ts';
import type { CloseSessionsResponseInit as _anchorgym_v1_CloseSessionsResponseInit, CloseSessionsResponse as _anchorgym_v1_CloseSessionsResponse } from '../../anchorgym/v1/CloseSessionsResponse.ts';
import type { CommitBranchRequestInit as _anchorgym_v1_CommitBranchRequestInit, CommitBranchRequest as _anchorgym_v1_CommitBranchRequest } from '../../anchorgym/v1/CommitBranchRequest.ts';
import type { CommitBranchResponseInit as _anchorgym_v1_CommitBranchResponseInit, CommitBranchResponse as _anchorgym_v1_CommitBranchResponse } from '../../anchorgym/v1/CommitBranchResponse.ts';
import type { CreateGroupsRequestInit as _anchorgym_v1_CreateGroupsRequestInit, CreateGroupsRequest as _anchorgym_v1_CreateGroupsRequest } from '../../anchorgym/v1/CreateGroupsRequest.ts';
import type { CreateGroupsResponseInit as _anchorgym_v1_CreateGroupsResponseInit, CreateGroupsResponse as _anchorgym_v1_CreateGroupsResponse } from '../../anchorgym/v1/CreateGroupsResponse.ts';
import type { ForkRequestInit as _anchorgym_v1_ForkRequestInit, ForkRequest as _anchorgym_v1_ForkRequest } from '../../anchorgym/v1/ForkRequest.ts';
import type { ForkResponseInit as _anchorgym_v1_ForkResponseInit, ForkResponse as _anchorgym_v1_ForkResponse } from '../../anchorgym/v1/ForkResponse.ts';
import type { GetTrajectoryRequestInit as _anchorgym_v1_GetTrajectoryRequestInit, GetTrajectoryRequest as _anchorgym_v1_GetTrajectoryRequest } from '../../anchorgym/v1/GetTrajectoryRequest.ts';
import type { GetTrajectoryResponseInit as _anchorgym_v1_GetTrajectoryResponseInit, GetTrajectoryResponse as _anchorgym_v1_GetTrajectoryResponse } from '../../anchorgym/v1/GetTrajectoryResponse.ts';
import type { InteractRequestInit as _anchorgym_v1_InteractRequestInit, InteractRequest as _anchorgym_v1_InteractRequest } from '../../anchorgym/v1/InteractRequest.ts';
import type { InteractResponseInit as _anchorgym_v1_InteractResponseInit, InteractResponse as _anchorgym_v1_InteractResponse } from '../../anchorgym/v1/InteractResponse.ts';
import type { RenewLeaseRequestInit as _anchorgym_v1_RenewLeaseRequestInit, RenewLeaseRequest as _anchorgym_v1_RenewLeaseRequest } from '../../anchorgym/v1/RenewLeaseRequest.ts';
import type { RenewLeaseResponseInit as _anchorgym_v1_RenewLeaseResponseInit, RenewLeaseResponse as _anchorgym_v1_RenewLeaseResponse } from '../../anchorgym/v1/RenewLeaseResponse.ts';
import type { ReplayTrajectoryRequestInit as _anchorgym_v1_ReplayTrajectoryRequestInit, ReplayTrajectoryRequest as _anchorgym_v1_ReplayTrajectoryRequest } from '../../anchorgym/v1/ReplayTrajectoryRequest.ts';
import type { ReplayTrajectoryResponseInit as _anchorgym_v1_ReplayTrajectoryResponseInit, ReplayTrajectoryResponse as _anchorgym_v1_ReplayTrajectoryResponse } from '../../anchorgym/v1/ReplayTrajectoryResponse.ts';
import type { ResumeSessionsRequestInit as _anchorgym_v1_ResumeSessionsRequestInit, ResumeSessionsRequest as _anchorgym_v1_ResumeSessionsRequest } from '../../anchorgym/v1/ResumeSessionsRequest.ts';
import type { ResumeSessionsResponseInit as _anchorgym_v1_ResumeSessionsResponseInit, ResumeSessionsResponse as _anchorgym_v1_ResumeSessionsResponse } from '../../anchorgym/v1/ResumeSessionsResponse.ts';
import type { StepRequestInit as _anchorgym_v1_StepRequestInit, StepRequest as _anchorgym_v1_StepRequest } from '../../anchorgym/v1/StepRequest.ts';
import type { StepResponseInit as _anchorgym_v1_StepResponseInit, StepResponse as _anchorgym_v1_StepResponse } from '../../anchorgym/v1/StepResponse.ts';

/**
 * Creates, steps and closes sessions.
 */
export interface EnvironmentServiceClient extends grpc.Client {
  /**
   * K candidate steps from one state, all under the same randomness. The sessions do not move.
   */
  BranchStep(argument: _anchorgym_v1_BranchStepRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_BranchStepResponse>): grpc.ClientUnaryCall;
  BranchStep(argument: _anchorgym_v1_BranchStepRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_BranchStepResponse>): grpc.ClientUnaryCall;
  BranchStep(argument: _anchorgym_v1_BranchStepRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_BranchStepResponse>): grpc.ClientUnaryCall;
  BranchStep(argument: _anchorgym_v1_BranchStepRequestInit, callback: grpc.requestCallback<_anchorgym_v1_BranchStepResponse>): grpc.ClientUnaryCall;
  /**
   * K candidate steps from one state, all under the same randomness. The sessions do not move.
   */
  branchStep(argument: _anchorgym_v1_BranchStepRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_BranchStepResponse>): grpc.ClientUnaryCall;
  branchStep(argument: _anchorgym_v1_BranchStepRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_BranchStepResponse>): grpc.ClientUnaryCall;
  branchStep(argument: _anchorgym_v1_BranchStepRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_BranchStepResponse>): grpc.ClientUnaryCall;
  branchStep(argument: _anchorgym_v1_BranchStepRequestInit, callback: grpc.requestCallback<_anchorgym_v1_BranchStepResponse>): grpc.ClientUnaryCall;
  
  /**
   * Ends sessions from any state and frees them. Closing what is closed already is no error.
   */
  CloseSessions(argument: _anchorgym_v1_CloseSessionsRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_CloseSessionsResponse>): grpc.ClientUnaryCall;
  CloseSessions(argument: _anchorgym_v1_CloseSessionsRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_CloseSessionsResponse>): grpc.ClientUnaryCall;
  CloseSessions(argument: _anchorgym_v1_CloseSessionsRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_CloseSessionsResponse>): grpc.ClientUnaryCall;
  CloseSessions(argument: _anchorgym_v1_CloseSessionsRequestInit, callback: grpc.requestCallback<_anchorgym_v1_CloseSessionsResponse>): grpc.ClientUnaryCall;
  /**
   * Ends sessions from any state and frees them. Closing what is closed already is no error.
   */
  closeSessions(argument: _anchorgym_v1_CloseSessionsRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_CloseSessionsResponse>): grpc.ClientUnaryCall;
  closeSessions(argument: _anchorgym_v1_CloseSessionsRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_CloseSessionsResponse>): grpc.ClientUnaryCall;
  closeSessions(argument: _anchorgym_v1_CloseSessionsRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_CloseSessionsResponse>): grpc.ClientUnaryCall;
  closeSessions(argument: _anchorgym_v1_CloseSessionsRequestInit, callback: grpc.requestCallback<_anchorgym_v1_CloseSessionsResponse>): grpc.ClientUnaryCall;
  
  /**
   * Makes one result of a branch the step of its session.
   */
  CommitBranch(argument: _anchorgym_v1_CommitBranchRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_CommitBranchResponse>): grpc.ClientUnaryCall;
  CommitBranch(argument: _anchorgym_v1_CommitBranchRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_CommitBranchResponse>): grpc.ClientUnaryCall;
  CommitBranch(argument: _anchorgym_v1_CommitBranchRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_CommitBranchResponse>): grpc.ClientUnaryCall;
  CommitBranch(argument: _anchorgym_v1_CommitBranchRequestInit, callback: grpc.requestCallback<_anchorgym_v1_CommitBranchResponse>): grpc.ClientUnaryCall;
  /**
   * Makes one result of a branch the step of its session.
   */
  commitBranch(argument: _anchorgym_v1_CommitBranchRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_CommitBranchResponse>): grpc.ClientUnaryCall;
  commitBranch(argument: _anchorgym_v1_CommitBranchRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_CommitBranchResponse>): grpc.ClientUnaryCall;
  commitBranch(argument: _anchorgym_v1_CommitBranchRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_CommitBranchResponse>): grpc.ClientUnaryCall;
  commitBranch(argument: _anchorgym_v1_CommitBranchRequestInit, callback: grpc.requestCallback<_anchorgym_v1_CommitBranchResponse>): grpc.ClientUnaryCall;
  
  /**
   * Creates groups of identical sessions. Safe to send again under the same request_id: it returns the same ids, also
   * to a duplicate that arrives while the first is still being answered. An item fails alone; a group is created whole
   * or not at all.
   */
  CreateGroups(argument: _anchorgym_v1_CreateGroupsRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_CreateGroupsResponse>): grpc.ClientUnaryCall;
  CreateGroups(argument: _anchorgym_v1_CreateGroupsRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_CreateGroupsResponse>): grpc.ClientUnaryCall;
  CreateGroups(argument: _anchorgym_v1_CreateGroupsRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_CreateGroupsResponse>): grpc.ClientUnaryCall;
  CreateGroups(argument: _anchorgym_v1_CreateGroupsRequestInit, callback: grpc.requestCallback<_anchorgym_v1_CreateGroupsResponse>): grpc.ClientUnaryCall;
  /**
   * Creates groups of identical sessions. Safe to send again under the same request_id: it returns the same ids, also
   * to a duplicate that arrives while the first is still being answered. An item fails alone; a group is created whole
   * or not at all.
   */
  createGroups(argument: _anchorgym_v1_CreateGroupsRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_CreateGroupsResponse>): grpc.ClientUnaryCall;
  createGroups(argument: _anchorgym_v1_CreateGroupsRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_CreateGroupsResponse>): grpc.ClientUnaryCall;
  createGroups(argument: _anchorgym_v1_CreateGroupsRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_CreateGroupsResponse>): grpc.ClientUnaryCall;
  createGroups(argument: _anchorgym_v1_CreateGroupsRequestInit, callback: grpc.requestCallback<_anchorgym_v1_CreateGroupsResponse>): grpc.ClientUnaryCall;
  
  /**
   * New sessions from a present or past state of others. Safe to send again under the same request_id.
   */
  Fork(argument: _anchorgym_v1_ForkRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_ForkResponse>): grpc.ClientUnaryCall;
  Fork(argument: _anchorgym_v1_ForkRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_ForkResponse>): grpc.ClientUnaryCall;
  Fork(argument: _anchorgym_v1_ForkRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_ForkResponse>): grpc.ClientUnaryCall;
  Fork(argument: _anchorgym_v1_ForkRequestInit, callback: grpc.requestCallback<_anchorgym_v1_ForkResponse>): grpc.ClientUnaryCall;
  /**
   * New sessions from a present or past state of others. Safe to send again under the same request_id.
   */
  fork(argument: _anchorgym_v1_ForkRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_ForkResponse>): grpc.ClientUnaryCall;
  fork(argument: _anchorgym_v1_ForkRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_ForkResponse>): grpc.ClientUnaryCall;
  fork(argument: _anchorgym_v1_ForkRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_ForkResponse>): grpc.ClientUnaryCall;
  fork(argument: _anchorgym_v1_ForkRequestInit, callback: grpc.requestCallback<_anchorgym_v1_ForkResponse>): grpc.ClientUnaryCall;
  
  /**
   * What a session has done so far, a page at a time. Works as long as its log is kept.
   */
  GetTrajectory(argument: _anchorgym_v1_GetTrajectoryRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_GetTrajectoryResponse>): grpc.ClientUnaryCall;
  GetTrajectory(argument: _anchorgym_v1_GetTrajectoryRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_GetTrajectoryResponse>): grpc.ClientUnaryCall;
  GetTrajectory(argument: _anchorgym_v1_GetTrajectoryRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_GetTrajectoryResponse>): grpc.ClientUnaryCall;
  GetTrajectory(argument: _anchorgym_v1_GetTrajectoryRequestInit, callback: grpc.requestCallback<_anchorgym_v1_GetTrajectoryResponse>): grpc.ClientUnaryCall;
  /**
   * What a session has done so far, a page at a time. Works as long as its log is kept.
   */
  getTrajectory(argument: _anchorgym_v1_GetTrajectoryRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_GetTrajectoryResponse>): grpc.ClientUnaryCall;
  getTrajectory(argument: _anchorgym_v1_GetTrajectoryRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_GetTrajectoryResponse>): grpc.ClientUnaryCall;
  getTrajectory(argument: _anchorgym_v1_GetTrajectoryRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_GetTrajectoryResponse>): grpc.ClientUnaryCall;
  getTrajectory(argument: _anchorgym_v1_GetTrajectoryRequestInit, callback: grpc.requestCallback<_anchorgym_v1_GetTrajectoryResponse>): grpc.ClientUnaryCall;
  
  /**
   * The calls of this service, pipelined over one stream per client process. The frames carry their messages unchanged.
   */
  Interact(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_anchorgym_v1_InteractRequestInit, _anchorgym_v1_InteractResponse>;
  Interact(options?: grpc.CallOptions): grpc.ClientDuplexStream<_anchorgym_v1_InteractRequestInit, _anchorgym_v1_InteractResponse>;
  /**
   * The calls of this service, pipelined over one stream per client process. The frames carry their messages unchanged.
   */
  interact(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_anchorgym_v1_InteractRequestInit, _anchorgym_v1_InteractResponse>;
  interact(options?: grpc.CallOptions): grpc.ClientDuplexStream<_anchorgym_v1_InteractRequestInit, _anchorgym_v1_InteractResponse>;
  
  /**
   * Says that the client is alive. Any call or frame that names the lease, or steps one of its sessions, does so too;
   * an idle client calls this every ttl/3.
   */
  RenewLease(argument: _anchorgym_v1_RenewLeaseRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_RenewLeaseResponse>): grpc.ClientUnaryCall;
  RenewLease(argument: _anchorgym_v1_RenewLeaseRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_RenewLeaseResponse>): grpc.ClientUnaryCall;
  RenewLease(argument: _anchorgym_v1_RenewLeaseRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_RenewLeaseResponse>): grpc.ClientUnaryCall;
  RenewLease(argument: _anchorgym_v1_RenewLeaseRequestInit, callback: grpc.requestCallback<_anchorgym_v1_RenewLeaseResponse>): grpc.ClientUnaryCall;
  /**
   * Says that the client is alive. Any call or frame that names the lease, or steps one of its sessions, does so too;
   * an idle client calls this every ttl/3.
   */
  renewLease(argument: _anchorgym_v1_RenewLeaseRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_RenewLeaseResponse>): grpc.ClientUnaryCall;
  renewLease(argument: _anchorgym_v1_RenewLeaseRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_RenewLeaseResponse>): grpc.ClientUnaryCall;
  renewLease(argument: _anchorgym_v1_RenewLeaseRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_RenewLeaseResponse>): grpc.ClientUnaryCall;
  renewLease(argument: _anchorgym_v1_RenewLeaseRequestInit, callback: grpc.requestCallback<_anchorgym_v1_RenewLeaseResponse>): grpc.ClientUnaryCall;
  
  /**
   * Executes a log in a scratch instance and names the first difference. Makes no session.
   */
  ReplayTrajectory(argument: _anchorgym_v1_ReplayTrajectoryRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_ReplayTrajectoryResponse>): grpc.ClientUnaryCall;
  ReplayTrajectory(argument: _anchorgym_v1_ReplayTrajectoryRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_ReplayTrajectoryResponse>): grpc.ClientUnaryCall;
  ReplayTrajectory(argument: _anchorgym_v1_ReplayTrajectoryRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_ReplayTrajectoryResponse>): grpc.ClientUnaryCall;
  ReplayTrajectory(argument: _anchorgym_v1_ReplayTrajectoryRequestInit, callback: grpc.requestCallback<_anchorgym_v1_ReplayTrajectoryResponse>): grpc.ClientUnaryCall;
  /**
   * Executes a log in a scratch instance and names the first difference. Makes no session.
   */
  replayTrajectory(argument: _anchorgym_v1_ReplayTrajectoryRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_ReplayTrajectoryResponse>): grpc.ClientUnaryCall;
  replayTrajectory(argument: _anchorgym_v1_ReplayTrajectoryRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_ReplayTrajectoryResponse>): grpc.ClientUnaryCall;
  replayTrajectory(argument: _anchorgym_v1_ReplayTrajectoryRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_ReplayTrajectoryResponse>): grpc.ClientUnaryCall;
  replayTrajectory(argument: _anchorgym_v1_ReplayTrajectoryRequestInit, callback: grpc.requestCallback<_anchorgym_v1_ReplayTrajectoryResponse>): grpc.ClientUnaryCall;
  
  /**
   * Takes sessions over, suspended and live ones: each is rebuilt from its log, verified by hash, and gets a new epoch
   * that fences its former holder. Safe to send again under the same request_id.
   */
  ResumeSessions(argument: _anchorgym_v1_ResumeSessionsRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_ResumeSessionsResponse>): grpc.ClientUnaryCall;
  ResumeSessions(argument: _anchorgym_v1_ResumeSessionsRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_ResumeSessionsResponse>): grpc.ClientUnaryCall;
  ResumeSessions(argument: _anchorgym_v1_ResumeSessionsRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_ResumeSessionsResponse>): grpc.ClientUnaryCall;
  ResumeSessions(argument: _anchorgym_v1_ResumeSessionsRequestInit, callback: grpc.requestCallback<_anchorgym_v1_ResumeSessionsResponse>): grpc.ClientUnaryCall;
  /**
   * Takes sessions over, suspended and live ones: each is rebuilt from its log, verified by hash, and gets a new epoch
   * that fences its former holder. Safe to send again under the same request_id.
   */
  resumeSessions(argument: _anchorgym_v1_ResumeSessionsRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_ResumeSessionsResponse>): grpc.ClientUnaryCall;
  resumeSessions(argument: _anchorgym_v1_ResumeSessionsRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_ResumeSessionsResponse>): grpc.ClientUnaryCall;
  resumeSessions(argument: _anchorgym_v1_ResumeSessionsRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_ResumeSessionsResponse>): grpc.ClientUnaryCall;
  resumeSessions(argument: _anchorgym_v1_ResumeSessionsRequestInit, callback: grpc.requestCallback<_anchorgym_v1_ResumeSessionsResponse>): grpc.ClientUnaryCall;
  
  /**
   * One step of each of many sessions. Cancelling the call or missing its deadline never undoes a step.
   */
  Step(argument: _anchorgym_v1_StepRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_StepResponse>): grpc.ClientUnaryCall;
  Step(argument: _anchorgym_v1_StepRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_StepResponse>): grpc.ClientUnaryCall;
  Step(argument: _anchorgym_v1_StepRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_StepResponse>): grpc.ClientUnaryCall;
  Step(argument: _anchorgym_v1_StepRequestInit, callback: grpc.requestCallback<_anchorgym_v1_StepResponse>): grpc.ClientUnaryCall;
  /**
   * One step of each of many sessions. Cancelling the call or missing its deadline never undoes a step.
   */
  step(argument: _anchorgym_v1_StepRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_StepResponse>): grpc.ClientUnaryCall;
  step(argument: _anchorgym_v1_StepRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_StepResponse>): grpc.ClientUnaryCall;
  step(argument: _anchorgym_v1_StepRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_StepResponse>): grpc.ClientUnaryCall;
  step(argument: _anchorgym_v1_StepRequestInit, callback: grpc.requestCallback<_anchorgym_v1_StepResponse>): grpc.ClientUnaryCall;
  
}

/**
 * Creates, steps and closes sessions.
 */
export interface EnvironmentServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * K candidate steps from one state, all under the same randomness. The sessions do not move.
   */
  BranchStep: grpc.handleUnaryCall<_anchorgym_v1_BranchStepRequest, _anchorgym_v1_BranchStepResponseInit>;
  
  /**
   * Ends sessions from any state and frees them. Closing what is closed already is no error.
   */
  CloseSessions: grpc.handleUnaryCall<_anchorgym_v1_CloseSessionsRequest, _anchorgym_v1_CloseSessionsResponseInit>;
  
  /**
   * Makes one result of a branch the step of its session.
   */
  CommitBranch: grpc.handleUnaryCall<_anchorgym_v1_CommitBranchRequest, _anchorgym_v1_CommitBranchResponseInit>;
  
  /**
   * Creates groups of identical sessions. Safe to send again under the same request_id: it returns the same ids, also
   * to a duplicate that arrives while the first is still being answered. An item fails alone; a group is created whole
   * or not at all.
   */
  CreateGroups: grpc.handleUnaryCall<_anchorgym_v1_CreateGroupsRequest, _anchorgym_v1_CreateGroupsResponseInit>;
  
  /**
   * New sessions from a present or past state of others. Safe to send again under the same request_id.
   */
  Fork: grpc.handleUnaryCall<_anchorgym_v1_ForkRequest, _anchorgym_v1_ForkResponseInit>;
  
  /**
   * What a session has done so far, a page at a time. Works as long as its log is kept.
   */
  GetTrajectory: grpc.handleUnaryCall<_anchorgym_v1_GetTrajectoryRequest, _anchorgym_v1_GetTrajectoryResponseInit>;
  
  /**
   * The calls of this service, pipelined over one stream per client process. The frames carry their messages unchanged.
   */
  Interact: grpc.handleBidiStreamingCall<_anchorgym_v1_InteractRequest, _anchorgym_v1_InteractResponseInit>;
  
  /**
   * Says that the client is alive. Any call or frame that names the lease, or steps one of its sessions, does so too;
   * an idle client calls this every ttl/3.
   */
  RenewLease: grpc.handleUnaryCall<_anchorgym_v1_RenewLeaseRequest, _anchorgym_v1_RenewLeaseResponseInit>;
  
  /**
   * Executes a log in a scratch instance and names the first difference. Makes no session.
   */
  ReplayTrajectory: grpc.handleUnaryCall<_anchorgym_v1_ReplayTrajectoryRequest, _anchorgym_v1_ReplayTrajectoryResponseInit>;
  
  /**
   * Takes sessions over, suspended and live ones: each is rebuilt from its log, verified by hash, and gets a new epoch
   * that fences its former holder. Safe to send again under the same request_id.
   */
  ResumeSessions: grpc.handleUnaryCall<_anchorgym_v1_ResumeSessionsRequest, _anchorgym_v1_ResumeSessionsResponseInit>;
  
  /**
   * One step of each of many sessions. Cancelling the call or missing its deadline never undoes a step.
   */
  Step: grpc.handleUnaryCall<_anchorgym_v1_StepRequest, _anchorgym_v1_StepResponseInit>;
  
}

export interface EnvironmentServiceDefinition extends grpc.ServiceDefinition {
  BranchStep: MethodDefinition<_anchorgym_v1_BranchStepRequestInit, _anchorgym_v1_BranchStepResponseInit, _anchorgym_v1_BranchStepRequest, _anchorgym_v1_BranchStepResponse>
  CloseSessions: MethodDefinition<_anchorgym_v1_CloseSessionsRequestInit, _anchorgym_v1_CloseSessionsResponseInit, _anchorgym_v1_CloseSessionsRequest, _anchorgym_v1_CloseSessionsResponse>
  CommitBranch: MethodDefinition<_anchorgym_v1_CommitBranchRequestInit, _anchorgym_v1_CommitBranchResponseInit, _anchorgym_v1_CommitBranchRequest, _anchorgym_v1_CommitBranchResponse>
  CreateGroups: MethodDefinition<_anchorgym_v1_CreateGroupsRequestInit, _anchorgym_v1_CreateGroupsResponseInit, _anchorgym_v1_CreateGroupsRequest, _anchorgym_v1_CreateGroupsResponse>
  Fork: MethodDefinition<_anchorgym_v1_ForkRequestInit, _anchorgym_v1_ForkResponseInit, _anchorgym_v1_ForkRequest, _anchorgym_v1_ForkResponse>
  GetTrajectory: MethodDefinition<_anchorgym_v1_GetTrajectoryRequestInit, _anchorgym_v1_GetTrajectoryResponseInit, _anchorgym_v1_GetTrajectoryRequest, _anchorgym_v1_GetTrajectoryResponse>
  Interact: MethodDefinition<_anchorgym_v1_InteractRequestInit, _anchorgym_v1_InteractResponseInit, _anchorgym_v1_InteractRequest, _anchorgym_v1_InteractResponse>
  RenewLease: MethodDefinition<_anchorgym_v1_RenewLeaseRequestInit, _anchorgym_v1_RenewLeaseResponseInit, _anchorgym_v1_RenewLeaseRequest, _anchorgym_v1_RenewLeaseResponse>
  ReplayTrajectory: MethodDefinition<_anchorgym_v1_ReplayTrajectoryRequestInit, _anchorgym_v1_ReplayTrajectoryResponseInit, _anchorgym_v1_ReplayTrajectoryRequest, _anchorgym_v1_ReplayTrajectoryResponse>
  ResumeSessions: MethodDefinition<_anchorgym_v1_ResumeSessionsRequestInit, _anchorgym_v1_ResumeSessionsResponseInit, _anchorgym_v1_ResumeSessionsRequest, _anchorgym_v1_ResumeSessionsResponse>
  Step: MethodDefinition<_anchorgym_v1_StepRequestInit, _anchorgym_v1_StepResponseInit, _anchorgym_v1_StepRequest, _anchorgym_v1_StepResponse>
}
