// Decoding in one graph: a Loop that reads one token per row, attends, and draws the next token. Keys and values live on
// the host as inputs, which cost nothing to pass; the loop carries only those of its own steps, a few per run, and the
// host appends them. Carrying the whole cache would copy all of it at every token. The draw is an inverse CDF over
// uniforms from the host, in two levels, so that the graph is pure and the sums stay short.
// Axis suffixes: B row, U step, K stop token, V vocabulary, H key-value head, Q query heads per key-value head, P past
// slot, S fresh slot (this run's steps), E head width.

import { GraphBuilder } from "../graph/builder.ts";
import { swiglu } from "../graph/ops/activation.ts";
import { add, compare, mul } from "../graph/ops/arithmetic.ts";
import { expand } from "../graph/ops/broadcast.ts";
import { pickPerRow, toInt64 } from "../graph/ops/gather.ts";
import { concat, split, transpose } from "../graph/ops/layout.ts";
import { linear, linearTransposed, matMul } from "../graph/ops/matmul.ts";
import { rmsNorm } from "../graph/ops/rms-norm.ts";
import type { RotaryTables } from "../graph/ops/rotary.ts";
import { reshape } from "../graph/ops/shape.ts";
import { logSoftmax, softmax } from "../graph/ops/softmax.ts";
import { type Graph, int, subgraph, type Value } from "../graph/value.ts";
import type { DecoderConfig } from "../model/config.ts";
import { int32Input, type LayerCache } from "../model/decoder.ts";
import { packedLayout } from "./packed-weights.ts";

/** The largest uniform that keeps its float32 product with any total below the total. */
export const JUST_BELOW_ONE = 1 - 2 ** -23;

/** What the rows of a run have in common; it leaves operators out and changes no number. */
export interface DecodeFlavour {
  /** Which rows draw, and which take the most probable token. */
  readonly draws: "all" | "some" | "none";
  /** Some row's temperature is not 1; else both logprobs are the same. */
  readonly tempered: boolean;
}

export const pastName = (part: "keys" | "values", layer: number): string => `past_${part}_${layer}`;
export const freshName = (part: "keys" | "values", layer: number): string => `fresh_${part}_${layer}`;

/**
 * Inputs: weights by packed name; rope_cos, rope_sin [R, E/2]; tokens int32 [B], the last one of each row, whose keys are
 * not in the past yet; positions int32 [B] of them; past_mask [B, 1, 1, P], 0 at a row's own slots, hugely negative
 * behind; uniforms [U, B]; max_tokens int32 [B] steps; stops int32 [B, K], -1 where none; ended bool [B]; leave_at int32
 * []: the loop ends once so many rows have; inverse_temperature [B, 1] and greedy int32 [B] where the flavour has them;
 * the past [B, H, P, E] and nothing, [B, H, 0, E], as fresh_keys_0.
 * Outputs: drawn int32 [steps, B], logprobs and untempered_logprobs [steps, B]; what follows a row's end is to be
 * ignored; and the fresh keys and values [B, H, steps, E].
 */
