// Whole completions in one run, on the CPU provider: they are the learner's logprobs and the host form's tokens, end where
// they should, and do not depend on their company.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Completion, SampleRequest } from "../../../../../client/engine/engine.ts";
import type { LocalEngine, LocalEngineOptions } from "../../../../../client/engine/onnx/local-engine.ts";
import { RandomStream } from "../../../../../client/random.ts";
import { perturb, randomRequest, randomRows, randomTokens, scoredSequence, TINY, tinyEngine } from "../tiny-engine.ts";

/** Logprobs of sampling and of teacher forcing come from different graphs in float32. */
const LOGPROB_TOLERANCE = 1e-5;

const STEP = {
  learningRate: 1e-2,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  maxGradNorm: 1,
} as const;

async function opened(options: Partial<LocalEngineOptions>): Promise<LocalEngine> {
  const engine = await tinyEngine({ form: "device", ...options });
  perturb(engine, 0.3, 5);
  engine.model.trainable.flat.forEach((value, i, flat) => {
    if (engine.model.config.lora !== undefined) flat[i] = value + 0.05 * Math.sin(i);
  });
  await engine.weightsChanged();
  return engine;
}

/** Groups of four rows on one prompt, prompts of 1 to 100 tokens. */
function requestsOf(count: number, seed: number): SampleRequest[] {
  const stream = new RandomStream(seed);
  let prompt_T = randomTokens(stream, 1, TINY.vocabSize);
  return Array.from({ length: count }, (_, i) => {
    if (i % 4 === 0) prompt_T = randomTokens(stream, 1 + ((7 * i) % 100), TINY.vocabSize);
    return { ...randomRequest(stream, i, false), prompt_T };
  });
}

describe.each([
  { name: "biases, norms of heads, untied", model: { ...TINY, qkvBias: true, qkNorm: true, tieEmbeddings: false } },
  { name: "tied, weights packed", model: TINY, weightRoute: "prepacked" as const },
  { name: "adapters", model: { ...TINY, lora: { rank: 3, alpha: 6, targets: ["q_proj", "up_proj"] as const } } },
])("$name", ({ name: _, ...options }) => {
  let engine: LocalEngine;
  beforeAll(async () => {
    engine = await opened(options);
  });
  afterAll(() => engine.close());

  test("logprobs of sampling equal teacher-forced ones", async () => {
    const requests = requestsOf(60, 13);
    const completions = await engine.sample(requests);
    const scored = completions.map((completion, i) => scoredSequence(requests[i] as SampleRequest, completion));
    const logprobs = await engine.logprobs(scored);
    const untempered = await engine.logprobs(scored.map((sequence) => ({ ...sequence, inverseTemperature: 1 })));
    let compared = 0;
    completions.forEach(({ logprobs_T, untemperedLogprobs_T }, i) => {
      logprobs_T.forEach((logprob, n) => {
        expect(Math.abs(logprob - (logprobs[i]?.[n] as number))).toBeLessThan(LOGPROB_TOLERANCE);
        const plain = untemperedLogprobs_T?.[n] as number;
        expect(Math.abs(plain - (untempered[i]?.[n] as number))).toBeLessThan(LOGPROB_TOLERANCE);
        compared += 1;
      });
    });
    expect(compared).toBeGreaterThan(200);
    expect(engine.counts.reusedTokens).toBeGreaterThan(0);
  });

  test("an update is seen by the next completion", async () => {
    const [request] = requestsOf(1, 3) as [SampleRequest];
    const [before] = await engine.sample([request]);
    const batch = { rows: randomRows(new RandomStream(7), 4) };
    const update = { batch, loss: { name: "cross-entropy" }, step: STEP } as const;
    await engine.runUpdates?.([update, update]);
    const [after] = await engine.sample([request]);
    const [logprobs] = await engine.logprobs([scoredSequence(request, after as Completion)]);
    expect(after?.logprobs_T[0]).not.toBe(before?.logprobs_T[0]);
    expect([before?.policyVersion, after?.policyVersion]).toEqual([0, 2]);
    expect(Math.abs((after?.logprobs_T[0] as number) - (logprobs?.[0] as number))).toBeLessThan(LOGPROB_TOLERANCE);
  });
});

