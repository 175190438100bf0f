// `anchorgym conformance`: the exit code says whether a rule is broken, the output says which.

import { afterEach, expect, it, vi } from "vitest";
import { runCommandLine } from "../../cli/program.ts";
import { startMutant } from "../doubles/mutant-server.ts";
import { closeAll, startServer } from "../doubles/running-server.ts";

afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = 0;
  await closeAll();
});

async function run(...words: readonly string[]) {
  let output = "";
  let errors = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    output += text;
    return true;
  });
  const code = await runCommandLine(["conformance", ...words], (text) => {
    errors += text;
  });
  return { code, output, errors };
}

it("passes a server that keeps the rules, with a line for each", async () => {
  const { address } = await startServer();
  const { code, output } = await run(address, "--rule", "CAT-2", "GRP-2");
  expect(output).toMatch(/^ok {3}CAT-2 .*\nok {3}GRP-2 .*\n2 passed, 0 failed, 0 skipped\n$/);
  expect(code).toBe(0);
});

it("names the broken rule in a sentence and exits with 1", async () => {
  const { address } = await startServer();
  const mutant = await startMutant(address, { health: "NOT_SERVING" });
  const { code, output } = await run(mutant, "--rule", "CAT-2", "SEC-3", "--json");
  const report = JSON.parse(output) as { failed: number; rules: { id: string; result: string; sentence: string }[] };
  expect(report.failed).toBe(1);
  expect(report.rules[1]).toMatchObject({
    id: "SEC-3",
    result: "failed",
    sentence: expect.stringContaining("SERVING"),
  });
  expect(code).toBe(1);
});

it.each([
  ["an address without a port", ["localhost"], "host:port"],
  ["a rule that is not there", ["127.0.0.1:1", "--rule", "XYZ-1"], "XYZ-1"],
  ["options that are no JSON object", ["127.0.0.1:1", "--options", "[1]"], "JSON object"],
  ["a profile that is not there", ["127.0.0.1:1", "--profile", "most"], "core, full"],
])("refuses %s with 2", async (_, words, said) => {
  const { code, errors } = await run(...words);
  expect(errors).toContain(said);
  expect(code).toBe(2);
});
