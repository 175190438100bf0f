// `anchorgym eval <config.yaml>`: held-out success of a checkpoint, at the rollout temperature and greedily, with intervals.

import { Command } from "commander";
import type { RunConfig } from "../../client/config/run-config.ts";
import type { Device } from "../../client/engine/onnx/session/device.ts";
import type { EvaluationResult } from "../../client/eval/evaluate.ts";
import { RunConsole, textTable } from "../../client/observe/console.ts";
import { readRunState } from "../../client/train/resume.ts";
import { findRunDirectory } from "../../client/train/run-directory.ts";
import { fail } from "../../proto/errors.ts";
import { readConfigFile } from "../config-file.ts";
import { Interrupted } from "../exit.ts";
import { deviceOption, integerFlag } from "../flag-values.ts";
import { openCheckpoint } from "../open-policy.ts";
import { openWorld } from "../open-world.ts";
import type { EvaluationPair } from "../play-policy.ts";
import { evaluatePair } from "../play-policy.ts";
import { tokenizerOfCheckpoint } from "../policy-format.ts";
import { accessOfConfig } from "../server-access.ts";
import { stopOnSignals } from "../signals.ts";

interface EvalFlags {
  readonly checkpoint?: string;
  readonly runDir: string;
  readonly split?: string;
  readonly episodes?: number;
  readonly json?: boolean;
  readonly device?: Device;
}

const EXAMPLES = `
Examples:
  anchorgym eval configs/household-gigpo.yaml                           # the newest run of that name
  anchorgym eval configs/household-gigpo.yaml --checkpoint runs/household-gigpo/checkpoints/step-000000 --episodes 500
  anchorgym eval configs/household-gigpo.yaml --split valid_seen --json`;

export function evalCommand(): Command {
  return new Command("eval")
    .description("evaluate a checkpoint on a fixed split, with 95 % intervals, in all and by kind of task")
    .argument("<config.yaml>", "the configuration that the policy was trained with")
    .option("--checkpoint <dir>", "checkpoint to evaluate; default: the newest of the newest run of that name")
    .option("--run-dir <dir>", "where run directories are", "runs")
    .option("--split <name>", "split, instead of the configuration's")
    .option("--episodes <n>", "episodes, instead of the configuration's", integerFlag(1))
    .addOption(deviceOption())
    .option("--json", "one JSON object instead of a table")
    .addHelpText("after", EXAMPLES)
    .action(evaluateCheckpoint);
}

async function evaluateCheckpoint(file: string, flags: EvalFlags): Promise<void> {
  const overrides = {
    "evaluation.split": flags.split,
    "evaluation.episodes": flags.episodes,
    "engine.device": flags.device,
  };
  const config = await readConfigFile(file, overrides);
  const access = accessOfConfig(config);
  const checkpoint = flags.checkpoint ?? (await newestCheckpoint(config, flags.runDir));
  const { tokenizer } = await tokenizerOfCheckpoint(checkpoint);
  const console = new RunConsole(process.stderr);
  const { signal, release } = stopOnSignals();
  const { name: environment, servers } = config.environment;
  const world = await openWorld({ ...servers, environment, access }, (line) => console.say(line));
  try {
    const engine = await openCheckpoint(checkpoint, config);
    try {
      const onWorld = { config, service: world.service, sampler: engine, tokenizer };
      const onEpisode = (done: number, total: number) =>
        console.progress({ stage: "evaluate", done, total, facts: [] });
      const pair = await evaluatePair(onWorld, onEpisode, signal);
      process.stdout.write(
        flags.json ? `${JSON.stringify(report(pair, config, checkpoint))}\n` : table(pair, config, checkpoint),
      );
    } finally {
      await engine.close();
    }
  } catch (error) {
    if (signal.aborted)
      throw new Interrupted("stopped; half an evaluation is no estimate, nothing is reported", { cause: error });
    throw error;
  } finally {
    release();
    await world.close();
  }
}

async function newestCheckpoint(config: RunConfig, runDir: string): Promise<string> {
  const directory = findRunDirectory(runDir, config.name);
  if (directory === undefined) {
    if (config.policy.checkpoint !== undefined) return config.policy.checkpoint;
    throw fail("CONFIG_INVALID", `there is no run "${config.name}" in ${runDir}; name a checkpoint with --checkpoint`);
  }
  const { warm, iteration } = await readRunState(directory);
  if (warm) return directory.checkpoint(iteration);
  throw fail("CONFIG_INVALID", `${directory.path} has no checkpoint yet; name one with --checkpoint`);
}

function report({ drawn, greedy }: EvaluationPair, config: RunConfig, checkpoint: string): object {
  const part = ({ counters: _, ...rest }: EvaluationResult) => rest;
  return { checkpoint, split: config.evaluation.split, ...part(drawn), greedy: part(greedy) };
}

function table({ drawn, greedy }: EvaluationPair, config: RunConfig, checkpoint: string): string {
  const cell = ({ rate, ci95: [low, high] }: Pick<EvaluationResult, "rate" | "ci95">) =>
    `${rate.toFixed(3)}  [${low.toFixed(3)}, ${high.toFixed(3)}]`;
  const row = (name: string, a: EvaluationResult | undefined, b: EvaluationResult | undefined) => [
    name,
    String(a?.episodes ?? 0),
    a === undefined ? "" : cell(a),
    b === undefined ? "" : cell(b),
  ];
  const families = Object.keys(drawn.byTag).filter((tag) => tag.startsWith("family:"));
  const rows = [
    ["success (95 %)", "episodes", `temperature ${config.policy.decoding.temperature}`, "greedy"],
    row(config.evaluation.split, drawn, greedy),
    ...families.map((tag) => [
      tag.slice("family:".length),
      String(drawn.byTag[tag]!.episodes),
      cell(drawn.byTag[tag]!),
      cell(greedy.byTag[tag]!),
    ]),
  ];
  const failures = [drawn, greedy].flatMap(({ failures }) => Object.entries(failures));
  const broken =
    failures.length === 0 ? "" : `left out as broken: ${failures.map(([why, n]) => `${n} ${why}`).join(", ")}\n`;
  const steps = `mean steps: ${drawn.meanSteps.toFixed(1)}, greedy ${greedy.meanSteps.toFixed(1)}`;
  return `${textTable(rows)}\n${steps}; checkpoint ${checkpoint}\n${broken}`;
}
