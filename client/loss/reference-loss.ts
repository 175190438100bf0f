// The policy-gradient loss and its gradient in plain float64 numbers, for holding engines against. Slow and exact.
// l = max(-A r, -A clip(r, 1 - clipLow, 1 + clipHigh)); with dual clip c and A < 0, l = min(l, -A c); plus KL.
// Sources: PPO (arXiv 1707.06347); GSPO (2507.18071); specs/algorithms.md 1.3; specs/gigpo.md section 4.

import { type Aggregation, aggregationWeights } from "./token-weights.ts";

export interface PolicyGradientSpec {
  /** token: exp(lp - old); action: exp of the sum; sequence: exp of the mean, gradient through the token alone. */
  readonly ratio: "token" | "action" | "sequence";
  readonly clipLow: number;
  readonly clipHigh: number;
  /** Above 1; null: off. */
  readonly dualClip: number | null;
  readonly klCoefficient: number;
  readonly klEstimator?: KlEstimator;
  readonly aggregation: Aggregation;
  /** Divisor per sequence of `constantNorm`. */
  readonly normalizer?: number;
}

export type KlEstimator = "k1" | "abs" | "k2" | "k3";

type Tokens_BT = readonly ArrayLike<number>[];

/** Ragged [row][token], natural logs. */
export interface PolicyGradientInput {
  readonly logp_BT: Tokens_BT;
  readonly old_BT: Tokens_BT;
  readonly ref_BT?: Tokens_BT;
  readonly advantages_BT: Tokens_BT;
  readonly mask_BT: Tokens_BT;
}

export interface PolicyGradientLoss {
  readonly loss: number;
  readonly policyLoss: number;
  /** Aggregated like the loss, before its coefficient; 0 without a reference. */
  readonly kl: number;
  /** Share of unmasked tokens where the clipped form is the larger one; 0 when all are masked. */
  readonly clipFraction: number;
  /** d loss / d logp, 0 where masked. */
  readonly gradient_BT: readonly Float64Array[];
}

/** Largest log-ratio of a sequence, as in the published GSPO code. */
const MAX_SEQUENCE_LOG_RATIO = 10;
const MAX_KL_LOG_RATIO = 10;

/** The loss of a whole mini-batch, with the weights of its aggregation. */
export function policyGradientLoss(input: PolicyGradientInput, spec: PolicyGradientSpec): PolicyGradientLoss {
  return weightedPolicyGradientLoss(input, aggregationWeights(input.mask_BT, spec.aggregation, spec.normalizer), spec);
}

/**
 * The weighted sum over some rows of a mini-batch: with the weights of the whole mini-batch, the losses of its
 * micro-batches add up to the same number however it is split.
 * @param weights_BT of the input's shape, from `aggregationWeights` over the mini-batch
 */
export function weightedPolicyGradientLoss(
  input: PolicyGradientInput,
  weights_BT: Tokens_BT,
  spec: PolicyGradientSpec,
): PolicyGradientLoss {
  let policyLoss = 0;
  let kl = 0;
  let clipped = 0;
  let unmasked = 0;
  const gradient_BT = input.logp_BT.map((logp_T, b) => {
    const mask_T = input.mask_BT[b]!;
    const ratios_T = ratiosOf(logp_T, input.old_BT[b]!, mask_T, spec.ratio);
    const slopes_T = new Float64Array(logp_T.length);
    const klSlopes_T = new Float64Array(logp_T.length);
    for (let t = 0; t < logp_T.length; t++) {
      if (!mask_T[t]) continue;
      const weight = weights_BT[b]![t]!;
      const item = clippedItem(input.advantages_BT[b]![t]!, ratios_T[t]!, spec);
      policyLoss += weight * item.loss;
      slopes_T[t] = weight * item.slope;
      unmasked++;
      if (item.isClipped) clipped++;
      if (input.ref_BT === undefined) continue;
      const penalty = klItem(logp_T[t]!, input.ref_BT[b]![t]!, spec.klEstimator ?? "k3");
      kl += weight * penalty.value;
      klSlopes_T[t] = weight * spec.klCoefficient * penalty.slope;
    }
    // The ratio of an action depends on all its tokens alike, so each of them receives the slopes of all.
    const whole = slopes_T.reduce((a, slope) => a + slope, 0);
    const policySlope = (t: number) => (spec.ratio === "action" ? whole : slopes_T[t]!);
    return klSlopes_T.map((klSlope, t) => (mask_T[t] ? policySlope(t) + klSlope : 0));
  });
  const loss = policyLoss + spec.klCoefficient * kl;
  return { loss, policyLoss, kl, clipFraction: unmasked === 0 ? 0 : clipped / unmasked, gradient_BT };
}

function ratiosOf(
  logp_T: ArrayLike<number>,
  old_T: ArrayLike<number>,
  mask_T: ArrayLike<number>,
  ratio: PolicyGradientSpec["ratio"],
): Float64Array {
  if (ratio === "token") return Float64Array.from(logp_T, (logp, t) => Math.exp(logp - old_T[t]!));
  let sum = 0;
  let count = 0;
  for (let t = 0; t < logp_T.length; t++) {
    if (!mask_T[t]) continue;
    sum += logp_T[t]! - old_T[t]!;
    count++;
  }
  const logRatio = ratio === "action" ? sum : Math.min(sum / Math.max(count, 1), MAX_SEQUENCE_LOG_RATIO);
  return new Float64Array(logp_T.length).fill(Math.exp(logRatio));
}

/** Loss of one token and its derivative by the log of the ratio. */
function clippedItem(advantage: number, ratio: number, spec: PolicyGradientSpec) {
  const plain = -advantage * ratio;
  const bounded = -advantage * Math.min(Math.max(ratio, 1 - spec.clipLow), 1 + spec.clipHigh);
  const isClipped = bounded > plain;
  const loss = Math.max(plain, bounded);
  const slope = isClipped ? 0 : plain;
  if (spec.dualClip !== null && advantage < 0 && -advantage * spec.dualClip < loss) {
    return { loss: -advantage * spec.dualClip, slope: 0, isClipped };
  }
  return { loss, slope, isClipped };
}

/**
 * Estimate of KL(policy, reference) at one token and its derivative by logp, with d = ref - logp. k3: exp(d) - d - 1, which
 * alone grows exponentially and so clamps d.
 */
function klItem(logp: number, ref: number, estimator: KlEstimator): { value: number; slope: number } {
  const distance = ref - logp;
  switch (estimator) {
    case "k1":
      return { value: -distance, slope: 1 };
    case "abs":
      return { value: Math.abs(distance), slope: -Math.sign(distance) };
    case "k2":
      return { value: 0.5 * distance ** 2, slope: -distance };
    case "k3": {
      const clamped = Math.min(Math.max(distance, -MAX_KL_LOG_RATIO), MAX_KL_LOG_RATIO);
      const slope = clamped === distance ? -Math.expm1(distance) : 0;
      return { value: Math.expm1(clamped) - clamped, slope };
    }
  }
}
