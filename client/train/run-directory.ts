// The files of one run. `state.json` is the commit point: it names the checkpoint and the length of metrics.jsonl that belong
// together, and is replaced atomically after both are on the disk. Whatever a kill leaves behind it is cut or removed.
//
//   <root>/<name>/config.yaml              the resolved configuration, frozen
//                 demonstrations.jsonl     what imitation learned from
//                 metrics.jsonl            one line per update or iteration, names in client/observe/metrics.ts
//                 checkpoints/step-000012/ weights, optimiser state, their checksums, config.json, tokenizer.json after 12 iterations
//                 state.json               what is finished
//                 summary.json             the result, when the run is done
//                 run.lock                 which process works on it

import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { makeDirectory } from "../../platform/make-directory.ts";
import { fail } from "../../proto/errors.ts";
import type { RunConfig } from "../config/run-config.ts";
import { writeFileAtomically } from "../engine/weights/atomic-file.ts";
import { CHECKSUMS, checkChecksums } from "../engine/weights/checksums.ts";

/** Paths of one run; making one touches nothing. */
export interface RunDirectory {
  readonly path: string;
  readonly configFile: string;
  readonly demonstrationsFile: string;
  readonly metricsFile: string;
  readonly stateFile: string;
  readonly summaryFile: string;
  readonly lockFile: string;
  /** Checkpoint after `iteration` completed iterations; 0: the policy that training starts from. */
  checkpoint(iteration: number): string;
}

export function runDirectoryAt(path: string): RunDirectory {
  return {
    path,
    configFile: join(path, "config.yaml"),
    demonstrationsFile: join(path, "demonstrations.jsonl"),
    metricsFile: join(path, "metrics.jsonl"),
    stateFile: join(path, "state.json"),
    summaryFile: join(path, "summary.json"),
    lockFile: join(path, "run.lock"),
    checkpoint: (iteration) => join(path, "checkpoints", checkpointName(iteration)),
  };
}

const checkpointName = (iteration: number) => `step-${String(iteration).padStart(6, "0")}`;

/**
 * A new directory `<root>/<name>`, or `<name>-2`, `<name>-3`, ... where that is taken.
 * @throws {ConfigError} CONFIG_INVALID when `root` is no directory that can be written to
 */
export function createRunDirectory(root: string, name: string): RunDirectory {
  try {
    return newDirectory(root, name);
  } catch (error) {
    throw fail(
      "CONFIG_INVALID",
      `cannot make a run directory in ${root}; set --run-dir to a folder that can be written`,
      {
        cause: error,
      },
    );
  }
}

function newDirectory(root: string, name: string): RunDirectory {
  makeDirectory(root);
  for (let number = 1; ; number++) {
    const path = join(root, number === 1 ? name : `${name}-${number}`);
    try {
      mkdirSync(path);
      return runDirectoryAt(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/** The newest `<root>/<name>[-n]` that was really begun (it has a frozen configuration); undefined: there is none. */
export function findRunDirectory(root: string, name: string): RunDirectory | undefined {
  if (!existsSync(root)) return undefined;
  const numbers = readdirSync(root)
    .map((entry) =>
      entry === name ? 1 : entry.startsWith(`${name}-`) ? suffixNumber(entry.slice(name.length + 1)) : 0,
    )
    .filter((number) => number > 0)
    .sort((a, b) => b - a);
  const paths = numbers.map((number) => join(root, number === 1 ? name : `${name}-${number}`));
  const path = paths.find((candidate) => existsSync(runDirectoryAt(candidate).configFile));
  return path === undefined ? undefined : runDirectoryAt(path);
}

const suffixNumber = (text: string) => (/^[1-9]\d*$/.test(text) && Number(text) > 1 ? Number(text) : 0);

export async function freezeConfig(directory: RunDirectory, config: RunConfig): Promise<void> {
  const head = "# The resolved configuration of this run. Written by anchorgym; --resume compares with it.\n";
  await writeFileAtomically(directory.configFile, head + stringify(config));
}

/** Newest first. */
function checkpointIterations(parent: string): number[] {
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .map((entry) => /^step-(\d{6,})$/.exec(entry)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => b - a);
}

/** The newest checkpoint beside `broken` whose weight files are as they were saved; undefined: none is known to be. */
export async function lastGoodCheckpoint(broken: string): Promise<string | undefined> {
  const parent = dirname(broken);
  const others = checkpointIterations(parent).map((iteration) => join(parent, checkpointName(iteration)));
  for (const path of others) {
    if (path === broken || !existsSync(join(path, CHECKSUMS))) continue;
    const isGood = await checkChecksums(path).then(
      () => true,
      () => false,
    );
    if (isGood) return path;
  }
  return undefined;
}

/** Removes checkpoints beyond the newest `keep`, and any that lie ahead of `iteration`. The one of `iteration` stays. */
export async function pruneCheckpoints(directory: RunDirectory, iteration: number, keep: number): Promise<void> {
  const parent = join(directory.path, "checkpoints");
  const iterations = checkpointIterations(parent);
  const old = iterations.filter((n) => n <= iteration).slice(keep);
  for (const n of [...old, ...iterations.filter((ahead) => ahead > iteration)]) {
    await rm(directory.checkpoint(n), { recursive: true, force: true });
  }
}

export async function writeSummary(directory: RunDirectory, summary: object): Promise<void> {
  await writeFileAtomically(directory.summaryFile, `${JSON.stringify(summary, null, 2)}\n`);
}

/** @throws {ConfigError} CONFIG_INVALID when the file is there but cannot be understood. */
export async function readJsonFile(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw fail("CONFIG_INVALID", `${file} is not JSON; restore it, or start a new run`, { cause: error });
  }
}
