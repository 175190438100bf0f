// From a configuration's `policy` and `engine` to an engine that holds the weights. The only place that names the embedded
// engine for training, evaluation and rollouts.

import type { RunConfig } from "../client/config/run-config.ts";
import type { Engine } from "../client/engine/engine.ts";
import { smallDecoder } from "../client/engine/onnx/model/config.ts";
import { createOnnxEngine } from "../client/engine/onnx/onnx-engine.ts";
import { deriveSeed } from "../client/random.ts";

/** Weights of a checkpoint in the Hugging Face layout. @throws {EngineError} when it cannot be read. */
export function openCheckpoint(directory: string, config: Pick<RunConfig, "engine" | "seed">): Promise<Engine> {
  return createOnnxEngine({ ...engineOptions(config), model: { directory } });
}

/** New weights of the configured shape, drawn from the run's seed. */
export function openNewPolicy(config: RunConfig, vocabularySize: number): Promise<Engine> {
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

function engineOptions({ engine, seed }: Pick<RunConfig, "engine" | "seed">) {
  const { threads, maxBatchTokens } = engine;
  return { threads, maxBatchTokens, seed: deriveSeed(seed, "weights") };
}
