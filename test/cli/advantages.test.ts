import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parseInputFile } from "../../cli/advantages/batch-file.ts";
import { computeBatches } from "../../cli/advantages/compute-batches.ts";
import { advantagesCommand } from "../../cli/commands/advantages.ts";
import { configureAlgorithm } from "../../client/algorithms/registry.ts";

const row = (trajectory: string, reward: number, extra: object = {}) => ({
  group: "g",
  trajectory,
  step: 0,
  anchor: "s",
  reward,
  ...extra,
});
const two = [row("a", 10), row("b", 0)];
const compute = (file: unknown, algorithm = "gigpo") =>
  computeBatches(parseInputFile(JSON.stringify(file), "in.json"), algorithm, false);

describe("advantages of an input file", () => {
  test("every batch answers in its own row order with its own configuration", () => {
    const batches = compute({
      batches: [
        { config: { normalization: "mean" }, rows: two },
        { config: { normalization: "mean", omega: 0 }, rows: two.toReversed() },
      ],
    });
    expect(batches).toEqual([
      { advantage: [10, -10], episodeAdvantage: [5, -5], stepAdvantage: [5, -5] },
      { advantage: [-5, 5], episodeAdvantage: [-5, 5], stepAdvantage: [-5, 5] },
    ]);
  });

  test("rows as lists with rowFields, in the file or in the batch, equal rows as objects", () => {
    const rowFields = ["group", "trajectory", "step", "anchor", "reward", "valid"];
    const rows = [
      ["g", "a", 0, "s", 10, 1],
      ["g", "b", 0, "s", 0, 0],
    ];
    const asObjects = compute({ batches: [{ rows: [row("a", 10), row("b", 0, { valid: false })] }] });
    expect(compute({ rowFields, batches: [{ rows }] })).toEqual(asObjects);
    expect(compute({ batches: [{ rowFields, rows }] })).toEqual(asObjects);
  });

  test("the defaults are the paper's, and `preset` fills the reference's", () => {
    const failing = [row("a", 0), row("b", 0, { valid: false }), row("c", 10)];
    const parsed = parseInputFile(JSON.stringify({ batches: [{ rows: failing }] }), "in.json").batches[0]!.rows;
    const [paper] = compute({ batches: [{ rows: failing }] });
    const [reference] = compute({ batches: [{ config: { preset: "reference" }, rows: failing }] });
    expect(paper!.advantage).toEqual([
      ...configureAlgorithm({ name: "gigpo", preset: "paper" }).advantage(parsed).advantage,
    ]);
    const lone = [row("a", 7)];
    expect(compute({ batches: [{ config: { normalization: "mean" }, rows: lone }] })[0]!.episodeAdvantage).toEqual([0]);
    const config = { preset: "reference", normalization: "mean" };
    expect(compute({ batches: [{ config, rows: lone }] })[0]!.episodeAdvantage).toEqual([7]);
    expect(reference!.advantage).toHaveLength(3);
  });

  test("fields that nothing reads are named, not refused", () => {
    const file = parseInputFile(JSON.stringify({ batches: [{ rows: [row("a", 1, { prompt_ids: [1] })] }] }), "in.json");
    expect(file.ignoredFields).toEqual(["prompt_ids"]);
  });

  const wrong: [string, unknown, RegExp][] = [
    ["no batches", { rows: [] }, /in\.json: expected \{"batches"/],
    [
      "a row without a group",
      { batches: [{ rows: [two[0], { ...row("b", 0), group: null }] }] },
      /batches\[0\]\.rows\[1\]\.group: expected/,
    ],
    [
      "a reward that is text",
      { batches: [{ rows: [] }, { rows: [row("a", 0, { reward: "1" })] }] },
      /batches\[1\]\.rows\[0\]\.reward: expected a finite number/,
    ],
    [
      "a step that is no integer",
      { batches: [{ rows: [row("a", 0, { step: 0.5 })] }] },
      /rows\[0\]\.step: expected an integer/,
    ],
    [
      "a misspelt field",
      { batches: [{ rows: [{ ...row("a", 0), vaild: true }] }] },
      /rows\[0\]\.vaild: unknown field; did you mean "valid"/,
    ],
    [
      "a repeated step",
      { batches: [{ rows: [row("a", 0), row("a", 1)] }] },
      /batches\[0\]\.rows\[1\]\.step: trajectory "a" has step 0 twice/,
    ],
    [
      "a skipped step",
      { batches: [{ rows: [row("a", 0), row("a", 1, { step: 2 })] }] },
      /rows\[1\]\.step: .* from step 0 to 2; give every step/,
    ],
    [
      "no anchor",
      { batches: [{ rows: [{ group: "g", trajectory: "a", step: 0, reward: 0 }] }] },
      /rows\[0\]\.anchors\.semantic: missing; give/,
    ],
    [
      "a setting of the wrong type",
      { batches: [{ config: { gamma: "high" }, rows: two }] },
      /batches\[0\]\.config: gamma: expected a number in \[0, 1\]; got "high"/,
    ],
    [
      "an unknown setting",
      { batches: [{ config: { gama: 1 }, rows: two }] },
      /batches\[0\]\.config: gama: unknown field/,
    ],
    [
      "another algorithm's name",
      { batches: [{ config: { name: "grpo" }, rows: two }] },
      /config\.name: is "grpo".*--algorithm grpo/,
    ],
    ["a list without rowFields", { batches: [{ rows: [["g"]] }] }, /rows\[0\]: a list needs "rowFields"/],
  ];
  test.each(wrong)("%s is refused with its place and cure", (_, file, sentence) => {
    expect(() => compute(file)).toThrow(sentence);
  });
});

describe("the command", () => {
  let directory: string;
  const output: string[] = [];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "anchorgym-advantages-"));
    output.length = 0;
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      output.push(String(text));
      return true;
    });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await rm(directory, { recursive: true, force: true });
  });

  const run = async (...args: string[]) => {
    const errors: string[] = [];
    const command = advantagesCommand()
      .exitOverride()
      .configureOutput({ writeErr: (text) => errors.push(text) });
    const failure = await command.parseAsync(args, { from: "user" }).then(
      () => undefined,
      (error: { exitCode: number }) => error,
    );
    return { exitCode: failure?.exitCode ?? 0, errors: errors.join("") };
  };

  test("prints one JSON line for a file", async () => {
    const file = join(directory, "in.json");
    await writeFile(file, JSON.stringify({ batches: [{ config: { normalization: "mean" }, rows: two }] }));
    expect(await run("--algorithm", "gigpo", "--input", file)).toEqual({ exitCode: 0, errors: "" });
    expect(output.join("")).toBe(
      '{"batches":[{"advantage":[10,-10],"episodeAdvantage":[5,-5],"stepAdvantage":[5,-5]}]}\n',
    );
  });

  test("wrong input exits with 2 and says where", async () => {
    const file = join(directory, "in.json");
    await writeFile(file, "{");
    expect(await run("--input", file)).toEqual({ exitCode: 2, errors: expect.stringContaining("not JSON") });
    const missing = await run("--input", join(directory, "absent.json"));
    expect(missing).toEqual({ exitCode: 2, errors: expect.stringContaining("cannot be read (ENOENT)") });
    expect(output).toEqual([]);
  });
});