export function buildDecodeGraph(config: DecoderConfig, flavour: DecodeFlavour): Graph {
  const b = new GraphBuilder("decode");
  const weights = stepWeights(b, config);
  const inputs: DrawInputs = {
    uniforms: b.input("uniforms", "float32", ["U", "B"]),
    maxTokens: int32Input(b, "max_tokens", ["B"]),
    stops: int32Input(b, "stops", ["B", "K"]),
    leaveAt: b.input("leave_at", "int32", []),
    inverseTemperature: flavour.tempered ? b.input("inverse_temperature", "float32", ["B", 1]) : undefined,
    draws: flavour.draws,
    greedy:
      flavour.draws === "some"
        ? compare(b, "Equal", b.input("greedy", "int32", ["B"]), b.scalar("int32", 1))
        : undefined,
  };
  const tokens = int32Input(b, "tokens", ["B"]);
  const positions = reshape(b, int32Input(b, "positions", ["B"]), ["B", 1]);
  const ended = b.input("ended", "bool", ["B"]);
  const past = pastInputs(b, config);
  const none = b.input("fresh_nothing", "float32", ["B", config.kvHeadCount, "S0", config.headDim]);
  const body = b.inner("step");
  // The order that Loop wants of its body: step number, condition, then what is carried.
  const step = body.input("step_number", "int64", []);
  body.input("step_condition", "bool", []);
  const state = {
    tokens: body.input("step_tokens", "int64", ["B"]),
    positions: body.input("step_positions", "int64", ["B", 1]),
    ended: body.input("step_ended", "bool", ["B"]),
  };
  const freshShape = ["B", config.kvHeadCount, "S", config.headDim];
  const fresh = past.caches.map((_, layer) => ({
    keys: body.input(`step_keys_${layer}`, "float32", freshShape),
    values: body.input(`step_values_${layer}`, "float32", freshShape),
  }));
  const { logits, caches: appended } = buildStep(body, config, weights, { ...state, past, fresh });
  const drawn = drawStep(body, inputs, logits, step, state.ended);
  body.results([
    drawn.goesOn,
    drawn.token,
    add(body, state.positions, body.scalar("int64", 1)),
    drawn.ended,
    ...appended.flatMap(({ keys, values }) => [keys, values]),
    cast(body, drawn.token, "int32", 6),
    drawn.logprob,
    drawn.untempered,
  ]);
  const carried = [tokens, positions, ended, ...past.caches.flatMap(() => [none, none])];
  const outputs = b.emit({
    op: "Loop",
    inputs: [b.dim("U"), b.constant("bool", [], [1]), ...carried],
    outputs: [
      ...carried.map(({ dtype, shape }) => ({ dtype, shape })),
      { dtype: "int32", shape: ["steps", "B"] },
      { dtype: "float32", shape: ["steps", "B"] },
      { dtype: "float32", shape: ["steps", "B"] },
    ],
    attributes: { body: subgraph(body.finish()) },
  });
  const [tokensOut, logprobs, untempered] = outputs.slice(-3) as [Value, Value, Value];
  b.output("drawn", tokensOut);
  b.output("logprobs", logprobs);
  b.output("untempered_logprobs", untempered);
  for (let layer = 0; layer < config.layerCount; layer++) {
    b.output(freshName("keys", layer), outputs[3 + 2 * layer] as Value);
    b.output(freshName("values", layer), outputs[4 + 2 * layer] as Value);
  }
  return b.finish();
}

/**
 * One step for draws that the host makes. Inputs weights, tokens, positions, past_mask and past as above; outputs logits
 * [B, V] and the fresh keys and values [B, H, 1, E].
 */
export function buildStepGraph(config: DecoderConfig): Graph {
  const b = new GraphBuilder("decode-step");
  const { logits, caches } = buildStep(b, config, stepWeights(b, config), {
    tokens: int32Input(b, "tokens", ["B"]),
    positions: reshape(b, int32Input(b, "positions", ["B"]), ["B", 1]),
    past: pastInputs(b, config),
    fresh: undefined,
  });
  b.output("logits", logits);
  caches.forEach((cache, layer) => {
    b.output(freshName("keys", layer), cache.keys);
    b.output(freshName("values", layer), cache.values);
  });
  return b.finish();
}

interface StepWeights {
  readonly byName: ReadonlyMap<string, Value>;
  readonly rope: RotaryTables;
}

function stepWeights(b: GraphBuilder, config: DecoderConfig): StepWeights {
  const table = (name: string) => b.input(name, "float32", ["R", config.headDim / 2]);
  const { base, adapters } = packedLayout(config);
  const specs = [...base.specs, ...adapters.specs];
  return {
    byName: new Map(specs.map(({ name, shape }) => [name, b.input(name, "float32", shape)])),
    rope: { cos: table("rope_cos"), sin: table("rope_sin") },
  };
}

interface Past {
  readonly mask: Value;
  readonly caches: readonly LayerCache[];
}

