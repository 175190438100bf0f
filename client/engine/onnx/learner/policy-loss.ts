// The clipped policy loss per target, with its KL and entropy terms, as part of a graph.
//   l = max(-A r, -A clip(r, 1 - low, 1 + high)), for A < 0 at most -A c;   token: r = exp(new - behaviour);
//   action: r of all targets of a row together, exp of the sum;   sequence: exp of the mean, gradient through each token.
// PPO: arXiv 1707.06347 Eq. 7; dual clip: arXiv 1912.09729 Eq. 5; sequence ratio: GSPO, arXiv 2507.18071 Eq. 7 and its
// token form; KL estimators k1, k2, k3: Schulman, "Approximating KL divergence" (2020). Axes: B row, N scored target.

import { gradientsOf, stopGradient } from "../graph/autodiff.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { add, clip, compare, exp, max, min, mul, neg, sub, where } from "../graph/ops/arithmetic.ts";
import { reduceSum } from "../graph/ops/broadcast.ts";
import { transpose } from "../graph/ops/layout.ts";
import { matMul } from "../graph/ops/matmul.ts";
import { reshape } from "../graph/ops/shape.ts";
import type { Graph, Value } from "../graph/value.ts";
import type { PolicyGradientForm } from "./loss-form.ts";

/** Bound on |reference - new| inside k3, whose exponential would overflow. */
const KL_LOG_RATIO_BOUND = 10;
/** Largest log-ratio of a sequence, as in the published GSPO code. */
const SEQUENCE_LOG_RATIO_BOUND = 10;

/** Per target: the loss, and what a report sums beside it. */
export interface LossParts {
  readonly loss: Value;
  readonly parts: Readonly<Record<string, Value>>;
}

/** Declares the inputs that the form needs. */
export function policyLoss(b: GraphBuilder, form: PolicyGradientForm, logprobs: Value, entropy: Value): LossParts {
  const perTarget = (name: string) => b.input(name, "float32", ["N"]);
  const coefficient = (name: string) => b.input(name, "float32", []);
  const advantages = perTarget("advantages");
  const ratio = exp(b, logRatio(b, form.ratio, logprobs, perTarget("behaviour")));
  const plain = neg(b, mul(b, ratio, advantages));
  const clipped = neg(b, mul(b, clip(b, ratio, coefficient("ratio_low"), coefficient("ratio_high")), advantages));
  let policy = max(b, plain, clipped);
  if (form.dualClip) {
    const bounded = min(b, policy, neg(b, mul(b, advantages, coefficient("dual_clip"))));
    policy = where(b, compare(b, "Less", advantages, b.scalar("float32", 0)), bounded, policy);
  }
  const isClipped = compare(b, "Greater", clipped, plain);
  const parts: Record<string, Value> = {
    policy,
    ratio,
    clipped: where(b, isClipped, b.scalar("float32", 1), b.scalar("float32", 0)),
  };
  let loss = policy;
  if (form.entropy) loss = sub(b, loss, mul(b, entropy, coefficient("entropy_coefficient")));
  if (form.kl !== null) {
    const kl = klEstimate(b, form.kl, logprobs, perTarget("reference"));
    parts["kl"] = kl;
    loss = add(b, loss, mul(b, kl, coefficient("kl_coefficient")));
  }
  return { loss, parts };
}

function logRatio(b: GraphBuilder, ratio: PolicyGradientForm["ratio"], logprobs: Value, behaviour: Value): Value {
  const perToken = sub(b, logprobs, behaviour);
  if (ratio === "token") return perToken;
  // 1 where a target belongs to a row (action), or 1 over the row's targets (sequence).
  const shares_BN = b.input("row_shares", "float32", ["B", "N"]);
  const members_BN = b.input("row_members", "float32", ["B", "N"]);
  const perRow = matMul(b, shares_BN, reshape(b, perToken, ["N", 1]));
  const spread = reshape(b, matMul(b, transpose(b, members_BN, [1, 0]), perRow), ["N"]);
  if (ratio === "action") return spread;
  const bounded = min(b, spread, b.scalar("float32", SEQUENCE_LOG_RATIO_BOUND));
  return add(b, stopGradient(b, bounded), sub(b, logprobs, stopGradient(b, logprobs)));
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
  const { loss: perTarget, parts } = policyLoss(b, form, logprobs, entropy);
  b.output("loss", perTarget);
  for (const [name, part] of Object.entries(parts)) b.output(name, part);
  const total = reduceSum(b, mul(b, b.input("weights", "float32", ["N"]), perTarget), [0], false);
  b.output("gradient", gradientsOf(b, total, [logprobs])[0] as Value);
  return b.finish();
}
