// Losses that regress the log-ratio of whole sequences, log pi - log pi_reference, on rewards. They compare rows with each
// other, so they are computed here from logprobs, in float64; the graph then gets the derivative by each row's log-ratio as
// the weight of its targets. u is a row's weight (that of its targets), so every mean is a weight pattern.
//   rebel:  sum over pairs i < j of a group of u ((lr_i - lr_j) / eta - (r_i - r_j))^2          arXiv 2404.16767
//   a-star: sum over rows of u (beta lr - (r - value))^2                                        arXiv 2505.20686

import { fail } from "../../../../proto/errors.ts";
import type { LossSpec, RegressionTarget, TrainingRow } from "../../engine.ts";

export type RegressionSpec = Extract<LossSpec, { readonly name: "rebel" | "a-star" }>;

export interface RegressionTerms {
  readonly loss: number;
  readonly parts: Readonly<Record<string, number>>;
  /** d loss / d log-ratio of each row. */
  readonly slopes_R: Float64Array;
}

export function isRegression(loss: LossSpec): loss is RegressionSpec {
  return loss.name === "rebel" || loss.name === "a-star";
}

/** @param logprobs_R of every target of each row under the current policy */
export function regressionTerms(
  rows: readonly TrainingRow[],
  logprobs_R: readonly Float32Array[],
  loss: RegressionSpec,
): RegressionTerms {
  const items = rows.map((row, i): Item => ({ ...itemOf(row, logprobs_R[i] as Float32Array), index: i }));
  const slopes_R = new Float64Array(rows.length);
  const weighed = items.filter(({ weight }) => weight !== 0);
  const total = loss.name === "rebel" ? pairs(weighed, loss.eta, slopes_R) : values(weighed, loss.beta, slopes_R);
  const sum = (of: (item: Item) => number) => weighed.reduce((acc, item) => acc + item.weight * of(item), 0);
  return {
    loss: total,
    parts: { regression: total, log_ratio: sum((item) => item.logRatio), reward: sum((item) => item.reward) },
    slopes_R,
  };
}

interface Item extends RegressionTarget {
  readonly index: number;
  readonly weight: number;
  readonly logRatio: number;
}

function itemOf(row: TrainingRow, logprobs_N: Float32Array): Omit<Item, "index"> {
  const { regression, referenceLogprobs_N, weights_N } = row;
  if (regression === undefined) throw fail("MESSAGE_INVALID", "a regression loss needs the reward of every row");
  let [weight, logRatio] = [0, 0];
  for (let n = 0; n < weights_N.length; n++) {
    if (weights_N[n] === 0) continue;
    weight = weights_N[n] as number;
    logRatio += (logprobs_N[n] as number) - (referenceLogprobs_N?.[n] as number);
  }
  return { ...regression, weight, logRatio };
}

function pairs(items: readonly Item[], eta: number, slopes_R: Float64Array): number {
  let total = 0;
  for (const [at, first] of items.entries()) {
    for (const second of items.slice(at + 1)) {
      if (second.group !== first.group) continue;
      const residual = (first.logRatio - second.logRatio) / eta - (first.reward - second.reward);
      const slope = (2 * first.weight * residual) / eta;
      total += first.weight * residual ** 2;
      slopes_R[first.index] = (slopes_R[first.index] as number) + slope;
      slopes_R[second.index] = (slopes_R[second.index] as number) - slope;
    }
  }
  return total;
}

function values(items: readonly Item[], beta: number, slopes_R: Float64Array): number {
  let total = 0;
  for (const { index, weight, logRatio, reward, value } of items) {
    const residual = beta * logRatio - (reward - value);
    slopes_R[index] = 2 * weight * beta * residual;
    total += weight * residual ** 2;
  }
  return total;
}
