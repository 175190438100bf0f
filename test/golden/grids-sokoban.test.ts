// Sokoban against recorded rooms and plays of verl-agent, RAGEN and PettingLLMs, and against solved Boxoban levels.

import { describe, expect, it } from "vitest";
import { parseBoxoban } from "../../envs/grid/sokoban/boxoban.ts";
import { verifySokobanFixtures } from "../../envs/grid/sokoban/fixtures.ts";
import { solvePushes } from "../../envs/grid/sokoban/solver.ts";
import { hasGridFixtures, readFixtureFiles } from "../envs/grid/fixtures.ts";

describe.skipIf(!hasGridFixtures())("recorded Sokoban", () => {
  it("every generated room, every play and every solution is reproduced", () => {
    const report = verifySokobanFixtures(readFixtureFiles());
    expect(report.first).toBeUndefined();
    expect(report.mismatches).toBe(0);
    expect(report.episodes).toBe(120 + 36 + 36 + 36 + 3199);
    expect(report.steps).toBeGreaterThan(200_000);
  });

  it("every level file is read, and every fiftieth level is solved", () => {
    let count = 0;
    for (const { name, text } of readFixtureFiles().filter((file) => file.name.startsWith("boxoban/"))) {
      const levels = parseBoxoban(text, name);
      count += levels.length;
      for (const { level } of levels.filter((_, index) => index % 50 === 0)) {
        expect(solvePushes(level).outcome).toBe("solved");
      }
    }
    expect(count).toBe(17_332);
  });
});
