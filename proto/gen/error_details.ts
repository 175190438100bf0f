import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { DurationInit as _google_protobuf_DurationInit, Duration as _google_protobuf_Duration } from './google/protobuf/Duration.ts';
import type { BadRequestInit as _google_rpc_BadRequestInit, BadRequest as _google_rpc_BadRequest } from './google/rpc/BadRequest.ts';
import type { DebugInfoInit as _google_rpc_DebugInfoInit, DebugInfo as _google_rpc_DebugInfo } from './google/rpc/DebugInfo.ts';
import type { ErrorInfoInit as _google_rpc_ErrorInfoInit, ErrorInfo as _google_rpc_ErrorInfo } from './google/rpc/ErrorInfo.ts';
import type { QuotaFailureInit as _google_rpc_QuotaFailureInit, QuotaFailure as _google_rpc_QuotaFailure } from './google/rpc/QuotaFailure.ts';
import type { RetryInfoInit as _google_rpc_RetryInfoInit, RetryInfo as _google_rpc_RetryInfo } from './google/rpc/RetryInfo.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  google: {
    protobuf: {
      Duration: MessageTypeDefinition<_google_protobuf_DurationInit, _google_protobuf_Duration>
    }
    rpc: {
      BadRequest: MessageTypeDefinition<_google_rpc_BadRequestInit, _google_rpc_BadRequest>
      DebugInfo: MessageTypeDefinition<_google_rpc_DebugInfoInit, _google_rpc_DebugInfo>
      ErrorInfo: MessageTypeDefinition<_google_rpc_ErrorInfoInit, _google_rpc_ErrorInfo>
      QuotaFailure: MessageTypeDefinition<_google_rpc_QuotaFailureInit, _google_rpc_QuotaFailure>
      RetryInfo: MessageTypeDefinition<_google_rpc_RetryInfoInit, _google_rpc_RetryInfo>
    }
  }
}

