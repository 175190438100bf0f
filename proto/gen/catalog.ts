import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { AgentSpecInit as _anchorgym_v1_AgentSpecInit, AgentSpec as _anchorgym_v1_AgentSpec } from './anchorgym/v1/AgentSpec.ts';
import type { CatalogServiceClient as _anchorgym_v1_CatalogServiceClient, CatalogServiceDefinition as _anchorgym_v1_CatalogServiceDefinition } from './anchorgym/v1/CatalogService.ts';
import type { EnvironmentInit as _anchorgym_v1_EnvironmentInit, Environment as _anchorgym_v1_Environment } from './anchorgym/v1/Environment.ts';
import type { EnvironmentLimitsInit as _anchorgym_v1_EnvironmentLimitsInit, EnvironmentLimits as _anchorgym_v1_EnvironmentLimits } from './anchorgym/v1/EnvironmentLimits.ts';
import type { GetEnvironmentRequestInit as _anchorgym_v1_GetEnvironmentRequestInit, GetEnvironmentRequest as _anchorgym_v1_GetEnvironmentRequest } from './anchorgym/v1/GetEnvironmentRequest.ts';
import type { GetEnvironmentResponseInit as _anchorgym_v1_GetEnvironmentResponseInit, GetEnvironmentResponse as _anchorgym_v1_GetEnvironmentResponse } from './anchorgym/v1/GetEnvironmentResponse.ts';
import type { LimitsInit as _anchorgym_v1_LimitsInit, Limits as _anchorgym_v1_Limits } from './anchorgym/v1/Limits.ts';
import type { ListEnvironmentsRequestInit as _anchorgym_v1_ListEnvironmentsRequestInit, ListEnvironmentsRequest as _anchorgym_v1_ListEnvironmentsRequest } from './anchorgym/v1/ListEnvironmentsRequest.ts';
import type { ListEnvironmentsResponseInit as _anchorgym_v1_ListEnvironmentsResponseInit, ListEnvironmentsResponse as _anchorgym_v1_ListEnvironmentsResponse } from './anchorgym/v1/ListEnvironmentsResponse.ts';
import type { ListTasksRequestInit as _anchorgym_v1_ListTasksRequestInit, ListTasksRequest as _anchorgym_v1_ListTasksRequest } from './anchorgym/v1/ListTasksRequest.ts';
import type { ListTasksResponseInit as _anchorgym_v1_ListTasksResponseInit, ListTasksResponse as _anchorgym_v1_ListTasksResponse } from './anchorgym/v1/ListTasksResponse.ts';
import type { SampleTasksRequestInit as _anchorgym_v1_SampleTasksRequestInit, SampleTasksRequest as _anchorgym_v1_SampleTasksRequest } from './anchorgym/v1/SampleTasksRequest.ts';
import type { SampleTasksResponseInit as _anchorgym_v1_SampleTasksResponseInit, SampleTasksResponse as _anchorgym_v1_SampleTasksResponse } from './anchorgym/v1/SampleTasksResponse.ts';
import type { SplitInit as _anchorgym_v1_SplitInit, Split as _anchorgym_v1_Split } from './anchorgym/v1/Split.ts';
import type { TaskInit as _anchorgym_v1_TaskInit, Task as _anchorgym_v1_Task } from './anchorgym/v1/Task.ts';
import type { DurationInit as _google_protobuf_DurationInit, Duration as _google_protobuf_Duration } from './google/protobuf/Duration.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  anchorgym: {
    v1: {
      ActionMode: EnumTypeDefinition
      AgentSpec: MessageTypeDefinition<_anchorgym_v1_AgentSpecInit, _anchorgym_v1_AgentSpec>
      /**
       * What can be played here. All calls are read-only and may be repeated at will.
       */
      CatalogService: SubtypeConstructor<typeof grpc.Client, _anchorgym_v1_CatalogServiceClient> & { service: _anchorgym_v1_CatalogServiceDefinition }
      Determinism: EnumTypeDefinition
      Durability: EnumTypeDefinition
      Environment: MessageTypeDefinition<_anchorgym_v1_EnvironmentInit, _anchorgym_v1_Environment>
      EnvironmentLimits: MessageTypeDefinition<_anchorgym_v1_EnvironmentLimitsInit, _anchorgym_v1_EnvironmentLimits>
      ForkMode: EnumTypeDefinition
      GetEnvironmentRequest: MessageTypeDefinition<_anchorgym_v1_GetEnvironmentRequestInit, _anchorgym_v1_GetEnvironmentRequest>
      GetEnvironmentResponse: MessageTypeDefinition<_anchorgym_v1_GetEnvironmentResponseInit, _anchorgym_v1_GetEnvironmentResponse>
      Limits: MessageTypeDefinition<_anchorgym_v1_LimitsInit, _anchorgym_v1_Limits>
      ListEnvironmentsRequest: MessageTypeDefinition<_anchorgym_v1_ListEnvironmentsRequestInit, _anchorgym_v1_ListEnvironmentsRequest>
      ListEnvironmentsResponse: MessageTypeDefinition<_anchorgym_v1_ListEnvironmentsResponseInit, _anchorgym_v1_ListEnvironmentsResponse>
      ListTasksRequest: MessageTypeDefinition<_anchorgym_v1_ListTasksRequestInit, _anchorgym_v1_ListTasksRequest>
      ListTasksResponse: MessageTypeDefinition<_anchorgym_v1_ListTasksResponseInit, _anchorgym_v1_ListTasksResponse>
      SampleTasksRequest: MessageTypeDefinition<_anchorgym_v1_SampleTasksRequestInit, _anchorgym_v1_SampleTasksRequest>
      SampleTasksResponse: MessageTypeDefinition<_anchorgym_v1_SampleTasksResponseInit, _anchorgym_v1_SampleTasksResponse>
      Split: MessageTypeDefinition<_anchorgym_v1_SplitInit, _anchorgym_v1_Split>
      SplitKind: EnumTypeDefinition
      Task: MessageTypeDefinition<_anchorgym_v1_TaskInit, _anchorgym_v1_Task>
      TurnModel: EnumTypeDefinition
    }
  }
  google: {
    protobuf: {
      Duration: MessageTypeDefinition<_google_protobuf_DurationInit, _google_protobuf_Duration>
    }
  }
}

