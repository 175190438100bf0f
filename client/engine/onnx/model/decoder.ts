// One description of the decoder from which the training graph and every rollout graph are built, so that they cannot
// drift apart: embedding, pre-norm layers, final norm and head. Axis suffixes: B row, T token of this call, S token in
// reach of attention (past and present), H key-value head, Q query heads per key-value head, E head width, D width.
// Query heads of one key-value head are folded into the token axis, so grouped attention repeats nothing.

import type { GraphBuilder } from "../graph/builder.ts";
import { swiglu } from "../graph/ops/activation.ts";
import { add, mul } from "../graph/ops/arithmetic.ts";
import { attend, attendCausally, type Parts } from "../graph/ops/attention.ts";
import { gatherRows, pickRows, toInt64 } from "../graph/ops/gather.ts";
import { concat, transpose } from "../graph/ops/layout.ts";
import { linear, linearTransposed } from "../graph/ops/matmul.ts";
import { rmsNorm } from "../graph/ops/rms-norm.ts";
import { type RotaryTables, rotary } from "../graph/ops/rotary.ts";
import { reshape } from "../graph/ops/shape.ts";
import { type Dim, multiplyDims, type Value } from "../graph/value.ts";
import type { DecoderConfig } from "./config.ts";
import { adaptedLinears, adapterNames } from "./lora.ts";
import { parameterTable } from "./parameters.ts";

/** Keys and values of one layer, [B, H, S, E] each, keys rotated. */
export interface LayerCache {
  readonly keys: Value;
  readonly values: Value;
}

export interface DecoderWeights {
  /** By Hugging Face name. */
  readonly byName: ReadonlyMap<string, Value>;
  /** Factors A [in, rank] and B [rank, out] of adapted linears, by the linear's name. */
  readonly adapters: ReadonlyMap<string, { readonly a: Value; readonly b: Value; readonly scale: number }>;
  readonly rope: RotaryTables;
  /** The tables of the queries, which carry the attention scale. */
  readonly ropeScaled: RotaryTables;
}

/** Declares all weights and the rotary tables as inputs of a graph. */
export function weightValues(b: GraphBuilder, config: DecoderConfig): DecoderWeights {
  const specs = parameterTable(config).specs;
  const table = (name: string) => b.input(name, "float32", ["R", config.headDim / 2]);
  return {
    byName: new Map(specs.map((spec) => [spec.name, b.input(spec.name, "float32", spec.shape)])),
    adapters: adapterValues(b, config),
    rope: { cos: table("rope_cos"), sin: table("rope_sin") },
    ropeScaled: { cos: table("rope_cos_scaled"), sin: table("rope_sin_scaled") },
  };
}

function adapterValues(b: GraphBuilder, config: DecoderConfig): DecoderWeights["adapters"] {
  const { lora } = config;
  if (lora === undefined) return new Map();
  return new Map(
    adaptedLinears(config, lora).map(({ name, from, to }) => {
      const names = adapterNames(name);
      const factors = {
        a: b.input(names.a, "float32", [from, lora.rank]),
        b: b.input(names.b, "float32", [lora.rank, to]),
      };
      return [name, { ...factors, scale: lora.alpha / lora.rank }];
    }),
  );
}

/** What training changes, by name: the adapters where there are any, else every weight. */
export function trainableValues(weights: DecoderWeights): ReadonlyMap<string, Value> {
  if (weights.adapters.size === 0) return weights.byName;
  return new Map(
    [...weights.adapters].flatMap(([linear, { a, b }]) => {
      const names = adapterNames(linear);
      return [[names.a, a] as const, [names.b, b] as const];
    }),
  );
}

export interface DecoderCall {
  /** int64 [B, T] */
  readonly tokens_BT: Value;
  /** int64 [B, T] */
  readonly positions_BT: Value;
  /** [B or 1, 1, 1, T, S]: 0 where a token may look, hugely negative where not. */
  readonly mask: Value;
  /** One per layer; absent: nothing before this call. */
  readonly past?: readonly LayerCache[];
  /** The tokens whose residual stream the caller wants; absent: all of them. */
  readonly readouts?: Readouts;
  /** Tokens cut into parts, for a call without a past whose mask hides at least what is behind each token. */
  readonly parts?: Parts;
  /** For gradients: keep each layer's input alone and compute the layer again on the way back. Without a past. */
  readonly recomputes?: boolean;
}

