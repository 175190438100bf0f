// The weights as decoding wants them, copied once per policy version: queries, keys and values of a layer in one matrix,
// the attention scale 1 / sqrt(headDim) in the queries' columns (in their norm's weight where there is one).

import type { DecoderConfig } from "../model/config.ts";
import { adapterNames } from "../model/lora.ts";

export interface PackedSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** First element, a multiple of 16. */
  readonly offset: number;
  readonly size: number;
}

export interface PackedTable {
  readonly specs: readonly PackedSpec[];
  readonly flatSize: number;
}

export interface PackedLayout {
  readonly base: PackedTable;
  /** Of the linears that have adapters: `a_<linear>` [in, n rank] and `b_<linear>` [n rank, out], scaled. */
  readonly adapters: PackedTable;
}

/** A parameter under its name in the model's tables, as the model holds it (linears [in, out]). */
export type ParameterOf = (name: string) => Float32Array;

const QKV = ["q", "k", "v"] as const;
const FEED_FORWARD = ["gate", "up", "down"] as const;

export function packedLayout(config: DecoderConfig): PackedLayout {
  const { hiddenSize: D, ffnSize: F, vocabSize: V, headCount, kvHeadCount, headDim: E } = config;
  const qkv = (headCount + 2 * kvHeadCount) * E;
  const base: [string, readonly number[]][] = [["embed", [V, D]]];
  const adapters: [string, readonly number[]][] = [];
  const linear = (name: string, from: number, to: number, parts: readonly string[]) => {
    base.push([name, [from, to]]);
    const inner = adaptedParts(config, parts).length * (config.lora?.rank ?? 0);
    if (inner > 0) adapters.push([`a_${name}`, [from, inner]], [`b_${name}`, [inner, to]]);
  };
  for (let layer = 0; layer < config.layerCount; layer++) {
    base.push([`norm1_${layer}`, [D]]);
    linear(`qkv_${layer}`, D, qkv, QKV);
    if (config.qkvBias) base.push([`qkv_bias_${layer}`, [qkv]]);
    if (config.qkNorm) base.push([`q_norm_${layer}`, [E]], [`k_norm_${layer}`, [E]]);
    linear(`o_${layer}`, headCount * E, D, ["o"]);
    base.push([`norm2_${layer}`, [D]]);
    for (const part of FEED_FORWARD)
      linear(`${part}_${layer}`, part === "down" ? F : D, part === "down" ? D : F, [part]);
  }
  base.push(["norm", [D]]);
  if (!config.tieEmbeddings) base.push(["head", [D, V]]);
  return { base: tableOf(base), adapters: tableOf(adapters) };
}

function tableOf(shapes: readonly [string, readonly number[]][]): PackedTable {
  let offset = 0;
  const specs = shapes.map(([name, shape]): PackedSpec => {
    const size = shape.reduce((product, dim) => product * dim, 1);
    const spec = { name, shape, offset, size };
    offset = Math.ceil((offset + size) / 16) * 16;
    return spec;
  });
  return { specs, flatSize: offset };
}

function adaptedParts(config: DecoderConfig, parts: readonly string[]): readonly string[] {
  const targets: readonly string[] = config.lora?.targets ?? [];
  return parts.filter((part) => targets.includes(`${part}_proj`));
}

