// Everything a training run needs, opened in order and closed in reverse: run directory and its lock, demonstrations, servers,
// engine. What runs is client/train; this file chooses the concrete pieces.

import { existsSync } from "node:fs";
import { configureAlgorithm } from "../client/algorithms/registry.ts";
import type { RunConfig } from "../client/config/run-config.ts";
import type { Engine } from "../client/engine/engine.ts";
import type { RunConsole } from "../client/observe/console.ts";
import { MemoryWatch } from "../client/observe/memory.ts";
import { deriveSeed } from "../client/random.ts";
import type { Demonstrations } from "../client/train/demonstrations.ts";
import { readDemonstrations, writeDemonstrations } from "../client/train/demonstrations.ts";
import { imitate } from "../client/train/imitation.ts";
import type { ImitationFormat } from "../client/train/imitation-rows.ts";
import { imitationRows } from "../client/train/imitation-rows.ts";
import { readRunState } from "../client/train/resume.ts";
import type { RunOutcome, RunParts } from "../client/train/run.ts";
import { runTraining } from "../client/train/run.ts";
import type { RunDirectory } from "../client/train/run-directory.ts";
import { fail } from "../proto/errors.ts";
import { demonstrate } from "./demonstrate.ts";
import { builtInWorld } from "./experts.ts";
import { openCheckpoint, openNewPolicy, openReference, openStart } from "./open-policy.ts";
import { openWorld } from "./open-world.ts";
import { evaluatePair, groupSource, successOf } from "./play-policy.ts";
import type { PolicyTokenizer } from "./policy-format.ts";
import { promptFormOf, tokenizerOfCheckpoint, tokenizerOfVocabulary } from "./policy-format.ts";
import type { ServerAccess } from "./server-access.ts";

/** Runs, or goes on with, the run of `directory`. */
export async function trainInDirectory(
  config: RunConfig,
  directory: RunDirectory,
  access: ServerAccess,
  console: RunConsole,
  signal: AbortSignal,
): Promise<RunOutcome> {
  const state = await readRunState(directory);
  const memory = new MemoryWatch(state.rssPeakBytes);
  const closing: (() => Promise<unknown>)[] = [async () => memory.close()];
  try {
    const demonstrations = state.warm || config.imitation === null ? null : await demonstrationsOf(config, directory);
    const checkpoint = state.warm ? directory.checkpoint(state.iteration) : config.policy.checkpoint;
    const policyTokenizer =
      checkpoint === undefined ? newTokenizer(config, demonstrations) : await tokenizerOfCheckpoint(checkpoint);
    const { tokenizer, exportTo } = policyTokenizer;
    const { name: environment, servers } = config.environment;
    const world = await openWorld({ ...servers, environment, access }, (line) => console.say(line));
    closing.push(world.close);
    const engine =
      checkpoint === undefined
        ? await openNewPolicy(config, tokenizer.vocabularySize)
        : await (state.warm ? openCheckpoint : openStart)(checkpoint, config);
    closing.push(() => engine.close());
    const onWorld = { config, service: world.service, sampler: engine, tokenizer };
    return await runTraining({
      config,
      directory,
      engine,
      exportTokenizer: exportTo,
      openReference: config.training.klCoefficient > 0 ? (at) => openReference(at, config, engine) : null,
      source: groupSource(onWorld),
      algorithm: configureAlgorithm(config.algorithm),
      warmUp: demonstrations === null ? null : warmUpOf(config, demonstrations, policyTokenizer, engine, console),
      evaluate: async (onEpisode, abort) => successOf(await evaluatePair(onWorld, onEpisode, abort)),
      console,
      memory,
      signal,
    });
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** Those of the file that the configuration names, or played now and kept in the run directory. */
async function demonstrationsOf(config: RunConfig, directory: RunDirectory): Promise<Demonstrations | null> {
  const { imitation, environment, seed } = config;
  if (imitation === null) return null;
  const { file, ...wanted } = imitation.demonstrations;
  const demonstrations = file === undefined ? null : await readDemonstrations(file);
  if (demonstrations !== null) {
    const { environment: played } = demonstrations.header;
    if (played === environment.name) return demonstrations;
    throw fail("CONFIG_INVALID", `${file} demonstrates ${played}, but the run trains in ${environment.name}`);
  }
  if (!existsSync(directory.demonstrationsFile)) {
    const optionsJson = JSON.stringify(environment.options);
    const request = { ...wanted, environment: environment.name, optionsJson, seed: deriveSeed(seed, "demonstrations") };
    await writeDemonstrations(directory.demonstrationsFile, demonstrate(request));
  }
  return await readDemonstrations(directory.demonstrationsFile);
}

function newTokenizer(config: RunConfig, demonstrations: Demonstrations | null): PolicyTokenizer {
  const vocabulary = demonstrations?.header.vocabulary ?? builtInWorld(config.environment.name).vocabulary?.() ?? [];
  const { prompt, decoding } = config.policy;
  if (vocabulary.length > 0) return tokenizerOfVocabulary(vocabulary, prompt.form, decoding.constrained);
  const sentence = `${config.environment.name} has no vocabulary to make a tokenizer from; set policy.checkpoint`;
  throw fail("CONFIG_INVALID", sentence);
}

function warmUpOf(
  config: RunConfig,
  { header, episodes }: Demonstrations,
  { tokenizer }: PolicyTokenizer,
  engine: Engine,
  console: RunConsole,
): RunParts["warmUp"] {
  const { imitation, policy, seed } = config;
  if (imitation === null) return null;
  const format: ImitationFormat = {
    ...policy.decoding,
    form: promptFormOf(policy, tokenizer),
    tokenizer,
    eosTokenId: tokenizer.specialTokenId("eos"),
    answerForm: "tags",
  };
  return async (onUpdate, signal) => {
    const { rows, ...left } = imitationRows(episodes, format);
    const won = episodes.filter(({ score }) => score === 1).length;
    console.say(
      `imitation: ${rows.length} decisions from ${episodes.length} episodes of ${header.policy} at noise ${header.noise} (${won} reach the goal); ` +
        `left out: ${left.forcedCount} forced, ${left.unlabelledCount} without a plan, ${left.impossibleLabelCount} not sayable` +
        (left.longPromptCount > 0 ? `, ${left.longPromptCount} beyond policy.prompt.maxTokens` : "") +
        (left.cutPromptCount > 0 ? `; ${left.cutPromptCount} prompts cut` : ""),
    );
    if (rows.length === 0) {
      const cure = left.longPromptCount > 0 ? "raise policy.prompt.maxTokens" : "play more episodes";
      throw fail("CONFIG_INVALID", `the demonstrations hold no decision to learn from; ${cure}`);
    }
    return await imitate(rows, imitation, deriveSeed(seed, "imitation"), engine, onUpdate, signal);
  };
}
