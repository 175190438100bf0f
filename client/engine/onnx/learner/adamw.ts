// AdamW in place over flat arrays: weights are inputs of every graph and inputs are not copied, so the next run sees the
// new weights. Decay is decoupled and happens before the update, as in torch.   @see arXiv 1711.05101, Algorithm 2

import type { OptimStep } from "../../engine.ts";
import type { ParameterTable } from "../model/parameters.ts";

export interface AdamMoments {
  readonly first: Float32Array;
  readonly second: Float32Array;
  /** Completed updates. */
  updateCount: number;
}

export function zeroMoments(size: number): AdamMoments {
  return { first: new Float32Array(size), second: new Float32Array(size), updateCount: 0 };
}

/**
 * One update with gradients scaled by `gradientScale`. Everything per element is float64 between loads and stores.
 * @param gradients finite; same layout as weights
 */
export function applyAdamW(
  weights: Float32Array,
  gradients: Float32Array,
  moments: AdamMoments,
  table: ParameterTable,
  step: OptimStep,
  gradientScale: number,
): void {
  moments.updateCount += 1;
  const { first, second } = moments;
  const { beta1, beta2, epsilon, learningRate } = step;
  const [fresh1, fresh2] = [1 - beta1, 1 - beta2];
  const rate = learningRate / (1 - beta1 ** moments.updateCount);
  const rootCorrection = 1 / Math.sqrt(1 - beta2 ** moments.updateCount);
  for (const spec of table.specs) {
    const kept = spec.decays || step.decaysAll === true ? 1 - learningRate * step.weightDecay : 1;
    const end = spec.offset + spec.size;
    for (let i = spec.offset; i < end; i++) {
      const g = (gradients[i] as number) * gradientScale;
      const m = beta1 * (first[i] as number) + fresh1 * g;
      const v = beta2 * (second[i] as number) + fresh2 * g * g;
      first[i] = m;
      second[i] = v;
      weights[i] = (weights[i] as number) * kept - (rate * m) / (Math.sqrt(v) * rootCorrection + epsilon);
    }
  }
}
