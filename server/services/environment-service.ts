// EnvironmentService: each call is a file of its own; here they meet gRPC.

import type { CloseSessionsRequest } from "../../proto/gen/anchorgym/v1/CloseSessionsRequest.ts";
import type { CreateGroupsRequest } from "../../proto/gen/anchorgym/v1/CreateGroupsRequest.ts";
import type { EnvironmentServiceHandlers } from "../../proto/gen/anchorgym/v1/EnvironmentService.ts";
import type { RenewLeaseRequest } from "../../proto/gen/anchorgym/v1/RenewLeaseRequest.ts";
import type { StepRequest } from "../../proto/gen/anchorgym/v1/StepRequest.ts";
import { closeSessions } from "./close-sessions.ts";
import { GroupCreator } from "./create-groups.ts";
import { type InteractStreams, interactHandler } from "./interact.ts";
import { renewLease } from "./renew-lease.ts";
import type { ServiceContext } from "./service-context.ts";
import { answerStep } from "./step.ts";
import { unary } from "./unary.ts";

type Served = Pick<EnvironmentServiceHandlers, "CreateGroups" | "Step" | "CloseSessions" | "RenewLease" | "Interact">;

export function environmentService(context: ServiceContext, streams: InteractStreams): Served {
  const creator = new GroupCreator(context);
  return {
    CreateGroups: unary("CreateGroups", context, (request: CreateGroupsRequest, call) => creator.create(request, call)),
    Step: unary("Step", context, (request: StepRequest) => answerStep(context, request)),
    CloseSessions: unary("CloseSessions", context, (request: CloseSessionsRequest) => closeSessions(context, request)),
    RenewLease: unary("RenewLease", context, (request: RenewLeaseRequest) => renewLease(context, request)),
    Interact: interactHandler(context, streams),
  };
}
