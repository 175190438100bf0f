// Original file: anchorgym/v1/catalog.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { GetEnvironmentRequestInit as _anchorgym_v1_GetEnvironmentRequestInit, GetEnvironmentRequest as _anchorgym_v1_GetEnvironmentRequest } from '../../anchorgym/v1/GetEnvironmentRequest.ts';
import type { GetEnvironmentResponseInit as _anchorgym_v1_GetEnvironmentResponseInit, GetEnvironmentResponse as _anchorgym_v1_GetEnvironmentResponse } from '../../anchorgym/v1/GetEnvironmentResponse.ts';
import type { ListEnvironmentsRequestInit as _anchorgym_v1_ListEnvironmentsRequestInit, ListEnvironmentsRequest as _anchorgym_v1_ListEnvironmentsRequest } from '../../anchorgym/v1/ListEnvironmentsRequest.ts';
import type { ListEnvironmentsResponseInit as _anchorgym_v1_ListEnvironmentsResponseInit, ListEnvironmentsResponse as _anchorgym_v1_ListEnvironmentsResponse } from '../../anchorgym/v1/ListEnvironmentsResponse.ts';
import type { ListTasksRequestInit as _anchorgym_v1_ListTasksRequestInit, ListTasksRequest as _anchorgym_v1_ListTasksRequest } from '../../anchorgym/v1/ListTasksRequest.ts';
import type { ListTasksResponseInit as _anchorgym_v1_ListTasksResponseInit, ListTasksResponse as _anchorgym_v1_ListTasksResponse } from '../../anchorgym/v1/ListTasksResponse.ts';
import type { SampleTasksRequestInit as _anchorgym_v1_SampleTasksRequestInit, SampleTasksRequest as _anchorgym_v1_SampleTasksRequest } from '../../anchorgym/v1/SampleTasksRequest.ts';
import type { SampleTasksResponseInit as _anchorgym_v1_SampleTasksResponseInit, SampleTasksResponse as _anchorgym_v1_SampleTasksResponse } from '../../anchorgym/v1/SampleTasksResponse.ts';

/**
 * What can be played here. All calls are read-only and may be repeated at will.
 */
export interface CatalogServiceClient extends grpc.Client {
  /**
   * One environment by name. ENVIRONMENT_NOT_FOUND (an RPC status) when it is not served here.
   */
  GetEnvironment(argument: _anchorgym_v1_GetEnvironmentRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_GetEnvironmentResponse>): grpc.ClientUnaryCall;
  GetEnvironment(argument: _anchorgym_v1_GetEnvironmentRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_GetEnvironmentResponse>): grpc.ClientUnaryCall;
  GetEnvironment(argument: _anchorgym_v1_GetEnvironmentRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_GetEnvironmentResponse>): grpc.ClientUnaryCall;
  GetEnvironment(argument: _anchorgym_v1_GetEnvironmentRequestInit, callback: grpc.requestCallback<_anchorgym_v1_GetEnvironmentResponse>): grpc.ClientUnaryCall;
  /**
   * One environment by name. ENVIRONMENT_NOT_FOUND (an RPC status) when it is not served here.
   */
  getEnvironment(argument: _anchorgym_v1_GetEnvironmentRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_GetEnvironmentResponse>): grpc.ClientUnaryCall;
  getEnvironment(argument: _anchorgym_v1_GetEnvironmentRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_GetEnvironmentResponse>): grpc.ClientUnaryCall;
  getEnvironment(argument: _anchorgym_v1_GetEnvironmentRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_GetEnvironmentResponse>): grpc.ClientUnaryCall;
  getEnvironment(argument: _anchorgym_v1_GetEnvironmentRequestInit, callback: grpc.requestCallback<_anchorgym_v1_GetEnvironmentResponse>): grpc.ClientUnaryCall;
  
  /**
   * All environments, in the order of their names, and the limits of this server.
   */
  ListEnvironments(argument: _anchorgym_v1_ListEnvironmentsRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_ListEnvironmentsResponse>): grpc.ClientUnaryCall;
  ListEnvironments(argument: _anchorgym_v1_ListEnvironmentsRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_ListEnvironmentsResponse>): grpc.ClientUnaryCall;
  ListEnvironments(argument: _anchorgym_v1_ListEnvironmentsRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_ListEnvironmentsResponse>): grpc.ClientUnaryCall;
  ListEnvironments(argument: _anchorgym_v1_ListEnvironmentsRequestInit, callback: grpc.requestCallback<_anchorgym_v1_ListEnvironmentsResponse>): grpc.ClientUnaryCall;
  /**
   * All environments, in the order of their names, and the limits of this server.
   */
  listEnvironments(argument: _anchorgym_v1_ListEnvironmentsRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_ListEnvironmentsResponse>): grpc.ClientUnaryCall;
  listEnvironments(argument: _anchorgym_v1_ListEnvironmentsRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_ListEnvironmentsResponse>): grpc.ClientUnaryCall;
  listEnvironments(argument: _anchorgym_v1_ListEnvironmentsRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_ListEnvironmentsResponse>): grpc.ClientUnaryCall;
  listEnvironments(argument: _anchorgym_v1_ListEnvironmentsRequestInit, callback: grpc.requestCallback<_anchorgym_v1_ListEnvironmentsResponse>): grpc.ClientUnaryCall;
  
