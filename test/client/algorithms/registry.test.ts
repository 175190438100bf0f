import { describe, expect, test } from "vitest";
import { ALGORITHM_NAMES, configureAlgorithm } from "../../../client/algorithms/registry.ts";
import { METRICS } from "../../../client/observe/metrics.ts";
import type { AgentStep } from "../../../client/types.ts";

describe("configuring an algorithm", () => {
  test("the paper preset of GiGPO is the block of specs/gigpo.md 1.6", () => {
    expect(configureAlgorithm({ name: "gigpo" }).config).toEqual({
      name: "gigpo",
      preset: "paper",
      gamma: 0.95,
      omega: 1,
      epsilon: 1e-6,
      normalization: "meanStd",
      episodeStatistics: "trajectories",
      trajectoryScore: "return",
      singletonEpisode: "zero",
      invalidActionPenalty: { coefficient: 0.1, apply: "reward" },
      validity: "format",
      anchor: "semantic",
      grouping: "exact",
      similarity: { threshold: 0.95, autojunk: true },
      repeatedVisits: "all",
      dynamicSampling: { enabled: false, maxBatches: 10 },
    });
  });

  test("the reference preset fills its switches, and each can be set by itself", () => {
    const reference = {
      episodeStatistics: "rows",
      trajectoryScore: "firstRow",
      singletonEpisode: "raw",
      anchor: "observation",
    };
    const { config } = configureAlgorithm({ name: "gigpo", preset: "reference" });
    expect(config).toMatchObject({ ...reference, invalidActionPenalty: { coefficient: 0.1, apply: "row" } });
    const mixed = configureAlgorithm({
      name: "gigpo",
      preset: "reference",
      singletonEpisode: "zero",
      anchor: "state",
      invalidActionPenalty: { coefficient: 0.5 },
    });
    expect(mixed.config).toMatchObject({
      ...reference,
      singletonEpisode: "zero",
      anchor: "semantic",
      invalidActionPenalty: { coefficient: 0.5, apply: "row" },
    });
  });

  test("the reference's spelling of the normalisations is understood", () => {
    expect(configureAlgorithm({ name: "gigpo", normalization: "mean_norm" }).config["normalization"]).toBe("mean");
    expect(configureAlgorithm({ name: "grpo", normalization: "mean_std_norm" }).config["normalization"]).toBe(
      "meanStd",
    );
  });

  const refused: [string, Record<string, unknown> & { name: string }, RegExp][] = [
    ["an unknown algorithm", { name: "gipgo" }, /algorithm\.name: expected one of gigpo, .*; did you mean "gigpo"\?/],
    [
      "a number out of range",
      { name: "gigpo", gamma: 1.5 },
      /algorithm\.gamma: expected a number in \[0, 1\]; got 1\.5/,
    ],
    [
      "a nested field",
      { name: "gigpo", invalidActionPenalty: { coefficient: -1 } },
      /algorithm\.invalidActionPenalty\.coefficient: expected a number in \[0, infinity\).*got -1/,
    ],
    ["a misspelt field", { name: "gigpo", omeag: 1 }, /algorithm\.omeag: unknown field/],
    ["a field of another algorithm", { name: "grpo", omega: 1 }, /algorithm\.omega: unknown field/],
    ["a wrong word", { name: "gigpo", anchor: "text" }, /algorithm\.anchor: expected one of state, .*got "text"/],
    [
      "similarity without texts",
      { name: "gigpo", grouping: "similarity" },
      /algorithm\.anchor: expected "observation"/,
    ],
  ];
  test.each(refused)("%s is refused in one sentence that names the field", (_, config, sentence) => {
    expect(() => configureAlgorithm(config)).toThrow(sentence);
    expect(() => configureAlgorithm(config)).toThrow(/^\[CONFIG_INVALID\] [^\n]*$/);
  });

  test("every registered algorithm starts with its defaults and routes to one policy", () => {
    for (const name of ALGORITHM_NAMES) {
      const algorithm = configureAlgorithm({ name });
      expect(algorithm.advantage([]).advantage).toHaveLength(0);
      expect(algorithm.sampler).toBe("independent");
      expect(algorithm.dynamicSampling).toEqual({ enabled: false, maxBatches: 10 });
    }
  });

  test("every count and share that an algorithm reports is in the table of metrics", () => {
    const anchors = { observation: "o", semantic: "s", full: "f" };
    const flags = { valid: true, admissible: true, terminated: false, truncated: false };
    const rows = [0, 1].map((reward) => ({
      group: "g",
      trajectory: String(reward),
      step: 0,
      anchors,
      next: "z",
      reward,
      ...flags,
    }));
    for (const config of [...ALGORITHM_NAMES.map((name) => ({ name })), { name: "gigpo", anchor: "hierarchical" }]) {
      const { diagnostics } = configureAlgorithm(config).advantage(rows);
      expect(Object.keys(METRICS)).toEqual(expect.arrayContaining(Object.keys(diagnostics)));
    }
  });

  test("without a mask of its own, an algorithm trains the drawn tokens", () => {
    const drawn_T = Uint8Array.of(1, 0, 1);
    const step = { completion: { drawn_T } } as unknown as AgentStep;
    expect(configureAlgorithm({ name: "gigpo" }).tokenMask(step)).toBe(drawn_T);
  });
});
