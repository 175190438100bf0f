// A decoder small enough to differentiate by hand, in the test's own thread, and random requests for it.
import type { LossSpec, SampleRequest, ScoredSequence, TrainingRow } from "../../../../client/engine/engine.ts";
import { LocalEngine, type LocalEngineOptions } from "../../../../client/engine/onnx/local-engine.ts";
import { type DecoderConfig, smallDecoder } from "../../../../client/engine/onnx/model/config.ts";
import { openOrtSession } from "../../../../client/engine/onnx/session/ort-session.ts";
import { RandomStream } from "../../../../client/random.ts";

export const TINY: DecoderConfig = smallDecoder({
  vocabSize: 37,
  hiddenSize: 16,
  layerCount: 2,
  headCount: 4,
  kvHeadCount: 2,
  ffnSize: 24,
  maxPositions: 128,
});

/** A policy gradient with every part that a loss may have. */
export const POLICY_GRADIENT = {
  name: "policy-gradient",
  clipLow: 0.2,
  clipHigh: 0.3,
  dualClip: 3,
  klCoefficient: 0.1,
  klEstimator: "k3",
  entropyCoefficient: 0.02,
} as const satisfies LossSpec;

export function tinyEngine(options: Partial<LocalEngineOptions> = {}): Promise<LocalEngine> {
  return LocalEngine.create(openOrtSession, {
    model: TINY,
    seed: 11,
    threads: 1,
    optimization: "all",
    maxBatchTokens: 1024,
    ...options,
  });
}

/** Moves every weight, norms too, so that no gradient is small by chance. */
export function perturb(engine: LocalEngine, scale: number, seed: number): void {
  const stream = new RandomStream(seed);
  const { flat, table } = engine.model;
  for (const spec of table.specs) {
    for (let i = spec.offset; i < spec.offset + spec.size; i++) flat[i] = (flat[i] as number) + scale * stream.normal();
  }
}

export function randomTokens(stream: RandomStream, length: number, vocabSize: number): Int32Array {
  return Int32Array.from({ length }, () => stream.int(vocabSize));
}

/** Choices of 1 to 4 tokens over a small alphabet; a final token 0 keeps one from being a prefix of another. */
export function randomChoices(stream: RandomStream, count: number, vocabSize: number): Int32Array[] {
  const byKey = new Map<string, Int32Array>();
  for (let i = 0; i < count; i++) {
    const choice = Int32Array.from([
      ...Array.from({ length: 1 + stream.int(4) }, () => 1 + stream.int(Math.min(6, vocabSize - 1))),
      0,
    ]);
    byKey.set(choice.join(), choice);
  }
  return [...byKey.values()];
}

export function randomRequest(
  stream: RandomStream,
  seed: number,
  constrained: boolean,
  config: DecoderConfig = TINY,
): SampleRequest {
  return {
    prompt_T: randomTokens(stream, 1 + stream.int(40), config.vocabSize),
    maxTokens: 1 + stream.int(12),
    stopTokens: [1, 2],
    temperature: 0.5 + stream.real(),
    greedy: stream.int(5) === 0,
    seed,
    ...(constrained ? { choices_C: randomChoices(stream, 12, config.vocabSize) } : {}),
  };
}

/** What the learner scores of a completion: its drawn tokens. */
export function scoredSequence(
  request: SampleRequest,
  completion: { tokens_T: Int32Array; drawn_T: Uint8Array; allowed_T: readonly (Int32Array | null)[] },
): ScoredSequence {
  const drawn = [...completion.drawn_T.keys()].filter((t) => completion.drawn_T[t] === 1);
  return {
    tokens_T: Int32Array.from([...request.prompt_T, ...completion.tokens_T]),
    targets_N: Int32Array.from(drawn, (t) => t + request.prompt_T.length),
    allowed_N: drawn.map((t) => completion.allowed_T[t] ?? null),
    inverseTemperature: 1 / request.temperature,
  };
}

/** Rows with repeated tokens, several targets, mixed masks and signs of advantage. */
export function randomRows(stream: RandomStream, count: number, config: DecoderConfig = TINY): TrainingRow[] {
  return Array.from({ length: count }, () => {
    const tokens_T = randomTokens(stream, 6 + stream.int(20), Math.min(9, config.vocabSize));
    const targets_N = Int32Array.of(3, 4, tokens_T.length - 1);
    const perTarget = (draw: () => number) => Array.from(targets_N, draw);
    return {
      tokens_T,
      targets_N,
      allowed_N: Array.from(targets_N, (position, i) =>
        i === 1 ? null : Int32Array.from(new Set([tokens_T[position] as number, 2, 3, 30].sort((a, b) => a - b))),
      ),
      inverseTemperature: 0.5 + stream.real(),
      weights_N: Float64Array.from(perTarget(() => 0.1 + stream.real())),
      advantages_N: Float64Array.from(perTarget(() => stream.normal())),
      behaviourLogprobs_N: Float32Array.from(perTarget(() => -3 * stream.real())),
      referenceLogprobs_N: Float32Array.from(perTarget(() => -3 * stream.real())),
    };
  });
}
