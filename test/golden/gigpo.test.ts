// data/golden/gigpo.json: hand-sized batch. `published` are float32 results of langfengQ/verl-agent at 20bd331,
// tolerance 1e-5; `expected` are float64 results of the formulas, tolerance 1e-9.

import { describe, expect, test } from "vitest";
import { graphReturns } from "../../client/advantage/graph-credit.ts";
import { partitionWithinGroups, rowsOfBucket } from "../../client/advantage/partition.ts";
import { penalizedReturns } from "../../client/advantage/penalties.ts";
import { discountedReturns } from "../../client/advantage/returns.ts";
import { type AdvantageRow, indexRows } from "../../client/advantage/rows.ts";
import { similarityClusters } from "../../client/advantage/similarity-clusters.ts";
import { standardize } from "../../client/advantage/statistics.ts";
import { similarityRatio } from "../../client/advantage/text-similarity.ts";
import { configureAlgorithm } from "../../client/algorithms/registry.ts";
import { describeGolden, expectClose } from "./golden-data.ts";

type Config = Record<string, unknown>;
type Numbers = Record<"stepReturn" | "episodeScore" | "episodeAdvantage" | "stepAdvantage" | "advantage", number[]>;
interface RawRow {
  group: string;
  trajectory: string;
  step: number;
  anchor: string;
  reward: number;
  valid: boolean;
  next?: string;
}
interface GraphConfig {
  gamma: number;
  normalization: "meanStd" | "mean";
  normalizeDistance: boolean;
  epsilon: number;
  stepWeight: number;
  episodeWeight: number;
  episodeStatistics: "rows" | "trajectories";
  singletonEpisode: "raw" | "zero";
  invalidActionPenalty: { coefficient: number; apply: "row" | "reward" };
}
interface GigpoGolden {
  tolerance: { published: number; expected: number };
  rows: RawRow[];
  discountedReturn: number[];
  stepGroups: { group: string; anchor: string; rows: number[] }[];
  meanStepGroupSize: number;
  cases: { name: string; config: Config; expected: Numbers; published?: Partial<Numbers> }[];
  singletons: { rows: RawRow[]; config: Config; expected: Pick<Numbers, "episodeAdvantage" | "stepAdvantage"> }[];
  noSpread: { cases: { members: number; value: number; normalization: string; expected: number }[] };
  invalidRowInFailingGroup: { rows: RawRow[]; cases: { config: Config; expected: Numbers }[] };
  hgpo: { name: string; config: Config; expected: { advantage: number[] }; published?: { advantage: number[] } }[];
  graph: {
    rows: RawRow[];
    cases: {
      config: GraphConfig;
      expected: Omit<Numbers, "episodeScore"> & {
        distance: Record<string, Record<string, number>>;
        graphReturn: number[];
      };
    }[];
  };
  similarity: {
    pairs: { a: string; b: string; ratio: number; ratioWithoutAutojunk: number }[];
    clusters: { documents: string[]; threshold: number; expected: number[] }[];
  };
}

const rowsFrom = (raw: readonly RawRow[]): AdvantageRow[] =>
  raw.map((row) => ({ ...row, admissible: row.valid, terminated: false, truncated: false }));

