// Steps of many sessions: admission of a batch, and the unary answer to one. The effect of an item never depends on who
// waits for it: a reply that leaves early, a cancelled call and a lost stream change nothing in the session.

import { AnchorgymError, fail } from "../../proto/errors.ts";
import type { StepItem } from "../../proto/gen/anchorgym/v1/StepItem.ts";
import type { StepRequest } from "../../proto/gen/anchorgym/v1/StepRequest.ts";
import type { StepResponseInit } from "../../proto/gen/anchorgym/v1/StepResponse.ts";
import { decodeDuration, invalidField } from "../codec/field-checks.ts";
import { boundAnswerBytes, decodeDetail, decodeStepItem, encodeStepResult } from "../codec/step-codec.ts";
import type { Settle, StepAnswer } from "../sessions/session.ts";
import type { ServiceContext } from "./service-context.ts";

/** @throws {RequestError} MESSAGE_INVALID for an empty or oversized batch. */
export function checkBatch(context: ServiceContext, items: readonly StepItem[]): void {
  const { maxBatchItems } = context.limits;
  if (items.length === 0) throw invalidField("items", "must not be empty");
  if (items.length > maxBatchItems) {
    throw invalidField("items", `must hold at most ${maxBatchItems} items, holds ${items.length}`);
  }
}

/**
 * Admits one item and renews the lease of its session. `settle` is called exactly once, now or when the step has run;
 * the caller runs the queue when all its items are admitted.
 */
export function submitItem(context: ServiceContext, item: StepItem, index: number, settle: Settle): void {
  const { queue, table, nowMs } = context;
  const ids = { session: item.sessionId, seq: String(item.seq) };
  const session = table.find(item.sessionId);
  if (session === undefined) {
    settle({ error: fail("SESSION_NOT_FOUND", "no session of this id is here", { ids }) });
    return;
  }
  if (session === "closed") {
    const closed = item.epoch === 1 ? "SESSION_CLOSED" : "STALE_EPOCH"; // this version never raises an epoch
    settle({ error: fail(closed, "the session is closed", { ids }) });
    return;
  }
  try {
    const step = decodeStepItem(item, `items[${index}]`);
    if (session.submit(step, nowMs(), settle)) queue.add(session);
  } catch (thrown) {
    settle({ error: AnchorgymError.from(thrown) });
  }
}

function pending(item: StepItem, sentence: string): StepAnswer {
  const ids = { session: item.sessionId, seq: String(item.seq) };
  return { error: fail("STEP_PENDING", sentence, { ids, retryDelayMs: 0 }) };
}

/** The unary Step call. */
export function answerStep(
  context: ServiceContext,
  request: StepRequest,
): StepResponseInit | Promise<StepResponseInit> {
  const { items } = request;
  checkBatch(context, items);
  const detail = decodeDetail(request.detail);
  const maxWaitMs = decodeDuration(request.maxWait, "max_wait");
  const needed = Math.min(items.length, request.minSettled || items.length);
  renewLeases(context, items);

  const answers: (StepAnswer | undefined)[] = new Array(items.length).fill(undefined);
  let settled = 0;
  let onEnough: (() => void) | undefined;
  items.forEach((item, index) => {
    submitItem(context, item, index, (answer) => {
      answers[index] = answer;
      if (++settled >= needed) onEnough?.();
    });
  });
  context.queue.run();

  const reply = (): StepResponseInit => {
    let sizeBytes = 0;
    const results = items.map((item, index) => {
      let answer = answers[index] ?? pending(item, "the step is still running; send it again to collect its outcome");
      sizeBytes += boundAnswerBytes(answer, detail);
      if (index > 0 && sizeBytes > context.limits.maxMessageBytes) {
        answer = pending(item, "the outcome did not fit this message; send the item again to collect it");
      }
      return encodeStepResult(item.sessionId, item.seq, answer, detail);
    });
    return { results };
  };
  if (settled >= needed) return reply();
  return new Promise((resolve) => {
    const timer = maxWaitMs === undefined ? undefined : setTimeout(() => resolve(reply()), maxWaitMs);
    onEnough = () => {
      clearTimeout(timer);
      resolve(reply());
    };
  });
}

/** Stepping a session is a sign of life of its lease. */
function renewLeases(context: ServiceContext, items: readonly StepItem[]): void {
  const nowMs = context.nowMs();
  let last = "";
  for (const item of items) {
    const session = context.table.find(item.sessionId);
    if (session === undefined || session === "closed" || session.leaseId === last) continue;
    last = session.leaseId;
    context.table.leases.renew(last, undefined, nowMs);
  }
}
