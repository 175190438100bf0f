import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { metricsTable } from "../../client/observe/metrics.ts";

it("client/README.md prints the table of metrics as it is", () => {
  const text = readFileSync(new URL("../../client/README.md", import.meta.url), "utf8");
  expect(text).toContain(metricsTable());
});
