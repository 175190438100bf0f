// BranchStep and CommitBranch, unary: batches of candidates and of promotions. As for steps, an item's effect never
// depends on who waits for it, and what does not fit the message is answered STEP_PENDING and can be asked for again.

import { type AnchorgymError, fail } from "../../proto/errors.ts";
import type { BranchStepRequest } from "../../proto/gen/anchorgym/v1/BranchStepRequest.ts";
import type { BranchStepResponseInit } from "../../proto/gen/anchorgym/v1/BranchStepResponse.ts";
import type { CommitBranchRequest } from "../../proto/gen/anchorgym/v1/CommitBranchRequest.ts";
import type { CommitBranchResponseInit } from "../../proto/gen/anchorgym/v1/CommitBranchResponse.ts";
import { boundBranchBytes, encodeBranchResult } from "../codec/branch-codec.ts";
import { invalidField } from "../codec/field-checks.ts";
import { boundAnswerBytes, decodeDetail, encodeStepResult } from "../codec/step-codec.ts";
import type { BranchAnswer, StepAnswer } from "../sessions/session-items.ts";
import type { ServiceContext } from "./service-context.ts";
import { checkBatch, pending, renewLeases, submitBranchItem, submitCommitItem, whenDurable } from "./step.ts";

const DID_NOT_FIT = "the outcome did not fit this message; send the item again to collect it";

/** @throws {RequestError} MESSAGE_INVALID for an empty batch or too many candidates in all. */
export function checkBranches(context: ServiceContext, { items }: BranchStepRequest): number {
  checkBatch(context, items);
  const { maxBatchItems } = context.limits;
  const count = items.reduce((sum, { candidates }) => sum + Math.max(1, candidates.length), 0);
  if (count > maxBatchItems) {
    throw invalidField("items", `must hold at most ${maxBatchItems} candidates in all, holds ${count}`);
  }
  return count;
}

/** Collects the answers of all items; resolves when each has one. */
function collect<Item, Answer>(
  context: ServiceContext,
  items: readonly Item[],
  submit: (item: Item, index: number, settle: (answer: Answer) => void) => void,
): Promise<readonly Answer[]> {
  return new Promise((resolve) => {
    const answers: Answer[] = new Array(items.length);
    let missing = items.length;
    items.forEach((item, index) => {
      submit(item, index, (answer) => {
        answers[index] = answer;
        if (--missing === 0) resolve(answers);
      });
    });
    context.queue.run();
  });
}

export async function answerBranchStep(
  context: ServiceContext,
  request: BranchStepRequest,
): Promise<BranchStepResponseInit> {
  checkBranches(context, request);
  const detail = decodeDetail(request.detail);
  const { items } = request;
  renewLeases(context, items);
  const answers = await collect<(typeof items)[number], BranchAnswer>(context, items, (item, index, settle) => {
    submitBranchItem(context, item, index, settle);
  });
  const { maxMessageBytes } = context.limits;
  let sizeBytes = 0;
  const results = items.map((item, index) => {
    let answer = answers[index] as BranchAnswer;
    const answerBytes = boundBranchBytes(answer, detail);
    if (answerBytes > maxMessageBytes) answer = { error: tooLarge(item.sessionId, maxMessageBytes) };
    else if (sizeBytes + answerBytes > maxMessageBytes) answer = pending(item, DID_NOT_FIT);
    else sizeBytes += answerBytes;
    return encodeBranchResult(item.sessionId, item.seq, answer, detail);
  });
  return { results };
}

/** No frame can ever hold this answer. */
export function tooLarge(sessionId: string, maxMessageBytes: number): AnchorgymError {
  const sentence = `the outcomes of these candidates exceed ${maxMessageBytes} bytes; send fewer, or ask for LEAN`;
  return fail("FAN_OUT_EXCEEDED", sentence, { ids: { session: sessionId } });
}

export async function answerCommitBranch(
  context: ServiceContext,
  request: CommitBranchRequest,
): Promise<CommitBranchResponseInit> {
  const { items } = request;
  checkBatch(context, items);
  const detail = decodeDetail(request.detail);
  renewLeases(context, items);
  const answers = await collect<(typeof items)[number], StepAnswer>(context, items, (item, index, settle) => {
    submitCommitItem(context, item, index, settle);
  });
  return whenDurable(context, () => {
    let sizeBytes = 0;
    const results = items.map((item, index) => {
      let answer = answers[index] as StepAnswer;
      sizeBytes += boundAnswerBytes(answer, detail);
      if (index > 0 && sizeBytes > context.limits.maxMessageBytes) answer = pending(item, DID_NOT_FIT);
      return encodeStepResult(item.sessionId, item.seq, answer, detail);
    });
    return { results };
  });
}
