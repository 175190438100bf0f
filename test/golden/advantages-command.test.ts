// The golden rows through `anchorgym advantages`: the same field names, the same numbers, in row order.

import { expect, test } from "vitest";
import { parseInputFile } from "../../cli/advantages/batch-file.ts";
import { computeBatches } from "../../cli/advantages/compute-batches.ts";
import { describeGolden, expectClose } from "./golden-data.ts";

type Arrays = Record<"advantage" | "episodeAdvantage" | "stepAdvantage", number[]>;

describeGolden<{
  rows: object[];
  cases: { config: object; expected: Arrays }[];
  singletons: { rows: object[]; config: object; expected: Omit<Arrays, "advantage"> }[];
  hgpo: { config: object; expected: { advantage: number[] } }[];
  graph: { rows: object[]; cases: { config: object; expected: Arrays }[] };
}>("gigpo.json", ({ rows, cases, singletons, hgpo, graph }) => {
  const compute = (batches: object[], algorithm: string) =>
    computeBatches(parseInputFile(JSON.stringify({ batches }), "golden"), algorithm, false);

  test("HGPO and graph credit by their names", () => {
    const contexts = compute(
      hgpo.map(({ config }) => ({ config, rows })),
      "hgpo",
    );
    hgpo.forEach(({ expected }, b) => {
      expectClose(contexts[b]!.advantage, expected.advantage, 1e-9, `hgpo ${b}`);
    });
    const credits = compute(
      graph.cases.map(({ config }) => ({ config, rows: graph.rows })),
      "graph-credit",
    );
    graph.cases.forEach(({ expected }, b) => {
      expectClose(credits[b]!.advantage, expected.advantage, 1e-9, `graph ${b}`);
    });
  });

  test("one file of all cases gives each batch's advantages", () => {
    const batches = [...cases.map(({ config }) => ({ config, rows })), ...singletons];
    const output = compute(batches, "gigpo");
    expect(output).toHaveLength(cases.length + singletons.length);
    [...cases, ...singletons].forEach(({ expected }, b) => {
      for (const [name, values] of Object.entries(expected)) {
        if (name in output[b]!) expectClose(output[b]![name as keyof Arrays], values as number[], 1e-9, `${b} ${name}`);
      }
    });
  });
});

describeGolden<{
  rowFields: string[];
  batches: {
    config: object;
    rows: unknown[][];
    expected: Record<string, Record<string, Record<string, { advantage: number[] }>>>;
  }[];
}>("gigpo_random.json", ({ rowFields, batches }) => {
  test.each(["paper", "reference"])("rows as lists, preset %s filled by name", (preset) => {
    const episodeStatistics = preset === "paper" ? "trajectories" : "rows";
    const input = batches.map(({ config, rows }) => ({ config: { ...config, preset }, rows }));
    const output = computeBatches(
      parseInputFile(JSON.stringify({ rowFields, batches: input }), "golden"),
      "gigpo",
      false,
    );
    batches.forEach(({ expected }, b) => {
      expectClose(
        output[b]!.advantage,
        expected[preset]!["meanStd"]![episodeStatistics]!.advantage,
        1e-9,
        `batch ${b}`,
      );
    });
  });
});