describeGolden<GigpoGolden>("gigpo.json", (golden) => {
  const { expected: exact, published: loose } = golden.tolerance;
  const rows = rowsFrom(golden.rows);
  // The penalty as the algorithms take it, to look at the intermediate arrays as well.
  const returnsOf = (from: AdvantageRow[], config: Config) =>
    penalizedReturns(from, indexRows(from), {
      gamma: config["gamma"] as number,
      validity: "format",
      invalidActionPenalty: config["invalidActionPenalty"] as { coefficient: number; apply: "row" | "reward" },
    });

  test("discounted returns before penalties", () => {
    const index = indexRows(rows);
    const returns = new Float64Array(rows.length);
    for (let j = 0; j < index.trajectoryCount; j++) {
      const members = index.order.subarray(index.trajectoryStarts[j], index.trajectoryStarts[j + 1]);
      const own = discountedReturns(
        Float64Array.from(members, (row) => rows[row]!.reward),
        0.95,
      );
      members.forEach((row, t) => {
        returns[row] = own[t]!;
      });
    }
    expectClose(returns, golden.discountedReturn, exact);
  });

  test("anchor groups and their mean size", () => {
    const index = indexRows(rows);
    const partition = partitionWithinGroups(index, (row) => rows[row]!.anchor);
    const groups = Array.from({ length: partition.count }, (_, bucket) => [...rowsOfBucket(partition, bucket)]);
    const sorted = (list: number[][]) => list.toSorted((a, b) => a[0]! - b[0]!);
    expect(sorted(groups)).toEqual(sorted(golden.stepGroups.map((group) => group.rows)));
    const { diagnostics } = configureAlgorithm({ name: "gigpo" }).advantage(rows);
    expect(diagnostics["advantage/step_group_size_mean"]).toBe(golden.meanStepGroupSize);
  });

  describe.each(golden.cases)("case $name", ({ config, expected, published }) => {
    const result = configureAlgorithm({ name: "gigpo", ...config }).advantage(rows);
    const returns = returnsOf(rows, config);
    const actual = { ...result, stepReturn: returns.stepReturn, episodeScore: returns.episodeScore };
    test.each(Object.keys(expected) as (keyof Numbers)[])("%s", (array) => {
      expectClose(actual[array], expected[array], exact, array);
      if (published?.[array]) expectClose(actual[array], published[array], loose, `published ${array}`);
    });
  });

  test.each(golden.singletons)("a lone trajectory: $config", ({ rows: raw, config, expected }) => {
    const result = configureAlgorithm({ name: "gigpo", ...config }).advantage(rowsFrom(raw));
    expectClose(result.episodeAdvantage, expected.episodeAdvantage, exact);
    expectClose(result.stepAdvantage, expected.stepAdvantage, exact);
  });

  test.each(golden.noSpread.cases)("$members equal returns of $value are exactly $expected", (given) => {
    const values = new Float64Array(given.members).fill(given.value);
    expect([...standardize(values)]).toEqual(Array(given.members).fill(given.expected));
    const equal = rowsFrom(
      Array.from({ length: given.members }, (_, i) => ({
        group: "G",
        trajectory: `t${i}`,
        step: 0,
        anchor: "S",
        reward: given.value,
        valid: true,
      })),
    );
    const { advantage } = configureAlgorithm({ name: "gigpo", normalization: given.normalization }).advantage(equal);
    expect([...advantage]).toEqual(Array(given.members).fill(given.expected));
  });

  test.each(golden.invalidRowInFailingGroup.cases)(
    "an invalid row in a failing group: $config",
    ({ config, expected }) => {
      const failing = rowsFrom(golden.invalidRowInFailingGroup.rows);
      const result = configureAlgorithm({ name: "gigpo", ...config }).advantage(failing);
      const returns = returnsOf(failing, config);
      expectClose(returns.stepReturn, expected.stepReturn, exact);
      expectClose(returns.episodeScore, expected.episodeScore, exact);
      expectClose(result.episodeAdvantage, expected.episodeAdvantage, exact);
      expectClose(result.stepAdvantage, expected.stepAdvantage, exact);
      expectClose(result.advantage, expected.advantage, exact);
    },
  );

  test.each(golden.hgpo)("HGPO $name", ({ config, expected, published }) => {
    const { advantage } = configureAlgorithm({ name: "hgpo", ...config }).advantage(rows);
    expectClose(advantage, expected.advantage, exact);
    if (published) expectClose(advantage, published.advantage, loose);
  });

  test.each(golden.graph.cases)("graph credit: $config", ({ config, expected }) => {
    const graphRows = rowsFrom(golden.graph.rows);
    const credit = graphReturns(
      indexRows(graphRows),
      (row) => graphRows[row]!.anchor!,
      (row) => graphRows[row]!.next!,
      config,
    );
    Object.values(expected.distance).forEach((distance, g) => {
      expect(Object.fromEntries(credit.distances[g]!)).toEqual(distance);
    });
    expectClose(credit.graphReturn, expected.graphReturn, exact);
    const result = configureAlgorithm({ name: "graph-credit", ...config }).advantage(graphRows);
    expectClose(result.stepAdvantage, expected.stepAdvantage, exact);
    expectClose(result.episodeAdvantage, expected.episodeAdvantage, exact);
    expectClose(result.advantage, expected.advantage, exact);
  });

  test("similarity ratios, with and without autojunk", () => {
    const close = (a: number, b: number) => expect(Math.abs(a - b)).toBeLessThanOrEqual(exact);
    for (const { a, b, ratio, ratioWithoutAutojunk } of golden.similarity.pairs) {
      close(similarityRatio(a, b), ratio);
      close(similarityRatio(a, b, false), ratioWithoutAutojunk);
    }
  });

  test.each(golden.similarity.clusters)("similarity clusters at $threshold", ({ documents, threshold, expected }) => {
    expect([...similarityClusters(documents, { threshold, autojunk: true })]).toEqual(expected);
  });
});
