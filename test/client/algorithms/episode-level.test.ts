import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { configureAlgorithm } from "../../../client/algorithms/registry.ts";
import { rowBatches, sum, valuesBy } from "./row-batches.ts";

const without = { invalidActionPenalty: { coefficient: 0 } };

describe("episode-level algorithms", () => {
  test("Dr. GRPO is GRPO without the deviation, and RLOO is it times n / (n - 1)", () => {
    const drGrpo = configureAlgorithm({ name: "dr-grpo", ...without });
    const grpoMean = configureAlgorithm({ name: "grpo", normalization: "mean", ...without });
    const rloo = configureAlgorithm({ name: "rloo", ...without });
    fc.assert(
      fc.property(rowBatches, (rows) => {
        const centered = drGrpo.advantage(rows).advantage;
        expect([...centered]).toEqual([...grpoMean.advantage(rows).advantage]);
        const others = rloo.advantage(rows).advantage;
        rows.forEach((row, i) => {
          const n = new Set(rows.filter(({ group }) => group === row.group).map(({ trajectory }) => trajectory)).size;
          expect(others[i]).toBeCloseTo(n === 1 ? 0 : (n / (n - 1)) * centered[i]!, 9);
        });
      }),
    );
  });

  test.each(["grpo", "dr-grpo", "rloo"])("%s: one number per trajectory, summing to 0 in each group", (name) => {
    const algorithm = configureAlgorithm({ name });
    fc.assert(
      fc.property(rowBatches, (rows) => {
        const { advantage, stepAdvantage } = algorithm.advantage(rows);
        const perTrajectory = valuesBy(rows, (row) => `${row.group}/${row.trajectory}`, advantage);
        for (const values of perTrajectory.values()) expect(new Set(values).size).toBe(1);
        const perGroup = new Map<string, number[]>();
        for (const [key, values] of perTrajectory) {
          const group = key.split("/")[0]!;
          perGroup.set(group, [...(perGroup.get(group) ?? []), values[0]!]);
        }
        for (const values of perGroup.values()) expect(sum(values)).toBeCloseTo(0, 9);
        expect(stepAdvantage.every((value) => value === 0)).toBe(true);
      }),
    );
  });
});
