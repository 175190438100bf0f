// Every map of PettingLLMs and every walk on it, reproduced from the fixtures.

import { describe, expect, it } from "vitest";
import { verifyPlanPathFixtures } from "../../envs/grid/plan-path/fixtures.ts";
import { hasGridFixtures, readFixtureFiles } from "../envs/grid/fixtures.ts";

describe.skipIf(!hasGridFixtures())("recorded plan-path", () => {
  it("agrees in every value", () => {
    const report = verifyPlanPathFixtures(readFixtureFiles());
    expect(report.first).toBeUndefined();
    expect(report.mismatches).toBe(0);
    expect(report.episodes).toBe(120);
  });
});
