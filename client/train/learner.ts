// The updates of one iteration: for every mini-batch of every epoch the gradients of the loss, then one optimiser step.
// It reports sums that engines give as weighted parts; where nothing was computed there is nothing to report (no zeros).

import type { TrainingConfig } from "../config/run-config.ts";
import type { LossSpec, Scorer, Trainer, TrainingRow, Update } from "../engine/engine.ts";
import type { Aggregation } from "../loss/token-weights.ts";
import type { Metrics } from "../observe/metrics.ts";
import { RandomStream } from "../random.ts";
import { ADAM } from "./adam.ts";
import { learningRateAt } from "./lr-schedule.ts";
import type { AdvantageStep } from "./training-batch.ts";
import { makeMiniBatches } from "./training-batch.ts";
import { runUpdates } from "./updates.ts";

export interface LearnRequest {
  /** Of the configuration, or else of the algorithm. */
  readonly aggregation: Aggregation;
  readonly steps: readonly AdvantageStep[];
  /** From 1. */
  readonly iteration: number;
  /** Seeds the order of the rows. */
  readonly seed: number;
  /** Of the rollouts that the steps come from. */
  readonly temperature: number;
}

/** The loss that a configuration asks for. */
export function lossSpec(config: TrainingConfig): LossSpec {
  const { ratio, clipLow, clipHigh, dualClip, klCoefficient, klEstimator, entropyCoefficient } = config;
  return {
    name: "policy-gradient",
    ratio,
    clipLow,
    clipHigh,
    dualClip,
    klCoefficient,
    klEstimator,
    entropyCoefficient,
  };
}

/**
 * @param reference the frozen policy that the KL term compares with; null where the loss has none
 */
export async function learn(
  request: LearnRequest,
  config: TrainingConfig,
  trainer: Trainer,
  reference: Scorer | null,
): Promise<Metrics> {
  const plan = { ...config, warmup: config.warmupIterations, total: config.iterations };
  const learningRate = learningRateAt(plan, request.iteration - 1);
  const { maxGradNorm, weightDecay } = config;
  const loss = lossSpec(config);
  const { aggregation, temperature } = request;
  const batching = { ...config, aggregation, temperature, keepZeroAdvantage: hasOtherTerms(config) };
  const sums = { loss: 0, gradNorm: 0, clipped: 0, updates: 0, rows: 0, targets: 0, forced: 0, zero: 0, weight: 0 };
  const parts: Record<string, number> = {};
  let policyVersion: number | undefined;
  async function* updates(): AsyncGenerator<Update, void> {
    for (let epoch = 0; epoch < config.epochs; epoch++) {
      const order = new RandomStream(request.seed).split(`epoch/${epoch}`);
      const { miniBatches, forcedStepCount, zeroAdvantageStepCount } = makeMiniBatches(request.steps, batching, order);
      sums.forced += forcedStepCount;
      sums.zero += zeroAdvantageStepCount;
      for (const { rows } of miniBatches) {
        const step = { ...ADAM, learningRate, maxGradNorm, weightDecay };
        yield { batch: { rows: await withReference(rows, reference) }, loss, step };
      }
    }
  }
  for await (const { update, report } of runUpdates(trainer, updates())) {
    policyVersion = report.optim.policyVersion;
    sums.loss += report.loss.loss;
    sums.weight += report.loss.weightSum;
    sums.targets += report.loss.targetCount;
    sums.rows += update.batch.rows.length;
    sums.gradNorm += report.optim.gradNorm;
    sums.clipped += report.optim.clipped ? 1 : 0;
    sums.updates++;
    for (const [name, value] of Object.entries(report.loss.parts)) parts[name] = (parts[name] ?? 0) + value;
  }
  return {
    "learner/learning_rate": learningRate,
    "learner/updates_count": sums.updates,
    "learner/rows_count": sums.rows,
    "learner/targets_count": sums.targets,
    "learner/untrainable_steps_count": sums.forced,
    "learner/zero_advantage_steps_count": sums.zero,
    ...(policyVersion === undefined ? {} : { "learner/policy_version": policyVersion }),
    ...mean("learner/loss", sums.loss, sums.updates),
    ...mean("learner/grad_norm", sums.gradNorm, sums.updates),
    ...mean("learner/grad_clipped_frac", sums.clipped, sums.updates),
    ...mean("learner/policy_loss", parts["policy"], sums.updates),
    ...mean("learner/ratio_mean", parts["ratio"], sums.weight),
    ...mean("learner/clip_frac", parts["clipped"], sums.weight),
    ...mean("learner/entropy_nat", parts["entropy"], sums.weight),
    ...mean("learner/kl_nat", parts["kl"], sums.weight),
  };
}

/** Terms that move weights also where the advantage is 0. */
function hasOtherTerms({ klCoefficient, entropyCoefficient }: TrainingConfig): boolean {
  return klCoefficient !== 0 || entropyCoefficient !== 0;
}

async function withReference(rows: readonly TrainingRow[], reference: Scorer | null): Promise<readonly TrainingRow[]> {
  if (reference === null) return rows;
  const logprobs = await reference.logprobs(rows);
  return rows.map((row, i) => ({ ...row, referenceLogprobs_N: logprobs[i]! }));
}

function mean(name: keyof Metrics, sum: number | undefined, count: number): Metrics {
  return sum === undefined || count === 0 ? {} : { [name]: sum / count };
}
