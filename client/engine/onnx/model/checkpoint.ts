// A model on disk in the Hugging Face layout: config.json, model.safetensors or its shards, generation_config.json, and for
// an exact resume optimizer.safetensors with both moments of everything that trains; SHA256SUMS says what was written.
// Directories are written whole or not at all; the tokenizer's files are the caller's. A file that does not fit is refused
// with its name and the cure.

import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fail, isAnchorgymError } from "../../../../proto/errors.ts";
import { writeDirectoryAtomically } from "../../weights/atomic-directory.ts";
import { writeChecksums } from "../../weights/checksums.ts";
import { type LazyTensor, writeSafetensors } from "../../weights/safetensors.ts";
import type { WeightDtype } from "../../weights/tensor-dtype.ts";
import { openWeightFiles, type WeightFiles, writeWeightFiles } from "../../weights/weight-files.ts";
import type { AdamMoments } from "../learner/adamw.ts";
import type { DecoderConfig } from "./config.ts";
import { readHuggingFaceConfig, writeHuggingFaceConfig } from "./hf-config.ts";
import type { ParameterTable } from "./parameters.ts";
import {
  checkTensors,
  corrupt,
  type ParameterValues,
  readParameters,
  storedTensors,
  valuesIn,
} from "./stored-parameters.ts";

export const CONFIG = "config.json";
const GENERATION_CONFIG = "generation_config.json";
const OPTIMIZER = "optimizer";

/** What an exact resume needs beside the weights. */
export interface OptimizerState {
  readonly moments: AdamMoments;
  readonly policyVersion: number;
}

/** Texts of a checkpoint that a later save hands on; null where there was none. */
export interface SourceTexts {
  readonly config: Readonly<Record<string, unknown>> | null;
  readonly generationConfig: string | null;
}
export const NO_SOURCE: SourceTexts = { config: null, generationConfig: null };

export interface SavedModel {
  readonly config: DecoderConfig;
  readonly table: ParameterTable;
  readonly valuesOf: ParameterValues;
  readonly source: SourceTexts;
}

export interface SaveOptions {
  /** Default float32. */
  readonly dtype?: WeightDtype;
  /** Larger models are split; default 5 GB. */
  readonly maxShardBytes?: number;
  /** Adds files, or writes over those of the model's source, before the directory takes its place. */
  readonly addFiles?: (temporaryDirectory: string) => Promise<void>;
}

export async function saveCheckpoint(
  directory: string,
  { config, table, valuesOf, source }: SavedModel,
  state: OptimizerState | null,
  { dtype = "float32", maxShardBytes, addFiles }: SaveOptions = {},
): Promise<void> {
  await writeDirectoryAtomically(directory, async (temporary) => {
    const json = writeHuggingFaceConfig(config, source.config, dtype);
    await writeFile(join(temporary, CONFIG), `${JSON.stringify(json, null, 2)}\n`);
    if (source.generationConfig !== null) await writeFile(join(temporary, GENERATION_CONFIG), source.generationConfig);
    const stored = storedTensors(table, valuesOf, "", dtype);
    await saveWeightFiles(temporary, "model", stored, state && { ...state, table }, maxShardBytes);
    await addFiles?.(temporary);
  });
}

/**
 * Weights, what an exact resume needs beside them, and the checksums of both.
 * @param stem "model" of model.safetensors
 * @param state of the parameters of `state.table`
 */
export async function saveWeightFiles(
  directory: string,
  stem: string,
  tensors: ReadonlyMap<string, LazyTensor>,
  state: (OptimizerState & { readonly table: ParameterTable }) | null,
  maxShardBytes?: number,
): Promise<void> {
  const sums = new Map(await writeWeightFiles(directory, stem, tensors, maxShardBytes));
  if (state !== null) {
    const { table, moments, policyVersion } = state;
    const stored = new Map([
      ...storedTensors(table, valuesIn(moments.first), ".exp_avg"),
      ...storedTensors(table, valuesIn(moments.second), ".exp_avg_sq"),
    ]);
    const metadata = { update_count: String(moments.updateCount), policy_version: String(policyVersion) };
    const name = `${OPTIMIZER}.safetensors`;
    sums.set(name, await writeSafetensors(join(directory, name), stored, metadata));
  }
  await writeChecksums(directory, sums);
}

