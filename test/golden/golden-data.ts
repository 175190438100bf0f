// The golden files of ../shared/data/golden, which are not part of the repository: tests over them are skipped, with the
// reason printed, where they are absent.

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect } from "vitest";

const DIRECTORY = new URL("../../../shared/data/golden/", import.meta.url);

/** Runs `suite` with the parsed file, or skips it and says which file is missing. */
export function describeGolden<File>(fileName: string, suite: (file: File) => void): void {
  const path = fileURLToPath(new URL(fileName, DIRECTORY));
  if (!existsSync(path)) {
    describe.skip(`${fileName} (skipped: ../shared/data/golden/${fileName} is absent)`, () => {});
    return;
  }
  const file = JSON.parse(readFileSync(path, "utf8")) as File;
  describe(fileName, () => suite(file));
}

/** Every number within `tolerance`, absolute; lengths equal. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: readonly number[],
  tolerance: number,
  what = "",
): void {
  expect(actual.length, `${what} length`).toBe(expected.length);
  expected.forEach((value, i) => {
    const error = Math.abs(actual[i]! - value);
    expect(error <= tolerance, `${what}[${i}]: ${actual[i]} is not ${value} within ${tolerance}`).toBe(true);
  });
}
