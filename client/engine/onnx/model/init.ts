// Weights of a model from scratch: normal with deviation 0.02, projections back into the residual stream scaled by
// 1 / sqrt(2 L), norms at 1, biases at 0. One named stream per parameter, so that a size changed in one place leaves the
// draws of the others alone.   @see Radford et al. 2019 (GPT-2), section 2.3, for the residual scale

import { RandomStream } from "../../../random.ts";
import type { DecoderConfig } from "./config.ts";
import { type ParameterTable, viewOf } from "./parameters.ts";

const DEVIATION = 0.02;

export function initialWeights(config: DecoderConfig, table: ParameterTable, seed: number): Float32Array {
  const flat = new Float32Array(table.flatSize);
  const root = new RandomStream(seed).split("weights");
  for (const spec of table.specs) {
    const view = viewOf(flat, spec);
    if (spec.name.endsWith(".bias")) continue;
    if (spec.shape.length === 1) {
      view.fill(1);
      continue;
    }
    const intoResidual = spec.name.endsWith("o_proj.weight") || spec.name.endsWith("down_proj.weight");
    const deviation = intoResidual ? DEVIATION / Math.sqrt(2 * config.layerCount) : DEVIATION;
    const stream = root.split(spec.name);
    for (let i = 0; i < view.length; i++) view[i] = deviation * stream.normal();
  }
  return flat;
}
