// `anchorgym train <config.yaml>`: a run from its first demonstration to its summary, or the rest of one.

import { relative } from "node:path";
import { Command } from "commander";
import type { RunConfig } from "../../client/config/run-config.ts";
import type { Device } from "../../client/engine/onnx/session/device.ts";
import { RunConsole } from "../../client/observe/console.ts";
import { assertSameRun, readRunState } from "../../client/train/resume.ts";
import type { RunDirectory } from "../../client/train/run-directory.ts";
import { createRunDirectory, findRunDirectory, freezeConfig } from "../../client/train/run-directory.ts";
import { lockRun } from "../../client/train/run-lock.ts";
import { summaryTable } from "../../client/train/summary.ts";
import { fail } from "../../proto/errors.ts";
import { readConfigFile } from "../config-file.ts";
import { Interrupted } from "../exit.ts";
import { deviceOption, integerFlag } from "../flag-values.ts";
import { accessOfConfig } from "../server-access.ts";
import { stopOnSignals } from "../signals.ts";
import { trainInDirectory } from "../train-run.ts";

interface TrainFlags {
  readonly resume?: boolean;
  readonly name?: string;
  readonly runDir: string;
  readonly iterations?: number;
  readonly seed?: number;
  readonly device?: Device;
}

const EXAMPLES = `
Examples:
  anchorgym train configs/household-gigpo.yaml
  anchorgym train configs/household-gigpo.yaml --resume                 # goes on where the newest run of that name stopped
  anchorgym train configs/household-grpo.yaml --name grpo-2 --seed 2`;

export function trainCommand(): Command {
  return new Command("train")
    .description("roll out and train as a configuration says; Ctrl-C saves, --resume goes on to the same numbers")
    .argument("<config.yaml>", "see configs/; every field is checked")
    .option("--resume", "go on with the newest run of this name instead of starting a new one")
    .option("--name <name>", "name of the run, instead of the configuration's")
    .option("--run-dir <dir>", "where run directories are", "runs")
    .option("--iterations <n>", "training iterations, instead of the configuration's", integerFlag(0))
    .option("--seed <n>", "seed, instead of the configuration's", integerFlag(0))
    .addOption(deviceOption())
    .addHelpText("after", EXAMPLES)
    .action(train);
}

async function train(file: string, flags: TrainFlags): Promise<void> {
  const { name, seed, iterations, runDir, device } = flags;
  const overrides = { name, seed, "training.iterations": iterations, "engine.device": device };
  const config = await readConfigFile(file, overrides);
  const access = accessOfConfig(config);
  const directory = flags.resume ? await resumed(config, runDir) : createRunDirectory(runDir, config.name);
  const unlock = lockRun(directory.lockFile);
  const { signal, release } = stopOnSignals();
  const console = new RunConsole(process.stderr);
  const place = relative(process.cwd(), directory.path) || directory.path;
  try {
    await freezeConfig(directory, config);
    console.say(`run directory: ${place}`);
    const outcome = await trainInDirectory(config, directory, access, console, signal);
    if (outcome.finished) {
      process.stdout.write(`\n${summaryTable(outcome.summary)}\n${place}/summary.json\n`);
      return;
    }
    throw new Interrupted(`stopped; ${await howToResume(file, flags, config, directory)}`);
  } catch (error) {
    if (!(error instanceof Interrupted))
      console.say(`the run stopped; ${await howToResume(file, flags, config, directory)}`);
    throw error;
  } finally {
    release();
    unlock();
  }
}

/** @throws {ConfigError} CONFIG_INVALID when there is no such run, or it is another one. */
async function resumed(config: RunConfig, runDir: string): Promise<RunDirectory> {
  const directory = findRunDirectory(runDir, config.name);
  if (directory === undefined) {
    throw fail(
      "CONFIG_INVALID",
      `there is no run "${config.name}" in ${runDir} to go on with; leave --resume out, or set --run-dir`,
    );
  }
  assertSameRun(await readConfigFile(directory.configFile), config, directory.configFile);
  return directory;
}

async function howToResume(
  file: string,
  flags: TrainFlags,
  config: RunConfig,
  directory: RunDirectory,
): Promise<string> {
  const { warm, iteration } = await readRunState(directory);
  const done = warm
    ? `${iteration} of ${config.training.iterations} iterations are saved`
    : "the warm start was not finished";
  const given = [
    ...(flags.name === undefined ? [] : ["--name", flags.name]),
    ...(flags.runDir === "runs" ? [] : ["--run-dir", flags.runDir]),
    ...(flags.iterations === undefined ? [] : ["--iterations", String(flags.iterations)]),
    ...(flags.seed === undefined ? [] : ["--seed", String(flags.seed)]),
    ...(flags.device === undefined ? [] : ["--device", flags.device]),
  ];
  const command = ["npm run --silent anchorgym -- train", file, ...given, "--resume"].join(" ");
  return `${done}. Go on with:\n  ${command}`;
}