function pastInputs(b: GraphBuilder, config: DecoderConfig): Past {
  const shape = ["B", config.kvHeadCount, "P", config.headDim];
  return {
    mask: b.input("past_mask", "float32", ["B", 1, 1, "P"]),
    caches: Array.from({ length: config.layerCount }, (_, layer) => ({
      keys: b.input(pastName("keys", layer), "float32", shape),
      values: b.input(pastName("values", layer), "float32", shape),
    })),
  };
}

interface StepState {
  /** int64 [B] */
  readonly tokens: Value;
  /** int64 [B, 1] */
  readonly positions: Value;
  readonly past: Past;
  /** Absent: this is the first and only step. */
  readonly fresh: readonly LayerCache[] | undefined;
}

function buildStep(
  b: GraphBuilder,
  config: DecoderConfig,
  weights: StepWeights,
  state: StepState,
): { readonly logits: Value; readonly caches: readonly LayerCache[] } {
  const { hiddenSize: D, rmsNormEpsilon: epsilon } = config;
  const weight = (name: string) => weights.byName.get(name) as Value;
  let hidden = b.emitOne("Gather", [weight("embed"), state.tokens], ["B", D], { attributes: { axis: int(0) } });
  const caches: LayerCache[] = [];
  for (let layer = 0; layer < config.layerCount; layer++) {
    const normed = rmsNorm(b, hidden, weight(`norm1_${layer}`), epsilon);
    const { mixed, cache } = attend(b, config, weights, state, normed, layer);
    caches.push(cache);
    const project = (x: Value, name: string) => adapted(b, weights, x, `${name}_${layer}`);
    hidden = add(b, hidden, project(mixed, "o"));
    const after = rmsNorm(b, hidden, weight(`norm2_${layer}`), epsilon);
    const gated = swiglu(b, project(after, "gate"), project(after, "up"));
    hidden = add(b, hidden, project(gated, "down"));
  }
  const last = rmsNorm(b, hidden, weight("norm"), epsilon);
  const logits = config.tieEmbeddings ? linearTransposed(b, last, weight("embed")) : linear(b, last, weight("head"));
  return { logits, caches };
}

/** A linear, and its adapter where it has one. */
function adapted(b: GraphBuilder, weights: StepWeights, x: Value, name: string): Value {
  const product = linear(b, x, weights.byName.get(name) as Value);
  const [first, second] = [weights.byName.get(`a_${name}`), weights.byName.get(`b_${name}`)];
  return first === undefined || second === undefined
    ? product
    : add(b, product, linear(b, linear(b, x, first), second));
}

/** Attention of one token per row over the past and the fresh slots: [B, heads * E]; and the fresh slots, one longer. */
function attend(
  b: GraphBuilder,
  config: DecoderConfig,
  weights: StepWeights,
  state: StepState,
  normed: Value,
  layer: number,
): { readonly mixed: Value; readonly cache: LayerCache } {
  const { headCount, headDim: E } = config;
  const { queries, keys, values } = projections(b, config, weights, normed, state.positions, layer);
  const before = state.fresh?.[layer];
  const append = (slot: Value, old: Value | undefined) => (old === undefined ? slot : concat(b, [old, slot], 2, "S+1"));
  const cache = { keys: append(keys, before?.keys), values: append(values, before?.values) };
  const past = state.past.caches[layer] as LayerCache;
  const scoresOf = (side: Value) => matMul(b, queries, transpose(b, side, [0, 1, 3, 2]));
  const masked = add(b, scoresOf(past.keys), state.past.mask);
  const fresh = scoresOf(cache.keys);
  const shares = softmax(b, concat(b, [masked, fresh], 3, "P+S"));
  const widths = b.emitOne("Concat", [b.dim("P"), sizeOf(b, cache.keys, 2)], [2], { attributes: { axis: int(0) } });
  const [pastShares, freshShares] = b.emit({
    op: "Split",
    inputs: [shares, widths],
    outputs: [masked, fresh].map(({ dtype, shape }) => ({ dtype, shape })),
    attributes: { axis: int(3) },
  }) as [Value, Value];
  const mixed = add(b, matMul(b, pastShares, past.values), matMul(b, freshShares, cache.values));
  return { mixed: reshape(b, mixed, ["B", headCount * E]), cache };
}

