import { describe, expect, it } from "vitest";
import { learningRateAt } from "../../../client/train/lr-schedule.ts";

const plan = (schedule: "constant" | "linear" | "cosine", warmup = 0) => ({
  learningRate: 1,
  schedule,
  warmup,
  total: 10,
});
const course = (...args: Parameters<typeof plan>) =>
  Array.from({ length: 10 }, (_, i) => learningRateAt(plan(...args), i));

describe("the learning rate", () => {
  it("rises linearly over the warm-up, whatever comes after", () => {
    for (const schedule of ["constant", "linear", "cosine"] as const) {
      expect(course(schedule, 4).slice(0, 5)).toEqual([0.25, 0.5, 0.75, 1, 1]);
    }
  });

  it("of a falling schedule starts at the peak, never rises, stays above 0 and would reach 0 one step later", () => {
    for (const schedule of ["linear", "cosine"] as const) {
      const rates = course(schedule);
      expect(rates[0]).toBe(1);
      rates.slice(1).forEach((rate, i) => {
        expect(rate).toBeLessThan(rates[i]!);
        expect(rate).toBeGreaterThan(0);
      });
    }
    expect(course("linear").at(-1)).toBeCloseTo(0.1, 12);
    expect(course("cosine")[5]).toBeCloseTo(0.5, 12);
  });

  it("beyond the end keeps its last value", () => {
    expect(learningRateAt(plan("linear"), 50)).toBe(course("linear").at(-1));
  });
});
