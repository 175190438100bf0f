import { describe, expect, it } from "vitest";
import { evaluate } from "../../../client/eval/evaluate.ts";
import { wilson95 } from "../../../client/eval/wilson.ts";
import { historyWindow } from "../../../client/prompt/history-window.ts";
import { WordTokenizer, wordTokenizerJson } from "../../../client/prompt/word-tokenizer.ts";
import { playEpisodes } from "../../../client/rollout/play-episodes.ts";
import { CorridorService, corridorTask } from "../../doubles/corridor-service.ts";
import { HashSampler } from "../../doubles/hash-sampler.ts";

describe("wilson95", () => {
  // Newcombe, Stat. Med. 17 (1998) 857, table I, method 3, four decimals; 50 of 100 worked by hand.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
    [50, 100, 0.4038, 0.5962],
  ])("gives the published interval of %i in %i", (successes, trials, low, high) => {
    const interval = wilson95(successes, trials);
    expect(interval[0]).toBeCloseTo(low, 4);
    expect(interval[1]).toBeCloseTo(high, 4);
  });

  it("mirrors, stays inside [0, 1], and knows nothing without trials", () => {
    const [low, high] = wilson95(3, 17);
    expect(wilson95(14, 17)[0]).toBeCloseTo(1 - high, 12);
    expect(wilson95(14, 17)[1]).toBeCloseTo(1 - low, 12);
    expect(wilson95(20, 20)[1]).toBe(1);
    expect(wilson95(0, 0)).toEqual([0, 1]);
    expect(() => wilson95(3, 2)).toThrow(RangeError);
  });
});

const tokenizer = new WordTokenizer(
  wordTokenizerJson({ words: ["left", "right", "wait", "You", "are", "at", "cell", "."], specialTokens: [] }),
);
const tasks = Array.from({ length: 12 }, (_, index) => corridorTask(index));
const setting = {
  promptForm: historyWindow(tokenizer, { maxTokens: 200 }),
  tokenizer,
  tasks,
  worldSeed: 3,
  decoding: { constrained: true, temperature: 1, greedy: false, maxTokens: 8 },
  sampleSeed: 5,
  maxBatchRows: 64,
  retryDelayMs: 0,
} as const;

describe("evaluate", () => {
  it("plays every task once and averages over episodes", async () => {
    const result = await evaluate({
      ...setting,
      service: new CorridorService({ delaySeed: 1 }),
      sampler: new HashSampler(),
    });
    expect(result.episodes).toBe(12);
    expect(result.rate).toBe(result.successes / 12);
    expect(result.meanReturn).toBe(result.rate);
    expect(result.ci95).toEqual(wilson95(result.successes, 12));
    expect(result.byTag["even"]?.episodes).toBe(6);
    expect((result.byTag["even"]?.successes ?? 0) + (result.byTag["odd"]?.successes ?? 0)).toBe(result.successes);
    expect(result.meanSteps).toBe(result.counters.steps / 12);
  });

  it("gives the same numbers again, whatever the timing", async () => {
    const [a, b] = await Promise.all(
      [1, 2].map((delaySeed) =>
        evaluate({ ...setting, service: new CorridorService({ delaySeed }), sampler: new HashSampler() }),
      ),
    );
    const stable = ({ counters: _, ...rest }: NonNullable<typeof a>) => rest;
    expect(stable(a!)).toEqual(stable(b!));
  });

  it("leaves broken episodes out of the rate and counts them", async () => {
    const fault = { groupKey: "eval/4", replicaIndex: 0, seq: 1, reason: "ENV_FAULT" } as const;
    const result = await evaluate({ ...setting, service: new CorridorService({ fault }), sampler: new HashSampler() });
    expect(result).toMatchObject({ episodes: 11, failures: { ENV_FAULT: 1 } });
  });
});

describe("playEpisodes", () => {
  const groups = [{ groupKey: "a", task: corridorTask(0), seed: 1 }];

  it("plays a function, which sees all that happened", async () => {
    const { groups: played } = await playEpisodes({
      service: new CorridorService({ delaySeed: 2 }),
      groups,
      groupSize: 2,
      maxBatchRows: 4,
      policy: ({ seq, past, outcome }) => {
        expect(past.length).toBe(seq - 1);
        return past.some(({ outcome: { observation } }) => observation.includes("cell 0")) ||
          outcome.observation.includes("cell 0")
          ? "right"
          : "left";
      },
    });
    expect(played[0]?.episodes_G.map(({ stopReason }) => stopReason)).toEqual(["GOAL_REACHED", "GOAL_REACHED"]);
  });

  it("breaks only the episode whose policy throws", async () => {
    const { groups: played } = await playEpisodes({
      service: new CorridorService(),
      groups,
      groupSize: 2,
      maxBatchRows: 4,
      policy: ({ replicaIndex }) => {
        if (replicaIndex === 1) throw new Error("no idea");
        return "wait";
      },
    });
    expect(played[0]?.failures).toMatchObject([{ replicaIndex: 1, reason: "POLICY_FAILED" }]);
    expect(played[0]?.episodes_G).toHaveLength(1);
  });
});
