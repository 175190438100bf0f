// Original file: /work/main/proto/anchorgym/v1/environment.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CloseSessionsRequestInit as _anchorgym_v1_CloseSessionsRequestInit, CloseSessionsRequest as _anchorgym_v1_CloseSessionsRequest } from '../../anchorgym/v1/CloseSessionsRequest.ts';
import type { CloseSessionsResponseInit as _anchorgym_v1_CloseSessionsResponseInit, CloseSessionsResponse as _anchorgym_v1_CloseSessionsResponse } from '../../anchorgym/v1/CloseSessionsResponse.ts';
import type { CreateGroupsRequestInit as _anchorgym_v1_CreateGroupsRequestInit, CreateGroupsRequest as _anchorgym_v1_CreateGroupsRequest } from '../../anchorgym/v1/CreateGroupsRequest.ts';
import type { CreateGroupsResponseInit as _anchorgym_v1_CreateGroupsResponseInit, CreateGroupsResponse as _anchorgym_v1_CreateGroupsResponse } from '../../anchorgym/v1/CreateGroupsResponse.ts';
import type { InteractRequestInit as _anchorgym_v1_InteractRequestInit, InteractRequest as _anchorgym_v1_InteractRequest } from '../../anchorgym/v1/InteractRequest.ts';
import type { InteractResponseInit as _anchorgym_v1_InteractResponseInit, InteractResponse as _anchorgym_v1_InteractResponse } from '../../anchorgym/v1/InteractResponse.ts';
import type { RenewLeaseRequestInit as _anchorgym_v1_RenewLeaseRequestInit, RenewLeaseRequest as _anchorgym_v1_RenewLeaseRequest } from '../../anchorgym/v1/RenewLeaseRequest.ts';
import type { RenewLeaseResponseInit as _anchorgym_v1_RenewLeaseResponseInit, RenewLeaseResponse as _anchorgym_v1_RenewLeaseResponse } from '../../anchorgym/v1/RenewLeaseResponse.ts';
import type { StepRequestInit as _anchorgym_v1_StepRequestInit, StepRequest as _anchorgym_v1_StepRequest } from '../../anchorgym/v1/StepRequest.ts';
import type { StepResponseInit as _anchorgym_v1_StepResponseInit, StepResponse as _anchorgym_v1_StepResponse } from '../../anchorgym/v1/StepResponse.ts';

/**
 * Creates, steps and closes sessions.
 */
export interface EnvironmentServiceClient extends grpc.Client {
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
   * Ends sessions from any state and frees them. Closing what is closed already is no error.
   */
  CloseSessions: grpc.handleUnaryCall<_anchorgym_v1_CloseSessionsRequest, _anchorgym_v1_CloseSessionsResponseInit>;
  
  /**
   * Creates groups of identical sessions. Safe to send again under the same request_id: it returns the same ids, also
   * to a duplicate that arrives while the first is still being answered. An item fails alone; a group is created whole
   * or not at all.
   */
  CreateGroups: grpc.handleUnaryCall<_anchorgym_v1_CreateGroupsRequest, _anchorgym_v1_CreateGroupsResponseInit>;
  
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
   * One step of each of many sessions. Cancelling the call or missing its deadline never undoes a step.
   */
  Step: grpc.handleUnaryCall<_anchorgym_v1_StepRequest, _anchorgym_v1_StepResponseInit>;
  
}

export interface EnvironmentServiceDefinition extends grpc.ServiceDefinition {
  CloseSessions: MethodDefinition<_anchorgym_v1_CloseSessionsRequestInit, _anchorgym_v1_CloseSessionsResponseInit, _anchorgym_v1_CloseSessionsRequest, _anchorgym_v1_CloseSessionsResponse>
  CreateGroups: MethodDefinition<_anchorgym_v1_CreateGroupsRequestInit, _anchorgym_v1_CreateGroupsResponseInit, _anchorgym_v1_CreateGroupsRequest, _anchorgym_v1_CreateGroupsResponse>
  Interact: MethodDefinition<_anchorgym_v1_InteractRequestInit, _anchorgym_v1_InteractResponseInit, _anchorgym_v1_InteractRequest, _anchorgym_v1_InteractResponse>
  RenewLease: MethodDefinition<_anchorgym_v1_RenewLeaseRequestInit, _anchorgym_v1_RenewLeaseResponseInit, _anchorgym_v1_RenewLeaseRequest, _anchorgym_v1_RenewLeaseResponse>
  Step: MethodDefinition<_anchorgym_v1_StepRequestInit, _anchorgym_v1_StepResponseInit, _anchorgym_v1_StepRequest, _anchorgym_v1_StepResponse>
}