/**
 * M tokens per row whose output somebody reads, as scored targets or to draw the next token. In the last layer the others
 * give keys and values and nothing else: with few readouts that spares most of a layer, forward and backward.
 */
export interface Readouts {
  /** int64 [B*M], indices into B*T; a row with fewer repeats one. */
  readonly rows: Value;
  /** int64 [B, M] */
  readonly positions_BM: Value;
  /** [B, 1, 1, M, S] */
  readonly mask: Value;
}

/** Declares the readouts' inputs of a graph: readout_rows, readout_positions [B, M] and readout_mask [B,1,1,M,S]. */
export function readoutInputs(b: GraphBuilder, S: Dim): Readouts {
  return {
    rows: reshape(b, int32Input(b, "readout_rows", ["B", "M"]), ["B*M"]),
    positions_BM: int32Input(b, "readout_positions", ["B", "M"]),
    mask: b.input("readout_mask", "float32", ["B", 1, 1, "M", S]),
  };
}

/** What a call gives. */
export interface Decoded {
  /** Residual stream after the last layer, [B*T, D] or [B*M, D] of the readouts. */
  readonly hidden: Value;
  /** Per layer: what this call appended. None of layers that are computed twice. */
  readonly caches: readonly LayerCache[];
  /** Residual stream [B*T, D] before each layer. */
  readonly states: readonly Value[];
}

export function decode(b: GraphBuilder, config: DecoderConfig, weights: DecoderWeights, call: DecoderCall): Decoded {
  const rows = multiplyDims(call.tokens_BT.shape);
  const embedding = weightOf(weights, "model.embed_tokens.weight");
  let hidden = gatherRows(b, embedding, reshape(b, call.tokens_BT, [rows]));
  const caches: LayerCache[] = [];
  const states: Value[] = [];
  const last = config.layerCount - 1;
  for (let layer = 0; layer <= last; layer++) {
    states.push(hidden);
    // What the last layer would compute again is needed at once: keeping it costs one layer.
    if (call.recomputes === true && layer < last) {
      hidden = b.recomputed(hidden, (x) => decoderLayer(b, config, weights, call, layer, x).hidden);
      continue;
    }
    const next = decoderLayer(b, config, weights, call, layer, hidden);
    hidden = next.hidden;
    caches.push(next.cache);
  }
  return { hidden, caches, states };
}

function decoderLayer(
  b: GraphBuilder,
  config: DecoderConfig,
  weights: DecoderWeights,
  call: DecoderCall,
  layer: number,
  hidden: Value,
): { readonly hidden: Value; readonly cache: LayerCache } {
  const name = (part: string) => `model.layers.${layer}.${part}.weight`;
  const readouts = layer === config.layerCount - 1 ? call.readouts : undefined;
  const attended = attention(b, config, weights, hidden, call, layer, readouts);
  const kept = readouts === undefined ? hidden : pickRows(b, hidden, readouts.rows);
  const between = add(b, kept, attended.output);
  const normed = rmsNorm(b, between, weightOf(weights, name("post_attention_layernorm")), config.rmsNormEpsilon);
  const gate = adapted(b, weights, name("mlp.gate_proj"), normed);
  const gated = swiglu(b, gate, adapted(b, weights, name("mlp.up_proj"), normed));
  const output = add(b, between, adapted(b, weights, name("mlp.down_proj"), gated));
  return { hidden: output, cache: attended.cache };
}

/** Final norm and head of chosen rows [N, D]: logits [N, V]. */
export function headLogits(b: GraphBuilder, config: DecoderConfig, weights: DecoderWeights, rows: Value): Value {
  const normed = finalNorm(b, config, weights, rows);
  const { weight, isTransposed } = headWeight(config, weights);
  return isTransposed ? linearTransposed(b, normed, weight) : linear(b, normed, weight);
}

export function finalNorm(b: GraphBuilder, config: DecoderConfig, weights: DecoderWeights, rows: Value): Value {
  return rmsNorm(b, rows, weightOf(weights, "model.norm.weight"), config.rmsNormEpsilon);
}

/** [D, V], or the tied embedding [V, D]. */
export function headWeight(
  config: DecoderConfig,
  weights: DecoderWeights,
): { readonly weight: Value; readonly isTransposed: boolean } {
  return config.tieEmbeddings
    ? { weight: weightOf(weights, "model.embed_tokens.weight"), isTransposed: true }
    : { weight: weightOf(weights, "lm_head.weight"), isTransposed: false };
}

