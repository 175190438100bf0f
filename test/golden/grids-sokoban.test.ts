// Sokoban against recorded rooms and plays of verl-agent, RAGEN and PettingLLMs, and against solved Boxoban levels.

import { describe, expect, it } from "vitest";
import { verifySokobanFixtures } from "../../envs/grid/sokoban/fixtures.ts";
import { hasGridFixtures, readFixtureFiles } from "../envs/grid/fixtures.ts";

describe.skipIf(!hasGridFixtures())("recorded Sokoban", () => {
  it("every generated room, every play and every solution is reproduced", () => {
    const report = verifySokobanFixtures(readFixtureFiles());
    expect(report.first).toBeUndefined();
    expect(report.mismatches).toBe(0);
    expect(report.episodes).toBe(120 + 36 + 36 + 36 + 3199);
    expect(report.steps).toBeGreaterThan(200_000);
  });
});
