// LoRA adapters on disk as PEFT has them: adapter_config.json and adapter_model.safetensors, beside the optimiser's moments
// for an exact resume. Fields of the configuration that change the arithmetic are refused, never ignored; a dropout is a
// matter of training alone, and here it is 0.

import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fail } from "../../../../proto/errors.ts";
import { writeDirectoryAtomically } from "../../weights/atomic-directory.ts";
import { CONFIG, guarded, type OptimizerState, saveWeightFiles, withWeightFiles } from "./checkpoint.ts";
import { checkLora, LORA_TARGETS, type LoraShape, type LoraTarget } from "./lora.ts";
import type { ParameterTable } from "./parameters.ts";
import { checkTensors, readParameters, storedTensors, valuesIn } from "./stored-parameters.ts";

export const ADAPTER_CONFIG = "adapter_config.json";
const ADAPTER_STEM = "adapter_model";

type Json = Readonly<Record<string, unknown>>;

/** Fields whose other values mean arithmetic that is not here. Absent and null are as good as the first. */
const ONLY: readonly (readonly [string, readonly unknown[]])[] = [
  ["peft_type", ["LORA"]],
  ["bias", ["none"]],
  // Other ways to begin also change the base.
  ["init_lora_weights", [true, false, "gaussian", "orthogonal", "eva"]],
  ["use_dora", [false]],
  ["use_rslora", [false]],
  ["use_qalora", [false]],
  ["fan_in_fan_out", [false]],
  ["lora_bias", [false]],
  ["modules_to_save", [null]],
  ["layers_to_transform", [null]],
  ["layer_replication", [null]],
  ["trainable_token_indices", [null]],
  ["target_parameters", [null]],
  ["exclude_modules", [null]],
  ["alora_invocation_tokens", [null]],
  ["use_bdlora", [null, false]],
  ["arrow_config", [null]],
  ["kasa_config", [null]],
  ["monteclora_config", [null]],
];

export interface AdapterDescription {
  readonly lora: LoraShape;
  /** Folder or hub name of the model that the adapters were made for; as written. */
  readonly base: string;
}

/** A folder of adapters alone, without a model. */
export function isAdapterDirectory(directory: string): boolean {
  return existsSync(join(directory, ADAPTER_CONFIG)) && !existsSync(join(directory, CONFIG));
}

/** @throws {EngineError} CHECKPOINT_CORRUPT or WEIGHTS_REJECTED */
export async function loadAdapterConfig(directory: string): Promise<AdapterDescription> {
  const file = join(directory, ADAPTER_CONFIG);
  return guarded(file, async () => {
    const json = JSON.parse(await readFile(file, "utf8")) as Json;
    for (const [field, accepted] of ONLY) {
      const value = json[field] ?? accepted[0];
      if (!accepted.includes(value)) throw rejected(file, field, value, String(accepted[0]));
    }
    for (const field of ["rank_pattern", "alpha_pattern"]) {
      if (Object.keys((json[field] ?? {}) as object).length > 0) throw rejected(file, field, json[field], "none");
    }
    const { r, lora_alpha: alpha, base_model_name_or_path: base } = json;
    if (typeof r !== "number") throw rejected(file, "r", r, "a number");
    if (typeof alpha !== "number") throw rejected(file, "lora_alpha", alpha, "a number");
    const targets = json["target_modules"] === "all-linear" ? LORA_TARGETS : json["target_modules"];
    if (!Array.isArray(targets)) throw rejected(file, "target_modules", targets, "a list, or all-linear");
    const lora = checkLora({ rank: r, alpha, targets: targets as LoraTarget[] }, file);
    return { lora, base: typeof base === "string" ? base : "" };
  });
}

/** Fills `flat`; on an error it is unchanged. */
export async function loadAdapters(directory: string, table: ParameterTable, flat: Float32Array): Promise<void> {
  await withWeightFiles(directory, ADAPTER_STEM, async (files) => {
    checkTensors(files, table, "", () => false, "Use the base that these adapters were made for");
    const loaded = new Float32Array(table.flatSize);
    await readParameters(files, table, "", loaded);
    flat.set(loaded);
  });
}

export async function saveAdapters(
  directory: string,
  { lora, base }: AdapterDescription,
  table: ParameterTable,
  flat: Float32Array,
  state: OptimizerState | null,
): Promise<void> {
  const config = {
    base_model_name_or_path: base,
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: lora.alpha,
    lora_dropout: 0,
    modules_to_save: null,
    peft_type: "LORA",
    r: lora.rank,
    target_modules: lora.targets,
    task_type: "CAUSAL_LM",
    use_dora: false,
    use_rslora: false,
  };
  await writeDirectoryAtomically(directory, async (temporary) => {
    await writeFile(join(temporary, ADAPTER_CONFIG), `${JSON.stringify(config, null, 2)}\n`);
    const stored = storedTensors(table, valuesIn(flat), "");
    await saveWeightFiles(temporary, ADAPTER_STEM, stored, state && { ...state, table });
  });
}

function rejected(place: string, field: string, value: unknown, supported: string): Error {
  return fail("WEIGHTS_REJECTED", `${place}: ${field} is ${JSON.stringify(value)}; supported: ${supported}`);
}
