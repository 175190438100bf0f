// From a configuration's `policy` and `engine` to an engine that holds the weights. The only place that names the embedded
// engine for training, evaluation and rollouts.

import type { RunConfig } from "../client/config/run-config.ts";
import type { Scorer } from "../client/engine/engine.ts";
import { smallDecoder } from "../client/engine/onnx/model/config.ts";
import { createOnnxEngine, type OnnxEngine } from "../client/engine/onnx/onnx-engine.ts";
import { deriveSeed } from "../client/random.ts";
import { lastGoodCheckpoint } from "../client/train/run-directory.ts";
import { fail, isAnchorgymError } from "../proto/errors.ts";

type EngineConfig = Pick<RunConfig, "engine" | "seed">;

/**
 * Weights of a checkpoint: a directory in the Hugging Face layout or a name on the hub; or adapters in PEFT's layout, on the
 * base that they name. @throws {EngineError} when it cannot be read, with the last good checkpoint beside it
 */
export async function openCheckpoint(checkpoint: string, config: EngineConfig): Promise<OnnxEngine> {
  try {
    return await createOnnxEngine({ ...engineOptions(config), model: { directory: checkpoint } });
  } catch (error) {
    if (!isAnchorgymError(error) || error.reason !== "CHECKPOINT_CORRUPT") throw error;
    const good = await lastGoodCheckpoint(checkpoint);
    if (good === undefined) throw error;
    const sentence = `${error.sentence}. The last good checkpoint is ${good}; name it, or go on from it in a new run as policy.checkpoint`;
    throw fail("CHECKPOINT_CORRUPT", sentence, { ids: error.ids, cause: error.cause });
  }
}

/** What training starts from: as `openCheckpoint`, with new adapters where the configuration wants them. */
export function openStart(checkpoint: string, config: RunConfig): Promise<OnnxEngine> {
  const { lora } = config.policy;
  const model = { directory: checkpoint, ...(lora === null ? {} : { lora }) };
  return createOnnxEngine({ ...engineOptions(config), model });
}

/** The frozen policy of a KL term: adapters share the base with the policy that trains, whole weights are an engine of their own. */
export async function openReference(checkpoint: string, config: RunConfig, trained: OnnxEngine): Promise<Scorer> {
  if (config.policy.lora === null) return openCheckpoint(checkpoint, config);
  await trained.holdReference(checkpoint);
  return { logprobs: (sequences) => trained.logprobs(sequences, "reference"), close: async () => {} };
}

/** New weights of the configured shape, drawn from the run's seed. */
export function openNewPolicy(config: RunConfig, vocabularySize: number): Promise<OnnxEngine> {
  const { hiddenSize, layers, heads, kvHeads, ffnSize } = config.policy.model ?? DEFAULT_MODEL;
  const { prompt, decoding } = config.policy;
  const model = smallDecoder({
    vocabSize: vocabularySize,
    hiddenSize,
    layerCount: layers,
    headCount: heads,
    kvHeadCount: kvHeads,
    ffnSize,
    maxPositions: Math.max(512, prompt.maxTokens + decoding.maxTokens + LONGEST_ACTION_TOKENS),
  });
  return createOnnxEngine({ ...engineOptions(config), model });
}

/** Constrained completions are as long as their action, whatever the bound on free text. */
const LONGEST_ACTION_TOKENS = 64;
const DEFAULT_MODEL = { hiddenSize: 64, layers: 3, heads: 4, kvHeads: 2, ffnSize: 160 };

function engineOptions({ engine, seed }: EngineConfig) {
  const { threads, maxBatchTokens, maxKvBytes, gradientCheckpointing, device, form } = engine;
  const sizes = { threads, maxBatchTokens, maxKvBytes, gradientCheckpointing, device };
  return { ...sizes, seed: deriveSeed(seed, "weights"), ...(form === undefined ? {} : { form }) };
}
