// The comparison with a baseline: ours and theirs in turns, the ratio of medians, versions of both; a baseline that cannot be
// run or understood is refused with the command. The baseline here is a script that answers from a list.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { compareWithBaseline } from "../../cli/bench/against-baseline.ts";
import { runCommandLine } from "../../cli/program.ts";

let folder: string;
let log: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "anchorgym-against-"));
  log = join(folder, "log");
  writeFileSync(log, "");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program that notes its flags and prints what `print` says. */
function baseline(print: string): string {
  const file = join(folder, "baseline.mjs");
  writeFileSync(
    file,
    `import { appendFileSync, readFileSync } from "node:fs";
     const call = readFileSync(${JSON.stringify(log)}, "utf8").split("theirs").length - 1;
     appendFileSync(${JSON.stringify(log)}, "theirs " + process.argv.slice(2).join(" ") + "\\n");
     ${print}`,
  );
  return `${process.execPath} ${file}`;
}

const FIGURES = [400, 100, 200, 300, 250];
const ANSWERING = `console.log(JSON.stringify({ torch: "9.9", threads: 1,
  runs: [{ cpu: { median_ms: ${JSON.stringify(FIGURES)}[call] }, tokens_per_cpu_s: 7 }] }));`;

function compared(command: string, ours: number[] = [100, 125, 150, 110, 1000]) {
  const left = [...ours];
  return compareWithBaseline({
    bench: "train-step",
    command,
    flags: ["--mode", "train"],
    threads: 1,
    unit: "ms",
    measure: async () => {
      writeFileSync(log, "ours\n", { flag: "a" });
      return left.shift() as number;
    },
    read: (run) => run.cpu?.median_ms,
    params: { size: "d128" },
  });
}

test("ours and theirs are measured in turns, five times, and the ratio is the one of the medians", async () => {
  const record = await compared(baseline(ANSWERING));
  expect(record).toMatchObject({ bench: "train-step", metric: "ratio_to_torch", value: 0.5, unit: "ratio" });
  expect(record.params).toMatchObject({
    size: "d128",
    threads: 1,
    ours: [100, 125, 150, 110, 1000],
    torch: FIGURES,
    ratios: [0.25, 1.25, 0.75, 0.366667, 4],
    versions: { torch: "9.9", onnxruntime: expect.stringMatching(/^\d+\./), node: process.versions.node },
    load_average: [expect.any(Number), expect.any(Number)],
  });
  const turn = "ours\ntheirs --threads 1 --mode train\n";
  expect(readFileSync(log, "utf8")).toBe(turn.repeat(5));
});

test.each([
  ["is not there", () => join("no", "such", "program"), /cannot be run: .*ENOENT/],
  ["fails", () => baseline('console.error("no torch here"); process.exit(3)'), /cannot be run: no torch here/],
  ["prints something else", () => baseline('console.log("fast")'), /does not print the JSON object/],
  ["lacks a figure", () => baseline('console.log(\'{"torch":"9","threads":1,"runs":[{}]}\')'), /does not print/],
])("a baseline that %s is refused with its command", async (_, command, message) => {
  const named = command();
  await expect(compared(named)).rejects.toMatchObject({
    reason: "CONFIG_INVALID",
    message: expect.stringMatching(message),
  });
  await expect(compared(named)).rejects.toThrow(`--against "${named}"`);
});

test("--against is refused where there is no baseline", async () => {
  let errors = "";
  const code = await runCommandLine(["bench", "grouping", "--against", "x"], (text) => {
    errors += text;
  });
  expect(errors).toContain("--against is for train-step and decode");
  expect(code).toBe(2);
});
