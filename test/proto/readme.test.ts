import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { REASONS } from "../../proto/errors.ts";

describe("proto/README.md", () => {
  it("prints the table of reasons as it is", () => {
    const text = readFileSync(new URL("../../proto/README.md", import.meta.url), "utf8");
    // The formatter pads the columns.
    const printed = text
      .split("\n")
      .filter((line) => /^\| `[A-Z_]+` *\|/.test(line))
      .map((line) => line.replace(/ +/g, " "));
    const rows = Object.entries(REASONS).map(
      ([reason, { code, retryable, kind, whoActs }]) =>
        `| \`${reason}\` | ${code} | ${retryable ? "yes" : "no"} | ${kind} | ${whoActs} |`,
    );
    expect(printed).toEqual(rows);
  });
});
