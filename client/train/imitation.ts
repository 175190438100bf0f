// Warm start: cross-entropy on demonstrated decisions. The order of the rows is a function of (seed, epoch), the learning
// rate one of the update, so the result is a function of seed, rows and configuration. A killed imitation starts again.

import type { ImitationConfig } from "../config/run-config.ts";
import type { Trainer, TrainingRow } from "../engine/engine.ts";
import { deriveSeed, RandomStream } from "../random.ts";
import { ADAM } from "./adam.ts";
import { learningRateAt } from "./lr-schedule.ts";

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
  const batches = endlessBatches(rows, config.batchRows, seed);
  for (let update = 1; update <= config.steps; update++) {
    if (signal.aborted) return false;
    const batch = batches.next().value;
    const weighted = batch.map((row) => ({ ...row, weights_N: row.weights_N.map((weight) => weight / batch.length) }));
    const report = await trainer.forwardBackward({ rows: weighted }, { name: "cross-entropy" });
    const learningRate = learningRateAt(plan, update - 1);
    const { maxGradNorm, weightDecay } = config;
    const { gradNorm } = await trainer.optimStep({ ...ADAM, learningRate, maxGradNorm, weightDecay });
    const epochs = (update * batch.length) / rows.length;
    onUpdate({ update, lossNat: report.loss, gradNorm, learningRate, epochs });
  }
  return true;
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
