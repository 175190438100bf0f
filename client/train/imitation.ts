// Warm start: cross-entropy on demonstrated decisions. The order of the rows is a function of (seed, epoch), the learning
// rate one of the update, so the result is a function of seed, rows and configuration. A killed imitation starts again.

import type { ImitationConfig } from "../config/run-config.ts";
import type { Trainer, TrainingRow, Update } from "../engine/engine.ts";
import { deriveSeed, RandomStream } from "../random.ts";
import { ADAM } from "./adam.ts";
import { learningRateAt } from "./lr-schedule.ts";
import { runUpdates } from "./updates.ts";

export interface ImitationUpdate {
  /** From 1. */
  readonly update: number;
  /** Mean cross-entropy of a decision of this batch, before the update. */
  readonly lossNat: number;
  readonly gradNorm: number;
  readonly learningRate: number;
  readonly epochs: number;
}

/**
 * Runs `config.steps` updates; `onUpdate` sees each. Stops early when `signal` aborts.
 * @returns true when all updates were done.
 */
export async function imitate(
  rows: readonly TrainingRow[],
  config: ImitationConfig,
  seed: number,
  trainer: Trainer,
  onUpdate: (update: ImitationUpdate) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const plan = { ...config, warmup: config.warmupSteps, total: config.steps };
  const { maxGradNorm, weightDecay } = config;
  const batches = endlessBatches(rows, config.batchRows, seed);
  function* updates(): Generator<Update, void> {
    for (let done = 0; done < config.steps && !signal.aborted; done++) {
      const batch = batches.next().value;
      const weighted = batch.map((row) => ({
        ...row,
        weights_N: row.weights_N.map((weight) => weight / batch.length),
      }));
      const step = { ...ADAM, learningRate: learningRateAt(plan, done), maxGradNorm, weightDecay };
      yield { batch: { rows: weighted }, loss: { name: "cross-entropy" }, step };
    }
  }
  let done = 0;
  for await (const { update, report } of runUpdates(trainer, updates())) {
    done += 1;
    onUpdate({
      update: done,
      lossNat: report.loss.loss,
      gradNorm: report.optim.gradNorm,
      learningRate: update.step.learningRate,
      epochs: (done * update.batch.rows.length) / rows.length,
    });
  }
  return done === config.steps;
}

/** Batches of `size` rows (all rows where there are fewer); each pass over the rows has an order of its own. */
function* endlessBatches(rows: readonly TrainingRow[], size: number, seed: number): Generator<TrainingRow[], never> {
  let waiting: TrainingRow[] = [];
  for (let epoch = 0; ; epoch++) {
    waiting = waiting.concat(new RandomStream(deriveSeed(seed, `imitation/epoch/${epoch}`)).shuffled(rows));
    for (; waiting.length >= size; waiting = waiting.slice(size)) yield waiting.slice(0, size);
    if (rows.length < size) {
      yield waiting;
      waiting = [];
    }
  }
}
