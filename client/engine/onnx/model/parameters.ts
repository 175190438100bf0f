// All weights of a decoder as views on one Float32Array, under Hugging Face names: what a checkpoint stores, what graphs
// take as inputs and what AdamW updates in place. Linears are held [in, out] and stored [out, in]; no graph transposes.

import { f32, type HostTensors } from "../session/graph-session.ts";
import type { DecoderConfig } from "./config.ts";

export interface ParameterSpec {
  /** The name on disk. */
  readonly name: string;
  /** In memory. */
  readonly shape: readonly number[];
  /** Stored with its two axes swapped. */
  readonly storedTransposed: boolean;
  /** Norms and biases are not decayed. */
  readonly decays: boolean;
  /** First element in the flat array, a multiple of 16; the gaps stay 0. */
  readonly offset: number;
  readonly size: number;
}

export interface ParameterTable {
  readonly specs: readonly ParameterSpec[];
  /** Length of a flat array that holds all of them. */
  readonly flatSize: number;
}

const ALIGNMENT = 16;

/** A parameter before it has a place. */
export interface ParameterEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly kind: "linear" | "embedding" | "vector";
}

function entriesOf(config: DecoderConfig): ParameterEntry[] {
  const { hiddenSize, ffnSize, headDim } = config;
  const [queryWidth, keyWidth] = [config.headCount * headDim, config.kvHeadCount * headDim];
  const vector = (name: string, size: number): ParameterEntry => ({ name, shape: [size], kind: "vector" });
  const linear = (name: string, from: number, to: number): ParameterEntry => ({
    name,
    shape: [from, to],
    kind: "linear",
  });
  const entries: ParameterEntry[] = [
    { name: "model.embed_tokens.weight", shape: [config.vocabSize, hiddenSize], kind: "embedding" },
  ];
  for (let layer = 0; layer < config.layerCount; layer++) {
    const prefix = `model.layers.${layer}`;
    entries.push(vector(`${prefix}.input_layernorm.weight`, hiddenSize));
    for (const [part, width] of [
      ["q", queryWidth],
      ["k", keyWidth],
      ["v", keyWidth],
    ] as const) {
      entries.push(linear(`${prefix}.self_attn.${part}_proj.weight`, hiddenSize, width));
      if (config.qkvBias) entries.push(vector(`${prefix}.self_attn.${part}_proj.bias`, width));
    }
    if (config.qkNorm) {
      entries.push(vector(`${prefix}.self_attn.q_norm.weight`, headDim));
      entries.push(vector(`${prefix}.self_attn.k_norm.weight`, headDim));
    }
    entries.push(linear(`${prefix}.self_attn.o_proj.weight`, queryWidth, hiddenSize));
    entries.push(vector(`${prefix}.post_attention_layernorm.weight`, hiddenSize));
    entries.push(linear(`${prefix}.mlp.gate_proj.weight`, hiddenSize, ffnSize));
    entries.push(linear(`${prefix}.mlp.up_proj.weight`, hiddenSize, ffnSize));
    entries.push(linear(`${prefix}.mlp.down_proj.weight`, ffnSize, hiddenSize));
  }
  entries.push(vector("model.norm.weight", hiddenSize));
  if (!config.tieEmbeddings) entries.push(linear("lm_head.weight", hiddenSize, config.vocabSize));
  return entries;
}

/** Where each parameter of a config lies, without adapters; the order is the one of the model. */
export function parameterTable(config: DecoderConfig): ParameterTable {
  return tableOf(entriesOf(config));
}

/** Lays parameters out one after the other. */
export function tableOf(entries: readonly ParameterEntry[]): ParameterTable {
  let offset = 0;
  const specs = entries.map(({ name, shape, kind }): ParameterSpec => {
    const size = shape.reduce((product, dim) => product * dim, 1);
    const spec = { name, shape, storedTransposed: kind === "linear", decays: kind !== "vector", offset, size };
    offset = Math.ceil((offset + size) / ALIGNMENT) * ALIGNMENT;
    return spec;
  });
  return { specs, flatSize: offset };
}

/** A view on one parameter of a flat array. */
export function viewOf(flat: Float32Array, spec: ParameterSpec): Float32Array {
  return flat.subarray(spec.offset, spec.offset + spec.size);
}

/** Graph inputs that show `flat`: an update of the array is an update of every session that is fed with them. */
export function weightInputs(table: ParameterTable, flat: Float32Array): HostTensors {
  return Object.fromEntries(table.specs.map((spec) => [spec.name, f32(viewOf(flat, spec), spec.shape)]));
}

/** A [rows, columns] matrix with its axes swapped, into a fresh array. */
export function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(matrix.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = matrix[row * columns + column] as number;
    }
  }
  return result;
}
