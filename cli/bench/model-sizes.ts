// The decoder shapes of the train-step and decode benchmarks: those of the torch baseline that they are compared with
// (KV heads as heads, SwiGLU width 8/3 of d rounded up to 64, tied embeddings, V = 512), and that baseline's figures.

import { LocalEngine } from "../../client/engine/onnx/local-engine.ts";
import { type DecoderConfig, smallDecoder } from "../../client/engine/onnx/model/config.ts";
import { openOrtSession } from "../../client/engine/onnx/session/ort-session.ts";
import { type EnginePlace, placeOptions } from "../flag-values.ts";

export const VOCAB_SIZE = 512;
/** Tokens of a training row, and of prompt and completion together. */
export const SEQUENCE_TOKENS = 128;

export interface BenchSize {
  readonly name: "d128" | "d256" | "d512";
  readonly hiddenSize: number;
  readonly layerCount: number;
  readonly headCount: number;
  /** Rows of a training step. */
  readonly batch: number;
}

export const BENCH_SIZES: readonly BenchSize[] = [
  { name: "d128", hiddenSize: 128, layerCount: 4, headCount: 4, batch: 32 },
  { name: "d256", hiddenSize: 256, layerCount: 6, headCount: 8, batch: 32 },
  { name: "d512", hiddenSize: 512, layerCount: 8, headCount: 8, batch: 8 },
];

export function benchConfig({ hiddenSize, layerCount, headCount }: BenchSize): DecoderConfig {
  const ffnSize = Math.ceil((8 * hiddenSize) / 3 / 64) * 64;
  return smallDecoder({
    vocabSize: VOCAB_SIZE,
    hiddenSize,
    layerCount,
    headCount,
    kvHeadCount: headCount,
    ffnSize,
    maxPositions: 2 * SEQUENCE_TOKENS,
  });
}

/** An engine in this thread: the CPU time of the process is its own. */
export function openBenchEngine(
  size: BenchSize,
  threads: number,
  seed: number,
  place: EnginePlace,
): Promise<LocalEngine> {
  return LocalEngine.create(openOrtSession, {
    model: benchConfig(size),
    seed,
    threads,
    optimization: "all",
    maxBatchTokens: 128 * SEQUENCE_TOKENS,
    ...placeOptions(place),
  });
}
