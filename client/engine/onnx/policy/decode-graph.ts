// Decoding in one graph: a Loop that reads one token per row, attends, and draws the next token. Keys and values live on
// the host as inputs, which cost nothing to pass; the loop carries only those of its own steps, a few per run, and the
// host appends them. Carrying the whole cache would copy all of it at every token. The draw is an inverse CDF over
// uniforms from the host, in two levels, so that the graph is pure and the sums stay short.
// Axis suffixes: B row, U step, K stop token, V vocabulary, H key-value head, Q query heads per key-value head, P past
// slot, S fresh slot (this run's steps), E head width.

import { GraphBuilder } from "../graph/builder.ts";
import { swiglu } from "../graph/ops/activation.ts";
import { add, compare } from "../graph/ops/arithmetic.ts";
import { concat, split } from "../graph/ops/layout.ts";
import { linear, linearTransposed, matMul, matMulTransposed } from "../graph/ops/matmul.ts";
import { rmsNorm } from "../graph/ops/rms-norm.ts";
import type { RotaryTables } from "../graph/ops/rotary.ts";
import { reshape } from "../graph/ops/shape.ts";
import { softmax } from "../graph/ops/softmax.ts";
import { type Graph, int, subgraph, type Value } from "../graph/value.ts";
import type { DecoderConfig } from "../model/config.ts";
import { int32Input, type LayerCache } from "../model/decoder.ts";
import { cast, type DecodeFlavour, type DrawInputs, drawStep } from "./draw-graph.ts";
import { packedLayout } from "./packed-weights.ts";

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
  const inputs = drawInputs(b, flavour);
  const tokens = int32Input(b, "tokens", ["B"]);
  const positions = reshape(b, int32Input(b, "positions", ["B"]), ["B", 1]);
  const ended = b.input("ended", "bool", ["B"]);
  const past = pastInputs(b, config);
  const none = b.input("fresh_nothing", "float32", ["B", config.kvHeadCount, "S0", config.headDim]);
  const outputs = decodeLoop(b, config, weights, {
    inputs,
    past,
    none,
    start: { tokens, positions, ended },
    count: b.dim("U") as Value,
    goesOn: b.constant("bool", [], [1]),
    drawnBefore: 0,
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

/** Declares what drawing takes. */
export function drawInputs(b: GraphBuilder, flavour: DecodeFlavour): DrawInputs {
  return {
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
}

export interface LoopStart {
  readonly inputs: DrawInputs;
  /** Stays outside: the loop carries the keys and values of its own steps alone. */
  readonly past: Past;
  /** [B, H, 0, E] */
  readonly none: Value;
  /** int64 [B], int64 [B, 1] and bool [B]: the token to read next, its position, and who has ended. */
  readonly start: { readonly tokens: Value; readonly positions: Value; readonly ended: Value };
  /** Steps at most, and whether there is a first one. */
  readonly count: Value;
  readonly goesOn: Value;
  /** Tokens of each row that were drawn before the loop, from the first of its uniforms. */
  readonly drawnBefore: number;
}

/**
 * The loop that reads one token per row, attends, and draws the next one.
 * @returns what it carries at its end (tokens, positions, ended, keys and values per layer), then drawn int32, logprobs and
 *   untempered logprobs, [steps, B] each
 */
export function decodeLoop(b: GraphBuilder, config: DecoderConfig, weights: StepWeights, loop: LoopStart): Value[] {
  const { inputs, past, none, start, count, goesOn, drawnBefore } = loop;
  const body = b.inner("step");
  // The order that Loop wants of its body: step number, condition, then what is carried.
  const number = body.input("step_number", "int64", []);
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
  const step = drawnBefore === 0 ? number : add(body, number, body.scalar("int64", drawnBefore));
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
  const carried = [start.tokens, start.positions, start.ended, ...past.caches.flatMap(() => [none, none])];
  return b.emit({
    op: "Loop",
    inputs: [count, goesOn, ...carried],
    outputs: [
      ...carried.map(({ dtype, shape }) => ({ dtype, shape })),
      { dtype: "int32", shape: ["steps", "B"] },
      { dtype: "float32", shape: ["steps", "B"] },
      { dtype: "float32", shape: ["steps", "B"] },
    ],
    attributes: { body: subgraph(body.finish()) },
  });
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

export interface StepWeights {
  readonly byName: ReadonlyMap<string, Value>;
  readonly rope: RotaryTables;
}

/** Declares the packed weights as inputs. */
export function stepWeights(b: GraphBuilder, config: DecoderConfig): StepWeights {
  const table = (name: string) => b.input(name, "float32", ["R", config.headDim / 2]);
  const { base, adapters } = packedLayout(config);
  const specs = [...base.specs, ...adapters.specs];
  return {
    byName: new Map(specs.map(({ name, shape }) => [name, b.input(name, "float32", shape)])),
    rope: { cos: table("rope_cos"), sin: table("rope_sin") },
  };
}

/** What came before a run. */
export interface Past {
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

export interface StepState {
  /** int64 [B] */
  readonly tokens: Value;
  /** int64 [B, 1] */
  readonly positions: Value;
  readonly past: Past;
  /** Absent: this is the first and only step. */
  readonly fresh: readonly LayerCache[] | undefined;
}

/** One token per row. */
export function buildStep(
  b: GraphBuilder,
  config: DecoderConfig,
  weights: StepWeights,
  state: StepState,
): { readonly logits: Value; readonly caches: readonly LayerCache[] } {
  const caches: LayerCache[] = [];
  const hidden = layers(b, config, weights, embedded(b, config, weights, state.tokens), (normed, layer) => {
    const { mixed, cache } = attend(b, config, weights, state, normed, layer);
    caches.push(cache);
    return mixed;
  });
  return { logits: stepLogits(b, config, weights, hidden), caches };
}

/** Rows of the embedding at int64 tokens of one axis. */
export function embedded(b: GraphBuilder, { hiddenSize }: DecoderConfig, weights: StepWeights, tokens: Value): Value {
  const table = weights.byName.get("embed") as Value;
  return b.emitOne("Gather", [table, tokens], [...tokens.shape, hiddenSize], { attributes: { axis: int(0) } });
}

/** All layers over rows [N, D]; only `attend` knows which rows belong together. It gets normed rows and gives [N, heads * E]. */
export function layers(
  b: GraphBuilder,
  config: DecoderConfig,
  weights: StepWeights,
  rows: Value,
  attend: (normed: Value, layer: number) => Value,
): Value {
  const { rmsNormEpsilon: epsilon } = config;
  const weight = (name: string) => weights.byName.get(name) as Value;
  let hidden = rows;
  for (let layer = 0; layer < config.layerCount; layer++) {
    const mixed = attend(rmsNorm(b, hidden, weight(`norm1_${layer}`), epsilon), layer);
    const project = (x: Value, name: string) => adapted(b, weights, x, `${name}_${layer}`);
    hidden = add(b, hidden, project(mixed, "o"));
    const after = rmsNorm(b, hidden, weight(`norm2_${layer}`), epsilon);
    const gated = swiglu(b, project(after, "gate"), project(after, "up"));
    hidden = add(b, hidden, project(gated, "down"));
  }
  return hidden;
}

/** Final norm and head of rows [N, D]: [N, V]. */
export function stepLogits(b: GraphBuilder, config: DecoderConfig, weights: StepWeights, rows: Value): Value {
  const weight = (name: string) => weights.byName.get(name) as Value;
  const last = rmsNorm(b, rows, weight("norm"), config.rmsNormEpsilon);
  return config.tieEmbeddings ? linearTransposed(b, last, weight("embed")) : linear(b, last, weight("head"));
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
  const scoresOf = (side: Value) => matMulTransposed(b, queries, side);
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
  const heads = reshape(b, projected(b, config, weights, normed, layer), ["B", headCount + 2 * H, 1, E]);
  const { queries, keys, values } = splitHeads(b, config, weights, heads, positions, layer);
  return { queries: reshape(b, queries, ["B", H, headCount / H, E]), keys, values };
}

/** Queries, keys and values of rows [N, D] side by side: [N, (heads + 2 H) E]. */
export function projected(
  b: GraphBuilder,
  config: DecoderConfig,
  weights: StepWeights,
  normed: Value,
  layer: number,
): Value {
  const product = adapted(b, weights, normed, `qkv_${layer}`);
  return config.qkvBias ? add(b, product, weights.byName.get(`qkv_bias_${layer}`) as Value) : product;
}

/** Of [B, heads + 2 H, T, E]: rotated queries [B, heads, T, E] and keys, and values [B, H, T, E]. @param positions [B, T] */
export function splitHeads(
  b: GraphBuilder,
  config: DecoderConfig,
  weights: StepWeights,
  heads: Value,
  positions: Value,
  layer: number,
): { readonly queries: Value; readonly keys: Value; readonly values: Value } {
  const { headCount, kvHeadCount: H } = config;
  if (!config.qkNorm) {
    const [asking, values] = split(b, heads, 1, [headCount + H, H]) as [Value, Value];
    const [queries, keys] = split(b, rotated(b, weights, asking, positions), 1, [headCount, H]) as [Value, Value];
    return { queries, keys, values };
  }
  const [q, k, values] = split(b, heads, 1, [headCount, H, H]) as [Value, Value, Value];
  const normedHeads = (x: Value, part: string) => {
    const weight = weights.byName.get(`${part}_norm_${layer}`) as Value;
    return rotated(b, weights, rmsNorm(b, x, weight, config.rmsNormEpsilon), positions);
  };
  return { queries: normedHeads(q, "q"), keys: normedHeads(k, "k"), values };
}

/** Head by head, [B, heads, T, E], as the operator takes it too; no gradient. */
function rotated(b: GraphBuilder, { rope }: StepWeights, x: Value, positions: Value): Value {
  return b.emitOne("RotaryEmbedding", [x, positions, rope.cos, rope.sin], x.shape, { domain: "com.microsoft" });
}
