// Wrong flags and wrong YAML end with exit code 2 and a message that names the place and the cure; nothing shows a stack.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Interrupted, reportError } from "../../cli/exit.ts";
import { runCommandLine } from "../../cli/program.ts";
import { fail } from "../../proto/errors.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "anchorgym-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...words: readonly string[]): Promise<{ code: number; errors: string }> {
  let errors = "";
  const code = await runCommandLine(words, (text) => {
    errors += text;
  });
  return { code, errors };
}

describe("the command line refuses with exit code 2", () => {
  it.each([
    ["an unknown command", ["trian"], 'no command "trian"; did you mean "train"?'],
    ["an unknown flag", ["train", "--itertions", "3"], "unknown option '--itertions'"],
    ["a missing argument", ["train"], "missing required argument 'config.yaml'"],
    ["a fraction for a count", ["train", "x.yaml", "--iterations", "1.5"], "expected an integer of at least 0"],
    ["a probability above 1", ["rollout", "--noise", "2"], "expected a number in [0, 1]"],
    [
      "a word outside a choice",
      ["rollout", "--policy", "oracel"],
      "Allowed choices are oracle, explorer, random, human, checkpoint",
    ],
    [
      "a checkpoint without its files",
      ["rollout", "--policy", "checkpoint"],
      "needs --checkpoint <dir> and --config <file>",
    ],
    ["a split that is not there", ["anchors", "household", "--split", "test"], 'no split "test"; it has train'],
    ["options that are no JSON", ["rollout", "--options", "{maxSteps:3}"], "--options is not JSON"],
    ["a configuration that is not there", ["train", "nowhere.yaml"], "cannot read nowhere.yaml"],
    [
      "a run to resume that is not there",
      ["train", "configs/household-smoke.yaml", "--resume", "--run-dir", "/nonexistent"],
      'no run "household-smoke" in /nonexistent',
    ],
    [
      "a checkpoint to evaluate that is not there",
      ["eval", "configs/household-smoke.yaml", "--run-dir", "/nonexistent"],
      "name a checkpoint with --checkpoint",
    ],
  ])("%s", async (_, words, message) => {
    const { code, errors } = await run(...words);
    expect(errors).toContain(message);
    expect(errors).not.toMatch(/^\s+at /m);
    expect(code).toBe(2);
  });

  it("a wrong field of a configuration, by file, line and cure", async () => {
    const file = join(folder, "wrong.yaml");
    writeFileSync(file, "name: wrong\nenvironment: { name: household }\nalgorithm: { name: gigpo }\ntraning: {}\n");
    const { code, errors } = await run("train", file, "--run-dir", folder);
    expect(errors).toContain(`${file}:4:1: traning: no such field; did you mean "training"?`);
    expect(code).toBe(2);
  });
});

describe("help", () => {
  it.each([
    "serve",
    "train",
    "eval",
    "rollout",
    "advantages",
    "tasks",
    "verify-traces",
    "import",
    "anchors",
    "fit",
    "bench",
  ])("of %s has an example and ends with 0", async (command) => {
    const written: string[] = [];
    const spy = vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
    try {
      expect((await run(command, "--help")).code).toBe(0);
    } finally {
      spy.mockRestore();
    }
    expect(written.join("")).toMatch(new RegExp(`Examples?:[\\s\\S]*anchorgym.* ${command} `));
  });
});

describe("an error becomes an exit code", () => {
  it.each([
    ["a wrong configuration", fail("CONFIG_INVALID", "wrong"), 2, "error: [CONFIG_INVALID] wrong"],
    ["a lost server", fail("SERVER_UNREACHABLE", "gone", { cause: new Error("refused") }), 1, "because: refused"],
    ["an interrupt", new Interrupted("stopped; go on with --resume"), 130, "go on with --resume"],
    ["a bug, with its stack", new TypeError("x is undefined"), 1, "it is a bug of anchorgym"],
  ])("%s", (_, error, code, message) => {
    let said = "";
    expect(reportError(error, (text) => (said += text))).toBe(code);
    expect(said).toContain(message);
  });
});
