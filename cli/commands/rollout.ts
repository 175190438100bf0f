// `anchorgym rollout`: plays episodes with a scripted policy, a checkpoint or a person, on a served world, and shows what
// happened as transcripts, JSON lines, or a demonstrations file that `train` imitates.

import { Command, Option } from "commander";
import type { RunConfig } from "../../client/config/run-config.ts";
import { deriveSeed } from "../../client/random.ts";
import { collectGroups } from "../../client/rollout/collect.ts";
import { playEpisodes } from "../../client/rollout/play-episodes.ts";
import type { GroupRequest } from "../../client/rollout/player.ts";
import { writeDemonstrations } from "../../client/train/demonstrations.ts";
import { readConfigFile } from "../config-file.ts";
import { EpisodeRecorder } from "../episode-recorder.ts";
import { UsageError } from "../exit.ts";
import { builtInWorld } from "../experts.ts";
import { integerFlag, numberFlag } from "../flag-values.ts";
import { openWorld, type WorldPlace } from "../open-world.ts";
import { Person, PersonLeft } from "../person.ts";
import { playInteractive } from "../play-interactive.ts";
import { decodingOf, promptFormOf, tokenizerOfCheckpoint } from "../policy-format.ts";
import type { Labels } from "../rollout-output.ts";
import { demonstrationsOf, jsonLine, totals, transcript } from "../rollout-output.ts";
import type { ScriptedPolicyName } from "../scripted-policies.ts";
import { SCRIPTED_POLICIES, scriptedPolicy, streamOf } from "../scripted-policies.ts";
import { type AccessFlags, accessOfConfig, accessOfFlags, addAccessFlags, hasAccessFlags } from "../server-access.ts";
import { stopOnSignals } from "../signals.ts";

interface RolloutFlags extends AccessFlags {
  readonly env: string;
  readonly policy: ScriptedPolicyName | "checkpoint";
  readonly checkpoint?: string;
  readonly config?: string;
  readonly address?: readonly string[];
  readonly split: string;
  readonly episodes: number;
  readonly noise: number;
  readonly options: string;
  readonly seed: number;
  readonly out?: string;
  readonly json?: boolean;
  readonly interactive?: boolean;
}

const EXAMPLES = `
Examples:
  anchorgym rollout --policy oracle --episodes 1                        # a transcript of a shortest solution
  anchorgym rollout --interactive --options '{"maxSteps":20}'           # play yourself; Tab completes
  anchorgym rollout --interactive --env sokoban
  anchorgym rollout --policy explorer --episodes 200 --noise 0.2 --out demos.jsonl
  anchorgym rollout --policy checkpoint --config configs/household-gigpo.yaml \\
      --checkpoint runs/household-gigpo/checkpoints/step-000120 --split valid_unseen --episodes 3`;

export function rolloutCommand(): Command {
  const command = new Command("rollout")
    .description("play episodes and show them, or keep them as demonstrations")
    .option("--env <name>", "world", "household")
    .addOption(
      new Option("--policy <name>", "who plays").choices([...SCRIPTED_POLICIES, "checkpoint"]).default("oracle"),
    )
    .option("--checkpoint <dir>", "weights and tokenizer, with --policy checkpoint")
    .option("--config <file>", "how a checkpoint reads and speaks, and whose servers are called")
    .option(
      "--address <host:port...>",
      "running servers; default: those of --config, else one is started for the time of the command",
    )
    .option("--split <name>", "split to draw tasks from", "train")
    .option("--episodes <n>", "episodes to play", integerFlag(1), 1)
    .option("--noise <p>", "chance that a step executes a random admissible action instead", numberFlag(0, 1), 0)
    .option("--options <json>", "options of the world", "{}")
    .option("--seed <n>", "draws tasks, worlds and policies", integerFlag(0), 1)
    .option("--out <file>", "write a demonstrations file instead of transcripts")
    .option("--json", "one JSON object per episode instead of transcripts")
    .option("--interactive", "play yourself, in this process; with --address on a running server, like --policy human")
    .addHelpText("after", EXAMPLES);
  return addAccessFlags(command).action((flags: RolloutFlags) =>
    flags.interactive ? playYourself(flags) : rollout(flags),
  );
}

async function rollout(flags: RolloutFlags): Promise<void> {
  checkFlags(flags);
  const { policy, seed, split, episodes } = flags;
  const config = flags.config === undefined ? undefined : await readConfigFile(flags.config);
  const place = worldPlace(flags, config);
  const { signal, release } = stopOnSignals();
  try {
    const world = await openWorld(place, (line) => process.stderr.write(`${line}\n`));
    try {
      const curriculum = { split, seed: deriveSeed(seed, "rollout/tasks"), offset: 0, count: episodes };
      const groups = (await world.service.sampleTasks(curriculum)).map((task, i) => ({
        groupKey: `rollout/${i}`,
        task,
        seed: deriveSeed(seed, `rollout/world/${i}`),
      }));
      const recorder = new EpisodeRecorder(world.service);
      const labels = await (policy === "checkpoint"
        ? playCheckpoint(recorder, groups, flags, config!, signal)
        : playScripted(recorder, groups, flags, signal));
      await show(recorder, labels, flags);
    } finally {
      await world.close();
    }
  } finally {
    release();
  }
}

