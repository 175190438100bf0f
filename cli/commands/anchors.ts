// `anchorgym anchors household`: on rollouts of a policy, which key of a state groups steps best: coverage, mixing, and how well
// the step advantage tracks true progress, known from the world's own shortest solutions.

import { Argument, Command, Option } from "commander";
import { textTable } from "../../client/observe/console.ts";
import { deriveSeed } from "../../client/random.ts";
import { collectGroups } from "../../client/rollout/collect.ts";
import { householdWorld } from "../../envs/household/household-world.ts";
import { ANCHOR_KEYS, type AnchorReport, anchorReport } from "../anchors/anchor-report.ts";
import { anchorSteps, type PlayedActions } from "../anchors/anchor-steps.ts";
import { playScriptedGroups } from "../anchors/scripted-groups.ts";
import { readConfigFile } from "../config-file.ts";
import { UsageError } from "../exit.ts";
import { integerFlag, numberFlag } from "../flag-values.ts";
import { openWorld } from "../open-world.ts";
import { decodingOf, promptFormOf, tokenizerOfCheckpoint } from "../policy-format.ts";

interface AnchorFlags {
  readonly policy: "explorer" | "random" | "checkpoint";
  readonly episodes: number;
  readonly groupSize: number;
  readonly split: string;
  readonly noise: number;
  readonly invalid: number;
  readonly checkpoint?: string;
  readonly config?: string;
  readonly seed: number;
  readonly json?: boolean;
}

const HELP = `
Columns (specs: household, section 12; all over steps, groups of one task, gamma 0.95):
  coverage       steps whose group spans trajectories
  mixing         of those, steps whose group mixes states that differ for the task
  mixing D       of those, steps whose group mixes distances to the goal; sigma D is their deviation
  signal         correlation of the step advantage with the true change of D, less its mean over equal states (equal by
                 semantic key / by full key), and raw
Keys: "full" is the state without its turn, "full+turn" the hash that clients receive; "hierarchical" takes full where that
spans trajectories, else semantic.

Examples:
  $ anchorgym anchors household --episodes 1200 --noise 0.2
  $ anchorgym anchors household --policy checkpoint --config configs/household-gigpo.yaml \\
      --checkpoint runs/household-gigpo/checkpoints/step-000120 --episodes 256 --json`;

export function anchorsCommand(): Command {
  return new Command("anchors")
    .description("measure which state key groups the steps of a policy best")
    .addArgument(new Argument("<world>", "world").choices(["household"]))
    .addOption(
      new Option("--policy <name>", "who plays").choices(["explorer", "random", "checkpoint"]).default("explorer"),
    )
    .option("--episodes <n>", "episodes, rounded up to whole groups", integerFlag(1), 1200)
    .option("--group-size <n>", "episodes of one task", integerFlag(2), 8)
    .option("--split <name>", "split to draw tasks from", "train")
    .option("--noise <p>", "explorer: share of random admissible commands", numberFlag(0, 1), 0.2)
    .option("--invalid <p>", "explorer: share of nonsense", numberFlag(0, 1), 0.05)
    .option("--checkpoint <dir>", "weights and tokenizer, with --policy checkpoint")
    .option("--config <file>", "how a checkpoint reads and speaks, with --policy checkpoint")
    .option("--seed <n>", "draws tasks, worlds and policies", integerFlag(0), 1)
    .option("--json", "one JSON object")
    .addHelpText("after", HELP)
    .action((world: string, flags: AnchorFlags) => measureAnchors(world, flags));
}

