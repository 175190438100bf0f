// Every recorded game of RAGEN's 2048, reproduced from the fixtures.

import { describe, expect, it } from "vitest";
import { verifyGame2048Fixtures } from "../../envs/grid/game-2048/fixtures.ts";
import { hasGridFixtures, readFixtureFiles } from "../envs/grid/fixtures.ts";

describe.skipIf(!hasGridFixtures())("recorded game-2048", () => {
  it("agrees in every value", () => {
    const report = verifyGame2048Fixtures(readFixtureFiles());
    expect(report.first).toBeUndefined();
    expect(report.mismatches).toBe(0);
    expect(report.episodes).toBe(72);
  });
});
