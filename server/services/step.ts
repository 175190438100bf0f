// Steps of many sessions: admission of a batch, and the unary answer to one. The effect of an item never depends on who
// waits for it: a reply that leaves early, a cancelled call and a lost stream change nothing in the session.

import { AnchorgymError, fail } from "../../proto/errors.ts";
import type { BranchItem } from "../../proto/gen/anchorgym/v1/BranchItem.ts";
import type { CommitItem } from "../../proto/gen/anchorgym/v1/CommitItem.ts";
import type { StepItem } from "../../proto/gen/anchorgym/v1/StepItem.ts";
import type { StepRequest } from "../../proto/gen/anchorgym/v1/StepRequest.ts";
import type { StepResponseInit } from "../../proto/gen/anchorgym/v1/StepResponse.ts";
import { decodeBranchItem, decodeCommitItem } from "../codec/branch-codec.ts";
import { decodeDuration, invalidField } from "../codec/field-checks.ts";
import { boundAnswerBytes, decodeDetail, decodeStepItem, encodeStepResult } from "../codec/step-codec.ts";
import type { Session } from "../sessions/session.ts";
import type { Settle, SettleBranch, StepAnswer } from "../sessions/session-items.ts";
import type { ServiceContext } from "./service-context.ts";

/** @throws {RequestError} MESSAGE_INVALID for an empty or oversized batch. */
export function checkBatch(context: ServiceContext, items: readonly unknown[]): void {
  const { maxBatchItems } = context.limits;
  if (items.length === 0) throw invalidField("items", "must not be empty");
  if (items.length > maxBatchItems) {
    throw invalidField("items", `must hold at most ${maxBatchItems} items, holds ${items.length}`);
  }
}

/** What every effect on one session says of it. */
interface EffectItem {
  readonly sessionId: string;
  readonly epoch: number;
  readonly seq: number;
}

/**
 * Hands the item to its session, which `act` does; true from `act` means that the queue has to run. Every refusal is
 * the item's own and goes to `settle`.
 */
function admitItem(
  context: ServiceContext,
  { sessionId, epoch, seq }: EffectItem,
  settle: (answer: { readonly error: AnchorgymError }) => void,
  act: (session: Session) => boolean,
): void {
  const ids = { session: sessionId, seq: String(seq) };
  const { maxEpisodeSteps } = context.limits;
  if (seq > maxEpisodeSteps) {
    const sentence = `an episode of this server has at most ${maxEpisodeSteps} steps; close the session`;
    settle({ error: fail("QUOTA_EXCEEDED", sentence, { ids, retryable: false }) });
    return;
  }
  const session = context.table.findOpen(sessionId);
  if (session === undefined) {
    const closed = context.table.find(sessionId);
    if (closed === undefined) settle({ error: fail("SESSION_NOT_FOUND", "no session of this id is here", { ids }) });
    else if (closed.epoch !== epoch)
      settle({ error: fail("STALE_EPOCH", "another epoch closed this session", { ids }) });
    else settle({ error: fail("SESSION_CLOSED", "the session is closed", { ids }) });
    return;
  }
  try {
    if (act(session)) context.queue.add(session);
  } catch (thrown) {
    settle({ error: AnchorgymError.from(thrown) });
  }
}

/**
 * Admits one item. `settle` is called exactly once, now or when the step has run; the caller runs the queue when all its
 * items are admitted.
 */
export function submitItem(context: ServiceContext, item: StepItem, index: number, settle: Settle): void {
  admitItem(context, item, settle, (session) => {
    return session.submit(decodeStepItem(item, `items[${index}]`), context.nowMs(), settle);
  });
}

/** As `submitItem`, for the promotion of a branch. */
export function submitCommitItem(context: ServiceContext, item: CommitItem, index: number, settle: Settle): void {
  admitItem(context, item, settle, (session) => {
    return session.submitCommit(decodeCommitItem(item, `items[${index}]`), context.nowMs(), settle);
  });
}

/** As `submitItem`, for candidates. */
export function submitBranchItem(context: ServiceContext, item: BranchItem, index: number, settle: SettleBranch): void {
  admitItem(context, item, settle, (session) => {
    const branch = decodeBranchItem(item, `items[${index}]`, context.limits.maxFanOut);
    return session.submitBranch(branch, context.nowMs(), settle);
  });
}

/** What a caller may step, and what it learns of the outcomes; `agent-plane.ts` has the other one. */
export interface StepPlane {
  /** Stepping is a sign of life of the sessions' leases. */
  readonly renewsLeases: boolean;
  /** As `submitItem`; refuses the items that are not the caller's. */
  readonly submit: typeof submitItem;
  readonly encode: typeof encodeStepResult;
}

/** A principal steps all its sessions and sees everything. */
export const CONTROL_PLANE: StepPlane = { renewsLeases: true, submit: submitItem, encode: encodeStepResult };

export function pending(item: EffectItem, sentence: string): { readonly error: AnchorgymError } {
  const ids = { session: item.sessionId, seq: String(item.seq) };
  return { error: fail("STEP_PENDING", sentence, { ids, retryDelayMs: 0 }) };
}

/** The unary Step call. */
export function answerStep(
  context: ServiceContext,
  request: StepRequest,
  plane: StepPlane = CONTROL_PLANE,
): StepResponseInit | Promise<StepResponseInit> {
  const { items } = request;
  checkBatch(context, items);
  const detail = decodeDetail(request.detail);
  const maxWaitMs = decodeDuration(request.maxWait, "max_wait");
  const needed = Math.min(items.length, request.minSettled || items.length);
  if (plane.renewsLeases) renewLeases(context, items);

  const answers: (StepAnswer | undefined)[] = new Array(items.length).fill(undefined);
  let settled = 0;
  let onEnough: (() => void) | undefined;
  items.forEach((item, index) => {
    plane.submit(context, item, index, (answer) => {
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
      return plane.encode(item.sessionId, item.seq, answer, detail);
    });
    return { results };
  };
  if (settled >= needed) return whenDurable(context, reply);
  return new Promise<void>((resolve) => {
    const timer = maxWaitMs === undefined ? undefined : setTimeout(resolve, maxWaitMs);
    onEnough = () => {
      clearTimeout(timer);
      resolve();
    };
  }).then(() => whenDurable(context, reply));
}

/** An effect is answered when it has survived what the server promises (`Limits.durability`), not before. */
export function whenDurable<Response>(context: ServiceContext, reply: () => Response): Response | Promise<Response> {
  const written = context.journal.durable();
  return written === undefined ? reply() : written.then(reply);
}

/** Stepping a session is a sign of life of its lease. */
export function renewLeases(context: ServiceContext, items: readonly EffectItem[]): void {
  const nowMs = context.nowMs();
  let last = "";
  for (const item of items) {
    const session = context.table.findOpen(item.sessionId);
    // A suspended session's lease is over: a step is refused and opens no new one.
    if (session === undefined || session.status === "SUSPENDED" || session.leaseId === last) continue;
    last = session.leaseId;
    context.table.leases.renew(last, undefined, nowMs);
  }
}