  /**
   * The tasks of a split in index order, a page at a time.
   */
  ListTasks(argument: _anchorgym_v1_ListTasksRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_ListTasksResponse>): grpc.ClientUnaryCall;
  ListTasks(argument: _anchorgym_v1_ListTasksRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_ListTasksResponse>): grpc.ClientUnaryCall;
  ListTasks(argument: _anchorgym_v1_ListTasksRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_ListTasksResponse>): grpc.ClientUnaryCall;
  ListTasks(argument: _anchorgym_v1_ListTasksRequestInit, callback: grpc.requestCallback<_anchorgym_v1_ListTasksResponse>): grpc.ClientUnaryCall;
  /**
   * The tasks of a split in index order, a page at a time.
   */
  listTasks(argument: _anchorgym_v1_ListTasksRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_ListTasksResponse>): grpc.ClientUnaryCall;
  listTasks(argument: _anchorgym_v1_ListTasksRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_ListTasksResponse>): grpc.ClientUnaryCall;
  listTasks(argument: _anchorgym_v1_ListTasksRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_ListTasksResponse>): grpc.ClientUnaryCall;
  listTasks(argument: _anchorgym_v1_ListTasksRequestInit, callback: grpc.requestCallback<_anchorgym_v1_ListTasksResponse>): grpc.ClientUnaryCall;
  
  /**
   * Tasks at consecutive positions of a curriculum that one seed names. Stateless: equal requests, equal answers.
   */
  SampleTasks(argument: _anchorgym_v1_SampleTasksRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_SampleTasksResponse>): grpc.ClientUnaryCall;
  SampleTasks(argument: _anchorgym_v1_SampleTasksRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_SampleTasksResponse>): grpc.ClientUnaryCall;
  SampleTasks(argument: _anchorgym_v1_SampleTasksRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_SampleTasksResponse>): grpc.ClientUnaryCall;
  SampleTasks(argument: _anchorgym_v1_SampleTasksRequestInit, callback: grpc.requestCallback<_anchorgym_v1_SampleTasksResponse>): grpc.ClientUnaryCall;
  /**
   * Tasks at consecutive positions of a curriculum that one seed names. Stateless: equal requests, equal answers.
   */
  sampleTasks(argument: _anchorgym_v1_SampleTasksRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_SampleTasksResponse>): grpc.ClientUnaryCall;
  sampleTasks(argument: _anchorgym_v1_SampleTasksRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_SampleTasksResponse>): grpc.ClientUnaryCall;
  sampleTasks(argument: _anchorgym_v1_SampleTasksRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_SampleTasksResponse>): grpc.ClientUnaryCall;
  sampleTasks(argument: _anchorgym_v1_SampleTasksRequestInit, callback: grpc.requestCallback<_anchorgym_v1_SampleTasksResponse>): grpc.ClientUnaryCall;
  
}

/**
 * What can be played here. All calls are read-only and may be repeated at will.
 */
export interface CatalogServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * One environment by name. ENVIRONMENT_NOT_FOUND (an RPC status) when it is not served here.
   */
  GetEnvironment: grpc.handleUnaryCall<_anchorgym_v1_GetEnvironmentRequest, _anchorgym_v1_GetEnvironmentResponseInit>;
  
  /**
   * All environments, in the order of their names, and the limits of this server.
   */
  ListEnvironments: grpc.handleUnaryCall<_anchorgym_v1_ListEnvironmentsRequest, _anchorgym_v1_ListEnvironmentsResponseInit>;
  
  /**
   * The tasks of a split in index order, a page at a time.
   */
  ListTasks: grpc.handleUnaryCall<_anchorgym_v1_ListTasksRequest, _anchorgym_v1_ListTasksResponseInit>;
  
  /**
   * Tasks at consecutive positions of a curriculum that one seed names. Stateless: equal requests, equal answers.
   */
  SampleTasks: grpc.handleUnaryCall<_anchorgym_v1_SampleTasksRequest, _anchorgym_v1_SampleTasksResponseInit>;
  
}

export interface CatalogServiceDefinition extends grpc.ServiceDefinition {
  GetEnvironment: MethodDefinition<_anchorgym_v1_GetEnvironmentRequestInit, _anchorgym_v1_GetEnvironmentResponseInit, _anchorgym_v1_GetEnvironmentRequest, _anchorgym_v1_GetEnvironmentResponse>
  ListEnvironments: MethodDefinition<_anchorgym_v1_ListEnvironmentsRequestInit, _anchorgym_v1_ListEnvironmentsResponseInit, _anchorgym_v1_ListEnvironmentsRequest, _anchorgym_v1_ListEnvironmentsResponse>
  ListTasks: MethodDefinition<_anchorgym_v1_ListTasksRequestInit, _anchorgym_v1_ListTasksResponseInit, _anchorgym_v1_ListTasksRequest, _anchorgym_v1_ListTasksResponse>
  SampleTasks: MethodDefinition<_anchorgym_v1_SampleTasksRequestInit, _anchorgym_v1_SampleTasksResponseInit, _anchorgym_v1_SampleTasksRequest, _anchorgym_v1_SampleTasksResponse>
}
