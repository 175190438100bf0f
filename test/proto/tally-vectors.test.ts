import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { tallyTranscript } from "../doubles/tally-transcript.ts";

describe("proto/vectors/tally.json", () => {
  const committed = JSON.parse(readFileSync(new URL("../../proto/vectors/tally.json", import.meta.url), "utf8")) as {
    episodes: { outcomes: { end_reason?: string; acting_agents: string[] }[] }[];
  };

  it("is what tally does", () => {
    expect(JSON.parse(JSON.stringify(tallyTranscript()))).toEqual(committed);
  });

  it("shows each way in which an episode ends, and ends exactly where nobody acts", () => {
    const ends = committed.episodes.map(({ outcomes }) => outcomes.at(-1)?.end_reason);
    expect(new Set(ends)).toEqual(new Set(["GOAL_REACHED", "TASK_FAILED", "MAX_TURNS"]));
    for (const { outcomes } of committed.episodes) {
      for (const outcome of outcomes) {
        expect(outcome.acting_agents.length === 0).toBe(outcome.end_reason !== undefined);
      }
    }
  });
});
