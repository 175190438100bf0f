// data/golden/gigpo_random.json: 20 random batches in float64, presets x statistics x normalisations and HGPO, 1e-9.

import { describe, expect, test } from "vitest";
import { partitionWithinGroups } from "../../client/advantage/partition.ts";
import { penalizedReturns } from "../../client/advantage/penalties.ts";
import { type AdvantageRow, indexRows } from "../../client/advantage/rows.ts";
import { configureAlgorithm } from "../../client/algorithms/registry.ts";
import { describeGolden, expectClose } from "./golden-data.ts";

interface Arrays {
  episodeAdvantage: number[];
  advantage: number[];
}
interface Normalized {
  stepAdvantage: number[];
  trajectories: Arrays;
  rows: Arrays;
  hgpo: number[];
}
interface Preset {
  stepReturn: number[];
  episodeScore: number[];
  meanStd: Normalized;
  mean: Normalized;
}
interface RandomGolden {
  tolerance: number;
  rowFields: string[];
  batches: {
    id: number;
    config: { gamma: number; omega: number; epsilon: number; invalidActionPenalty: { coefficient: number } };
    rows: unknown[][];
    stepGroup: number[];
    expected: { paper: Preset; reference: Preset };
  }[];
}

describeGolden<RandomGolden>("gigpo_random.json", (golden) => {
  describe.each(golden.batches)("batch $id", (batch) => {
    const rows = batch.rows.map((values) => {
      const row = Object.fromEntries(golden.rowFields.map((field, i) => [field, values[i]]));
      return {
        ...row,
        valid: row["valid"] === 1,
        admissible: true,
        terminated: false,
        truncated: false,
      } as AdvantageRow;
    });
    const { omega: _, ...contextConfig } = batch.config;

    test("step groups", () => {
      const { bucketOfRow } = partitionWithinGroups(indexRows(rows), (row) => rows[row]!.anchor);
      const sameGroup = (ids: ArrayLike<number>) => Array.from(ids, (id) => Array.from(ids).indexOf(id));
      expect(sameGroup(bucketOfRow)).toEqual(sameGroup(batch.stepGroup));
    });

    describe.each(["paper", "reference"] as const)("preset %s", (preset) => {
      const expected = batch.expected[preset];
      test("returns and scores", () => {
        const apply = preset === "paper" ? "reward" : "row";
        const returns = penalizedReturns(rows, indexRows(rows), {
          gamma: batch.config.gamma,
          validity: "format",
          invalidActionPenalty: { ...batch.config.invalidActionPenalty, apply },
        });
        expectClose(returns.stepReturn, expected.stepReturn, golden.tolerance, "stepReturn");
        expectClose(returns.episodeScore, expected.episodeScore, golden.tolerance, "episodeScore");
      });

      test.each(["meanStd", "mean"] as const)("%s", (normalization) => {
        for (const episodeStatistics of ["trajectories", "rows"] as const) {
          const config = { ...batch.config, preset, normalization, episodeStatistics };
          const result = configureAlgorithm({ name: "gigpo", ...config }).advantage(rows);
          const arrays = expected[normalization][episodeStatistics];
          expectClose(result.stepAdvantage, expected[normalization].stepAdvantage, golden.tolerance, "stepAdvantage");
          expectClose(result.episodeAdvantage, arrays.episodeAdvantage, golden.tolerance, `${episodeStatistics} A_E`);
          expectClose(result.advantage, arrays.advantage, golden.tolerance, `${episodeStatistics} A`);
        }
        const context = configureAlgorithm({
          name: "hgpo",
          preset,
          normalization,
          history: 2,
          alpha: 1,
          ...contextConfig,
        });
        expectClose(context.advantage(rows).advantage, expected[normalization].hgpo, golden.tolerance, "hgpo");
      });
    });
  });
});