/** Servers of `--address`, else those that the configuration calls, else one of this machine. */
function worldPlace(flags: RolloutFlags, config: RunConfig | undefined): WorldPlace {
  const { env: environment, address: addresses } = flags;
  if (addresses !== undefined) return { environment, addresses, access: accessOfFlags(flags, addresses) };
  if (hasAccessFlags(flags)) throw new UsageError("tokens and --tls flags are for the servers of --address; name them");
  if (config?.environment.servers.addresses === undefined) return { environment, spawn: 1 };
  return { environment, addresses: config.environment.servers.addresses, access: accessOfConfig(config) };
}

async function playYourself(flags: RolloutFlags): Promise<void> {
  if (flags.out !== undefined || flags.json) throw new UsageError("--interactive shows episodes; it keeps none");
  if (flags.address !== undefined) return rollout({ ...flags, policy: "human" });
  checkJson(flags.options);
  const { env, split, episodes, options: optionsJson, seed } = flags;
  const world = builtInWorld(env);
  const { splits } = world.description;
  if (!splits.some(({ name }) => name === split)) {
    throw new UsageError(`${env} has no split "${split}"; it has ${splits.map(({ name }) => name).join(", ")}`);
  }
  const person = new Person(process.stdin, process.stderr);
  try {
    await playInteractive({ world, split, episodes, optionsJson, seed }, person);
  } catch (error) {
    if (!(error instanceof PersonLeft)) throw error;
    process.stderr.write("\nleft\n");
  } finally {
    person.close();
  }
}

async function playScripted(
  service: EpisodeRecorder,
  groups: readonly GroupRequest[],
  flags: RolloutFlags,
  signal: AbortSignal,
): Promise<Labels> {
  const { env: environment, options: optionsJson, seed, noise } = flags;
  const groupOf = new Map(groups.map((group) => [group.groupKey, group]));
  const placeOf = (groupKey: string) => {
    const group = groupOf.get(groupKey)!;
    return { taskId: group.task.taskId, seed: group.seed };
  };
  const label = scriptedPolicy(flags.policy as ScriptedPolicyName, { environment, optionsJson, seed, placeOf });
  const labels = new Map<string, string | null>();
  await playEpisodes({
    service,
    groups,
    groupSize: 1,
    optionsJson,
    maxBatchRows: 256,
    // A person plays one episode after the other.
    ...(flags.policy === "human" ? { maxOpenSessions: 1 } : {}),
    signal,
    policy: async (view) => {
      const wanted = (await label(view)) ?? null;
      labels.set(`${view.groupKey}/${view.replicaIndex}/${view.seq}`, wanted);
      const noises = streamOf(seed, "noise", view);
      const strays = noises.real() < noise;
      return strays || wanted === null ? noises.pick(view.outcome.admissible) : wanted;
    },
  });
  return labels;
}

async function playCheckpoint(
  service: EpisodeRecorder,
  groups: readonly GroupRequest[],
  flags: RolloutFlags,
  config: RunConfig,
  signal: AbortSignal,
): Promise<Labels> {
  const { tokenizer } = await tokenizerOfCheckpoint(flags.checkpoint!);
  const { openCheckpoint } = await import("../open-policy.ts");
  const sampler = await openCheckpoint(flags.checkpoint!, config);
  try {
    await collectGroups({
      service,
      groups,
      groupSize: 1,
      optionsJson: flags.options,
      maxBatchRows: config.engine.maxBatchRows,
      signal,
      sampler,
      tokenizer,
      promptForm: promptFormOf(config.policy, tokenizer),
      decoding: decodingOf(config.policy, false),
      sampleSeed: deriveSeed(flags.seed, "rollout/sample"),
    });
  } finally {
    await sampler.close();
  }
  return new Map();
}

async function show(recorder: EpisodeRecorder, labels: Labels, flags: RolloutFlags): Promise<void> {
  const { out, json, env: environment, policy, noise, seed, split } = flags;
  if (out !== undefined) {
    await writeDemonstrations(out, demonstrationsOf(recorder, labels, { environment, policy, noise, seed, split }));
  } else {
    for (const episode of recorder.episodes)
      process.stdout.write(`${json ? jsonLine(episode) : transcript(episode)}\n`);
  }
  process.stderr.write(`${totals(recorder)}${out === undefined ? "" : `; written to ${out}`}\n`);
}

function checkFlags({ policy, checkpoint, config, out, options }: RolloutFlags): void {
  checkJson(options);
  if (policy !== "checkpoint") return;
  if (checkpoint === undefined || config === undefined) {
    throw new UsageError("--policy checkpoint needs --checkpoint <dir> and --config <file>");
  }
  if (out !== undefined) {
    throw new UsageError("--out keeps an expert's labels and a checkpoint has none; use --json, or another --policy");
  }
}

function checkJson(text: string): void {
  try {
    JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--options is not JSON: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
