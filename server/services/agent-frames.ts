// The frames of the bearer of an agent token: steps of its own agent, and nothing else. Its stream has no lease; it ends
// with the token, when the session is closed.

import { fail } from "../../proto/errors.ts";
import { invalidField } from "../codec/field-checks.ts";
import { type Agent, agentPlane, checkAgentSteps, deadToken, requireLiveToken } from "./agent-plane.ts";
import { answerStepFrame } from "./control-frames.ts";
import type { FramePlane } from "./interact.ts";
import type { ServiceContext } from "./service-context.ts";

/** The plane of an agent's stream. A second stream of the same token supersedes the first, and no other. */
export function agentFrames(context: ServiceContext, agent: Agent): FramePlane {
  const plane = agentPlane(agent);
  return {
    open: (hello, frames) => {
      requireLiveToken(context, agent);
      if (hello.leaseId !== "") throw invalidField("hello.lease_id", "must be empty: an agent carries no lease");
      if (hello.leaseTtl !== null) throw invalidField("hello.lease_ttl", "must be absent: an agent carries no lease");
      return {
        key: `agent ${JSON.stringify([agent.sessionId, agent.agentId])}`,
        receive: ({ frameId, frame, step }) => {
          if (frame === undefined) throw invalidField("frame", "must be set to a frame that this version knows");
          if (frame !== "step" || step == null) {
            throw fail("SCOPE_MISSING", "an agent token allows steps of its own session and nothing else");
          }
          checkAgentSteps(step);
          answerStepFrame(context, frameId, step, plane, frames);
        },
        close: context.table.watchClose(agent.sessionId, () => frames.leave(deadToken())),
      };
    },
  };
}
