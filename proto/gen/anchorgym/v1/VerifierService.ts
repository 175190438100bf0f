// Original file: anchorgym/v1/verifier.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { VerifyRequestInit as _anchorgym_v1_VerifyRequestInit, VerifyRequest as _anchorgym_v1_VerifyRequest } from '../../anchorgym/v1/VerifyRequest.ts';
import type { VerifyResponseInit as _anchorgym_v1_VerifyResponseInit, VerifyResponse as _anchorgym_v1_VerifyResponse } from '../../anchorgym/v1/VerifyResponse.ts';

/**
 * Scores completions of tasks whose answers the server knows.
 */
export interface VerifierServiceClient extends grpc.Client {
  /**
   * Each item alone; items run beside each other. Equal (task, completion, build) may be answered from a cache.
   */
  Verify(argument: _anchorgym_v1_VerifyRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_VerifyResponse>): grpc.ClientUnaryCall;
  Verify(argument: _anchorgym_v1_VerifyRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_VerifyResponse>): grpc.ClientUnaryCall;
  Verify(argument: _anchorgym_v1_VerifyRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_VerifyResponse>): grpc.ClientUnaryCall;
  Verify(argument: _anchorgym_v1_VerifyRequestInit, callback: grpc.requestCallback<_anchorgym_v1_VerifyResponse>): grpc.ClientUnaryCall;
  /**
   * Each item alone; items run beside each other. Equal (task, completion, build) may be answered from a cache.
   */
  verify(argument: _anchorgym_v1_VerifyRequestInit, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_VerifyResponse>): grpc.ClientUnaryCall;
  verify(argument: _anchorgym_v1_VerifyRequestInit, metadata: grpc.Metadata, callback: grpc.requestCallback<_anchorgym_v1_VerifyResponse>): grpc.ClientUnaryCall;
  verify(argument: _anchorgym_v1_VerifyRequestInit, options: grpc.CallOptions, callback: grpc.requestCallback<_anchorgym_v1_VerifyResponse>): grpc.ClientUnaryCall;
  verify(argument: _anchorgym_v1_VerifyRequestInit, callback: grpc.requestCallback<_anchorgym_v1_VerifyResponse>): grpc.ClientUnaryCall;
  
}

/**
 * Scores completions of tasks whose answers the server knows.
 */
export interface VerifierServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Each item alone; items run beside each other. Equal (task, completion, build) may be answered from a cache.
   */
  Verify: grpc.handleUnaryCall<_anchorgym_v1_VerifyRequest, _anchorgym_v1_VerifyResponseInit>;
  
}

export interface VerifierServiceDefinition extends grpc.ServiceDefinition {
  Verify: MethodDefinition<_anchorgym_v1_VerifyRequestInit, _anchorgym_v1_VerifyResponseInit, _anchorgym_v1_VerifyRequest, _anchorgym_v1_VerifyResponse>
}
