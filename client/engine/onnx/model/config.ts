// What a decoder computes, read from a Hugging Face config.json or given for a model from scratch: pre-norm layers with
// RMSNorm, rotary positions (rotate-half), grouped-query attention and SwiGLU, as Llama, Qwen2 and Qwen3 share them.
// An unknown architecture, or a field that would change the arithmetic, is an error that names it: never a guess.

import { fail } from "../../../../proto/errors.ts";
import type { LoraShape } from "./lora.ts";

export type ModelType = "llama" | "qwen2" | "qwen3";

/** Rotary frequencies stretched for longer contexts, the "llama3" rule. */
export interface RopeScaling {
  readonly factor: number;
  readonly lowFreqFactor: number;
  readonly highFreqFactor: number;
  /** Tokens that the unscaled model was made for. */
  readonly originalMaxPositions: number;
}

export interface DecoderConfig {
  readonly modelType: ModelType;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly layerCount: number;
  readonly headCount: number;
  /** Divides headCount. */
  readonly kvHeadCount: number;
  /** Even. */
  readonly headDim: number;
  readonly ffnSize: number;
  readonly ropeTheta: number;
  readonly ropeScaling: RopeScaling | null;
  readonly rmsNormEpsilon: number;
  /** The head is the embedding's transpose. */
  readonly tieEmbeddings: boolean;
  /** Biases on the query, key and value projections. */
  readonly qkvBias: boolean;
  /** RMSNorm of each query and key head before the rotation. */
  readonly qkNorm: boolean;
  /** Longest sequence, prompt and completion together, in tokens. */
  readonly maxPositions: number;
  /** Adapters beside a frozen base; absent: all weights train. No part of config.json. */
  readonly lora?: LoraShape;
}

/** The sizes of a model from scratch; everything else has one sensible value. */
export interface SmallDecoderSizes {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly layerCount: number;
  readonly headCount: number;
  readonly kvHeadCount: number;
  readonly ffnSize: number;
  /** Default 512. */
  readonly maxPositions?: number;
}

/** A Llama-like config without biases and with tied embeddings. @throws {EngineError} WEIGHTS_REJECTED */
export function smallDecoder(sizes: SmallDecoderSizes): DecoderConfig {
  return checkConfig(
    {
      modelType: "llama",
      ...sizes,
      headDim: sizes.hiddenSize / sizes.headCount,
      ropeTheta: 10_000,
      ropeScaling: null,
      rmsNormEpsilon: 1e-6,
      tieEmbeddings: true,
      qkvBias: false,
      qkNorm: false,
      maxPositions: sizes.maxPositions ?? 512,
    },
    "the model's sizes",
  );
}

/** @throws {EngineError} WEIGHTS_REJECTED, naming the value that fits no model */
export function checkConfig(config: DecoderConfig, place: string): DecoderConfig {
  const positive = ["vocabSize", "hiddenSize", "layerCount", "headCount", "kvHeadCount", "headDim", "ffnSize"] as const;
  for (const key of positive) {
    const value = config[key];
    if (!Number.isInteger(value) || value < 1) reject(place, key, value, "an integer above 0");
  }
  if (!Number.isInteger(config.maxPositions) || config.maxPositions < 2) {
    reject(place, "maxPositions", config.maxPositions, "an integer above 1");
  }
  if (config.headDim % 2 !== 0) reject(place, "headDim", config.headDim, "an even number");
  if (config.headCount % config.kvHeadCount !== 0) {
    reject(place, "kvHeadCount", config.kvHeadCount, `a divisor of headCount ${config.headCount}`);
  }
  return config;
}

function reject(place: string, field: string, value: unknown, expected: string): never {
  throw fail("WEIGHTS_REJECTED", `${place}: ${field} is ${JSON.stringify(value)}, expected ${expected}`);
}
