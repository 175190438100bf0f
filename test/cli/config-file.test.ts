// A configuration meets its world before anything starts: no run directory, no server, no demonstration for a wrong one.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfigFile } from "../../cli/config-file.ts";
import { reportError } from "../../cli/exit.ts";
import { openWorld } from "../../cli/open-world.ts";
import { runCommandLine } from "../../cli/program.ts";
import { WORLDS } from "../../envs/worlds.ts";
import { fail } from "../../proto/errors.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "anchorgym-config-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const RIGHT = `name: x
environment:
  name: household
  options: { maxSteps: 12 }
imitation:
  demonstrations: { episodes: 2 }
algorithm: { name: gigpo }
evaluation: { episodes: 2 }
`;

const written = (from: string, to: string, text = RIGHT): string => {
  const file = join(folder, "run.yaml");
  writeFileSync(file, text.replace(from, to));
  return file;
};

async function train(file: string): Promise<{ code: number; errors: string }> {
  let errors = "";
  const runs = join(folder, "runs");
  const code = await runCommandLine(["train", file, "--run-dir", runs], (text) => {
    errors += text;
  });
  expect(readdirSync(folder)).not.toContain("runs");
  return { code, errors };
}

describe("train refuses, with line and cure and without a trace on the disk,", () => {
  it.each([
    [
      "a world that there is not",
      "household",
      "hausehold",
      /run\.yaml:3:9: environment\.name: "hausehold" is no world.* did you mean "household"\?/,
    ],
    [
      "an option that the world does not know",
      "maxSteps",
      "maxStepz",
      /run\.yaml:4:12: environment\.options: .*unknown option "maxStepz", expected any of/,
    ],
    [
      "an option outside its range",
      "12",
      "-4",
      /run\.yaml:4:12: environment\.options: option maxSteps must be an integer from 1/,
    ],
    [
      "a held-out split that there is not",
      "evaluation: {",
      "evaluation: { split: test,",
      /run\.yaml:8:22: evaluation\.split: household has no split "test"; expected one of train/,
    ],
    [
      "a training split that there is not",
      "  options",
      "  split: trian\n  options",
      /:4:10: environment\.split: .* did you mean "train"\?/,
    ],
    [
      "a demonstrated split that there is not",
      "{ episodes: 2 }\nalg",
      "{ episodes: 2, split: no }\nalg",
      /:6:41: imitation\.demonstrations\.split: household has no split "no"/,
    ],
    ["a number that is none", "name: x", "name: x\nseed: .nan", /run\.yaml:2:7: seed: found NaN, expected an integer/],
  ])("%s", async (_, from, to, message) => {
    const { code, errors } = await train(written(from, to));
    expect(errors).toMatch(message);
    expect(code).toBe(2);
  });

  it("an empty name, once", async () => {
    const { errors } = await train(written("name: x", 'name: ""'));
    expect(errors).toContain("1 problem in");
  });
});

it("an evaluation of more tasks than a split has is refused", async () => {
  const splits = WORLDS.flatMap(({ description }) =>
    description.splits.map((split) => ({ world: description.name, ...split })),
  );
  const { world, name, taskCount } = splits.find((split) => split.taskCount !== undefined && split.kind !== "train")!;
  const file = (episodes: number) =>
    written(
      "",
      "",
      `name: x\nenvironment: { name: ${world} }\nalgorithm: { name: gigpo }\nevaluation: { split: ${name}, episodes: ${episodes} }\n`,
    );
  expect((await readConfigFile(file(taskCount!))).evaluation.episodes).toBe(taskCount);
  await expect(readConfigFile(file(taskCount! + 1))).rejects.toThrow(
    `evaluation.episodes: found ${taskCount! + 1}, expected at most ${taskCount}`,
  );
});

it("a world on running servers is theirs to judge", async () => {
  const file = written(
    "  options",
    '  servers: { addresses: ["127.0.0.1:1"] }\n  options',
    "name: x\nenvironment:\n  name: theirs\n  options: { any: 1 }\nalgorithm: { name: gigpo }\n",
  );
  expect((await readConfigFile(file)).environment.name).toBe("theirs");
});

it("a run directory inside a file is refused with exit code 2", async () => {
  let errors = "";
  const file = written("", "");
  const code = await runCommandLine(["train", file, "--run-dir", file], (text) => {
    errors += text;
  });
  expect(errors).toContain("set --run-dir to a folder that can be written");
  expect(code).toBe(2);
});

it("an unknown world is refused before a server is started for it", async () => {
  await expect(openWorld({ environment: "nope", spawn: 1 }, () => {})).rejects.toMatchObject({
    reason: "CONFIG_INVALID",
  });
});

it.each(["ENVIRONMENT_NOT_FOUND", "TASK_NOT_FOUND"] as const)(
  "%s is a wrong word of the caller: exit code 2",
  (reason) => {
    expect(reportError(fail(reason, "no"), () => {})).toBe(2);
  },
);
