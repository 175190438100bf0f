// The training graph: teacher-forced logprobs of the scored targets, a weighted loss over them, and its gradients with
// respect to every parameter that trains. Only scored rows meet the vocabulary, in turns where it is large. Coefficients
// are inputs, so schedules need no new graph; what changes the arithmetic is part of the graph's key (loss-form.ts).
// Axis suffixes: B row, T token, C token of a part, N scored target, V vocabulary, K allowed token.

import { gradientsOf } from "../graph/autodiff.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { add, exp, mul, neg } from "../graph/ops/arithmetic.ts";
import { reduceSum } from "../graph/ops/broadcast.ts";
import { chunkedHead } from "../graph/ops/chunked-head.ts";
import { pickRows } from "../graph/ops/gather.ts";
import { logSoftmaxAt } from "../graph/ops/softmax.ts";
import { type Graph, multiplyDims, type Value } from "../graph/value.ts";
import type { DecoderConfig } from "../model/config.ts";
import {
  type DecoderWeights,
  decode,
  finalNorm,
  headLogits,
  headWeight,
  int32Input,
  readoutInputs,
  trainableValues,
  weightValues,
} from "../model/decoder.ts";
import type { LossForm } from "./loss-form.ts";
import { type LossParts, policyLoss } from "./policy-loss.ts";

export const gradientName = (parameter: string): string => `gradient ${parameter}`;

/**
 * Inputs are those of batch.ts; outputs `logprobs`, the loss's parts per target, gradients.
 * @param recomputes layers on the way back, instead of keeping their activations
 */
export function buildLossGraph(config: DecoderConfig, form: LossForm, recomputes = false): Graph {
  const b = new GraphBuilder("loss");
  const { perTarget, gradients } = lossAndGradients(b, config, form, recomputes);
  for (const [name, value] of Object.entries(perTarget)) b.output(name, value);
  for (const [name, gradient] of gradients) b.output(gradientName(name), gradient);
  return b.finish();
}

/** What a graph may give per target. */
export const PER_TARGET = ["logprobs", "loss", "entropy", "policy", "ratio", "clipped", "kl"] as const;

export interface LossValues {
  /** [N] each, by names of `PER_TARGET`: logprobs, and of a form with a loss also `loss` and its parts. */
  readonly perTarget: Readonly<Record<string, Value>>;
  /** By the parameter's name; none where the form has no loss. */
  readonly gradients: ReadonlyMap<string, Value>;
}

/** Builds the computation into `b`, whose inputs are those of batch.ts and the weights. */
export function lossAndGradients(
  b: GraphBuilder,
  config: DecoderConfig,
  form: LossForm,
  recomputes: boolean,
): LossValues {
  const weights = weightValues(b, config);
  const tokenParts = { count: form.attentionParts, size: form.attentionParts === 1 ? "T" : "C" };
  const T = multiplyDims([tokenParts.count, tokenParts.size]);
  const { hidden } = decode(b, config, weights, {
    tokens_BT: int32Input(b, "tokens", ["B", T]),
    positions_BT: int32Input(b, "positions", ["B", T]),
    mask: b.input("mask", "float32", [1, 1, 1, T, T]),
    parts: tokenParts,
    recomputes: recomputes && form.name !== "none",
    ...(form.sparse ? { readouts: readoutInputs(b, T) } : {}),
  });
  const scored = pickRows(b, hidden, int32Input(b, "target_rows", ["N"]));
  const head = form.chunkRows === 0 ? wholeHead : headInTurns;
  const { logprobs, entropy } = head(b, config, weights, form, scored);
  if (form.name === "none") return { perTarget: { logprobs }, gradients: new Map() };

  const { loss, parts } = lossPerTarget(b, form, logprobs, entropy);
  const total = reduceSum(b, mul(b, b.input("weights", "float32", ["N"]), loss), [0], false);
  const trained = trainableValues(weights);
  const gradients = gradientsOf(b, total, [...trained.values()]);
  return {
    perTarget: { logprobs, loss, entropy, ...parts },
    gradients: new Map([...trained.keys()].map((name, i) => [name, gradients[i] as Value])),
  };
}

function lossPerTarget(b: GraphBuilder, form: LossForm, logprobs: Value, entropy: Value): LossParts {
  if (form.name === "policy-gradient") return policyLoss(b, form, logprobs, entropy);
  return { loss: form.name === "linear" ? logprobs : neg(b, logprobs), parts: {} };
}

interface Scores {
  readonly logprobs: Value;
  readonly entropy: Value;
}

function wholeHead(
  b: GraphBuilder,
  config: DecoderConfig,
  weights: DecoderWeights,
  form: LossForm,
  scored: Value,
): Scores {
  const inverseTemperature = b.input("inverse_temperature", "float32", ["N", 1]);
  const tempered = mul(b, headLogits(b, config, weights, scored), inverseTemperature);
  const allowed = form.masked
    ? add(b, tempered, b.input("allowed_mask", "float32", ["N", config.vocabSize]))
    : tempered;
  const { distribution, picked: logprobs } = logSoftmaxAt(b, allowed, int32Input(b, "targets", ["N"]));
  const entropy = neg(b, reduceSum(b, mul(b, exp(b, distribution), distribution), [1], false));
  return { logprobs, entropy };
}

function headInTurns(
  b: GraphBuilder,
  config: DecoderConfig,
  weights: DecoderWeights,
  form: LossForm,
  scored: Value,
): Scores {
  const allowed = form.masked
    ? { tokens: int32Input(b, "allowed_tokens", ["N", "K"]), base: b.input("allowed_base", "float32", ["N", 1]) }
    : null;
  return chunkedHead(b, {
    rows: finalNorm(b, config, weights, scored),
    ...headWeight(config, weights),
    trainsWeight: config.lora === undefined,
    inverseTemperature: b.input("inverse_temperature", "float32", ["N", 1]),
    targets: int32Input(b, "targets", ["N"]),
    allowed,
    starts: int32Input(b, "chunk_starts", ["turns"]),
    chunkRows: form.chunkRows,
  });
}
