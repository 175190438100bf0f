// Steps and advantages become rows whose weights add up as the aggregation says, whatever is left out of the computation.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../../client/random.ts";
import { type AdvantageStep, makeMiniBatches } from "../../../client/train/training-batch.ts";
import type { AgentStep } from "../../../client/types.ts";

function stepOf(drawn: readonly (0 | 1)[], advantage: number, mark = 0): AdvantageStep {
  const tokens_T = Int32Array.from(drawn, (_, t) => 100 + t);
  const step = {
    prompt: { tokens_T: Int32Array.of(1, 2, 3, mark), cutTokenCount: 0 },
    completion: {
      tokens_T,
      drawn_T: Uint8Array.from(drawn),
      logprobs_T: Float32Array.from(drawn, (one, t) => (one === 1 ? -t - 1 : 0)),
      allowed_T: drawn.map((one, t) => (one === 1 ? Int32Array.of(100 + t, 200 + t) : null)),
      stopReason: "choice",
      policyVersion: 0,
    },
  } as unknown as AgentStep;
  return { step, advantage, mask_T: step.completion.drawn_T };
}

const OPTIONS = {
  miniBatchRows: 1000,
  aggregation: "tokenMean",
  aggregationConstant: 1,
  temperature: 2,
  keepZeroAdvantage: false,
} as const;
const batchesOf = (steps: readonly AdvantageStep[], options = {}) =>
  makeMiniBatches(steps, { ...OPTIONS, ...options }, new RandomStream(1));

const someSteps = fc.array(
  fc.record({
    drawn: fc.array(fc.constantFrom(0 as const, 1 as const), { minLength: 1, maxLength: 6 }),
    advantage: fc.constantFrom(0, -1, 0.5),
  }),
  { minLength: 1, maxLength: 40 },
);
const build = (specs: readonly { drawn: readonly (0 | 1)[]; advantage: number }[]) =>
  specs.map(({ drawn, advantage }, i) => stepOf(drawn, advantage, i));

describe("a training row", () => {
  it("has the drawn tokens as targets, cut after the last of them, with their masks and logprobs", () => {
    const { miniBatches } = batchesOf([stepOf([0, 1, 0, 1, 0], 2)]);
    const [row] = miniBatches[0]!.rows;
    expect([...row!.tokens_T]).toEqual([1, 2, 3, 0, 100, 101, 102, 103]);
    expect([...row!.targets_N]).toEqual([5, 7]);
    expect([...row!.behaviourLogprobs_N]).toEqual([-2, -4]);
    expect(row!.allowed_N!.map((allowed) => [...allowed!])).toEqual([
      [101, 201],
      [103, 203],
    ]);
    expect([...row!.advantages_N]).toEqual([2, 2]);
    expect(row!.inverseTemperature).toBe(0.5);
  });

  it("is not made of a step whose every token was forced or masked; those are counted", () => {
    const masked = { ...stepOf([1, 1], 1), mask_T: Uint8Array.of(0, 0) };
    const { miniBatches, forcedStepCount } = batchesOf([stepOf([0, 0], 1), masked, stepOf([1], 1)]);
    expect(forcedStepCount).toBe(2);
    expect(miniBatches.flatMap(({ rows }) => rows)).toHaveLength(1);
  });
});

describe("mini-batches", () => {
  it("hold every trainable step once, in sizes that differ by at most one and keep the bound", () => {
    fc.assert(
      fc.property(someSteps, fc.integer({ min: 1, max: 10 }), (specs, miniBatchRows) => {
        const { miniBatches, forcedStepCount } = batchesOf(build(specs), { miniBatchRows, keepZeroAdvantage: true });
        const marks = miniBatches.flatMap(({ rows }) => rows.map((row) => row.tokens_T[3]!));
        expect(new Set(marks).size).toBe(specs.length - forcedStepCount);
        const sizes = miniBatches.map(({ sequenceCount }) => sequenceCount);
        expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(miniBatchRows);
        expect(Math.max(0, ...sizes) - Math.min(...sizes, Math.max(0, ...sizes))).toBeLessThanOrEqual(1);
      }),
    );
  });

  it.each([
    ["tokenMean", 1],
    ["sequenceMeanTokenMean", 1],
  ] as const)("of %s have weights that add up to %d", (aggregation, total) => {
    fc.assert(
      fc.property(someSteps, (specs) => {
        for (const { rows } of batchesOf(build(specs), { aggregation, keepZeroAdvantage: true, miniBatchRows: 7 })
          .miniBatches) {
          const sum = rows.reduce((a, row) => a + row.weights_N.reduce((b, weight) => b + weight, 0), 0);
          expect(sum).toBeCloseTo(total, 12);
        }
      }),
    );
  });

  it("leave rows of advantage 0 out without changing the weight of any other", () => {
    fc.assert(
      fc.property(someSteps, (specs) => {
        const weightByMark = (keepZeroAdvantage: boolean) => {
          const { miniBatches } = batchesOf(build(specs), { keepZeroAdvantage, miniBatchRows: 9 });
          const rows = miniBatches.flatMap((batch) => batch.rows).filter((row) => row.advantages_N[0] !== 0);
          return new Map(rows.map((row) => [row.tokens_T[3]!, row.weights_N[0]!]));
        };
        expect(weightByMark(false)).toEqual(weightByMark(true));
      }),
    );
  });

  it("depend on the stream alone", () => {
    const steps = build(Array.from({ length: 30 }, () => ({ drawn: [1], advantage: 1 })));
    const order = (seed: number) =>
      makeMiniBatches(steps, { ...OPTIONS, miniBatchRows: 8 }, new RandomStream(seed)).miniBatches.map(({ rows }) =>
        rows.map((row) => row.tokens_T[3]),
      );
    expect(order(1)).toEqual(order(1));
    expect(order(1)).not.toEqual(order(2));
  });
});
