// The training graph: teacher-forced logprobs of the scored targets, a weighted loss over them, and its gradients with
// respect to every parameter that trains. Only scored rows meet the vocabulary. Coefficients are inputs, so schedules need no new
// graph; what changes the arithmetic (which estimator, which clip) is part of the graph's key.
// Axis suffixes: B row, T token, N scored target, V vocabulary. PPO: arXiv 1707.06347 Eq. 7; dual clip: arXiv 1912.09729
// Eq. 5; KL estimators k1, k2, k3: Schulman, "Approximating KL divergence" (2020).

import type { LossSpec } from "../../engine.ts";
import { gradientsOf } from "../graph/autodiff.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { add, clip, compare, exp, max, min, mul, neg, sub, where } from "../graph/ops/arithmetic.ts";
import { reduceSum } from "../graph/ops/broadcast.ts";
import { gatherRows, pickPerRow } from "../graph/ops/gather.ts";
import { logSoftmax } from "../graph/ops/softmax.ts";
import type { Graph, Value } from "../graph/value.ts";
import type { DecoderConfig } from "../model/config.ts";
import { decode, headLogits, int32Input, readoutInputs, trainableValues, weightValues } from "../model/decoder.ts";

/** What of a loss decides the arithmetic. "none": logprobs alone, no gradients. */
export type LossForm = PlainForm | PolicyGradientForm;

interface SharedForm {
  /** Logits of tokens that were not allowed are shut out by an input [N, V]. */
  readonly masked: boolean;
  /** Few targets per row: the last layer computes them alone. */
  readonly sparse: boolean;
}
interface PlainForm extends SharedForm {
  readonly name: "none" | "cross-entropy";
}
export interface PolicyGradientForm extends SharedForm {
  readonly name: "policy-gradient";
  readonly dualClip: boolean;
  readonly kl: "k1" | "k2" | "k3" | null;
  /** The entropy is part of the loss, not only of the report. */
  readonly entropy: boolean;
}

export function lossForm(loss: LossSpec | null, masked: boolean, sparse: boolean): LossForm {
  if (loss === null) return { name: "none", masked, sparse };
  if (loss.name === "cross-entropy") return { name: "cross-entropy", masked, sparse };
  return {
    name: "policy-gradient",
    masked,
    sparse,
    dualClip: loss.dualClip !== null,
    kl: loss.klCoefficient === 0 ? null : loss.klEstimator,
    entropy: loss.entropyCoefficient !== 0,
  };
}

/** Bound on |reference - new| inside k3, whose exponential would overflow. */
const KL_LOG_RATIO_BOUND = 10;

export const gradientName = (parameter: string): string => `gradient ${parameter}`;

/** Inputs are those of `TrainingInputs` in batch.ts; outputs `logprobs`, the loss's parts per target, gradients. */
export function buildLossGraph(config: DecoderConfig, form: LossForm, recomputes = false): Graph {
  const b = new GraphBuilder("loss");
  const weights = weightValues(b, config);
  const { hidden } = decode(b, config, weights, {
    tokens_BT: int32Input(b, "tokens", ["B", "T"]),
    positions_BT: int32Input(b, "positions", ["B", "T"]),
    mask: b.input("mask", "float32", [1, 1, 1, "T", "T"]),
    recomputes: recomputes && form.name !== "none",
    ...(form.sparse ? { readouts: readoutInputs(b, "T") } : {}),
  });
  const scored = gatherRows(b, hidden, int32Input(b, "target_rows", ["N"]));
  const inverseTemperature = b.input("inverse_temperature", "float32", ["N", 1]);
  const tempered = mul(b, headLogits(b, config, weights, scored), inverseTemperature);
  const allowed = form.masked
    ? add(b, tempered, b.input("allowed_mask", "float32", ["N", config.vocabSize]))
    : tempered;
  const distribution = logSoftmax(b, allowed);
  const logprobs = pickPerRow(b, distribution, int32Input(b, "targets", ["N"]));
  b.output("logprobs", logprobs);
  if (form.name === "none") return b.finish();

  const entropy = neg(b, reduceSum(b, mul(b, exp(b, distribution), distribution), [1], false));
  b.output("entropy", entropy);
  const perTarget = form.name === "policy-gradient" ? policyLoss(b, form, logprobs, entropy) : neg(b, logprobs);
  b.output("loss", perTarget);
  const total = reduceSum(b, mul(b, b.input("weights", "float32", ["N"]), perTarget), [0], false);
  const parameters = trainableValues(weights);
  gradientsOf(b, total, parameters).forEach((gradient, i) => {
    b.output(gradientName((parameters[i] as Value).name), gradient);
  });
  return b.finish();
}

function policyLoss(b: GraphBuilder, form: PolicyGradientForm, logprobs: Value, entropy: Value): Value {
  const perTarget = (name: string) => b.input(name, "float32", ["N"]);
  const coefficient = (name: string) => b.input(name, "float32", []);
  const advantages = perTarget("advantages");
  const ratio = exp(b, sub(b, logprobs, perTarget("behaviour")));
  const plain = neg(b, mul(b, ratio, advantages));
  const clipped = neg(b, mul(b, clip(b, ratio, coefficient("ratio_low"), coefficient("ratio_high")), advantages));
  let policy = max(b, plain, clipped);
  if (form.dualClip) {
    const bounded = min(b, policy, neg(b, mul(b, advantages, coefficient("dual_clip"))));
    policy = where(b, compare(b, "Less", advantages, b.scalar("float32", 0)), bounded, policy);
  }
  b.output("policy", policy);
  b.output("ratio", ratio);
  const isClipped = compare(b, "Greater", clipped, plain);
  b.output("clipped", where(b, isClipped, b.scalar("float32", 1), b.scalar("float32", 0)));
  let loss = policy;
  if (form.entropy) loss = sub(b, loss, mul(b, entropy, coefficient("entropy_coefficient")));
  if (form.kl !== null) {
    const kl = klEstimate(b, form.kl, logprobs, perTarget("reference"));
    b.output("kl", kl);
    loss = add(b, loss, mul(b, kl, coefficient("kl_coefficient")));
  }
  return loss;
}

/** Of the current policy from the reference, from tokens of the behaviour policy, with d = reference - new. */
function klEstimate(b: GraphBuilder, estimator: "k1" | "k2" | "k3", logprobs: Value, reference: Value): Value {
  const d = sub(b, reference, logprobs);
  if (estimator === "k1") return neg(b, d);
  if (estimator === "k2") return mul(b, b.scalar("float32", 0.5), mul(b, d, d));
  const bounded = clip(b, d, b.scalar("float32", -KL_LOG_RATIO_BOUND), b.scalar("float32", KL_LOG_RATIO_BOUND));
  return sub(b, sub(b, exp(b, bounded), bounded), b.scalar("float32", 1));
}

/** Exposed for tests of the loss alone: the same policy loss over logprobs that are inputs. */
export function buildPolicyLossOnly(form: PolicyGradientForm): Graph {
  const b = new GraphBuilder("policy-loss");
  const logprobs = b.input("logprobs", "float32", ["N"]);
  const entropy = form.entropy ? b.input("entropy", "float32", ["N"]) : b.scalar("float32", 0);
  const perTarget = policyLoss(b, form, logprobs, entropy);
  b.output("loss", perTarget);
  const total = reduceSum(b, mul(b, b.input("weights", "float32", ["N"]), perTarget), [0], false);
  b.output("gradient", gradientsOf(b, total, [logprobs])[0] as Value);
  return b.finish();
}