describe("one model", () => {
  let engine: LocalEngine;
  beforeAll(async () => {
    engine = await opened({});
  });
  afterAll(() => engine.close());

  test("tokens are those of the host's form, which draws from the same uniforms", async () => {
    const host = await opened({ form: "host" });
    const requests = requestsOf(40, 17);
    const [ours, theirs] = [await engine.sample(requests), await host.sample(requests)];
    expect(ours.map(({ tokens_T }) => [...tokens_T])).toEqual(theirs.map(({ tokens_T }) => [...tokens_T]));
    expect(ours.map(({ stopReason }) => stopReason)).toEqual(theirs.map(({ stopReason }) => stopReason));
    expect(new Set(ours.map(({ stopReason }) => stopReason)).size).toBe(2);
    await host.close();
  });

  test("a completion does not depend on the rows that share its runs, nor on how many runs the budget makes", async () => {
    const requests = requestsOf(24, 19);
    const together = await engine.sample(requests);
    const narrow = await opened({ maxKvBytes: 40_000 });
    expect(await narrow.sample(requests)).toEqual(together);
    expect(narrow.counts.queuedRows).toBeGreaterThan(0);
    expect(engine.counts.queuedRows).toBe(0);
    for (const [i, request] of requests.slice(0, 6).entries()) {
      expect(await engine.sample([request])).toEqual([together[i]]);
    }
    await narrow.close();
  });

  test("a run ends with its last row, and rows of one token need no step", async () => {
    const stops = Array.from({ length: TINY.vocabSize }, (_, token) => token);
    const [request] = requestsOf(1, 23) as [SampleRequest];
    const long = { ...request, maxTokens: 20 };
    const before = engine.counts;
    const [stopped] = await engine.sample([{ ...long, stopTokens: stops }]);
    expect([stopped?.tokens_T.length, stopped?.stopReason]).toEqual([1, "stop-token"]);
    expect(engine.counts.rowSteps - before.rowSteps).toBe(1);
    const [single] = await engine.sample([{ ...request, maxTokens: 1, stopTokens: [] }]);
    expect([single?.tokens_T.length, single?.stopReason]).toEqual([1, "max-tokens"]);
    const { rowSteps, idleRowSteps } = engine.counts;
    const both = await engine.sample([
      { ...long, stopTokens: [] },
      { ...long, stopTokens: stops },
    ]);
    expect(both.map(({ tokens_T }) => tokens_T.length)).toEqual([20, 1]);
    expect(engine.counts).toMatchObject({ rowSteps: rowSteps + 40, idleRowSteps: idleRowSteps + 19 });
  });

  test("filtered and constrained rows go beside them, by the host's form", async () => {
    const requests = requestsOf(9, 29).map((request, i) =>
      i % 3 === 0
        ? request
        : i % 3 === 1
          ? { ...request, topK: 3 }
          : { ...request, choices_C: [Int32Array.of(4, 0), Int32Array.of(5, 0)] },
    );
    const host = await opened({ form: "host" });
    expect((await engine.sample(requests)).map(({ tokens_T }) => [...tokens_T])).toEqual(
      (await host.sample(requests)).map(({ tokens_T }) => [...tokens_T]),
    );
    await host.close();
  });

  test("logits that are not finite are an error", async () => {
    const broken = await opened({});
    broken.model.flat.fill(Number.NaN);
    await broken.weightsChanged();
    await expect(broken.sample(requestsOf(3, 1))).rejects.toThrow(/GENERATION_FAILED.*not finite/);
    await broken.close();
  });
});
