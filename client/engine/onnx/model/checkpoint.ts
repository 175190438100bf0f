// A model on disk in the Hugging Face layout: config.json, model.safetensors, and for an exact resume
// optimizer.safetensors with both moments of every parameter. Directories are written whole or not at all; the tokenizer's
// files are the caller's. A file that does not fit is refused with its name, the tensor's name and the cure.

import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fail, isAnchorgymError } from "../../../../proto/errors.ts";
import { writeDirectoryAtomically } from "../../weights/atomic-directory.ts";
import {
  readSafetensors,
  type SafetensorsFile,
  type StoredTensor,
  writeSafetensors,
} from "../../weights/safetensors.ts";
import { toFloat32 } from "../../weights/tensor-dtype.ts";
import type { AdamMoments } from "../learner/adamw.ts";
import type { DecoderConfig } from "./config.ts";
import { readHuggingFaceConfig, writeHuggingFaceConfig } from "./hf-config.ts";
import { type ParameterSpec, type ParameterTable, transposed, viewOf } from "./parameters.ts";

const CONFIG = "config.json";
const WEIGHTS = "model.safetensors";
const OPTIMIZER = "optimizer.safetensors";

/** What an exact resume needs beside the weights. */
export interface OptimizerState {
  readonly moments: AdamMoments;
  readonly policyVersion: number;
}

export async function saveCheckpoint(
  directory: string,
  config: DecoderConfig,
  table: ParameterTable,
  flat: Float32Array,
  state: OptimizerState | null,
): Promise<void> {
  await writeDirectoryAtomically(directory, async (temporary) => {
    await writeFile(join(temporary, CONFIG), `${JSON.stringify(writeHuggingFaceConfig(config), null, 2)}\n`);
    await writeSafetensors(join(temporary, WEIGHTS), storedTensors(table, flat, ""), { format: "pt" });
    if (state === null) return;
    const moments = new Map([
      ...storedTensors(table, state.moments.first, ".exp_avg"),
      ...storedTensors(table, state.moments.second, ".exp_avg_sq"),
    ]);
    await writeSafetensors(join(temporary, OPTIMIZER), moments, {
      update_count: String(state.moments.updateCount),
      policy_version: String(state.policyVersion),
    });
  });
}

/** @throws {EngineError} CHECKPOINT_CORRUPT or WEIGHTS_REJECTED */
export async function loadConfig(directory: string): Promise<DecoderConfig> {
  const file = join(directory, CONFIG);
  return guarded(file, async () => readHuggingFaceConfig(JSON.parse(await readFile(file, "utf8")), file));
}

/** Fills `flat` from model.safetensors. On an error `flat` is unchanged. */
export async function loadWeights(directory: string, table: ParameterTable, flat: Float32Array): Promise<void> {
  const file = join(directory, WEIGHTS);
  const loaded = await guarded(file, async () => readTensors(await readSafetensors(file), file, table, ""));
  flat.set(loaded);
}

/**
 * Null where the directory holds weights alone.
 * @param required such a directory is refused: with a fresh optimiser a resumed run would be another run
 * @throws {EngineError} CHECKPOINT_CORRUPT
 */
export async function loadOptimizer(
  directory: string,
  table: ParameterTable,
  required: boolean,
): Promise<OptimizerState | null> {
  const file = join(directory, OPTIMIZER);
  if (!(await exists(file))) {
    if (required) throw corrupt(file, "the optimiser's state is missing, without which training cannot go on exactly");
    return null;
  }
  return guarded(file, async () => {
    const stored = await readSafetensors(file);
    const count = (key: string): number => {
      const value = Number(stored.metadata[key] ?? Number.NaN);
      if (!Number.isSafeInteger(value) || value < 0) {
        throw corrupt(file, `its metadata ${key} is ${JSON.stringify(stored.metadata[key])}, not a count`);
      }
      return value;
    };
    return {
      moments: {
        first: readTensors(stored, file, table, ".exp_avg"),
        second: readTensors(stored, file, table, ".exp_avg_sq"),
        updateCount: count("update_count"),
      },
      policyVersion: count("policy_version"),
    };
  });
}

function storedTensors(table: ParameterTable, flat: Float32Array, suffix: string): Map<string, StoredTensor> {
  return new Map(
    table.specs.map((spec) => {
      const view = viewOf(flat, spec);
      const [rows, columns] = spec.shape as readonly [number, number];
      const data = spec.storedTransposed ? transposed(view, rows, columns) : view;
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      return [`${spec.name}${suffix}`, { dtype: "F32", shape: storedShape(spec), data: bytes }];
    }),
  );
}

function storedShape(spec: ParameterSpec): readonly number[] {
  return spec.storedTransposed ? spec.shape.toReversed() : spec.shape;
}

function readTensors(stored: SafetensorsFile, file: string, table: ParameterTable, suffix: string): Float32Array {
  const flat = new Float32Array(table.flatSize);
  const names = new Set(table.specs.map((spec) => `${spec.name}${suffix}`));
  for (const name of stored.tensors.keys()) {
    // A tied head may be stored beside the embedding; it is the same matrix. Moments of both kinds share a file.
    const isKnown = names.has(name) || name === "lm_head.weight" || (suffix !== "" && /\.exp_avg(_sq)?$/.test(name));
    if (!isKnown) throw corrupt(file, `tensor ${name} belongs to no parameter of the model in ${CONFIG}`);
  }
  for (const spec of table.specs) {
    const name = `${spec.name}${suffix}`;
    const tensor = stored.tensors.get(name);
    if (tensor === undefined) throw corrupt(file, `tensor ${name} is missing`);
    const shape = storedShape(spec);
    if (tensor.shape.join() !== shape.join()) {
      throw corrupt(
        file,
        `tensor ${name} has shape [${tensor.shape.join(", ")}], the model needs [${shape.join(", ")}]`,
      );
    }
    const values = toFloat32(tensor);
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw corrupt(file, `tensor ${name} holds ${values[bad]} at element ${bad}`);
    const [columns, rows] = shape as readonly [number, number];
    flat.set(spec.storedTransposed ? transposed(values, columns, rows) : values, spec.offset);
  }
  return flat;
}

function corrupt(file: string, sentence: string): Error {
  return fail("CHECKPOINT_CORRUPT", `${file}: ${sentence}. Use another checkpoint, or copy this one again`, {
    ids: { file },
  });
}

/** Typed errors pass; whatever else reading throws means that the file is not what it should be. */
async function guarded<Result>(file: string, read: () => Promise<Result>): Promise<Result> {
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

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
