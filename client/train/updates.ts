// Updates in order, each with its report: one by one with the two primitives, or many per call where an engine offers that
// (engine.ts, `runUpdates`). The results are the same; what differs is when they are known.

import type { Trainer, Update, UpdateReport } from "../engine/engine.ts";

/** Enough to make the way of the weights to a device and back cheap, few enough to hold their rows at once. */
export const UPDATES_PER_CALL = 16;

export interface MadeUpdate<U extends Update> {
  readonly update: U;
  readonly report: UpdateReport;
}

/**
 * @param updates taken as they are made, so that without `runUpdates` only one is held
 * @throws what the engine throws; reports of updates in the same call are then lost, the updates are not
 */
export async function* runUpdates<U extends Update>(
  trainer: Trainer,
  updates: AsyncIterable<U> | Iterable<U>,
): AsyncGenerator<MadeUpdate<U>, void> {
  let waiting: U[] = [];
  for await (const update of updates) {
    waiting.push(update);
    if (trainer.runUpdates !== undefined && waiting.length < UPDATES_PER_CALL) continue;
    yield* made(trainer, waiting);
    waiting = [];
  }
  yield* made(trainer, waiting);
}

async function* made<U extends Update>(trainer: Trainer, updates: readonly U[]): AsyncGenerator<MadeUpdate<U>, void> {
  if (updates.length === 0) return;
  if (trainer.runUpdates !== undefined) {
    const reports = await trainer.runUpdates(updates);
    for (const [i, report] of reports.entries()) yield { update: updates[i] as U, report };
    return;
  }
  for (const update of updates) {
    const loss = await trainer.forwardBackward(update.batch, update.loss);
    yield { update, report: { loss, optim: await trainer.optimStep(update.step) } };
  }
}