async function measureAnchors(world: string, flags: AnchorFlags): Promise<void> {
  const splits = householdWorld.description.splits.map(({ name }) => name);
  if (!splits.includes(flags.split)) {
    throw new UsageError(`${world} has no split "${flags.split}"; it has ${splits.join(", ")}`);
  }
  const groups = Math.ceil(flags.episodes / flags.groupSize);
  const { policy, json } = flags;
  const played = policy === "checkpoint" ? await playCheckpoint(groups, flags) : playScripted(groups, policy, flags);
  const steps = anchorSteps(played.groups, played.optionsJson);
  if (steps.length === 0) throw new UsageError("no episode was played to its end, so there is nothing to measure");
  const report = anchorReport(steps);
  const { groupSize, split, seed } = flags;
  process.stdout.write(
    json ? `${JSON.stringify({ world, policy, split, groupSize, seed, ...report })}\n` : table(report, policy),
  );
}

interface Played {
  readonly groups: readonly PlayedActions[];
  readonly optionsJson: string;
}

function playScripted(groups: number, policy: "explorer" | "random", flags: AnchorFlags): Played {
  const { split, groupSize, noise, invalid, seed } = flags;
  const optionsJson = "";
  return {
    groups: playScriptedGroups({ policy, split, groups, groupSize, noise, invalid, optionsJson, seed }),
    optionsJson,
  };
}

/** Plays on a server like training does; the actions are replayed here afterwards. Broken episodes are left out. */
async function playCheckpoint(groupCount: number, flags: AnchorFlags): Promise<Played> {
  const { checkpoint, config: configFile, split, seed, groupSize } = flags;
  if (checkpoint === undefined || configFile === undefined) {
    throw new UsageError("--policy checkpoint needs --checkpoint <dir> and --config <file>");
  }
  const config = await readConfigFile(configFile);
  const { tokenizer } = await tokenizerOfCheckpoint(checkpoint);
  const optionsJson = JSON.stringify(config.environment.options);
  const world = await openWorld({ environment: "household", spawn: 1 }, (line) => process.stderr.write(`${line}\n`));
  try {
    const { openCheckpoint } = await import("../open-policy.ts");
    const sampler = await openCheckpoint(checkpoint, config);
    try {
      const curriculum = { split, seed: deriveSeed(seed, "anchors/tasks"), offset: 0, count: groupCount };
      const requests = (await world.service.sampleTasks(curriculum)).map((task, i) => ({
        groupKey: `anchors/${i}`,
        task,
        seed: deriveSeed(seed, `anchors/world/${i}`),
      }));
      const { groups } = await collectGroups({
        service: world.service,
        groups: requests,
        groupSize,
        optionsJson,
        maxBatchRows: config.engine.maxBatchRows,
        sampler,
        tokenizer,
        promptForm: promptFormOf(config.policy, tokenizer),
        decoding: decodingOf(config.policy, false),
        sampleSeed: deriveSeed(seed, "anchors/sample"),
      });
      const failed = groups.reduce((sum, { failures }) => sum + failures.length, 0);
      if (failed > 0) process.stderr.write(`left out: ${failed} broken episodes\n`);
      const played = groups.map(
        ({ groupKey, task, trajectories_G }, i): PlayedActions => ({
          groupKey,
          taskId: task.taskId,
          seed: requests[i]!.seed,
          actions_G: trajectories_G.map(({ steps_S }) => steps_S.map(({ action }) => action)),
        }),
      );
      return { groups: played, optionsJson };
    } finally {
      await sampler.close();
    }
  } finally {
    await world.close();
  }
}

function table({ steps, trajectories, groups, keys }: AnchorReport, policy: string): string {
  const share = (value: number) => `${(100 * value).toFixed(1)} %`;
  const head = ["key", "coverage", "mixing", "mixing D", "sigma D", "signal: semantic", "full", "raw"];
  const rows = ANCHOR_KEYS.map((key) => {
    const { coverage, mixing, mixingDistance, distanceSigma, signal } = keys.find((each) => each.key === key)!;
    const signals = [signal.semantic, signal.full, signal.raw].map((value) => value.toFixed(3));
    return [key, share(coverage), share(mixing), share(mixingDistance), distanceSigma.toFixed(1), ...signals];
  });
  return `${textTable([head, ...rows])}\n${steps} steps, ${trajectories} episodes of ${groups} groups, ${policy}\n`;
}
