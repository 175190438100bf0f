import { describe, expect, test } from "vitest";
import { median, quantile, rounded } from "../../cli/bench/bench-record.ts";
import { runEnvs } from "../../cli/bench/envs.ts";
import { runGrouping } from "../../cli/bench/grouping.ts";
import { generateRows } from "../../cli/bench/grouping-rows.ts";
import { benchCommand } from "../../cli/commands/bench.ts";
import { WORLDS } from "../../envs/worlds.ts";

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe("bench records", () => {
  test("median and quantiles interpolate between order statistics", () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(quantile([0, 10], 0.9)).toBe(9);
    expect(() => median([])).toThrow(/at least one value/);
    expect(rounded(1234.56789)).toBe(1234.57);
  });
});

describe("grouping", () => {
  test("a batch has exactly the rows asked for, in whole episodes, and the same seed gives the same batch", () => {
    const params = { groups: 16, groupSize: 8, meanSteps: 12, seed: 3 };
    const rows = generateRows(params);
    expect(rows).toHaveLength(1536);
    expect(generateRows(params)).toEqual(rows);
    expect(generateRows({ ...params, seed: 4 })).not.toEqual(rows);
    const episodes = new Set(rows.map((row) => `${row.group}/${row.trajectory}`));
    expect(episodes.size).toBe(128);
  });

  test("reports gigpo_ms for both sizes, with the peers' figures as parameters", async () => {
    const records = await collect(runGrouping({ repetitions: 1, seed: 1 }));
    const gigpo = records.filter(({ metric }) => metric === "gigpo_ms");
    expect(gigpo.map(({ params }) => params["rows"])).toEqual([1536, 6400]);
    for (const { bench, unit, value, params } of gigpo) {
      expect({ bench, unit }).toEqual({ bench: "grouping", unit: "ms" });
      expect(value).toBeGreaterThan(0);
      expect(params["peers"]).toEqual([expect.objectContaining({ peer: "verl-agent", source: expect.any(String) })]);
    }
  });
});

describe("envs", () => {
  test("reports steps per CPU-second with and without hashes, and reset times", async () => {
    const records = await collect(runEnvs({ env: "household", seconds: 0.05, seed: 1 }));
    expect(records.map(({ metric, params }) => [metric, params["hashes"]])).toEqual([
      ["steps_per_cpu_second", false],
      ["steps_per_cpu_second", true],
      ["reset_ms", undefined],
      ["task_ms", undefined],
    ]);
    expect(records.every(({ value, params }) => value > 0 && params["env"] === "household")).toBe(true);
  });

  test("without a name every world of one agent is measured", async () => {
    const records = await collect(runEnvs({ seconds: 0.02, seed: 1 }));
    const measured = new Set(records.map(({ params }) => params["env"]));
    const single = WORLDS.filter(({ description }) => description.agents.length === 1);
    expect([...measured]).toEqual(single.map(({ description }) => description.name));
    expect(measured.size).toBeGreaterThan(4);
    expect(records.every(({ value }) => value > 0)).toBe(true);
  });

  test("a world of several agents is refused", async () => {
    await expect(collect(runEnvs({ env: "sokoban-team", seconds: 0.02, seed: 1 }))).rejects.toThrow(/several agents/);
  });

  test("an unknown world is refused with the known ones", async () => {
    await expect(collect(runEnvs({ env: "moon", seconds: 0.05, seed: 1 }))).rejects.toThrow(/moon.*household/);
  });
});

describe("the command", () => {
  test("an unknown benchmark is refused with the known ones", async () => {
    const errors: string[] = [];
    const command = benchCommand()
      .exitOverride()
      .configureOutput({ writeErr: (text) => errors.push(text) });
    await expect(command.parseAsync(["grouping2"], { from: "user" })).rejects.toThrow();
    expect(errors.join("")).toMatch(/grouping, envs, transport, durability, sessions, train-step, decode/);
  });
});
