import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  center,
  hasNoSpread,
  leaveOneOut,
  mean,
  normalized,
  normalizerOf,
  populationStd,
  sampleStd,
  standardize,
  whiten,
} from "../../../client/advantage/statistics.ts";

// Tenths: differences are either zero or far above the no-spread bound.
const values = fc.array(
  fc.integer({ min: -1000, max: 1000 }).map((x) => x / 10),
  { minLength: 2, maxLength: 20 },
);

describe("statistics", () => {
  test("mean and deviations by hand", () => {
    expect(mean([1, 2, 6])).toBe(3);
    expect(sampleStd([1, 2, 6])).toBeCloseTo(Math.sqrt(7), 12);
    expect(populationStd([1, 2, 6])).toBeCloseTo(Math.sqrt(14 / 3), 12);
    expect([mean([]), sampleStd([5]), populationStd([])]).toEqual([0, 0, 0]);
  });

  test("standardised values have mean 0 and deviation 1 up to epsilon", () => {
    fc.assert(
      fc.property(values, (x) => {
        const z = standardize(x, 1e-12);
        if (hasNoSpread(x)) expect([...z].every((value) => value === 0)).toBe(true);
        else {
          expect(mean(z)).toBeCloseTo(0, 6);
          if (sampleStd(x) > 1e-3) expect(sampleStd(z)).toBeCloseTo(1, 6);
        }
      }),
    );
  });

  test("no spread is exactly zero, at any size of the values", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.integer({ min: 1, max: 50 }), (value, count) => {
        const equal = new Float64Array(count).fill(value);
        // The last bit of one value may differ: 0.1 + 0.2 against 0.3.
        equal[0] = value * (1 + Number.EPSILON);
        expect([...standardize(equal)]).toEqual(Array(count).fill(0));
        expect([...center(equal)]).toEqual(Array(count).fill(0));
      }),
    );
  });

  test("a value outside the group is related to it, and is 0 under meanStd when the group has no spread", () => {
    expect(normalizerOf([1, 3], { normalization: "mean", epsilon: 0 })(5)).toBe(3);
    expect(normalizerOf([2, 2], { normalization: "meanStd", epsilon: 1e-6 })(5)).toBe(0);
    expect(normalizerOf([2, 2], { normalization: "mean", epsilon: 1e-6 })(5)).toBe(3);
  });

  test("the population deviation is smaller by sqrt((n - 1) / n)", () => {
    const rule = { normalization: "meanStd", epsilon: 1e-15 } as const;
    const [sample] = normalized([0, 0, 0, 4], rule);
    const [population] = normalized([0, 0, 0, 4], { ...rule, deviation: "population" });
    expect(population! / sample!).toBeCloseTo(Math.sqrt(4 / 3), 12);
  });

  test("leave-one-out is the value less the mean of the others", () => {
    fc.assert(
      fc.property(values, (x) => {
        leaveOneOut(x).forEach((advantage, i) => {
          const others = x.filter((_, k) => k !== i);
          expect(advantage).toBeCloseTo(x[i]! - mean(others), 6);
        });
      }),
    );
    expect([...leaveOneOut([7])]).toEqual([0]);
  });

  test("whitening is global over unmasked tokens and 0 elsewhere", () => {
    const [a, b] = whiten([[1, 2, 99], [3]], [[1, 1, 0], [1]], 0);
    expect([...a!, ...b!]).toEqual([-1, 0, 0, 1]);
    expect([...whiten([[5]], [[1]])[0]!]).toEqual([0]);
  });
});
