// Rollouts are asynchronous, so which rows share a batch is an accident of timing: a completion must not know it.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Completion, SampleRequest } from "../../../../../client/engine/engine.ts";
import type { LocalEngine } from "../../../../../client/engine/onnx/local-engine.ts";
import { smallDecoder } from "../../../../../client/engine/onnx/model/config.ts";
import { RandomStream } from "../../../../../client/random.ts";
import { perturb, randomRequest, TINY, tinyEngine } from "../tiny-engine.ts";

// The quick start's sizes, and a model none of whose sizes is a multiple of a vector.
const quickStart = smallDecoder({
  vocabSize: 613,
  hiddenSize: 64,
  layerCount: 3,
  headCount: 4,
  kvHeadCount: 2,
  ffnSize: 160,
});
const odd = smallDecoder({ vocabSize: 61, hiddenSize: 36, layerCount: 1, headCount: 6, kvHeadCount: 6, ffnSize: 50 });
// Long enough sums that the runtime cuts them, and differently for other numbers of rows when it has threads to share.
const wide = smallDecoder({
  vocabSize: 300,
  hiddenSize: 256,
  layerCount: 1,
  headCount: 8,
  kvHeadCount: 4,
  ffnSize: 704,
});

test.each([{ route: "inputs" }, { route: "prepacked" }] as const)(
  "long completions are bitwise equal in every company, joining and leaving under a small budget (weights as $route)",
  async ({ route }) => {
    const options = { model: wide, weightRoute: route, maxBatchTokens: 700 };
    // Room for a few rows: 8 bytes times layers, heads and head width per token.
    const engine = await tinyEngine({ ...options, maxKvBytes: 500 * 8 * 4 * 32 });
    const roomy = await tinyEngine(options);
    for (const each of [engine, roomy]) {
      perturb(each, 0.1, 5);
      await each.weightsChanged();
    }
    const stream = new RandomStream(4);
    const requests = Array.from({ length: 14 }, (_, i) => ({
      ...randomRequest(stream, i, false, wide),
      prompt_T: Int32Array.from({ length: 1 + stream.int(150) }, () => stream.int(300)),
      maxTokens: 20 + stream.int(90),
      ...(i % 4 === 1 ? { topP: 0.9, repetitionPenalty: 1.1 } : {}),
    }));
    const together = await roomy.sample(requests);
    expect(roomy.counts.queuedRows).toBe(0);
    const queued = await engine.sample(requests);
    expect(engine.counts.queuedRows).toBeGreaterThan(0);
    expect(queued).toEqual(together);
    for (const [i, request] of requests.entries()) {
      await roomy.weightsChanged();
      expect((await roomy.sample([request]))[0]).toEqual(together[i]);
    }
    await engine.close();
    await roomy.close();
  },
);

describe.each([
  { name: "quick start", model: quickStart, threads: 1 },
  { name: "quick start", model: quickStart, threads: 2 },
  { name: "odd sizes", model: odd, threads: 2 },
  { name: "wide", model: wide, threads: 2 },
  { name: "tiny", model: TINY, threads: 1 },
])("$name on $threads threads", ({ model, threads }) => {
  let engine: LocalEngine;
  beforeAll(async () => {
    engine = await tinyEngine({ model, threads, maxBatchTokens: 700 });
    perturb(engine, 0.1, 5);
  });
  afterAll(() => engine.close());

  test.each([{ constrained: true }, { constrained: false }])(
    "completions and logprobs are bitwise equal in every batch composition (constrained: $constrained)",
    async ({ constrained }) => {
      const stream = new RandomStream(3);
      const requests = Array.from({ length: 40 }, (_, i) => randomRequest(stream, i, constrained, model));
      const alone = new Map<SampleRequest, Completion>();
      for (const request of requests) {
        await engine.weightsChanged();
        alone.set(request, (await engine.sample([request]))[0] as Completion);
      }
      for (let round = 0; round < 4; round++) {
        const batch = stream.shuffled(requests).slice(0, 2 + stream.int(requests.length - 2));
        // Nothing is kept: prompts are read in this company, too.
        await engine.weightsChanged();
        const completions = await engine.sample(batch);
        completions.forEach((completion, i) => {
          expect(completion).toEqual(alone.get(batch[i] as SampleRequest));
        });
      }
    },
  );
});
