// Trajectories and advantages -> the rows of each update. Every aggregation of the losses is a pattern of weights over the
// whole mini-batch, so splitting it into micro-batches changes memory and nothing else (specs/gigpo.md section 4).
// Only drawn tokens are targets: a forced token has
// probability 1 and no gradient. Axis suffixes: N target, R row.

import type { TrainingRow } from "../engine/engine.ts";
import type { Aggregation } from "../loss/token-weights.ts";
import { aggregationWeights } from "../loss/token-weights.ts";
import type { RandomStream } from "../random.ts";
import type { AgentStep } from "../types.ts";

/** A step with the advantage that the algorithm gave it. */
export interface AdvantageStep {
  readonly step: AgentStep;
  /** One number for all tokens of the completion. */
  readonly advantage: number;
  /** 1 for the tokens that train: the algorithm's choice. Forced tokens never do, whatever it says. */
  readonly mask_T: Uint8Array;
}

export interface TrainingBatchOptions {
  /** Upper bound; the rows are dealt into as few updates as it allows, of sizes that differ by at most one. */
  readonly miniBatchRows: number;
  readonly aggregation: Aggregation;
  /** Divisor per sequence of `constantNorm`. */
  readonly aggregationConstant: number;
  /** Temperature of the rollouts: the ratio compares tempered with tempered distributions. */
  readonly temperature: number;
  /** Rows of advantage 0 are computed although their policy gradient is 0: needed where the loss has other terms. */
  readonly keepZeroAdvantage: boolean;
}

/** What one update computes. Rows that cannot move a weight are left out, but they count in the weights' divisor. */
export interface MiniBatch {
  readonly rows: readonly TrainingRow[];
  /** Steps that the divisor of the weights counts. */
  readonly sequenceCount: number;
  readonly targetCount: number;
}

export interface TrainingBatches {
  readonly miniBatches: readonly MiniBatch[];
  /** Steps without a token that trains, because all were forced or masked. */
  readonly forcedStepCount: number;
  /** Steps left out of the computation because their advantage is 0. */
  readonly zeroAdvantageStepCount: number;
}

/** The row of one step, without weights; null when no token trains. Tokens after the last drawn one are left out. */
function rowOf({ step, advantage, mask_T }: AdvantageStep, temperature: number): TrainingRow | null {
  const { tokens_T, drawn_T, allowed_T, logprobs_T } = step.completion;
  const drawn_N = [...drawn_T.keys()].filter((t) => drawn_T[t] === 1 && mask_T[t] === 1);
  const last = drawn_N.at(-1);
  if (last === undefined) return null;
  const promptLength = step.prompt.tokens_T.length;
  const sequence = new Int32Array(promptLength + last + 1);
  sequence.set(step.prompt.tokens_T);
  sequence.set(tokens_T.subarray(0, last + 1), promptLength);
  const allowed_N = drawn_N.map((t) => allowed_T[t] ?? null);
  return {
    tokens_T: sequence,
    targets_N: Int32Array.from(drawn_N, (t) => promptLength + t),
    ...(allowed_N.some((allowed) => allowed !== null) ? { allowed_N } : {}),
    inverseTemperature: 1 / temperature,
    weights_N: new Float64Array(drawn_N.length),
    advantages_N: new Float64Array(drawn_N.length).fill(advantage),
    behaviourLogprobs_N: Float32Array.from(drawn_N, (t) => logprobs_T[t]!),
  };
}

/**
 * The updates of one pass over `steps`, in an order drawn from `random`. An update without any row that can move a
 * weight is left out whole.
 */
export function makeMiniBatches(
  steps: readonly AdvantageStep[],
  options: TrainingBatchOptions,
  random: RandomStream,
): TrainingBatches {
  const rows_R = steps.map((step) => rowOf(step, options.temperature)).filter((row) => row !== null);
  const forcedStepCount = steps.length - rows_R.length;
  const shuffled_R = random.shuffled(rows_R);
  const batchCount = Math.ceil(rows_R.length / options.miniBatchRows);
  const miniBatches: MiniBatch[] = [];
  let zeroAdvantageStepCount = 0;
  for (let b = 0; b < batchCount; b++) {
    const from = Math.floor((b * rows_R.length) / batchCount);
    const members = shuffled_R.slice(from, Math.floor(((b + 1) * rows_R.length) / batchCount));
    const masks = members.map((row) => new Uint8Array(row.targets_N.length).fill(1));
    const weights = aggregationWeights(masks, options.aggregation, options.aggregationConstant);
    const rows = members
      .map((row, i) => ({ ...row, weights_N: weights[i]! }))
      .filter((row) => options.keepZeroAdvantage || row.advantages_N[0] !== 0);
    zeroAdvantageStepCount += members.length - rows.length;
    const targetCount = members.reduce((sum, row) => sum + row.targets_N.length, 0);
    if (rows.length > 0) miniBatches.push({ rows, sequenceCount: members.length, targetCount });
  }
  return { miniBatches, forcedStepCount, zeroAdvantageStepCount };
}
