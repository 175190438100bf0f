// The frames of a client: steps, branches, commits, closing and renewing, under a lease that every frame renews.

import type { BranchItem } from "../../proto/gen/anchorgym/v1/BranchItem.ts";
import type { BranchResultInit } from "../../proto/gen/anchorgym/v1/BranchResult.ts";
import type { BranchStepRequest } from "../../proto/gen/anchorgym/v1/BranchStepRequest.ts";
import type { CommitBranchRequest } from "../../proto/gen/anchorgym/v1/CommitBranchRequest.ts";
import type { CommitItem } from "../../proto/gen/anchorgym/v1/CommitItem.ts";
import type { InteractRequest } from "../../proto/gen/anchorgym/v1/InteractRequest.ts";
import type { StepItem } from "../../proto/gen/anchorgym/v1/StepItem.ts";
import type { StepRequest } from "../../proto/gen/anchorgym/v1/StepRequest.ts";
import type { StepResultInit } from "../../proto/gen/anchorgym/v1/StepResult.ts";
import { boundBranchBytes, encodeBranchResult } from "../codec/branch-codec.ts";
import { checkClientId, decodeDuration, invalidField } from "../codec/field-checks.ts";
import { encodeLease } from "../codec/group-codec.ts";
import { boundAnswerBytes, decodeDetail, encodeStepResult } from "../codec/step-codec.ts";
import type { BranchAnswer, StepAnswer } from "../sessions/session-items.ts";
import { checkBranches, tooLarge } from "./branch.ts";
import { closeSessions } from "./close-sessions.ts";
import type { FrameAnswers, FramePlane } from "./interact.ts";
import { renewLease } from "./renew-lease.ts";
import type { ServiceContext } from "./service-context.ts";
import { CONTROL_PLANE, checkBatch, type StepPlane, submitBranchItem, submitCommitItem } from "./step.ts";

/** A frame of steps, as its plane has and sees them. */
export function answerStepFrame(
  context: ServiceContext,
  frameId: number,
  { items, ...request }: StepRequest,
  plane: StepPlane,
  frames: FrameAnswers,
): void {
  checkBatch(context, items);
  const detail = decodeDetail(request.detail);
  frames.effects<StepItem, StepResultInit, StepAnswer>(frameId, items, {
    creditOf: () => 1,
    respond: (results) => ({ step: { results } }),
    submit: (item, index, settle) => plane.submit(context, item, index, settle),
    sizeOf: (answer) => boundAnswerBytes(answer, detail),
    encode: ({ sessionId, seq }, answer) => plane.encode(sessionId, seq, answer, detail),
  });
}

function answerCommitFrame(
  context: ServiceContext,
  frameId: number,
  { items, ...request }: CommitBranchRequest,
  frames: FrameAnswers,
): void {
  checkBatch(context, items);
  const detail = decodeDetail(request.detail);
  frames.effects<CommitItem, StepResultInit, StepAnswer>(frameId, items, {
    creditOf: () => 1,
    respond: (results) => ({ commitBranch: { results } }),
    submit: (item, index, settle) => submitCommitItem(context, item, index, settle),
    sizeOf: (answer) => boundAnswerBytes(answer, detail),
    encode: ({ sessionId, seq }, answer) => encodeStepResult(sessionId, seq, answer, detail),
  });
}

function answerBranchFrame(
  context: ServiceContext,
  frameId: number,
  request: BranchStepRequest,
  frames: FrameAnswers,
): void {
  checkBranches(context, request);
  const detail = decodeDetail(request.detail);
  const { maxMessageBytes } = context.limits;
  frames.effects<BranchItem, BranchResultInit, BranchAnswer>(frameId, request.items, {
    creditOf: ({ candidates }) => Math.max(1, candidates.length),
    respond: (results) => ({ branchStep: { results } }),
    submit: (item, index, settle) => submitBranchItem(context, item, index, settle),
    sizeOf: (answer) => boundBranchBytes(answer, detail),
    encode: ({ sessionId, seq }, answer) => {
      const fits = boundBranchBytes(answer, detail) <= maxMessageBytes;
      const sent = fits ? answer : { error: tooLarge(sessionId, maxMessageBytes) };
      return encodeBranchResult(sessionId, seq, sent, detail);
    },
  });
}

/** @throws {RequestError} MESSAGE_INVALID for a frame that cannot be read */
function answerFrame(context: ServiceContext, frame: InteractRequest, frames: FrameAnswers): void {
  const { frameId } = frame;
  switch (frame.frame) {
    case "step":
      if (frame.step != null) answerStepFrame(context, frameId, frame.step, CONTROL_PLANE, frames);
      return;
    case "branchStep":
      if (frame.branchStep != null) answerBranchFrame(context, frameId, frame.branchStep, frames);
      return;
    case "commitBranch":
      if (frame.commitBranch != null) answerCommitFrame(context, frameId, frame.commitBranch, frames);
      return;
    case "closeSessions":
      if (frame.closeSessions != null) {
        frames.send({ inReplyTo: frameId, closeSessions: closeSessions(context, frame.closeSessions) });
      }
      return;
    case "renewLease":
      if (frame.renewLease != null) {
        frames.send({ inReplyTo: frameId, renewLease: renewLease(context, frame.renewLease) });
      }
      return;
    default:
      throw invalidField("frame", "must be set to a frame that this version knows");
  }
}

/** The plane of a principal's stream. */
export function controlFrames(context: ServiceContext): FramePlane {
  const { nowMs, table } = context;
  return {
    open: (hello, frames) => {
      const leaseId = checkClientId(hello.leaseId, "hello.lease_id");
      const ttlMs = decodeDuration(hello.leaseTtl, "hello.lease_ttl");
      const lease = table.leases.renew(leaseId, ttlMs, nowMs());
      return {
        key: `lease ${leaseId}`,
        lease: encodeLease(lease, table.suspendedOf(leaseId).size, nowMs(), Date.now()),
        receive: (frame) => {
          table.leases.renew(leaseId, undefined, nowMs());
          answerFrame(context, frame, frames);
        },
        close: () => undefined,
      };
    },
  };
}
