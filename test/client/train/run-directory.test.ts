// Run directories never overwrite each other, are found again by name, and belong to one living process at a time.

import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeChecksums } from "../../../client/engine/weights/checksums.ts";
import { assertSameRun, FRESH_STATE, readRunState, writeRunState } from "../../../client/train/resume.ts";
import {
  createRunDirectory,
  findRunDirectory,
  freezeConfig,
  lastGoodCheckpoint,
  pruneCheckpoints,
} from "../../../client/train/run-directory.ts";
import { lockRun } from "../../../client/train/run-lock.ts";
import { corridorConfig } from "../../doubles/corridor-run.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "anchorgym-directory-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("run directories", () => {
  it("of one name are numbered, and the newest that was begun is found", async () => {
    const names = [1, 2, 3].map(() => createRunDirectory(root, "run").path.slice(root.length + 1));
    expect(names).toEqual(["run", "run-2", "run-3"]);
    createRunDirectory(root, "run-x");
    expect(findRunDirectory(root, "run")).toBeUndefined();
    for (const path of ["run", "run-2"]) writeFileSync(join(root, path, "config.yaml"), "");
    expect(findRunDirectory(root, "run")?.path).toBe(join(root, "run-2"));
    expect(findRunDirectory(root, "other")).toBeUndefined();
    expect(findRunDirectory(join(root, "nowhere"), "run")).toBeUndefined();
  });

  it("keep the newest checkpoints and lose those that no state names", async () => {
    const directory = createRunDirectory(root, "run");
    for (const iteration of [0, 1, 2, 3, 4]) mkdirSync(directory.checkpoint(iteration), { recursive: true });
    await pruneCheckpoints(directory, 3, 2);
    expect(readdirSync(join(directory.path, "checkpoints")).sort()).toEqual(["step-000002", "step-000003"]);
  });
});

describe("the last good checkpoint", () => {
  it("is the newest other one whose files are as they were saved", async () => {
    const directory = createRunDirectory(root, "run");
    for (const iteration of [1, 2, 3, 4]) {
      const path = directory.checkpoint(iteration);
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, "model.safetensors"), "weights");
      const digest = createHash("sha256").update("weights").digest("hex");
      await writeChecksums(path, new Map([["model.safetensors", digest]]));
    }
    writeFileSync(join(directory.checkpoint(3), "model.safetensors"), "w\0ights");
    rmSync(join(directory.checkpoint(4), "SHA256SUMS"));
    expect(await lastGoodCheckpoint(directory.checkpoint(3))).toBe(directory.checkpoint(2));
    expect(await lastGoodCheckpoint(directory.checkpoint(2))).toBe(directory.checkpoint(1));
    rmSync(join(directory.checkpoint(1), "model.safetensors"));
    expect(await lastGoodCheckpoint(directory.checkpoint(2))).toBeUndefined();
  });
});

describe("a run directory that cannot be made", () => {
  it("behind a link that leads nowhere, or below a file, is refused at once with the cure and the reason", () => {
    symlinkSync(join(root, "nowhere"), join(root, "link"));
    writeFileSync(join(root, "file"), "");
    for (const place of ["link", "link/a/b", "file", "file/a"]) {
      expect(() => createRunDirectory(join(root, place), "run"), place).toThrow(
        expect.objectContaining({
          reason: "CONFIG_INVALID",
          message: expect.stringContaining("set --run-dir to a folder that can be written"),
          cause: expect.objectContaining({ code: expect.stringMatching(/^(EEXIST|ENOENT|ENOTDIR)$/) }),
        }),
      );
    }
    expect(createRunDirectory(join(root, "new", "and", "deep"), "run").path).toBe(join(root, "new/and/deep/run"));
  });
});

describe("the lock of a run", () => {
  it("is refused while its holder lives, this process too, and free when it was given back", () => {
    const file = join(root, "run.lock");
    const unlock = lockRun(file);
    expect(() => lockRun(file)).toThrow(`process ${process.pid} is working on this run`);
    unlock();
    lockRun(file)();
  });

  it.each([
    // The same process id with another start time is another process.
    ["of a process that is gone", JSON.stringify({ pid: 1, startTime: "0" })],
    ["of this id, but of a process before it", JSON.stringify({ id: "x", pid: process.pid, startTime: "0" })],
    ["that a kill tore", '{"id":"x","pid":1'],
    ["that is no claim", '7\nnull\n[]\n{"id":"x"}'],
  ])("is taken over from a line %s", (_, line) => {
    const file = join(root, "run.lock");
    writeFileSync(file, line);
    const unlock = lockRun(file);
    expect(() => lockRun(file)).toThrow(`process ${process.pid} is working on this run`);
    unlock();
  });

  it.skipIf(process.platform !== "linux")("names the process that holds it", async () => {
    const { spawn } = await import("node:child_process");
    const { readFileSync } = await import("node:fs");
    const other = spawn("sleep", ["60"]);
    try {
      const stat = readFileSync(`/proc/${other.pid}/stat`, "latin1");
      const startTime = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
      writeFileSync(join(root, "run.lock"), JSON.stringify({ pid: other.pid, startTime }));
      expect(() => lockRun(join(root, "run.lock"))).toThrow(`process ${other.pid} is working on this run`);
    } finally {
      other.kill();
    }
  });
});

describe("resuming", () => {
  it("reads the state that was written, and a fresh one where none was", async () => {
    const directory = createRunDirectory(root, "run");
    expect(await readRunState(directory)).toEqual(FRESH_STATE);
    const state = { ...FRESH_STATE, warm: true, iteration: 3, metricsBytes: 77 };
    await writeRunState(directory, state);
    expect(await readRunState(directory)).toEqual(state);
  });

  it.each([
    ["not JSON", "{", "is not JSON"],
    ["of another version", '{"schema":9}', "is not what this version writes"],
  ])("refuses a state that is %s", async (_, text, message) => {
    const directory = createRunDirectory(root, "run");
    writeFileSync(directory.stateFile, text);
    await expect(readRunState(directory)).rejects.toThrow(message);
  });

  it("allows more iterations and other servers, and names every other field that differs", async () => {
    const config = corridorConfig();
    await freezeConfig(createRunDirectory(root, "run"), config);
    assertSameRun(config, corridorConfig({ iterations: 9, keepCheckpoints: 5 }), "config.yaml");
    const other = { ...corridorConfig({ clipLow: 0.1 }), seed: 5 };
    expect(() => assertSameRun(config, other, "config.yaml")).toThrow(
      /seed: was 1, is 5[\s\S]*training\.clipLow: was 0\.2, is 0\.1/,
    );
  });

  it("refuses another length where the learning rate depends on it", () => {
    const falling = corridorConfig({ schedule: "linear" });
    const longer = corridorConfig({ schedule: "linear", iterations: 9 });
    expect(() => assertSameRun(falling, longer, "config.yaml")).toThrow("training.iterations: was 4, is 9");
  });
});
