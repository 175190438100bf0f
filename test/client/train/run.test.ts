// A run carried to its end learns, and a run that was cut anywhere ends with the same numbers as one that was not.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isMachineMetric } from "../../../client/observe/metrics.ts";
import { runTraining } from "../../../client/train/run.ts";
import { createRunDirectory, type RunDirectory, runDirectoryAt } from "../../../client/train/run-directory.ts";
import { corridorConfig, corridorParts } from "../../doubles/corridor-run.ts";
import { TableEngine } from "../../doubles/table-engine.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "anchorgym-run-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const never = new AbortController().signal;

/** Lines of metrics.jsonl without what depends on the machine. */
function seededMetrics(directory: RunDirectory): unknown[] {
  const lines = readFileSync(directory.metricsFile, "utf8").trimEnd().split("\n");
  return lines.map((line) =>
    Object.fromEntries(Object.entries(JSON.parse(line)).filter(([name]) => !isMachineMetric(name))),
  );
}

describe("a run", () => {
  it("gets better, writes a summary of its own numbers, and keeps the newest checkpoints", async () => {
    const directory = createRunDirectory(root, "corridor");
    const outcome = await runTraining(
      corridorParts(corridorConfig({ iterations: 12 }), directory, new TableEngine(), never),
    );
    if (!outcome.finished) throw new Error("not finished");
    const {
      success_before: before,
      success_after: after,
      ...facts
    } = JSON.parse(readFileSync(directory.summaryFile, "utf8"));
    expect(after.rate).toBeGreaterThan(before.rate);
    expect(after.greedy.rate).toBe(1);
    expect(facts).toMatchObject({ iterations: 12, episodes: 12 * 18, algorithm: "gigpo" });
    expect(outcome.summary.success_after).toEqual(after);
    expect(readdirSync(join(directory.path, "checkpoints")).sort()).toEqual(["step-000011", "step-000012"]);
    expect(seededMetrics(directory)).toHaveLength(14);
  });

  it("cut inside any iteration resumes to the same weights and the same metrics", async () => {
    const config = corridorConfig();
    const whole = createRunDirectory(root, "whole");
    const wholeEngine = new TableEngine();
    await runTraining(corridorParts(config, whole, wholeEngine, never));
    for (const crashAtBatch of [1, 3, 5]) {
      const cut = createRunDirectory(root, "cut");
      const crashing = new TableEngine();
      crashing.crashAtBatch = crashAtBatch;
      await expect(runTraining(corridorParts(config, cut, crashing, never))).rejects.toThrow("crashed");
      // What a kill may leave behind: a torn line, and a checkpoint that no state names yet.
      writeFileSync(cut.metricsFile, '{"stage":"training","posi', { flag: "a" });
      const resumed = new TableEngine();
      await runTraining(corridorParts(config, runDirectoryAt(cut.path), resumed, never));
      expect([...resumed.logits]).toEqual([...wholeEngine.logits]);
      expect(seededMetrics(cut)).toEqual(seededMetrics(whole));
    }
  });

  it("that is asked to stop saves the iteration in progress, writes no summary, and goes on from there", async () => {
    const config = corridorConfig({ checkpointEvery: 100 });
    const directory = createRunDirectory(root, "stopped");
    const stop = new AbortController();
    const parts = corridorParts(config, directory, new TableEngine(), stop.signal);
    const collect = async (...args: Parameters<typeof parts.source.collect>) => {
      if (args[0][0]?.groupKey.startsWith("iteration/2/")) stop.abort();
      return await parts.source.collect(...args);
    };
    const outcome = await runTraining({ ...parts, source: { ...parts.source, collect } });
    expect(outcome).toEqual({ finished: false, completedIterations: 2 });
    expect(existsSync(directory.summaryFile)).toBe(false);
    expect(existsSync(directory.checkpoint(2))).toBe(true);
    const resumed = new TableEngine();
    expect(await runTraining(corridorParts(config, directory, resumed, never))).toMatchObject({ finished: true });
    const whole = new TableEngine();
    await runTraining(corridorParts(config, createRunDirectory(root, "whole"), whole, never));
    expect([...resumed.logits]).toEqual([...whole.logits]);
  });

  it("that is finished does nothing more than say its summary again", async () => {
    const directory = createRunDirectory(root, "done");
    const config = corridorConfig({ iterations: 1 });
    const first = await runTraining(corridorParts(config, directory, new TableEngine(), never));
    const engine = new TableEngine();
    const second = await runTraining(corridorParts(config, directory, engine, never));
    expect(engine.batches).toHaveLength(0);
    expect(second).toEqual(first);
  });
});
