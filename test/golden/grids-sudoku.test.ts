// Every recorded puzzle, its solution and its number of solutions, reproduced from the fixtures.

import { describe, expect, it } from "vitest";
import { verifySudokuFixtures } from "../../envs/grid/sudoku/fixtures.ts";
import { hasGridFixtures, readFixtureFiles } from "../envs/grid/fixtures.ts";

describe.skipIf(!hasGridFixtures())("recorded sudoku", () => {
  it("agrees in every value", () => {
    const report = verifySudokuFixtures(readFixtureFiles());
    expect(report.first).toBeUndefined();
    expect(report.mismatches).toBe(0);
    expect(report.episodes).toBe(937);
  });
});
