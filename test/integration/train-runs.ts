// What the tests of whole training runs share: a tiny configuration and the numbers that a run leaves behind.

import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMachineMetric } from "../../client/observe/metrics.ts";
import { runDirectoryAt } from "../../client/train/run-directory.ts";
import { CommandProcess, type Ended } from "./command-process.ts";

export const ITERATIONS = 4;

/** A folder of its own with tiny.yaml in it. */
export function newFolder(environment: Readonly<Record<string, unknown>> = {}): {
  readonly root: string;
  readonly config: string;
} {
  const root = mkdtempSync(join(tmpdir(), "anchorgym-train-"));
  const config = join(root, "tiny.yaml");
  const text = {
    name: "tiny",
    seed: 11,
    environment: { name: "household", options: { maxSteps: 12 }, ...environment },
    policy: { model: { hiddenSize: 16, layers: 1, heads: 2, kvHeads: 1, ffnSize: 32 } },
    imitation: { demonstrations: { episodes: 10, noise: 0.2 }, steps: 10, warmupSteps: 2 },
    algorithm: { name: "gigpo", invalidActionPenalty: { coefficient: 0.1 } },
    // The entropy term makes every row move a weight, also where an untrained policy earns nothing.
    training: { iterations: ITERATIONS, groups: 3, groupSize: 4, miniBatchRows: 64, entropyCoefficient: 0.01 },
    evaluation: { episodes: 10 },
  };
  writeFileSync(config, JSON.stringify(text));
  return { root, config };
}

export function train(config: string, root: string, ...words: readonly string[]): CommandProcess {
  return new CommandProcess(["train", config, "--run-dir", root, ...words]);
}

/** Throws with what the command said when it failed. */
export async function succeeded(process: CommandProcess): Promise<Ended> {
  const ended = await process.ended;
  if (ended.code !== 0) throw new Error(`exit code ${ended.code} ${ended.signal}:\n${ended.stderr}`);
  return ended;
}

export interface RunNumbers {
  readonly weights: Buffer;
  readonly optimizer: Buffer;
  readonly metrics: readonly Readonly<Record<string, unknown>>[];
  readonly summary: Readonly<Record<string, unknown>>;
}

/** All numbers of a finished run that its seed decides. */
export function numbersOf(root: string, name = "tiny"): RunNumbers {
  const directory = runDirectoryAt(join(root, name));
  const checkpoint = directory.checkpoint(ITERATIONS);
  const lines = readFileSync(directory.metricsFile, "utf8").trimEnd().split("\n");
  const { minutes: _, rss_mb_peak: __, ...summary } = JSON.parse(readFileSync(directory.summaryFile, "utf8"));
  return {
    weights: readFileSync(join(checkpoint, "model.safetensors")),
    optimizer: readFileSync(join(checkpoint, "optimizer.safetensors")),
    metrics: lines.map((line) =>
      Object.fromEntries(Object.entries(JSON.parse(line)).filter(([key]) => !isMachineMetric(key))),
    ),
    summary,
  };
}

/** Completed iterations that the run has committed; -1 before its first state. */
export function committedIterations(root: string, name = "tiny"): number {
  try {
    const state = JSON.parse(readFileSync(runDirectoryAt(join(root, name)).stateFile, "utf8"));
    return state.successBefore === null ? -1 : state.iteration;
  } catch {
    return -1;
  }
}
