// The whole model that a base and its adapters are, for tools that know no adapters: linears are added up one by one while
// they are written, so that a merge holds the base, one linear more, and nothing twice.

import { type SaveOptions, saveCheckpoint } from "./checkpoint.ts";
import { adaptedLinears, adapterNames, mergedLinear } from "./lora.ts";
import type { Model } from "./model.ts";
import { type OpenedModel, openAdapters } from "./open-model.ts";
import { viewOf } from "./parameters.ts";
import { type ParameterValues, valuesIn } from "./stored-parameters.ts";

/** The base's parameters with the adapters added in; of a model without adapters its own. */
export function mergedValues({ config, flat, trainable }: Model): ParameterValues {
  const { lora } = config;
  const valuesOf = valuesIn(flat);
  if (lora === undefined) return valuesOf;
  const adapted = new Set(adaptedLinears(config, lora).map(({ name }) => name));
  const adapters = new Map(trainable.table.specs.map((spec) => [spec.name, viewOf(trainable.flat, spec)]));
  return (spec) => {
    if (!adapted.has(spec.name)) return valuesOf(spec);
    const { a, b } = adapterNames(spec.name);
    return mergedLinear(valuesOf(spec), adapters.get(a) as Float32Array, adapters.get(b) as Float32Array, lora);
  };
}

/** The same in one fresh array, laid out as the base's. */
export function mergedWeights(model: Model): Float32Array {
  const valuesOf = mergedValues(model);
  const merged = new Float32Array(model.table.flatSize);
  for (const spec of model.table.specs) viewOf(merged, spec).set(valuesOf(spec));
  return merged;
}

/** Writes the whole model in the Hugging Face layout, with the base's config and generation_config. */
export async function saveMerged(directory: string, { model, source }: OpenedModel, options?: SaveOptions) {
  const { config, table } = model;
  await saveCheckpoint(directory, { config, table, valuesOf: mergedValues(model), source }, null, options);
}

/**
 * Merges a folder of adapters into its base.
 * @param base folder of the base
 * @returns the model that was read, with its adapters
 * @throws {EngineError} CHECKPOINT_CORRUPT or WEIGHTS_REJECTED; nothing is written then
 */
export async function mergeAdapters(
  adapters: string,
  base: string,
  output: string,
  options: SaveOptions,
): Promise<Model> {
  const opened = await openAdapters(adapters, base);
  await saveMerged(output, opened, options);
  return opened.model;
}
