import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { ActionSpaceInit as _anchorgym_v1_ActionSpaceInit, ActionSpace as _anchorgym_v1_ActionSpace } from './anchorgym/v1/ActionSpace.ts';
import type { AgentActionInit as _anchorgym_v1_AgentActionInit, AgentAction as _anchorgym_v1_AgentAction } from './anchorgym/v1/AgentAction.ts';
import type { AgentOutcomeInit as _anchorgym_v1_AgentOutcomeInit, AgentOutcome as _anchorgym_v1_AgentOutcome } from './anchorgym/v1/AgentOutcome.ts';
import type { AgentSpecInit as _anchorgym_v1_AgentSpecInit, AgentSpec as _anchorgym_v1_AgentSpec } from './anchorgym/v1/AgentSpec.ts';
import type { AgentTokenInit as _anchorgym_v1_AgentTokenInit, AgentToken as _anchorgym_v1_AgentToken } from './anchorgym/v1/AgentToken.ts';
import type { BlockInit as _anchorgym_v1_BlockInit, Block as _anchorgym_v1_Block } from './anchorgym/v1/Block.ts';
import type { CatalogServiceClient as _anchorgym_v1_CatalogServiceClient, CatalogServiceDefinition as _anchorgym_v1_CatalogServiceDefinition } from './anchorgym/v1/CatalogService.ts';
import type { CloseSessionsRequestInit as _anchorgym_v1_CloseSessionsRequestInit, CloseSessionsRequest as _anchorgym_v1_CloseSessionsRequest } from './anchorgym/v1/CloseSessionsRequest.ts';
import type { CloseSessionsResponseInit as _anchorgym_v1_CloseSessionsResponseInit, CloseSessionsResponse as _anchorgym_v1_CloseSessionsResponse } from './anchorgym/v1/CloseSessionsResponse.ts';
import type { CloseSessionsResultInit as _anchorgym_v1_CloseSessionsResultInit, CloseSessionsResult as _anchorgym_v1_CloseSessionsResult } from './anchorgym/v1/CloseSessionsResult.ts';
import type { ClosedInit as _anchorgym_v1_ClosedInit, Closed as _anchorgym_v1_Closed } from './anchorgym/v1/Closed.ts';
import type { CreateGroupsRequestInit as _anchorgym_v1_CreateGroupsRequestInit, CreateGroupsRequest as _anchorgym_v1_CreateGroupsRequest } from './anchorgym/v1/CreateGroupsRequest.ts';
import type { CreateGroupsResponseInit as _anchorgym_v1_CreateGroupsResponseInit, CreateGroupsResponse as _anchorgym_v1_CreateGroupsResponse } from './anchorgym/v1/CreateGroupsResponse.ts';
import type { CreateGroupsResultInit as _anchorgym_v1_CreateGroupsResultInit, CreateGroupsResult as _anchorgym_v1_CreateGroupsResult } from './anchorgym/v1/CreateGroupsResult.ts';
import type { EnvironmentInit as _anchorgym_v1_EnvironmentInit, Environment as _anchorgym_v1_Environment } from './anchorgym/v1/Environment.ts';
import type { EnvironmentLimitsInit as _anchorgym_v1_EnvironmentLimitsInit, EnvironmentLimits as _anchorgym_v1_EnvironmentLimits } from './anchorgym/v1/EnvironmentLimits.ts';
import type { EnvironmentServiceClient as _anchorgym_v1_EnvironmentServiceClient, EnvironmentServiceDefinition as _anchorgym_v1_EnvironmentServiceDefinition } from './anchorgym/v1/EnvironmentService.ts';
import type { GetEnvironmentRequestInit as _anchorgym_v1_GetEnvironmentRequestInit, GetEnvironmentRequest as _anchorgym_v1_GetEnvironmentRequest } from './anchorgym/v1/GetEnvironmentRequest.ts';
import type { GetEnvironmentResponseInit as _anchorgym_v1_GetEnvironmentResponseInit, GetEnvironmentResponse as _anchorgym_v1_GetEnvironmentResponse } from './anchorgym/v1/GetEnvironmentResponse.ts';
import type { GoAwayInit as _anchorgym_v1_GoAwayInit, GoAway as _anchorgym_v1_GoAway } from './anchorgym/v1/GoAway.ts';
import type { GroupInit as _anchorgym_v1_GroupInit, Group as _anchorgym_v1_Group } from './anchorgym/v1/Group.ts';
import type { GroupSpecInit as _anchorgym_v1_GroupSpecInit, GroupSpec as _anchorgym_v1_GroupSpec } from './anchorgym/v1/GroupSpec.ts';
import type { HelloInit as _anchorgym_v1_HelloInit, Hello as _anchorgym_v1_Hello } from './anchorgym/v1/Hello.ts';
import type { ImageInit as _anchorgym_v1_ImageInit, Image as _anchorgym_v1_Image } from './anchorgym/v1/Image.ts';
import type { InteractRequestInit as _anchorgym_v1_InteractRequestInit, InteractRequest as _anchorgym_v1_InteractRequest } from './anchorgym/v1/InteractRequest.ts';
import type { InteractResponseInit as _anchorgym_v1_InteractResponseInit, InteractResponse as _anchorgym_v1_InteractResponse } from './anchorgym/v1/InteractResponse.ts';
import type { LeaseInit as _anchorgym_v1_LeaseInit, Lease as _anchorgym_v1_Lease } from './anchorgym/v1/Lease.ts';
import type { LimitsInit as _anchorgym_v1_LimitsInit, Limits as _anchorgym_v1_Limits } from './anchorgym/v1/Limits.ts';
import type { ListEnvironmentsRequestInit as _anchorgym_v1_ListEnvironmentsRequestInit, ListEnvironmentsRequest as _anchorgym_v1_ListEnvironmentsRequest } from './anchorgym/v1/ListEnvironmentsRequest.ts';
import type { ListEnvironmentsResponseInit as _anchorgym_v1_ListEnvironmentsResponseInit, ListEnvironmentsResponse as _anchorgym_v1_ListEnvironmentsResponse } from './anchorgym/v1/ListEnvironmentsResponse.ts';
import type { ListTasksRequestInit as _anchorgym_v1_ListTasksRequestInit, ListTasksRequest as _anchorgym_v1_ListTasksRequest } from './anchorgym/v1/ListTasksRequest.ts';
import type { ListTasksResponseInit as _anchorgym_v1_ListTasksResponseInit, ListTasksResponse as _anchorgym_v1_ListTasksResponse } from './anchorgym/v1/ListTasksResponse.ts';
import type { NamedValueInit as _anchorgym_v1_NamedValueInit, NamedValue as _anchorgym_v1_NamedValue } from './anchorgym/v1/NamedValue.ts';
import type { ObservationInit as _anchorgym_v1_ObservationInit, Observation as _anchorgym_v1_Observation } from './anchorgym/v1/Observation.ts';
import type { OutcomeInit as _anchorgym_v1_OutcomeInit, Outcome as _anchorgym_v1_Outcome } from './anchorgym/v1/Outcome.ts';
import type { RenewLeaseRequestInit as _anchorgym_v1_RenewLeaseRequestInit, RenewLeaseRequest as _anchorgym_v1_RenewLeaseRequest } from './anchorgym/v1/RenewLeaseRequest.ts';
import type { RenewLeaseResponseInit as _anchorgym_v1_RenewLeaseResponseInit, RenewLeaseResponse as _anchorgym_v1_RenewLeaseResponse } from './anchorgym/v1/RenewLeaseResponse.ts';
import type { SampleTasksRequestInit as _anchorgym_v1_SampleTasksRequestInit, SampleTasksRequest as _anchorgym_v1_SampleTasksRequest } from './anchorgym/v1/SampleTasksRequest.ts';
import type { SampleTasksResponseInit as _anchorgym_v1_SampleTasksResponseInit, SampleTasksResponse as _anchorgym_v1_SampleTasksResponse } from './anchorgym/v1/SampleTasksResponse.ts';
import type { SessionInit as _anchorgym_v1_SessionInit, Session as _anchorgym_v1_Session } from './anchorgym/v1/Session.ts';
import type { SplitInit as _anchorgym_v1_SplitInit, Split as _anchorgym_v1_Split } from './anchorgym/v1/Split.ts';
import type { StepItemInit as _anchorgym_v1_StepItemInit, StepItem as _anchorgym_v1_StepItem } from './anchorgym/v1/StepItem.ts';
import type { StepRequestInit as _anchorgym_v1_StepRequestInit, StepRequest as _anchorgym_v1_StepRequest } from './anchorgym/v1/StepRequest.ts';
import type { StepResponseInit as _anchorgym_v1_StepResponseInit, StepResponse as _anchorgym_v1_StepResponse } from './anchorgym/v1/StepResponse.ts';
import type { StepResultInit as _anchorgym_v1_StepResultInit, StepResult as _anchorgym_v1_StepResult } from './anchorgym/v1/StepResult.ts';
import type { TaskInit as _anchorgym_v1_TaskInit, Task as _anchorgym_v1_Task } from './anchorgym/v1/Task.ts';
import type { ToolInit as _anchorgym_v1_ToolInit, Tool as _anchorgym_v1_Tool } from './anchorgym/v1/Tool.ts';
import type { ToolCallInit as _anchorgym_v1_ToolCallInit, ToolCall as _anchorgym_v1_ToolCall } from './anchorgym/v1/ToolCall.ts';
import type { ToolCallsInit as _anchorgym_v1_ToolCallsInit, ToolCalls as _anchorgym_v1_ToolCalls } from './anchorgym/v1/ToolCalls.ts';
import type { WelcomeInit as _anchorgym_v1_WelcomeInit, Welcome as _anchorgym_v1_Welcome } from './anchorgym/v1/Welcome.ts';
import type { AnyInit as _google_protobuf_AnyInit, Any as _google_protobuf_Any } from './google/protobuf/Any.ts';
import type { DurationInit as _google_protobuf_DurationInit, Duration as _google_protobuf_Duration } from './google/protobuf/Duration.ts';
import type { TimestampInit as _google_protobuf_TimestampInit, Timestamp as _google_protobuf_Timestamp } from './google/protobuf/Timestamp.ts';
import type { StatusInit as _google_rpc_StatusInit, Status as _google_rpc_Status } from './google/rpc/Status.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  anchorgym: {
    v1: {
      ActionMode: EnumTypeDefinition
      ActionSpace: MessageTypeDefinition<_anchorgym_v1_ActionSpaceInit, _anchorgym_v1_ActionSpace>
      ActionValidity: EnumTypeDefinition
      AgentAction: MessageTypeDefinition<_anchorgym_v1_AgentActionInit, _anchorgym_v1_AgentAction>
      AgentOutcome: MessageTypeDefinition<_anchorgym_v1_AgentOutcomeInit, _anchorgym_v1_AgentOutcome>
      AgentSpec: MessageTypeDefinition<_anchorgym_v1_AgentSpecInit, _anchorgym_v1_AgentSpec>
      AgentToken: MessageTypeDefinition<_anchorgym_v1_AgentTokenInit, _anchorgym_v1_AgentToken>
      Block: MessageTypeDefinition<_anchorgym_v1_BlockInit, _anchorgym_v1_Block>
      /**
       * What can be played here. All calls are read-only and may be repeated at will.
       */
      CatalogService: SubtypeConstructor<typeof grpc.Client, _anchorgym_v1_CatalogServiceClient> & { service: _anchorgym_v1_CatalogServiceDefinition }
      CloseSessionsRequest: MessageTypeDefinition<_anchorgym_v1_CloseSessionsRequestInit, _anchorgym_v1_CloseSessionsRequest>
      CloseSessionsResponse: MessageTypeDefinition<_anchorgym_v1_CloseSessionsResponseInit, _anchorgym_v1_CloseSessionsResponse>
      CloseSessionsResult: MessageTypeDefinition<_anchorgym_v1_CloseSessionsResultInit, _anchorgym_v1_CloseSessionsResult>
      Closed: MessageTypeDefinition<_anchorgym_v1_ClosedInit, _anchorgym_v1_Closed>
      CreateGroupsRequest: MessageTypeDefinition<_anchorgym_v1_CreateGroupsRequestInit, _anchorgym_v1_CreateGroupsRequest>
      CreateGroupsResponse: MessageTypeDefinition<_anchorgym_v1_CreateGroupsResponseInit, _anchorgym_v1_CreateGroupsResponse>
      CreateGroupsResult: MessageTypeDefinition<_anchorgym_v1_CreateGroupsResultInit, _anchorgym_v1_CreateGroupsResult>
      Detail: EnumTypeDefinition
      Determinism: EnumTypeDefinition
      Durability: EnumTypeDefinition
      EndReason: EnumTypeDefinition
      Environment: MessageTypeDefinition<_anchorgym_v1_EnvironmentInit, _anchorgym_v1_Environment>
      EnvironmentLimits: MessageTypeDefinition<_anchorgym_v1_EnvironmentLimitsInit, _anchorgym_v1_EnvironmentLimits>
      /**
       * Creates, steps and closes sessions.
       */
      EnvironmentService: SubtypeConstructor<typeof grpc.Client, _anchorgym_v1_EnvironmentServiceClient> & { service: _anchorgym_v1_EnvironmentServiceDefinition }
      ForkMode: EnumTypeDefinition
      GetEnvironmentRequest: MessageTypeDefinition<_anchorgym_v1_GetEnvironmentRequestInit, _anchorgym_v1_GetEnvironmentRequest>
      GetEnvironmentResponse: MessageTypeDefinition<_anchorgym_v1_GetEnvironmentResponseInit, _anchorgym_v1_GetEnvironmentResponse>
      GoAway: MessageTypeDefinition<_anchorgym_v1_GoAwayInit, _anchorgym_v1_GoAway>
      GoAwayReason: EnumTypeDefinition
      Group: MessageTypeDefinition<_anchorgym_v1_GroupInit, _anchorgym_v1_Group>
      GroupSpec: MessageTypeDefinition<_anchorgym_v1_GroupSpecInit, _anchorgym_v1_GroupSpec>
      Hello: MessageTypeDefinition<_anchorgym_v1_HelloInit, _anchorgym_v1_Hello>
      Image: MessageTypeDefinition<_anchorgym_v1_ImageInit, _anchorgym_v1_Image>
      InteractRequest: MessageTypeDefinition<_anchorgym_v1_InteractRequestInit, _anchorgym_v1_InteractRequest>
      InteractResponse: MessageTypeDefinition<_anchorgym_v1_InteractResponseInit, _anchorgym_v1_InteractResponse>
      Lease: MessageTypeDefinition<_anchorgym_v1_LeaseInit, _anchorgym_v1_Lease>
      Limits: MessageTypeDefinition<_anchorgym_v1_LimitsInit, _anchorgym_v1_Limits>
      ListEnvironmentsRequest: MessageTypeDefinition<_anchorgym_v1_ListEnvironmentsRequestInit, _anchorgym_v1_ListEnvironmentsRequest>
      ListEnvironmentsResponse: MessageTypeDefinition<_anchorgym_v1_ListEnvironmentsResponseInit, _anchorgym_v1_ListEnvironmentsResponse>
      ListTasksRequest: MessageTypeDefinition<_anchorgym_v1_ListTasksRequestInit, _anchorgym_v1_ListTasksRequest>
      ListTasksResponse: MessageTypeDefinition<_anchorgym_v1_ListTasksResponseInit, _anchorgym_v1_ListTasksResponse>
      NamedValue: MessageTypeDefinition<_anchorgym_v1_NamedValueInit, _anchorgym_v1_NamedValue>
      Observation: MessageTypeDefinition<_anchorgym_v1_ObservationInit, _anchorgym_v1_Observation>
      Outcome: MessageTypeDefinition<_anchorgym_v1_OutcomeInit, _anchorgym_v1_Outcome>
      RenewLeaseRequest: MessageTypeDefinition<_anchorgym_v1_RenewLeaseRequestInit, _anchorgym_v1_RenewLeaseRequest>
      RenewLeaseResponse: MessageTypeDefinition<_anchorgym_v1_RenewLeaseResponseInit, _anchorgym_v1_RenewLeaseResponse>
      ReplicaSeeds: EnumTypeDefinition
      SampleTasksRequest: MessageTypeDefinition<_anchorgym_v1_SampleTasksRequestInit, _anchorgym_v1_SampleTasksRequest>
      SampleTasksResponse: MessageTypeDefinition<_anchorgym_v1_SampleTasksResponseInit, _anchorgym_v1_SampleTasksResponse>
      Session: MessageTypeDefinition<_anchorgym_v1_SessionInit, _anchorgym_v1_Session>
      SessionState: EnumTypeDefinition
      Split: MessageTypeDefinition<_anchorgym_v1_SplitInit, _anchorgym_v1_Split>
      SplitKind: EnumTypeDefinition
      StepItem: MessageTypeDefinition<_anchorgym_v1_StepItemInit, _anchorgym_v1_StepItem>
      StepRequest: MessageTypeDefinition<_anchorgym_v1_StepRequestInit, _anchorgym_v1_StepRequest>
      StepResponse: MessageTypeDefinition<_anchorgym_v1_StepResponseInit, _anchorgym_v1_StepResponse>
      StepResult: MessageTypeDefinition<_anchorgym_v1_StepResultInit, _anchorgym_v1_StepResult>
      Task: MessageTypeDefinition<_anchorgym_v1_TaskInit, _anchorgym_v1_Task>
      Tool: MessageTypeDefinition<_anchorgym_v1_ToolInit, _anchorgym_v1_Tool>
      ToolCall: MessageTypeDefinition<_anchorgym_v1_ToolCallInit, _anchorgym_v1_ToolCall>
      ToolCalls: MessageTypeDefinition<_anchorgym_v1_ToolCallsInit, _anchorgym_v1_ToolCalls>
      TurnModel: EnumTypeDefinition
      Welcome: MessageTypeDefinition<_anchorgym_v1_WelcomeInit, _anchorgym_v1_Welcome>
    }
  }
  google: {
    protobuf: {
      Any: MessageTypeDefinition<_google_protobuf_AnyInit, _google_protobuf_Any>
      Duration: MessageTypeDefinition<_google_protobuf_DurationInit, _google_protobuf_Duration>
      Timestamp: MessageTypeDefinition<_google_protobuf_TimestampInit, _google_protobuf_Timestamp>
    }
    rpc: {
      Status: MessageTypeDefinition<_google_rpc_StatusInit, _google_rpc_Status>
    }
  }
}

