// data/golden/at_grpo_random.json: 20 random tree batches, three groupings, float64, 1e-9.

import { describe, expect, test } from "vitest";
import type { SingletonRule } from "../../client/advantage/outcome-estimators.ts";
import {
  type SiblingKey,
  type SiblingRow,
  siblingAdvantages,
  siblingReward,
  siblingWinners,
} from "../../client/advantage/sibling-groups.ts";
import type { Normalization } from "../../client/advantage/statistics.ts";
import { describeGolden, expectClose } from "./golden-data.ts";

interface AtGrpoGolden {
  tolerance: number;
  rowFields: string[];
  batches: {
    id: number;
    config: { K: number; alpha: number; epsilon: number };
    rows: unknown[][];
    reward: number[];
    winner: number[];
    expected: Record<
      SiblingKey,
      { singleton: SingletonRule; group: number[]; advantage: Record<Normalization, number[]> }
    >;
  }[];
}

describeGolden<AtGrpoGolden>("at_grpo_random.json", (golden) => {
  describe.each(golden.batches)("batch $id", ({ config, rows: raw, reward, winner, expected }) => {
    const rows = raw.map(
      (values) => Object.fromEntries(golden.rowFields.map((field, i) => [field, values[i]])) as unknown as SiblingRow,
    );
    const rewards = rows.map((row) => siblingReward(row, config.alpha));

    test("rewards and winners", () => {
      expectClose(rewards, reward, golden.tolerance);
      expect([...siblingWinners(rows, rewards)]).toEqual(winner);
    });

    test.each(Object.keys(expected) as SiblingKey[])("%s", (groupKey) => {
      const { singleton, group, advantage } = expected[groupKey];
      for (const normalization of ["meanStd", "mean"] as const) {
        const rule = { groupKey, singleton, samples: config.K, normalization, epsilon: config.epsilon };
        const result = siblingAdvantages(rows, rewards, rule);
        expectClose(result.advantage, advantage[normalization], golden.tolerance, normalization);
        const first = (ids: ArrayLike<number>) => Array.from(ids, (id) => Array.from(ids).indexOf(id));
        expect(first(result.group)).toEqual(first(group));
      }
    });
  });
});
