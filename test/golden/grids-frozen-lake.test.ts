// Every lake of RAGEN and every play on it, reproduced from the fixtures.

import { describe, expect, it } from "vitest";
import { verifyFrozenLakeFixtures } from "../../envs/grid/frozen-lake/fixtures.ts";
import { hasGridFixtures, readFixtureFiles } from "../envs/grid/fixtures.ts";

describe.skipIf(!hasGridFixtures())("recorded frozen-lake", () => {
  it("agrees in every value", () => {
    const report = verifyFrozenLakeFixtures(readFixtureFiles());
    expect(report.first).toBeUndefined();
    expect(report.mismatches).toBe(0);
    expect(report.episodes).toBe(180);
  });
});