function sizeOf(b: GraphBuilder, x: Value, axis: number): Value {
  return b.emitOne("Shape", [x], [1], { dtype: "int64", attributes: { start: int(axis), end: int(axis + 1) } });
}

/** Rotated queries [B, H, Q, E] and keys, and values [B, H, 1, E], of one token per row. */
function projections(
  b: GraphBuilder,
  config: DecoderConfig,
  weights: StepWeights,
  normed: Value,
  positions: Value,
  layer: number,
): { readonly queries: Value; readonly keys: Value; readonly values: Value } {
  const { headCount, kvHeadCount: H, headDim: E } = config;
  const weight = (name: string) => weights.byName.get(name) as Value;
  const product = adapted(b, weights, normed, `qkv_${layer}`);
  const qkv = config.qkvBias ? add(b, product, weight(`qkv_bias_${layer}`)) : product;
  const heads = reshape(b, qkv, ["B", headCount + 2 * H, 1, E]);
  const grouped = (q: Value) => reshape(b, q, ["B", H, headCount / H, E]);
  if (!config.qkNorm) {
    const [asking, values] = split(b, heads, 1, [headCount + H, H]) as [Value, Value];
    const [q, keys] = split(b, rotated(b, weights, asking, positions), 1, [headCount, H]) as [Value, Value];
    return { queries: grouped(q), keys, values };
  }
  const [q, k, values] = split(b, heads, 1, [headCount, H, H]) as [Value, Value, Value];
  const normedHeads = (x: Value, part: string) =>
    rotated(b, weights, rmsNorm(b, x, weight(`${part}_norm_${layer}`), config.rmsNormEpsilon), positions);
  return { queries: grouped(normedHeads(q, "q")), keys: normedHeads(k, "k"), values };
}

/** Head by head, [B, heads, 1, E], as the operator takes it too; no gradient. */
function rotated(b: GraphBuilder, { rope }: StepWeights, x: Value, positions: Value): Value {
  return b.emitOne("RotaryEmbedding", [x, positions, rope.cos, rope.sin], x.shape, { domain: "com.microsoft" });
}

interface DrawInputs {
  readonly uniforms: Value;
  readonly maxTokens: Value;
  readonly stops: Value;
  readonly leaveAt: Value;
  readonly inverseTemperature: Value | undefined;
  readonly draws: DecodeFlavour["draws"];
  /** bool [B], where some rows draw and some do not. */
  readonly greedy: Value | undefined;
}

function drawStep(b: GraphBuilder, inputs: DrawInputs, logits: Value, step: Value, endedBefore: Value) {
  const plain = logSoftmax(b, logits);
  const distribution =
    inputs.inverseTemperature === undefined ? plain : logSoftmax(b, mul(b, logits, inputs.inverseTemperature));
  const token = drawToken(b, inputs, distribution, step);
  const isStop = compare(b, "Equal", inputs.stops, reshape(b, token, ["B", 1]));
  const stopCount = b.emitOne("ReduceMax", [cast(b, isStop, "int32", 6), b.int64s([1])], ["B"], {
    attributes: { keepdims: int(0) },
  });
  const isFull = compare(b, "GreaterOrEqual", add(b, step, b.scalar("int64", 1)), inputs.maxTokens);
  const isLast = b.emitOne("Or", [cast(b, stopCount, "bool", 9), isFull], ["B"]);
  const ended = b.emitOne("Or", [endedBefore, isLast], ["B"]);
  const endedCount = b.emitOne("ReduceSum", [cast(b, ended, "int32", 6), b.int64s([0])], [], {
    attributes: { keepdims: int(0) },
  });
  const logprob = pickPerRow(b, distribution, token);
  return {
    token,
    ended,
    goesOn: compare(b, "Less", endedCount, inputs.leaveAt),
    logprob,
    untempered: distribution === plain ? logprob : pickPerRow(b, plain, token),
  };
}

