// Random batches of rows for property tests: several groups, ragged episodes, few anchors so that rows meet, loops,
// invalid rows, lone trajectories and equal returns.

import fc from "fast-check";
import type { AdvantageRow } from "../../../client/advantage/rows.ts";

const step = fc.record({
  anchor: fc.constantFrom("s0", "s1", "s2", "s3"),
  extra: fc.constantFrom("a", "b"),
  reward: fc.constantFrom(0, 0, 0, 1, -0.1, 10, 0.3),
  valid: fc.boolean(),
});

/** Rows in (group, trajectory, step) order; anchors refine one another: observation is coarser, full finer. */
export const rowBatches: fc.Arbitrary<AdvantageRow[]> = fc
  .array(fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 5 }), {
    minLength: 1,
    maxLength: 3,
  })
  .map((groups) =>
    groups.flatMap((trajectories, g) =>
      trajectories.flatMap((steps, t) =>
        steps.map(
          ({ anchor, extra, reward, valid }, s): AdvantageRow => ({
            group: `g${g}`,
            trajectory: `t${t}`,
            step: s,
            anchors: { observation: anchor < "s2" ? "low" : "high", semantic: anchor, full: `${anchor}${extra}` },
            reward,
            valid,
            admissible: true,
            terminated: false,
            truncated: false,
          }),
        ),
      ),
    ),
  );

/** Numbers per key, in order of appearance. */
export function valuesBy(
  rows: readonly AdvantageRow[],
  keyOf: (row: AdvantageRow) => string,
  values: ArrayLike<number>,
): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  rows.forEach((row, i) => {
    const key = keyOf(row);
    groups.set(key, [...(groups.get(key) ?? []), values[i]!]);
  });
  return groups;
}

export const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
