// From what a caller names (sizes, a folder of weights, a folder of adapters) to a model in memory. The base is read into
// its one array and nowhere else.

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { resolveModel } from "../../weights/hub.ts";
import { isAdapterDirectory, loadAdapterConfig, loadAdapters } from "./adapter-files.ts";
import { loadConfig, loadWeights, NO_SOURCE, type SourceTexts } from "./checkpoint.ts";
import type { DecoderConfig } from "./config.ts";
import { initialWeights } from "./init.ts";
import { adapterTable, checkLora, initialAdapters, type LoraShape } from "./lora.ts";
import { Model } from "./model.ts";
import { parameterTable } from "./parameters.ts";

/**
 * Sizes of a model from scratch, or a directory in the Hugging Face layout or a name on the hub: weights, to which `lora` adds new adapters,
 * or PEFT adapters, whose configuration names the base.
 */
export type ModelSource =
  | DecoderConfig
  | {
      readonly directory: string;
      readonly lora?: LoraShape;
      /** The base of a directory of adapters, where the one that it names is not at that place. */
      readonly base?: string;
    };

export interface OpenedModel {
  readonly model: Model;
  readonly source: SourceTexts;
  /** Where the base came from; "" for a model from scratch. */
  readonly base: string;
  /** May hold the optimiser's state; null: a fresh start. */
  readonly stateDirectory: string | null;
}

/** @throws {EngineError} CHECKPOINT_CORRUPT or WEIGHTS_REJECTED */
export async function openModel(named: ModelSource, seed: number): Promise<OpenedModel> {
  if (!("directory" in named)) {
    const flat = initialWeights(named, parameterTable(named), seed);
    return { model: withNewAdapters(named, flat, seed), source: NO_SOURCE, base: "", stateDirectory: null };
  }
  const directory = await resolveModel(named.directory);
  if (isAdapterDirectory(directory)) return openAdapters(directory, named.base);
  const { config, flat, source } = await readBase(directory);
  if (named.lora === undefined) return { model: new Model(config, flat), source, base: "", stateDirectory: directory };
  const lora = checkLora(named.lora, "policy.lora");
  const model = withNewAdapters({ ...config, lora }, flat, seed);
  return { model, source, base: named.directory, stateDirectory: null };
}

/** The folder of the base that adapters name: as written, or beside the adapters. */
export function resolveBase(adapters: string, base: string): Promise<string> {
  const beside = join(dirname(adapters), base);
  return resolveModel(base === "" || existsSync(base) || !existsSync(join(beside, "config.json")) ? base : beside);
}

/** Adapters on their base, or on `otherBase`. */
export async function openAdapters(directory: string, otherBase: string | undefined): Promise<OpenedModel> {
  const { lora, base } = await loadAdapterConfig(directory);
  const place = await resolveBase(directory, otherBase ?? base);
  const { config, flat, source } = await readBase(place);
  const table = adapterTable(config, lora);
  const adapters = new Float32Array(table.flatSize);
  await loadAdapters(directory, table, adapters);
  return {
    model: new Model({ ...config, lora }, flat, adapters),
    source,
    base: otherBase ?? base,
    stateDirectory: directory,
  };
}

async function readBase(directory: string) {
  const { config, source } = await loadConfig(directory);
  const table = parameterTable(config);
  const flat = new Float32Array(table.flatSize);
  await loadWeights(directory, table, flat, false);
  return { config, flat, source };
}

function withNewAdapters(config: DecoderConfig, flat: Float32Array, seed: number): Model {
  if (config.lora === undefined) return new Model(config, flat);
  return new Model(config, flat, initialAdapters(adapterTable(config, config.lora), seed));
}
