// Low-rank adapters on linears, W x + (alpha / rank) B A x, as parameters of their own: the base is frozen and has neither
// gradients nor moments. Names and layout are PEFT's. Dropout is 0.   @see arXiv 2106.09685, section 4.1

import { fail } from "../../../../proto/errors.ts";
import { RandomStream } from "../../../random.ts";
import type { DecoderConfig } from "./config.ts";
import { type ParameterTable, parameterTable, tableOf, viewOf } from "./parameters.ts";

export const LORA_TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] as const;
export type LoraTarget = (typeof LORA_TARGETS)[number];

export interface LoraShape {
  /** Inner width, at least 1. */
  readonly rank: number;
  /** The product is scaled by alpha / rank. */
  readonly alpha: number;
  /** Linears of every layer that have an adapter. */
  readonly targets: readonly LoraTarget[];
}

/** @throws {EngineError} WEIGHTS_REJECTED, naming what fits no adapter */
export function checkLora(shape: LoraShape, place: string): LoraShape {
  const reject = (what: string) => fail("WEIGHTS_REJECTED", `${place}: ${what}`);
  if (!Number.isInteger(shape.rank) || shape.rank < 1) throw reject(`rank ${shape.rank} is not an integer above 0`);
  if (!Number.isFinite(shape.alpha) || shape.alpha <= 0) throw reject(`alpha ${shape.alpha} is not above 0`);
  const stray = shape.targets.find((target) => !LORA_TARGETS.includes(target));
  if (stray !== undefined) throw reject(`target ${stray}; supported: ${LORA_TARGETS.join(", ")}`);
  if (shape.targets.length === 0) throw reject("no targets");
  return { ...shape, targets: LORA_TARGETS.filter((target) => shape.targets.includes(target)) };
}

/** Linears of the base that have an adapter, by their Hugging Face name, with [in, out]. */
export function adaptedLinears(
  config: DecoderConfig,
  shape: LoraShape,
): readonly { readonly name: string; readonly from: number; readonly to: number }[] {
  return parameterTable(config).specs.flatMap(({ name, shape: [from, to] }) =>
    shape.targets.some((target) => name.endsWith(`.${target}.weight`))
      ? [{ name, from: from as number, to: to as number }]
      : [],
  );
}

/** PEFT's names of the two factors of a linear. */
export function adapterNames(linear: string): { readonly a: string; readonly b: string } {
  const stem = `base_model.model.${linear.slice(0, -".weight".length)}`;
  return { a: `${stem}.lora_A.weight`, b: `${stem}.lora_B.weight` };
}

/** A [in, rank] and B [rank, out] of every adapted linear, stored transposed as PEFT has them. */
export function adapterTable(config: DecoderConfig, shape: LoraShape): ParameterTable {
  return tableOf(
    adaptedLinears(config, shape).flatMap(({ name, from, to }) => {
      const { a, b } = adapterNames(name);
      return [
        { name: a, shape: [from, shape.rank], kind: "linear" as const },
        { name: b, shape: [shape.rank, to], kind: "linear" as const },
      ];
    }),
  );
}

/** A uniform in +-1 / sqrt(in), as PEFT draws it; B zero: a new adapter changes nothing. */
export function initialAdapters(table: ParameterTable, seed: number): Float32Array {
  const flat = new Float32Array(table.flatSize);
  const root = new RandomStream(seed).split("adapters");
  for (const spec of table.specs) {
    if (!spec.name.endsWith(".lora_A.weight")) continue;
    const view = viewOf(flat, spec);
    const bound = 1 / Math.sqrt(spec.shape[0] as number);
    const stream = root.split(spec.name);
    for (let i = 0; i < view.length; i++) view[i] = bound * (2 * stream.real() - 1);
  }
  return flat;
}

/** W + (alpha / rank) A B of one linear, [in, out], summed in float64; a fresh array. */
export function mergedLinear(weight: Float32Array, a: Float32Array, b: Float32Array, shape: LoraShape): Float32Array {
  const { rank } = shape;
  const scale = shape.alpha / rank;
  const [from, to] = [a.length / rank, b.length / rank];
  const merged = new Float32Array(weight.length);
  const sums = new Float64Array(to);
  for (let i = 0; i < from; i++) {
    sums.fill(0);
    // Along rows of B: they lie together, columns do not.
    for (let k = 0; k < rank; k++) {
      const factor = a[i * rank + k] as number;
      for (let o = 0; o < to; o++) sums[o] = (sums[o] as number) + factor * (b[k * to + o] as number);
    }
    for (let o = 0; o < to; o++) merged[i * to + o] = (weight[i * to + o] as number) + scale * (sums[o] as number);
  }
  return merged;
}
