// AdamW in place over flat arrays: weights are inputs of every graph and inputs are not copied, so the next run sees the
// new weights. Decay is decoupled and happens before the update, as in torch.   @see arXiv 1711.05101, Algorithm 2
// Per element, in float64 between loads and stores of float32 (optimizer.wat, which computes blocks of them):
//   g = scale gradient,  m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g g,
//   weight = kept weight - rate m / (sqrt(v) root + epsilon).

import type { OptimStep } from "../../engine.ts";
import { type ParameterTable, viewOf } from "../model/parameters.ts";
import { BLOCK, kernel } from "./optimizer-kernel.ts";

export interface AdamMoments {
  readonly first: Float32Array;
  readonly second: Float32Array;
  /** Completed updates. */
  updateCount: number;
}

export function zeroMoments(size: number): AdamMoments {
  return { first: new Float32Array(size), second: new Float32Array(size), updateCount: 0 };
}

/** What a step is to every element. */
export interface StepNumbers {
  readonly beta1: number;
  /** 1 - beta1 */
  readonly rest1: number;
  readonly beta2: number;
  /** 1 - beta2 */
  readonly rest2: number;
  readonly epsilon: number;
  /** The learning rate, with the first moment's bias taken out. */
  readonly rate: number;
  /** What takes the bias out of the second moment's root. */
  readonly root: number;
  /** What decay leaves of a weight that decays, and of one that does not. */
  readonly keptDecaying: number;
  readonly kept: number;
}

/** @param updateCount updates that are complete once this one is */
export function stepNumbers(step: OptimStep, updateCount: number): StepNumbers {
  const { beta1, beta2, epsilon, learningRate, weightDecay } = step;
  const keptDecaying = 1 - learningRate * weightDecay;
  return {
    beta1,
    rest1: 1 - beta1,
    beta2,
    rest2: 1 - beta2,
    epsilon,
    rate: learningRate / (1 - beta1 ** updateCount),
    root: 1 / Math.sqrt(1 - beta2 ** updateCount),
    keptDecaying,
    kept: step.decaysAll === true ? keptDecaying : 1,
  };
}

/**
 * One update with gradients scaled by `gradientScale`.
 * @param gradients finite, one array per parameter of the table; null: all zero
 */
export function applyAdamW(
  weights: Float32Array,
  gradients: readonly Float32Array[] | null,
  moments: AdamMoments,
  table: ParameterTable,
  step: OptimStep,
  gradientScale: number,
): void {
  moments.updateCount += 1;
  const { beta1, rest1, beta2, rest2, epsilon, rate, root, ...decay } = stepNumbers(step, moments.updateCount);
  table.specs.forEach((spec, p) => {
    const kept = spec.decays ? decay.keptDecaying : decay.kept;
    const [weight, first, second] = [weights, moments.first, moments.second].map((flat) => viewOf(flat, spec)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const gradient = gradients?.[p];
    if (gradient === undefined) kernel.gradients.fill(0);
    for (let start = 0; start < spec.size; start += BLOCK) {
      const count = Math.min(BLOCK, spec.size - start);
      const end = start + count;
      kernel.weights.set(weight.subarray(start, end));
      if (gradient !== undefined) kernel.gradients.set(gradient.subarray(start, end));
      kernel.first.set(first.subarray(start, end));
      kernel.second.set(second.subarray(start, end));
      // biome-ignore format: the order of the kernel's parameters
      kernel.update(count, beta1, rest1, beta2, rest2, epsilon, gradientScale, kept, rate, root);
      weight.set(kernel.weights.subarray(0, count), start);
      first.set(kernel.first.subarray(0, count), start);
      second.set(kernel.second.subarray(0, count), start);
    }
  });
}
