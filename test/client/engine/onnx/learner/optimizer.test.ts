// The compiled optimiser against its formula in plain JavaScript, bit for bit, over sizes around its block and its vectors.
import { describe, expect, test } from "vitest";
import { applyAdamW, zeroMoments } from "../../../../../client/engine/onnx/learner/adamw.ts";
import { globalNorm } from "../../../../../client/engine/onnx/learner/grad-clip.ts";
import { BLOCK } from "../../../../../client/engine/onnx/learner/optimizer-kernel.ts";
import { type ParameterTable, tableOf } from "../../../../../client/engine/onnx/model/parameters.ts";
import { RandomStream } from "../../../../../client/random.ts";
import { staleModules } from "../../../../../scripts/assemble-wasm.ts";

const SIZES = [1, 2, 3, 5, 16, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 7];
const table = tableOf(
  SIZES.map((size, i) => ({ name: `p${i}`, shape: [size], kind: i % 2 === 0 ? "linear" : "vector" })),
);
const STEP = { learningRate: 3e-3, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, maxGradNorm: 1 };

/** Magnitudes from 1e-12 to 1e3, both signs. */
function draws(stream: RandomStream, size: number): Float32Array {
  return Float32Array.from({ length: size }, () => stream.normal() * 10 ** (15 * stream.real() - 12));
}

describe("AdamW", () => {
  test("gives the bits of the formula over many updates, with scaled gradients", () => {
    const stream = new RandomStream(4);
    const weights = draws(stream, table.flatSize);
    const moments = zeroMoments(table.flatSize);
    const expected = { weights: weights.slice(), first: moments.first.slice(), second: moments.second.slice() };
    for (let update = 1; update <= 5; update++) {
      const gradients = table.specs.map(({ size }) => draws(stream, size));
      const scale = 0.1 + stream.real();
      applyAdamW(weights, gradients, moments, table, STEP, scale);
      formula(expected, gradients, update, scale);
    }
    expect(moments.updateCount).toBe(5);
    for (const { offset, size } of table.specs) {
      const part = (flat: Float32Array) => flat.subarray(offset, offset + size);
      expect(part(weights)).toEqual(part(expected.weights));
      expect(part(moments.first)).toEqual(part(expected.first));
      expect(part(moments.second)).toEqual(part(expected.second));
    }
  });

  test("without gradients is the update of zeros", () => {
    const weights = draws(new RandomStream(5), table.flatSize);
    const other = weights.slice();
    const [moments, others] = [zeroMoments(table.flatSize), zeroMoments(table.flatSize)];
    // What an update before it has left in the kernel's memory must not count.
    const some = table.specs.map(({ size }) => new Float32Array(size).fill(1));
    for (const [array, held] of [
      [weights, moments],
      [other, others],
    ] as const) {
      applyAdamW(array, some, held, table, STEP, 1);
    }
    applyAdamW(weights, null, moments, table, STEP, 1);
    const zeros = table.specs.map(({ size }) => new Float32Array(size));
    applyAdamW(other, zeros, others, table, STEP, 1);
    expect(weights).toEqual(other);
    expect(moments).toEqual(others);
  });

  function formula(
    state: { weights: Float32Array; first: Float32Array; second: Float32Array },
    gradients: readonly Float32Array[],
    update: number,
    scale: number,
  ): void {
    const { beta1, beta2, epsilon, learningRate } = STEP;
    const rate = learningRate / (1 - beta1 ** update);
    const root = 1 / Math.sqrt(1 - beta2 ** update);
    for (const [p, spec] of table.specs.entries()) {
      const kept = spec.decays ? 1 - learningRate * STEP.weightDecay : 1;
      for (let n = 0; n < spec.size; n++) {
        const i = spec.offset + n;
        const g = (gradients[p]?.[n] as number) * scale;
        const m = beta1 * (state.first[i] as number) + (1 - beta1) * g;
        const v = beta2 * (state.second[i] as number) + (1 - beta2) * g * g;
        state.first[i] = m;
        state.second[i] = v;
        state.weights[i] = (state.weights[i] as number) * kept - (rate * m) / (Math.sqrt(v) * root + epsilon);
      }
    }
  }
});

describe("the norm", () => {
  test("is that of all gradients", () => {
    const stream = new RandomStream(6);
    const gradients = table.specs.map(({ size }) => draws(stream, size));
    const squares = gradients.flatMap((gradient) => [...gradient].map((value) => value * value));
    // Float64 sums in another order: 1e-12 is some thousand roundings.
    const expected = Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
    expect(Math.abs(globalNorm(gradients, table) / expected - 1)).toBeLessThan(1e-12);
  });

  test("of none is 0, also after another one", () => {
    globalNorm([Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8)], oneParameter(8));
    expect(globalNorm(null, table)).toBe(0);
    expect(globalNorm([new Float32Array(1)], oneParameter(1))).toBe(0);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])("names the parameter with a gradient of %d", (bad) => {
    const gradients = table.specs.map(({ size }) => new Float32Array(size));
    (gradients[7] as Float32Array)[BLOCK] = bad;
    expect(() => globalNorm(gradients, table)).toThrow("the gradient of p7 is not finite");
  });

  function oneParameter(size: number): ParameterTable {
    return tableOf([{ name: "p", shape: [size], kind: "vector" }]);
  }
});

test("the committed bytes are those of the text", async () => {
  expect(await staleModules()).toEqual([]);
});