/** int32 inputs, because int64 means BigInt in JavaScript. */
export function int32Input(b: GraphBuilder, name: string, shape: readonly Dim[]): Value {
  return toInt64(b, b.input(name, "int32", shape));
}

function attention(
  b: GraphBuilder,
  config: DecoderConfig,
  weights: DecoderWeights,
  hidden: Value,
  call: DecoderCall,
  layer: number,
  readouts: Readouts | undefined,
): { readonly output: Value; readonly cache: LayerCache } {
  const [B, T] = call.tokens_BT.shape as readonly [Dim, Dim];
  const { headCount, kvHeadCount: H, headDim: E } = config;
  const Q = headCount / H;
  const named = (name: string) => weightOf(weights, `model.layers.${layer}.${name}`);
  const normed = rmsNorm(b, hidden, named("input_layernorm.weight"), config.rmsNormEpsilon);
  const project = (part: "q" | "k" | "v", rows: Value, tokens: Dim, heads: number): Value => {
    const flat = adapted(b, weights, `model.layers.${layer}.self_attn.${part}_proj.weight`, rows);
    const biased = config.qkvBias ? add(b, flat, named(`self_attn.${part}_proj.bias`)) : flat;
    if (!config.qkNorm || part === "v") return reshape(b, biased, [B, tokens, heads * E]);
    const perHead = reshape(b, biased, [B, tokens, heads, E]);
    const scaled = rmsNorm(b, perHead, named(`self_attn.${part}_norm.weight`), config.rmsNormEpsilon);
    return reshape(b, scaled, [B, tokens, heads * E]);
  };
  const keys = rotary(b, project("k", normed, T, H), call.positions_BT, weights.rope);
  const byHead = (x: Value) => transpose(b, reshape(b, x, [B, T, H, E]), [0, 2, 1, 3]);
  const fresh = { keys: byHead(keys), values: byHead(project("v", normed, T, H)) };
  const reach = extended(b, call, layer, fresh);

  const [M, mask] = readouts === undefined ? [T, call.mask] : [readouts.mask.shape[3] as Dim, readouts.mask];
  const asking = readouts === undefined ? normed : pickRows(b, normed, readouts.rows);
  const positions = readouts?.positions_BM ?? call.positions_BT;
  const queries = rotary(b, project("q", asking, M, headCount), positions, weights.ropeScaled);
  const asked = transpose(b, reshape(b, queries, [B, M, H, Q, E]), [0, 2, 3, 1, 4]);
  const parts = readouts === undefined && call.past === undefined ? call.parts : undefined;
  const visible = { ...reach, mask };
  const mixed = parts === undefined ? attend(b, asked, visible) : attendCausally(b, asked, visible, parts);
  const rows = reshape(b, transpose(b, mixed, [0, 3, 1, 2, 4]), [multiplyDims([B, M]), headCount * E]);
  return { output: adapted(b, weights, `model.layers.${layer}.self_attn.o_proj.weight`, rows), cache: fresh };
}

/** The past, if any, with this call's keys and values behind it. */
function extended(b: GraphBuilder, call: DecoderCall, layer: number, fresh: LayerCache): LayerCache {
  const past = call.past?.[layer];
  if (past === undefined) return fresh;
  const S = call.mask.shape[4] as Dim;
  return {
    keys: concat(b, [past.keys, fresh.keys], 2, S),
    values: concat(b, [past.values, fresh.values], 2, S),
  };
}

/** x W, and the adapter's share where the linear has one; the scale goes to the narrow product. */
function adapted(b: GraphBuilder, weights: DecoderWeights, name: string, x: Value): Value {
  const plain = linear(b, x, weightOf(weights, name));
  const adapter = weights.adapters.get(name);
  if (adapter === undefined) return plain;
  const narrow = mul(b, linear(b, x, adapter.a), b.scalar(x.dtype, adapter.scale));
  return add(b, plain, linear(b, narrow, adapter.b));
}

function weightOf(weights: DecoderWeights, name: string): Value {
  const value = weights.byName.get(name);
  if (value === undefined) throw new Error(`the decoder has no parameter ${name}`);
  return value;
}