/** The base weights in the layout. */
export function packBase(config: DecoderConfig, table: PackedTable, parameter: ParameterOf): Float32Array {
  const packed = new Float32Array(table.flatSize);
  const views = viewsOf(table, packed);
  const fill = (name: string, values: Float32Array) => views.get(name)?.set(values);
  const scale = attentionScale(config);
  const [qScale, normScale] = config.qkNorm ? [1, scale] : [scale, 1];
  fill("embed", parameter("model.embed_tokens.weight"));
  for (let layer = 0; layer < config.layerCount; layer++) {
    const named = (name: string) => parameter(`model.layers.${layer}.${name}`);
    const columns = (target: string, kind: string) =>
      fillColumns(
        views.get(target) as Float32Array,
        QKV.map((part) => named(`self_attn.${part}_proj.${kind}`)),
        widthsOf(config),
        qScale,
      );
    columns(`qkv_${layer}`, "weight");
    if (config.qkvBias) columns(`qkv_bias_${layer}`, "bias");
    if (config.qkNorm) {
      fill(
        `q_norm_${layer}`,
        named("self_attn.q_norm.weight").map((value) => value * normScale),
      );
      fill(`k_norm_${layer}`, named("self_attn.k_norm.weight"));
    }
    fill(`norm1_${layer}`, named("input_layernorm.weight"));
    fill(`norm2_${layer}`, named("post_attention_layernorm.weight"));
    fill(`o_${layer}`, named("self_attn.o_proj.weight"));
    for (const part of FEED_FORWARD) fill(`${part}_${layer}`, named(`mlp.${part}_proj.weight`));
  }
  fill("norm", parameter("model.norm.weight"));
  if (!config.tieEmbeddings) fill("head", parameter("lm_head.weight"));
  return packed;
}

/** The adapters in the layout: those of queries, keys and values side by side, their second factors block by block. */
export function packAdapters(config: DecoderConfig, table: PackedTable, parameter: ParameterOf): Float32Array {
  const packed = new Float32Array(table.flatSize);
  const views = viewsOf(table, packed);
  const { rank, alpha } = config.lora ?? { rank: 0, alpha: 0 };
  const [qWidth, kvWidth] = widthsOf(config) as [number, number];
  const columnOf: Readonly<Record<string, number>> = { q: 0, k: qWidth, v: qWidth + kvWidth };
  for (let layer = 0; layer < config.layerCount; layer++) {
    for (const [name, parts] of [["qkv", QKV], ["o", ["o"]], ...FEED_FORWARD.map((part) => [part, [part]])] as const) {
      const [a, b] = [views.get(`a_${name}_${layer}`), views.get(`b_${name}_${layer}`)];
      if (a === undefined || b === undefined) continue;
      const adapted = adaptedParts(config, parts as readonly string[]);
      const inner = adapted.length * rank;
      const [rows, width] = [a.length / inner, b.length / inner];
      adapted.forEach((part, n) => {
        const block = ["gate", "up", "down"].includes(part) ? "mlp" : "self_attn";
        const names = adapterNames(`model.layers.${layer}.${block}.${part}_proj.weight`);
        const [first, second] = [parameter(names.a), parameter(names.b)];
        const scale = (alpha / rank) * (part === "q" && !config.qkNorm ? attentionScale(config) : 1);
        const [column, partWidth] = [columnOf[part] ?? 0, second.length / rank];
        for (let row = 0; row < rows; row++)
          a.set(first.subarray(row * rank, (row + 1) * rank), row * inner + n * rank);
        for (let k = 0; k < rank; k++) {
          const at = (n * rank + k) * width + column;
          for (let i = 0; i < partWidth; i++) b[at + i] = scale * (second[k * partWidth + i] as number);
        }
      });
    }
  }
  return packed;
}

export function viewsOf(table: PackedTable, packed: Float32Array): Map<string, Float32Array> {
  return new Map(table.specs.map((spec) => [spec.name, packed.subarray(spec.offset, spec.offset + spec.size)]));
}

const attentionScale = (config: DecoderConfig): number => 1 / Math.sqrt(config.headDim);

function widthsOf({ headCount, kvHeadCount, headDim }: DecoderConfig): number[] {
  return [headCount, kvHeadCount, kvHeadCount].map((heads) => heads * headDim);
}

/** Matrices side by side, row by row; the first one times `scale`. */
function fillColumns(
  target: Float32Array,
  parts: readonly Float32Array[],
  widths: readonly number[],
  scale: number,
): void {
  const total = widths.reduce((sum, width) => sum + width, 0);
  const rows = target.length / total;
  const first = widths[0] as number;
  for (let row = 0; row < rows; row++) {
    let at = row * total;
    parts.forEach((part, i) => {
      const width = widths[i] as number;
      target.set(part.subarray(row * width, (row + 1) * width), at);
      at += width;
    });
    if (scale !== 1) {
      const start = row * total;
      for (let column = start; column < start + first; column++) target[column] = (target[column] as number) * scale;
    }
  }
}
