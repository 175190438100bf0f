import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type PolicyGradientInput,
  type PolicyGradientSpec,
  policyGradientLoss,
  weightedPolicyGradientLoss,
} from "../../../client/loss/reference-loss.ts";
import { type Aggregation, aggregationWeights } from "../../../client/loss/token-weights.ts";

const AGGREGATIONS = ["tokenMean", "sequenceMeanTokenSum", "sequenceMeanTokenMean", "constantNorm"] as const;
const logp = fc.double({ min: -4, max: 0, noNaN: true });
const token = fc.record({
  logp,
  old: logp,
  ref: logp,
  advantage: fc.double({ min: -3, max: 3, noNaN: true }),
  mask: fc.constantFrom(0, 1, 1),
});
const batches = fc.array(fc.array(token, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 6 }).map(
  (rows): PolicyGradientInput => ({
    logp_BT: rows.map((row) => row.map((t) => t.logp)),
    old_BT: rows.map((row) => row.map((t) => t.old)),
    ref_BT: rows.map((row) => row.map((t) => t.ref)),
    advantages_BT: rows.map((row) => row.map((t) => t.advantage)),
    mask_BT: rows.map((row) => row.map((t) => t.mask)),
  }),
);

const spec = (aggregation: Aggregation, rest: Partial<PolicyGradientSpec> = {}): PolicyGradientSpec => ({
  ratio: "token",
  clipLow: 0.2,
  clipHigh: 0.28,
  dualClip: 3,
  klCoefficient: 0.05,
  aggregation,
  normalizer: 8,
  ...rest,
});

const rowsFrom = (input: PolicyGradientInput, from: number, to: number): PolicyGradientInput => ({
  logp_BT: input.logp_BT.slice(from, to),
  old_BT: input.old_BT.slice(from, to),
  ref_BT: input.ref_BT!.slice(from, to),
  advantages_BT: input.advantages_BT.slice(from, to),
  mask_BT: input.mask_BT.slice(from, to),
});

describe("policy-gradient loss", () => {
  test.each(AGGREGATIONS)("%s: the loss is the same for every split into micro-batches", (aggregation) => {
    fc.assert(
      fc.property(batches, fc.nat(), (input, at) => {
        const whole = policyGradientLoss(input, spec(aggregation));
        const weights = aggregationWeights(input.mask_BT, aggregation, 8);
        const cut = at % (input.logp_BT.length + 1);
        const parts = [
          [0, cut],
          [cut, input.logp_BT.length],
        ].map(([from, to]) =>
          weightedPolicyGradientLoss(rowsFrom(input, from!, to!), weights.slice(from, to), spec(aggregation)),
        );
        expect(parts[0]!.loss + parts[1]!.loss).toBeCloseTo(whole.loss, 10);
        expect(parts.flatMap(({ gradient_BT }) => gradient_BT)).toEqual(whole.gradient_BT);
      }),
    );
  });

  // The sequence ratio's gradient flows through the token alone by definition, so it is no derivative of its loss.
  test.each(["token", "action"] as const)("the gradient of ratio %s is the derivative of the loss", (ratio) => {
    const h = 1e-6;
    for (const klEstimator of ["k1", "k2", "k3", "abs"] as const) {
      fc.assert(
        fc.property(batches, (input) => {
          const settings = spec("tokenMean", { ratio, klEstimator, clipLow: 0.3, clipHigh: 0.3 });
          const { gradient_BT } = policyGradientLoss(input, settings);
          input.logp_BT.forEach((row, b) => {
            Array.from(row).forEach((_, t) => {
              const lossAt = (delta: number) => {
                const logp_BT = input.logp_BT.map((r, i) =>
                  Array.from(r, (value, j) => (i === b && j === t ? value + delta : value)),
                );
                return policyGradientLoss({ ...input, logp_BT }, settings).loss;
              };
              const [left, middle, right] = [lossAt(-h), lossAt(0), lossAt(h)];
              // At a kink (clip bounds, k of 0) the two one-sided derivatives differ and no derivative exists.
              if (Math.abs(left - 2 * middle + right) > 1e-9) return;
              expect(gradient_BT[b]![t]! - (right - left) / (2 * h)).toBeCloseTo(0, 3);
            });
          });
        }),
        { numRuns: 25, seed: 1 },
      );
    }
  });

  test("everything masked is a loss of 0 with gradients of 0", () => {
    const input = { logp_BT: [[-1]], old_BT: [[-2]], advantages_BT: [[1]], mask_BT: [[0]] };
    const result = policyGradientLoss(input, spec("sequenceMeanTokenMean"));
    expect(result).toEqual({ loss: 0, policyLoss: 0, kl: 0, clipFraction: 0, gradient_BT: [Float64Array.of(0)] });
  });
});

describe("aggregation weights", () => {
  test("means weigh 1 in all, and sums divide by sequences or a constant", () => {
    const mask = [
      [1, 1, 0],
      [1, 0, 0],
    ];
    const total = (aggregation: Aggregation) =>
      aggregationWeights(mask, aggregation, 4).reduce((sum, row) => sum + row.reduce((a, b) => a + b, 0), 0);
    expect(AGGREGATIONS.map(total)).toEqual([1, 1.5, 1, 3 / 8]);
    expect([...aggregationWeights(mask, "sequenceMeanTokenMean")[0]!]).toEqual([0.25, 0.25, 0]);
  });
});
