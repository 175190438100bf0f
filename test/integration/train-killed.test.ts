// Kill tests: the trainer killed with SIGKILL inside an iteration resumes to the numbers of an unbroken run, bit for bit; a
// server killed during rollouts costs a retry and changes no number; a server that stays away ends the run with a clear error.

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runDirectoryAt } from "../../client/train/run-directory.ts";
import { CommandProcess, untilGone } from "./command-process.ts";
import {
  committedIterations,
  ITERATIONS,
  newFolder,
  numbersOf,
  type RunNumbers,
  succeeded,
  train,
} from "./train-runs.ts";

const folders: string[] = [];
let unbroken: RunNumbers;

function folder(environment?: Readonly<Record<string, unknown>>) {
  const made = newFolder(environment);
  folders.push(made.root);
  return made;
}

beforeAll(async () => {
  const { root, config } = folder();
  await succeeded(train(config, root));
  unbroken = numbersOf(root);
  // Equal weights prove something only where every iteration has moved them.
  const iterations = unbroken.metrics.filter(({ stage }) => stage === "training");
  expect(iterations.map((line) => line["learner/updates_count"])).toEqual(Array(ITERATIONS).fill(expect.any(Number)));
  expect(iterations.every((line) => Number(line["learner/grad_norm"]) > 0)).toBe(true);
});
afterAll(() => {
  for (const root of folders) rmSync(root, { recursive: true, force: true });
});

function expectUnbroken(numbers: RunNumbers): void {
  expect(numbers.metrics).toEqual(unbroken.metrics);
  expect(numbers.summary).toEqual(unbroken.summary);
  expect(numbers.weights.equals(unbroken.weights)).toBe(true);
  expect(numbers.optimizer.equals(unbroken.optimizer)).toBe(true);
}

describe("a trainer killed with SIGKILL", () => {
  it("inside an iteration, leaves no server behind and resumes to the same numbers", async () => {
    const { root, config } = folder();
    const first = train(config, root);
    await first.until(() => committedIterations(root) >= 1);
    const servers = first.serverPids();
    first.kill("SIGKILL");
    await first.ended;
    expect(committedIterations(root)).toBeLessThan(ITERATIONS);
    await untilGone(servers);
    await succeeded(train(config, root, "--resume"));
    expectUnbroken(numbersOf(root));
  });

  it("inside the warm start, starts it again and ends with the same numbers", async () => {
    const { root, config } = folder();
    const first = train(config, root);
    await first.until(() => first.stderr.includes("imitate"));
    first.kill("SIGKILL");
    await first.ended;
    await succeeded(train(config, root, "--resume"));
    expectUnbroken(numbersOf(root));
  });
});

describe("a trainer asked to stop", () => {
  it("saves, says how to go on, exits with 130, and goes on to the same numbers", async () => {
    const { root, config } = folder();
    const first = train(config, root);
    await first.until(() => committedIterations(root) >= 1);
    first.kill("SIGINT");
    const { code, stderr } = await first.ended;
    expect(stderr).toContain(`of ${ITERATIONS} iterations are saved. Go on with:`);
    expect(stderr).toContain("--resume");
    expect(code).toBe(130);
    await succeeded(train(config, root, "--resume"));
    expectUnbroken(numbersOf(root));
  });

  it("refuses to go on as another run, naming the field that differs", async () => {
    const { root, config } = folder();
    await succeeded(train(config, root, "--iterations", "0"));
    const { code, stderr } = await train(config, root, "--seed", "12", "--resume").ended;
    expect(stderr).toContain("seed: was 11, is 12");
    expect(code).toBe(2);
  });
});

describe("a checkpoint in which a disk has zeroed bytes", () => {
  it("is not resumed from: the file is named, and the last good checkpoint", async () => {
    const { root, config } = folder();
    await succeeded(train(config, root, "--iterations", "1"));
    const directory = runDirectoryAt(join(root, "tiny"));
    const file = join(directory.checkpoint(1), "model.safetensors");
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0, bytes.length - 4096));
    const { code, stderr } = await train(config, root, "--iterations", "2", "--resume").ended;
    expect(stderr).toContain(`${file} is not what was saved`);
    expect(stderr).toContain(`The last good checkpoint is ${directory.checkpoint(0)}`);
    expect(code).toBe(1);
  });
});

describe("a server killed during rollouts", () => {
  it("is replaced; its groups are played again from their seeds and no number changes", async () => {
    const { root, config } = folder();
    const run = train(config, root);
    let killed = 0;
    while (run.isRunning) {
      const [server] = run.serverPids();
      if (server !== undefined && committedIterations(root) >= killed) {
        process.kill(server, "SIGKILL");
        killed++;
        await untilGone([server]);
      }
      await sleep(10);
    }
    const { stderr } = await succeeded(run);
    expect(killed).toBeGreaterThan(1);
    expect(stderr).toContain("ended; starting another in its place");
    expectUnbroken(numbersOf(root));
  });

  it("that nobody replaces ends the run with its address, the reason and how to go on", async () => {
    const server = new CommandProcess(["serve", "--env", "household", "--port", "0"]);
    await server.until(() => /serving .* on \S+:\d+/.test(server.stderr));
    const address = /serving .* on (\S+:\d+)/.exec(server.stderr)![1]!;
    const { root, config } = folder({ servers: { addresses: [address] } });
    const run = train(config, root);
    await run.until(() => committedIterations(root) >= 1);
    server.kill("SIGKILL");
    const { code, stderr } = await run.ended;
    expect(stderr).toMatch(/\[SERVER_UNREACHABLE\]/);
    expect(stderr).toContain("Go on with:");
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(code).toBe(1);
    await server.ended;
  });
});
