// EnvironmentService: each call is a file of its own; here they meet gRPC.

import type { BranchStepRequest } from "../../proto/gen/anchorgym/v1/BranchStepRequest.ts";
import type { CloseSessionsRequest } from "../../proto/gen/anchorgym/v1/CloseSessionsRequest.ts";
import type { CommitBranchRequest } from "../../proto/gen/anchorgym/v1/CommitBranchRequest.ts";
import type { CreateGroupsRequest } from "../../proto/gen/anchorgym/v1/CreateGroupsRequest.ts";
import type { EnvironmentServiceHandlers } from "../../proto/gen/anchorgym/v1/EnvironmentService.ts";
import type { ForkRequest } from "../../proto/gen/anchorgym/v1/ForkRequest.ts";
import type { GetTrajectoryRequest } from "../../proto/gen/anchorgym/v1/GetTrajectoryRequest.ts";
import type { RenewLeaseRequest } from "../../proto/gen/anchorgym/v1/RenewLeaseRequest.ts";
import type { ReplayTrajectoryRequest } from "../../proto/gen/anchorgym/v1/ReplayTrajectoryRequest.ts";
import type { ResumeSessionsRequest } from "../../proto/gen/anchorgym/v1/ResumeSessionsRequest.ts";
import type { StepRequest } from "../../proto/gen/anchorgym/v1/StepRequest.ts";
import { answerBranchStep, answerCommitBranch } from "./branch.ts";
import { closeSessions } from "./close-sessions.ts";
import { controlFrames } from "./control-frames.ts";
import { GroupCreator } from "./create-groups.ts";
import { SessionForker } from "./fork.ts";
import { openStream } from "./interact.ts";
import type { InteractStreams } from "./interact-streams.ts";
import { renewLease } from "./renew-lease.ts";
import { SessionResumer } from "./resume.ts";
import type { ServiceContext } from "./service-context.ts";
import { answerStep } from "./step.ts";
import { getTrajectory, replayTrajectory } from "./trajectory.ts";
import { unary } from "./unary.ts";

export function environmentService(context: ServiceContext, streams: InteractStreams): EnvironmentServiceHandlers {
  const creator = new GroupCreator(context);
  const forker = new SessionForker(context);
  const resumer = new SessionResumer(context);
  return {
    CreateGroups: unary("CreateGroups", context, (request: CreateGroupsRequest, call) => creator.create(request, call)),
    Step: unary("Step", context, (request: StepRequest) => answerStep(context, request)),
    Interact: (call) => openStream(context, streams, call, controlFrames(context)),
    BranchStep: unary("BranchStep", context, (request: BranchStepRequest) => answerBranchStep(context, request)),
    CommitBranch: unary("CommitBranch", context, (request: CommitBranchRequest) => {
      return answerCommitBranch(context, request);
    }),
    Fork: unary("Fork", context, (request: ForkRequest, call) => forker.fork(request, call)),
    ResumeSessions: unary("ResumeSessions", context, (request: ResumeSessionsRequest) => resumer.resume(request)),
    CloseSessions: unary("CloseSessions", context, (request: CloseSessionsRequest) => closeSessions(context, request)),
    RenewLease: unary("RenewLease", context, (request: RenewLeaseRequest) => renewLease(context, request)),
    GetTrajectory: unary("GetTrajectory", context, (request: GetTrajectoryRequest) => getTrajectory(context, request)),
    ReplayTrajectory: unary("ReplayTrajectory", context, (request: ReplayTrajectoryRequest) => {
      return replayTrajectory(context, request);
    }),
  };
}
