import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { configureAlgorithm } from "../../../client/algorithms/registry.ts";
import { rowBatches } from "./row-batches.ts";

describe("HGPO", () => {
  test("shuffling the rows permutes the result, to the last bit", () => {
    const algorithm = configureAlgorithm({ name: "hgpo", baseGroup: true });
    fc.assert(
      fc.property(rowBatches, (rows) => {
        const straight = algorithm.advantage(rows).advantage;
        const reversed = algorithm.advantage(rows.toReversed()).advantage;
        expect([...reversed].reverse()).toEqual([...straight]);
      }),
    );
  });

  test("without history and deviation it is GiGPO's step level, but for epsilon", () => {
    const hgpo = configureAlgorithm({ name: "hgpo", history: 0, normalization: "mean", epsilon: 1e-12 });
    const gigpo = configureAlgorithm({ name: "gigpo", normalization: "mean" });
    fc.assert(
      fc.property(rowBatches, (rows) => {
        const step = gigpo.advantage(rows).stepAdvantage;
        hgpo.advantage(rows).advantage.forEach((value, i) => {
          expect(value).toBeCloseTo(step[i]!, 9);
        });
      }),
    );
  });
});