/**
 * The first token whose cumulated probability exceeds u times the total. Two levels, blocks of about sqrt(V) and then
 * within the block: short float32 sums are exact enough for vocabularies of 10^5, and cheap.
 */
function drawToken(b: GraphBuilder, inputs: DrawInputs, distribution: Value, step: Value): Value {
  const V = distribution.shape[1] as number;
  const mostProbable = () =>
    b.emitOne("ArgMax", [distribution], ["B"], {
      dtype: "int64",
      attributes: { axis: int(1), keepdims: int(0), select_last_index: int(0) },
    });
  if (inputs.draws === "none") return mostProbable();
  const blockSize = Math.ceil(Math.sqrt(V) / 16) * 16;
  const blockCount = Math.ceil(V / blockSize);
  const exact = b.emitOne("Exp", [distribution], ["B", V]);
  const padding = blockCount * blockSize - V;
  const padded = padding === 0 ? exact : b.emitOne("Pad", [exact, b.int64s([0, 0, 0, padding])], ["B", V + padding]);
  const blocks = reshape(b, padded, ["B", blockCount, blockSize]);
  const masses = b.emitOne("ReduceSum", [blocks, b.int64s([2])], ["B", blockCount], {
    attributes: { keepdims: int(0) },
  });
  const cumulated = b.emitOne("CumSum", [masses, b.scalar("int64", 1)], ["B", blockCount]);
  const total = b.emitOne("Gather", [cumulated, b.int64s([blockCount - 1])], ["B", 1], {
    attributes: { axis: int(1) },
  });
  const uniform = b.emitOne("Gather", [inputs.uniforms, step], ["B"], { attributes: { axis: int(0) } });
  const threshold = mul(b, reshape(b, uniform, ["B", 1]), total);
  const block = firstBeyond(b, cumulated, threshold, blockCount);
  const before = b.emitOne("Sub", [pickColumn(b, cumulated, block), pickColumn(b, masses, block)], ["B", 1]);
  const index = expand(b, reshape(b, block, ["B", 1, 1]), ["B", 1, blockSize]);
  const inside = reshape(
    b,
    b.emitOne("GatherElements", [blocks, index], ["B", 1, blockSize], { attributes: { axis: int(1) } }),
    ["B", blockSize],
  );
  const sums = b.emitOne("CumSum", [inside, b.scalar("int64", 1)], ["B", blockSize]);
  const last = b.emitOne("Gather", [sums, b.int64s([blockSize - 1])], ["B", 1], { attributes: { axis: int(1) } });
  // Below the block's last sum, so that the token exists and has mass although both levels round differently.
  const below = mul(b, last, b.scalar("float32", JUST_BELOW_ONE));
  const rest = b.emitOne("Min", [b.emitOne("Sub", [threshold, before], ["B", 1]), below], ["B", 1]);
  const place = firstBeyond(b, sums, rest, blockSize);
  const drawn = reshape(b, add(b, mul(b, block, b.scalar("int64", blockSize)), place), ["B"]);
  if (inputs.greedy === undefined) return drawn;
  return b.emitOne("Where", [inputs.greedy, mostProbable(), drawn], ["B"], { dtype: "int64" });
}

/** Index of the first column above a threshold [B, 1], the last column where none is: int64 [B, 1]. */
function firstBeyond(b: GraphBuilder, sums: Value, threshold: Value, count: number): Value {
  const passed = compare(b, "LessOrEqual", sums, threshold);
  const index = b.emitOne("ReduceSum", [cast(b, passed, "int32", 6), b.int64s([1])], ["B", 1], {
    attributes: { keepdims: int(1) },
  });
  return toInt64(b, b.emitOne("Min", [index, b.scalar("int32", count - 1)], ["B", 1]));
}

function pickColumn(b: GraphBuilder, x: Value, column: Value): Value {
  return b.emitOne("GatherElements", [x, column], ["B", 1], { attributes: { axis: int(1) } });
}

function cast(b: GraphBuilder, x: Value, dtype: "int32" | "bool", code: number): Value {
  return b.emitOne("Cast", [x], x.shape, { dtype, attributes: { to: int(code) } });
}
