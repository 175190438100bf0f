import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { ActionLogInit as _anchorgym_v1_ActionLogInit, ActionLog as _anchorgym_v1_ActionLog } from './anchorgym/v1/ActionLog.ts';
import type { ActionSpaceInit as _anchorgym_v1_ActionSpaceInit, ActionSpace as _anchorgym_v1_ActionSpace } from './anchorgym/v1/ActionSpace.ts';
import type { AgentActionInit as _anchorgym_v1_AgentActionInit, AgentAction as _anchorgym_v1_AgentAction } from './anchorgym/v1/AgentAction.ts';
import type { AgentOutcomeInit as _anchorgym_v1_AgentOutcomeInit, AgentOutcome as _anchorgym_v1_AgentOutcome } from './anchorgym/v1/AgentOutcome.ts';
import type { AgentSpecInit as _anchorgym_v1_AgentSpecInit, AgentSpec as _anchorgym_v1_AgentSpec } from './anchorgym/v1/AgentSpec.ts';
import type { AgentTokenInit as _anchorgym_v1_AgentTokenInit, AgentToken as _anchorgym_v1_AgentToken } from './anchorgym/v1/AgentToken.ts';
import type { BlockInit as _anchorgym_v1_BlockInit, Block as _anchorgym_v1_Block } from './anchorgym/v1/Block.ts';
import type { BranchItemInit as _anchorgym_v1_BranchItemInit, BranchItem as _anchorgym_v1_BranchItem } from './anchorgym/v1/BranchItem.ts';
import type { BranchResultInit as _anchorgym_v1_BranchResultInit, BranchResult as _anchorgym_v1_BranchResult } from './anchorgym/v1/BranchResult.ts';
import type { BranchStepRequestInit as _anchorgym_v1_BranchStepRequestInit, BranchStepRequest as _anchorgym_v1_BranchStepRequest } from './anchorgym/v1/BranchStepRequest.ts';
import type { BranchStepResponseInit as _anchorgym_v1_BranchStepResponseInit, BranchStepResponse as _anchorgym_v1_BranchStepResponse } from './anchorgym/v1/BranchStepResponse.ts';
import type { BranchesInit as _anchorgym_v1_BranchesInit, Branches as _anchorgym_v1_Branches } from './anchorgym/v1/Branches.ts';
import type { CandidateInit as _anchorgym_v1_CandidateInit, Candidate as _anchorgym_v1_Candidate } from './anchorgym/v1/Candidate.ts';
import type { CandidateResultInit as _anchorgym_v1_CandidateResultInit, CandidateResult as _anchorgym_v1_CandidateResult } from './anchorgym/v1/CandidateResult.ts';
import type { CatalogServiceClient as _anchorgym_v1_CatalogServiceClient, CatalogServiceDefinition as _anchorgym_v1_CatalogServiceDefinition } from './anchorgym/v1/CatalogService.ts';
import type { CloseSessionsRequestInit as _anchorgym_v1_CloseSessionsRequestInit, CloseSessionsRequest as _anchorgym_v1_CloseSessionsRequest } from './anchorgym/v1/CloseSessionsRequest.ts';
import type { CloseSessionsResponseInit as _anchorgym_v1_CloseSessionsResponseInit, CloseSessionsResponse as _anchorgym_v1_CloseSessionsResponse } from './anchorgym/v1/CloseSessionsResponse.ts';
import type { CloseSessionsResultInit as _anchorgym_v1_CloseSessionsResultInit, CloseSessionsResult as _anchorgym_v1_CloseSessionsResult } from './anchorgym/v1/CloseSessionsResult.ts';
import type { ClosedInit as _anchorgym_v1_ClosedInit, Closed as _anchorgym_v1_Closed } from './anchorgym/v1/Closed.ts';
import type { CommitBranchRequestInit as _anchorgym_v1_CommitBranchRequestInit, CommitBranchRequest as _anchorgym_v1_CommitBranchRequest } from './anchorgym/v1/CommitBranchRequest.ts';
import type { CommitBranchResponseInit as _anchorgym_v1_CommitBranchResponseInit, CommitBranchResponse as _anchorgym_v1_CommitBranchResponse } from './anchorgym/v1/CommitBranchResponse.ts';
import type { CommitItemInit as _anchorgym_v1_CommitItemInit, CommitItem as _anchorgym_v1_CommitItem } from './anchorgym/v1/CommitItem.ts';
import type { CreateGroupsRequestInit as _anchorgym_v1_CreateGroupsRequestInit, CreateGroupsRequest as _anchorgym_v1_CreateGroupsRequest } from './anchorgym/v1/CreateGroupsRequest.ts';
import type { CreateGroupsResponseInit as _anchorgym_v1_CreateGroupsResponseInit, CreateGroupsResponse as _anchorgym_v1_CreateGroupsResponse } from './anchorgym/v1/CreateGroupsResponse.ts';
import type { CreateGroupsResultInit as _anchorgym_v1_CreateGroupsResultInit, CreateGroupsResult as _anchorgym_v1_CreateGroupsResult } from './anchorgym/v1/CreateGroupsResult.ts';
import type { DivergenceInit as _anchorgym_v1_DivergenceInit, Divergence as _anchorgym_v1_Divergence } from './anchorgym/v1/Divergence.ts';
import type { EnvironmentInit as _anchorgym_v1_EnvironmentInit, Environment as _anchorgym_v1_Environment } from './anchorgym/v1/Environment.ts';
import type { EnvironmentLimitsInit as _anchorgym_v1_EnvironmentLimitsInit, EnvironmentLimits as _anchorgym_v1_EnvironmentLimits } from './anchorgym/v1/EnvironmentLimits.ts';
import type { EnvironmentServiceClient as _anchorgym_v1_EnvironmentServiceClient, EnvironmentServiceDefinition as _anchorgym_v1_EnvironmentServiceDefinition } from './anchorgym/v1/EnvironmentService.ts';
import type { ForkItemInit as _anchorgym_v1_ForkItemInit, ForkItem as _anchorgym_v1_ForkItem } from './anchorgym/v1/ForkItem.ts';
import type { ForkRequestInit as _anchorgym_v1_ForkRequestInit, ForkRequest as _anchorgym_v1_ForkRequest } from './anchorgym/v1/ForkRequest.ts';
import type { ForkResponseInit as _anchorgym_v1_ForkResponseInit, ForkResponse as _anchorgym_v1_ForkResponse } from './anchorgym/v1/ForkResponse.ts';
import type { ForkResultInit as _anchorgym_v1_ForkResultInit, ForkResult as _anchorgym_v1_ForkResult } from './anchorgym/v1/ForkResult.ts';
import type { ForkedInit as _anchorgym_v1_ForkedInit, Forked as _anchorgym_v1_Forked } from './anchorgym/v1/Forked.ts';
import type { GetEnvironmentRequestInit as _anchorgym_v1_GetEnvironmentRequestInit, GetEnvironmentRequest as _anchorgym_v1_GetEnvironmentRequest } from './anchorgym/v1/GetEnvironmentRequest.ts';
import type { GetEnvironmentResponseInit as _anchorgym_v1_GetEnvironmentResponseInit, GetEnvironmentResponse as _anchorgym_v1_GetEnvironmentResponse } from './anchorgym/v1/GetEnvironmentResponse.ts';
import type { GetTrajectoryRequestInit as _anchorgym_v1_GetTrajectoryRequestInit, GetTrajectoryRequest as _anchorgym_v1_GetTrajectoryRequest } from './anchorgym/v1/GetTrajectoryRequest.ts';
import type { GetTrajectoryResponseInit as _anchorgym_v1_GetTrajectoryResponseInit, GetTrajectoryResponse as _anchorgym_v1_GetTrajectoryResponse } from './anchorgym/v1/GetTrajectoryResponse.ts';
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
import type { LogEntryInit as _anchorgym_v1_LogEntryInit, LogEntry as _anchorgym_v1_LogEntry } from './anchorgym/v1/LogEntry.ts';
import type { LogHeaderInit as _anchorgym_v1_LogHeaderInit, LogHeader as _anchorgym_v1_LogHeader } from './anchorgym/v1/LogHeader.ts';
import type { NamedValueInit as _anchorgym_v1_NamedValueInit, NamedValue as _anchorgym_v1_NamedValue } from './anchorgym/v1/NamedValue.ts';
import type { ObservationInit as _anchorgym_v1_ObservationInit, Observation as _anchorgym_v1_Observation } from './anchorgym/v1/Observation.ts';
import type { OutcomeInit as _anchorgym_v1_OutcomeInit, Outcome as _anchorgym_v1_Outcome } from './anchorgym/v1/Outcome.ts';
import type { RenewLeaseRequestInit as _anchorgym_v1_RenewLeaseRequestInit, RenewLeaseRequest as _anchorgym_v1_RenewLeaseRequest } from './anchorgym/v1/RenewLeaseRequest.ts';
import type { RenewLeaseResponseInit as _anchorgym_v1_RenewLeaseResponseInit, RenewLeaseResponse as _anchorgym_v1_RenewLeaseResponse } from './anchorgym/v1/RenewLeaseResponse.ts';
import type { ReplayTrajectoryRequestInit as _anchorgym_v1_ReplayTrajectoryRequestInit, ReplayTrajectoryRequest as _anchorgym_v1_ReplayTrajectoryRequest } from './anchorgym/v1/ReplayTrajectoryRequest.ts';
import type { ReplayTrajectoryResponseInit as _anchorgym_v1_ReplayTrajectoryResponseInit, ReplayTrajectoryResponse as _anchorgym_v1_ReplayTrajectoryResponse } from './anchorgym/v1/ReplayTrajectoryResponse.ts';
import type { ResumeResultInit as _anchorgym_v1_ResumeResultInit, ResumeResult as _anchorgym_v1_ResumeResult } from './anchorgym/v1/ResumeResult.ts';
import type { ResumeSessionsRequestInit as _anchorgym_v1_ResumeSessionsRequestInit, ResumeSessionsRequest as _anchorgym_v1_ResumeSessionsRequest } from './anchorgym/v1/ResumeSessionsRequest.ts';
import type { ResumeSessionsResponseInit as _anchorgym_v1_ResumeSessionsResponseInit, ResumeSessionsResponse as _anchorgym_v1_ResumeSessionsResponse } from './anchorgym/v1/ResumeSessionsResponse.ts';
import type { ResumedInit as _anchorgym_v1_ResumedInit, Resumed as _anchorgym_v1_Resumed } from './anchorgym/v1/Resumed.ts';
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
      ActionLog: MessageTypeDefinition<_anchorgym_v1_ActionLogInit, _anchorgym_v1_ActionLog>
      ActionMode: EnumTypeDefinition
      ActionSpace: MessageTypeDefinition<_anchorgym_v1_ActionSpaceInit, _anchorgym_v1_ActionSpace>
      ActionValidity: EnumTypeDefinition
      AgentAction: MessageTypeDefinition<_anchorgym_v1_AgentActionInit, _anchorgym_v1_AgentAction>
      AgentOutcome: MessageTypeDefinition<_anchorgym_v1_AgentOutcomeInit, _anchorgym_v1_AgentOutcome>
      AgentSpec: MessageTypeDefinition<_anchorgym_v1_AgentSpecInit, _anchorgym_v1_AgentSpec>
      AgentToken: MessageTypeDefinition<_anchorgym_v1_AgentTokenInit, _anchorgym_v1_AgentToken>
      Block: MessageTypeDefinition<_anchorgym_v1_BlockInit, _anchorgym_v1_Block>
      BranchItem: MessageTypeDefinition<_anchorgym_v1_BranchItemInit, _anchorgym_v1_BranchItem>
      BranchResult: MessageTypeDefinition<_anchorgym_v1_BranchResultInit, _anchorgym_v1_BranchResult>
      BranchStepRequest: MessageTypeDefinition<_anchorgym_v1_BranchStepRequestInit, _anchorgym_v1_BranchStepRequest>
      BranchStepResponse: MessageTypeDefinition<_anchorgym_v1_BranchStepResponseInit, _anchorgym_v1_BranchStepResponse>
      Branches: MessageTypeDefinition<_anchorgym_v1_BranchesInit, _anchorgym_v1_Branches>
      Candidate: MessageTypeDefinition<_anchorgym_v1_CandidateInit, _anchorgym_v1_Candidate>
      CandidateResult: MessageTypeDefinition<_anchorgym_v1_CandidateResultInit, _anchorgym_v1_CandidateResult>
      /**
       * What can be played here. All calls are read-only and may be repeated at will.
       */
      CatalogService: SubtypeConstructor<typeof grpc.Client, _anchorgym_v1_CatalogServiceClient> & { service: _anchorgym_v1_CatalogServiceDefinition }
      CloseSessionsRequest: MessageTypeDefinition<_anchorgym_v1_CloseSessionsRequestInit, _anchorgym_v1_CloseSessionsRequest>
      CloseSessionsResponse: MessageTypeDefinition<_anchorgym_v1_CloseSessionsResponseInit, _anchorgym_v1_CloseSessionsResponse>
      CloseSessionsResult: MessageTypeDefinition<_anchorgym_v1_CloseSessionsResultInit, _anchorgym_v1_CloseSessionsResult>
      Closed: MessageTypeDefinition<_anchorgym_v1_ClosedInit, _anchorgym_v1_Closed>
      CommitBranchRequest: MessageTypeDefinition<_anchorgym_v1_CommitBranchRequestInit, _anchorgym_v1_CommitBranchRequest>
      CommitBranchResponse: MessageTypeDefinition<_anchorgym_v1_CommitBranchResponseInit, _anchorgym_v1_CommitBranchResponse>
      CommitItem: MessageTypeDefinition<_anchorgym_v1_CommitItemInit, _anchorgym_v1_CommitItem>
      CreateGroupsRequest: MessageTypeDefinition<_anchorgym_v1_CreateGroupsRequestInit, _anchorgym_v1_CreateGroupsRequest>
      CreateGroupsResponse: MessageTypeDefinition<_anchorgym_v1_CreateGroupsResponseInit, _anchorgym_v1_CreateGroupsResponse>
      CreateGroupsResult: MessageTypeDefinition<_anchorgym_v1_CreateGroupsResultInit, _anchorgym_v1_CreateGroupsResult>
      Detail: EnumTypeDefinition
      Determinism: EnumTypeDefinition
      Divergence: MessageTypeDefinition<_anchorgym_v1_DivergenceInit, _anchorgym_v1_Divergence>
      Durability: EnumTypeDefinition
      EndReason: EnumTypeDefinition
      Environment: MessageTypeDefinition<_anchorgym_v1_EnvironmentInit, _anchorgym_v1_Environment>
      EnvironmentLimits: MessageTypeDefinition<_anchorgym_v1_EnvironmentLimitsInit, _anchorgym_v1_EnvironmentLimits>
      /**
       * Creates, steps and closes sessions.
       */
      EnvironmentService: SubtypeConstructor<typeof grpc.Client, _anchorgym_v1_EnvironmentServiceClient> & { service: _anchorgym_v1_EnvironmentServiceDefinition }
      ForkItem: MessageTypeDefinition<_anchorgym_v1_ForkItemInit, _anchorgym_v1_ForkItem>
      ForkMode: EnumTypeDefinition
      ForkRequest: MessageTypeDefinition<_anchorgym_v1_ForkRequestInit, _anchorgym_v1_ForkRequest>
      ForkResponse: MessageTypeDefinition<_anchorgym_v1_ForkResponseInit, _anchorgym_v1_ForkResponse>
      ForkResult: MessageTypeDefinition<_anchorgym_v1_ForkResultInit, _anchorgym_v1_ForkResult>
      Forked: MessageTypeDefinition<_anchorgym_v1_ForkedInit, _anchorgym_v1_Forked>
      GetEnvironmentRequest: MessageTypeDefinition<_anchorgym_v1_GetEnvironmentRequestInit, _anchorgym_v1_GetEnvironmentRequest>
      GetEnvironmentResponse: MessageTypeDefinition<_anchorgym_v1_GetEnvironmentResponseInit, _anchorgym_v1_GetEnvironmentResponse>
      GetTrajectoryRequest: MessageTypeDefinition<_anchorgym_v1_GetTrajectoryRequestInit, _anchorgym_v1_GetTrajectoryRequest>
      GetTrajectoryResponse: MessageTypeDefinition<_anchorgym_v1_GetTrajectoryResponseInit, _anchorgym_v1_GetTrajectoryResponse>
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
      LogEntry: MessageTypeDefinition<_anchorgym_v1_LogEntryInit, _anchorgym_v1_LogEntry>
      LogHeader: MessageTypeDefinition<_anchorgym_v1_LogHeaderInit, _anchorgym_v1_LogHeader>
      NamedValue: MessageTypeDefinition<_anchorgym_v1_NamedValueInit, _anchorgym_v1_NamedValue>
      Observation: MessageTypeDefinition<_anchorgym_v1_ObservationInit, _anchorgym_v1_Observation>
      Outcome: MessageTypeDefinition<_anchorgym_v1_OutcomeInit, _anchorgym_v1_Outcome>
      RenewLeaseRequest: MessageTypeDefinition<_anchorgym_v1_RenewLeaseRequestInit, _anchorgym_v1_RenewLeaseRequest>
      RenewLeaseResponse: MessageTypeDefinition<_anchorgym_v1_RenewLeaseResponseInit, _anchorgym_v1_RenewLeaseResponse>
      ReplayTrajectoryRequest: MessageTypeDefinition<_anchorgym_v1_ReplayTrajectoryRequestInit, _anchorgym_v1_ReplayTrajectoryRequest>
      ReplayTrajectoryResponse: MessageTypeDefinition<_anchorgym_v1_ReplayTrajectoryResponseInit, _anchorgym_v1_ReplayTrajectoryResponse>
      ReplicaSeeds: EnumTypeDefinition
      ResumeResult: MessageTypeDefinition<_anchorgym_v1_ResumeResultInit, _anchorgym_v1_ResumeResult>
      ResumeSessionsRequest: MessageTypeDefinition<_anchorgym_v1_ResumeSessionsRequestInit, _anchorgym_v1_ResumeSessionsRequest>
      ResumeSessionsResponse: MessageTypeDefinition<_anchorgym_v1_ResumeSessionsResponseInit, _anchorgym_v1_ResumeSessionsResponse>
      Resumed: MessageTypeDefinition<_anchorgym_v1_ResumedInit, _anchorgym_v1_Resumed>
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