/** @throws {EngineError} CHECKPOINT_CORRUPT or WEIGHTS_REJECTED */
export async function loadConfig(
  directory: string,
): Promise<{ readonly config: DecoderConfig; readonly source: SourceTexts }> {
  const file = join(directory, CONFIG);
  return guarded(file, async () => {
    const json: unknown = JSON.parse(await readFile(file, "utf8"));
    const config = readHuggingFaceConfig(json, file);
    const generation = join(directory, GENERATION_CONFIG);
    const generationConfig = existsSync(generation) ? await readFile(generation, "utf8") : null;
    return { config, source: { config: json as Readonly<Record<string, unknown>>, generationConfig } };
  });
}

/**
 * Fills `flat` from the weight files. With `isInUse` everything is read twice, first to see that it is whole and finite:
 * on an error `flat` is then unchanged.
 */
export async function loadWeights(
  directory: string,
  table: ParameterTable,
  flat: Float32Array,
  isInUse: boolean,
): Promise<void> {
  await withWeightFiles(directory, "model", async (files) => {
    // A tied head may be stored beside the embedding; it is the same matrix.
    checkTensors(files, table, "", (name) => name === "lm_head.weight");
    if (isInUse) await readParameters(files, table, "", null);
    await readParameters(files, table, "", flat);
  });
}

/**
 * Null where the directory holds weights alone.
 * @param table of what trains
 * @param required such a directory is refused: with a fresh optimiser a resumed run would be another run
 * @throws {EngineError} CHECKPOINT_CORRUPT
 */
export async function loadOptimizer(
  directory: string,
  table: ParameterTable,
  required: boolean,
): Promise<OptimizerState | null> {
  const file = join(directory, `${OPTIMIZER}.safetensors`);
  if (!existsSync(file)) {
    if (required) throw corrupt(file, "the optimiser's state is missing, without which training cannot go on exactly");
    return null;
  }
  return withWeightFiles(directory, OPTIMIZER, async (files) => {
    const metadata = files.metadata;
    const count = (key: string): number => {
      const value = Number(metadata[key] ?? Number.NaN);
      if (!Number.isSafeInteger(value) || value < 0) {
        throw corrupt(file, `its metadata ${key} is ${JSON.stringify(metadata[key])}, not a count`);
      }
      return value;
    };
    const counts = { updateCount: count("update_count"), policyVersion: count("policy_version") };
    const moment = async (suffix: string): Promise<Float32Array> => {
      const flat = new Float32Array(table.flatSize);
      checkTensors(files, table, suffix, (name) => /\.exp_avg(_sq)?$/.test(name));
      await readParameters(files, table, suffix, flat);
      return flat;
    };
    const [first, second] = [await moment(".exp_avg"), await moment(".exp_avg_sq")];
    return { moments: { first, second, updateCount: counts.updateCount }, policyVersion: counts.policyVersion };
  });
}

export async function withWeightFiles<Result>(
  directory: string,
  stem: string,
  read: (files: WeightFiles) => Promise<Result>,
): Promise<Result> {
  return guarded(join(directory, `${stem}.safetensors`), async () => {
    const files = await openWeightFiles(directory, stem);
    try {
      return await read(files);
    } finally {
      await files.close();
    }
  });
}

/** Typed errors pass; whatever else reading throws means that the file is not what it should be. */
export async function guarded<Result>(file: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (isAnchorgymError(error)) throw error;
    const sentence = error instanceof Error ? error.message : String(error);
    throw fail("CHECKPOINT_CORRUPT", `${file} cannot be read: ${sentence}. Use another checkpoint`, {
      ids: { file },
      cause: error,
    });
  }
}
