// Kept prefixes and overlapping calls change what a completion costs, never what it is: bit for bit.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Completion, LossSpec, OptimStep, SampleRequest } from "../../../../../client/engine/engine.ts";
import type { LocalEngine } from "../../../../../client/engine/onnx/local-engine.ts";
import type { DecoderConfig } from "../../../../../client/engine/onnx/model/config.ts";
import { kvBytesPerToken } from "../../../../../client/engine/onnx/policy/prefix-cache.ts";
import { blockStart } from "../../../../../client/engine/onnx/policy/row-batches.ts";
import { RandomStream } from "../../../../../client/random.ts";
import { perturb, randomChoices, randomRequest, randomRows, randomTokens, TINY, tinyEngine } from "../tiny-engine.ts";

const MODEL: DecoderConfig = { ...TINY, maxPositions: 512, tieEmbeddings: false };
/** One key-value head, sizes that are no multiple of a vector, and norms of heads. */
const ODD: DecoderConfig = { ...MODEL, hiddenSize: 20, headCount: 3, kvHeadCount: 1, headDim: 6, qkNorm: true };

async function opened(model: DecoderConfig, tokensInBudget?: number): Promise<LocalEngine> {
  const budget = tokensInBudget === undefined ? {} : { maxKvBytes: tokensInBudget * kvBytesPerToken(model) };
  const engine = await tinyEngine({ model, maxBatchTokens: 700, ...budget });
  perturb(engine, 0.3, 5);
  await engine.weightsChanged();
  return engine;
}

/** Prompts of lengths around every border of blocks, many with a common beginning; free, filtered and constrained rows. */
function mixedRequests(): SampleRequest[] {
  const stream = new RandomStream(8);
  const trunk = randomTokens(stream, 200, MODEL.vocabSize);
  const lengths = [1, 40, 63, 64, 65, 95, 96, 97, 128, 129, 200, 64, 129, 150];
  return lengths.flatMap((length, i) =>
    ["free", "filtered", "constrained"].map((kind, k): SampleRequest => {
      const prompt_T = trunk.slice(0, length);
      // Some leave the trunk on their way.
      if ((i + k) % 4 === 0) prompt_T.set(randomTokens(stream, 1, MODEL.vocabSize), stream.int(length));
      return {
        ...randomRequest(stream, 100 * i + k, false),
        prompt_T,
        maxTokens: 1 + stream.int(40),
        ...(kind === "filtered" ? { topP: 0.9 } : {}),
        ...(kind === "constrained" ? { choices_C: randomChoices(stream, 12, MODEL.vocabSize) } : {}),
      };
    }),
  );
}

/** Each request for itself, with nothing kept. */
async function eachAlone(engine: LocalEngine, requests: readonly SampleRequest[]): Promise<Completion[]> {
  const completions: Completion[] = [];
  for (const request of requests) {
    await engine.weightsChanged();
    completions.push(...(await engine.sample([request])));
  }
  return completions;
}

describe.each([
  { name: "tiny", model: MODEL },
  { name: "odd", model: ODD },
])("$name", ({ model }) => {
  const requests = mixedRequests();
  let engine: LocalEngine;
  let alone: readonly Completion[];
  beforeAll(async () => {
    engine = await opened(model);
    alone = await eachAlone(engine, requests);
  });
  afterAll(() => engine.close());

  test("completions are bitwise those of a row alone: with nothing kept, with everything kept, in any order", async () => {
    await engine.weightsChanged();
    expect(await engine.sample(requests)).toEqual(alone);
    const before = engine.counts;
    expect(await engine.sample(requests)).toEqual(alone);
    expect(engine.counts.prefilledTokens).toBe(before.prefilledTokens);
    const stream = new RandomStream(2);
    for (let round = 0; round < 3; round++) {
      await engine.weightsChanged();
      const order = stream.shuffled([...requests.keys()]);
      const calls: Promise<Completion[]>[] = [];
      for (let at = 0; at < order.length; ) {
        const part = order.slice(at, at + 1 + stream.int(6));
        at += part.length;
        const call = engine.sample(part.map((i) => requests[i]!));
        calls.push(call);
        // Some calls join rows that are on their way, some come when all have ended.
        if (stream.int(3) === 0) await call;
      }
      const completions = (await Promise.all(calls)).flat();
      expect(completions).toEqual(order.map((i) => alone[i]));
    }
  });

  test("a budget that holds little makes rows wait and prefixes go, and changes no bit", async () => {
    const small = await opened(model, 500);
    for (let round = 0; round < 2; round++) expect(await small.sample(requests)).toEqual(alone);
    expect(small.counts.queuedRows).toBeGreaterThan(0);
    expect(small.counts.evictedBlocks).toBeGreaterThan(0);
    const none = await opened(model, 1);
    expect(await none.sample(requests)).toEqual(alone);
    await small.close();
    await none.close();
  });
});

describe("prefixes", () => {
  let engine: LocalEngine;
  beforeAll(async () => {
    engine = await opened(MODEL);
  });
  afterAll(() => engine.close());

  async function counted(work: () => Promise<unknown>): Promise<{ readonly read: number; readonly reused: number }> {
    const before = engine.counts;
    await work();
    const { prefilledTokens, reusedTokens } = engine.counts;
    return { read: prefilledTokens - before.prefilledTokens, reused: reusedTokens - before.reusedTokens };
  }

  test.each([{ constrained: true }, { constrained: false }])(
    "the next turn of an episode reads from the block on in which the last prompt ended (constrained: $constrained)",
    async ({ constrained }) => {
      const stream = new RandomStream(3);
      let request = {
        ...randomRequest(stream, 1, false),
        prompt_T: randomTokens(stream, 130, MODEL.vocabSize),
        // No choice is forced, so what is read is the prompt.
        ...(constrained ? { choices_C: [Int32Array.of(3, 4), Int32Array.of(5, 6), Int32Array.of(7, 8)] } : {}),
      };
      let [previous] = await engine.sample([request]);
      for (let turn = 0; turn < 5; turn++) {
        const { length } = request.prompt_T;
        const observation = randomTokens(stream, 20 + stream.int(20), MODEL.vocabSize);
        request = {
          ...request,
          prompt_T: Int32Array.from([...request.prompt_T, ...previous!.tokens_T, ...observation]),
        };
        let full = 0;
        while (blockStart(full + 1) < length) full += 1;
        const counts = await counted(async () => {
          [previous] = await engine.sample([request]);
        });
        expect(counts).toEqual({ read: request.prompt_T.length - blockStart(full), reused: blockStart(full) });
      }
    },
  );

  test("replicas share one reading, within a call, in overlapping calls and later", async () => {
    const prompt_T = randomTokens(new RandomStream(77), 150, MODEL.vocabSize);
    const replica = (seed: number) => ({ ...randomRequest(new RandomStream(1), seed, false), prompt_T });
    const calls = () => [engine.sample([replica(1), replica(2)]), engine.sample([replica(3)])];
    expect(await counted(() => Promise.all(calls()))).toEqual({ read: 150, reused: 300 });
    expect(await counted(() => engine.sample([replica(4)]))).toEqual({ read: 0, reused: 150 });
  });

  test("nothing of older weights is used: after a step completions are those of an engine that kept nothing", async () => {
    const step: OptimStep = {
      learningRate: 0.05,
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-8,
      weightDecay: 0,
      maxGradNorm: 1,
    };
    const requests = mixedRequests().slice(0, 12);
    const [warm, cold] = [await opened(MODEL), await opened(MODEL)];
    const before = await warm.sample(requests);
    for (const each of [warm, cold]) {
      await each.forwardBackward({ rows: randomRows(new RandomStream(4), 6) }, { name: "cross-entropy" });
      await each.optimStep(step);
    }
    const after = await warm.sample(requests);
    expect(after).toEqual(await cold.sample(requests));
    expect(after.map(({ tokens_T }) => tokens_T)).not.toEqual(before.map(({ tokens_T }) => tokens_T));
    await warm.close();
    await cold.close();
  });
});

describe("overlapping calls", () => {
  const loss: LossSpec = { name: "cross-entropy" };
  const stream = new RandomStream(6);
  const long: SampleRequest = { ...randomRequest(stream, 1, false), stopTokens: [], maxTokens: 200 };
  const short: SampleRequest = { ...randomRequest(stream, 2, false), maxTokens: 3 };
  let engine: LocalEngine;
  beforeAll(async () => {
    engine = await opened(MODEL);
  });
  afterAll(() => engine.close());

  test("a short call and training do not wait for a long one, which does not notice", async () => {
    const [alone] = await engine.sample([long]);
    const ends: string[] = [];
    const noted = async <T>(name: string, work: Promise<T>): Promise<T> => {
      const result = await work;
      ends.push(name);
      return result;
    };
    const [completions] = await Promise.all([
      noted("long", engine.sample([long])),
      noted("short", engine.sample([short])),
      noted("training", engine.forwardBackward({ rows: randomRows(new RandomStream(1), 4) }, loss)),
      noted("scoring", engine.logprobs(randomRows(new RandomStream(1), 4))),
    ]);
    expect(ends.at(-1)).toBe("long");
    expect(completions).toEqual([alone]);
  });

  test("a step waits for the completions before it and holds up those after it, each drawn from one version", async () => {
    const other = await opened(MODEL);
    const [expected] = await other.sample([long]);
    const { policyVersion } = engine;
    const step: OptimStep = {
      learningRate: 0.05,
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-8,
      weightDecay: 0,
      maxGradNorm: 1,
    };
    await other.forwardBackward({ rows: randomRows(new RandomStream(1), 4) }, loss);
    const [[before], , , [after]] = await Promise.all([
      other.sample([long]),
      other.optimStep(step),
      other.forwardBackward({ rows: randomRows(new RandomStream(1), 4) }, loss),
      other.sample([long]),
    ]);
    expect(before).toEqual(expected);
    expect(after?.policyVersion).toBe(policyVersion + 1);
    expect(after).toEqual((await other.sample([long]))[0]);
    expect(after?.tokens_T).not.toEqual(before?.tokens_T);
    await other.close();
  });

  test("a row that cannot be drawn rejects its own call, while it decodes or at its prompt, and harms no other", async () => {
    const broken = await opened(MODEL);
    const { flat, table } = broken.model;
    const embedding = table.specs.find(({ name }) => name === "model.embed_tokens.weight")!;
    flat[embedding.offset + 36 * MODEL.hiddenSize] = Number.NaN;
    await broken.weightsChanged();
    const clean = (tokens_T: Int32Array) => tokens_T.map((token) => (token === 36 ? 0 : token));
    const requests = mixedRequests().map((request) => ({
      ...request,
      prompt_T: clean(request.prompt_T),
      stopTokens: [36],
    }));
    const alone: (Completion | null)[] = [];
    for (const request of requests) alone.push((await broken.sample([request]).catch(() => null))?.[0] ?? null);
    // A greedy row that draws token 36 and does not stop there reads what is not a number on its way.
    const drawer = requests.find((_, i) => alone[i]?.stopReason === "stop-token")!;
    const poisoned = [
      { ...drawer, stopTokens: [] },
      { ...long, prompt_T: Int32Array.of(1, 36) },
      { ...requests[2]!, prompt_T: Int32Array.of(1, 36) },
    ];
    const calls = [
      ...poisoned.map((request) => broken.sample([{ ...long, prompt_T: Int32Array.of(2) }, request])),
      ...requests.map((request) => broken.sample([request])),
    ];
    const results = await Promise.allSettled(calls);
    for (const result of results.slice(0, 3))
      expect(String((result as PromiseRejectedResult).reason)).toMatch(/not finite/);
    expect(results.slice(3).map((result) => (result.status === "fulfilled" ? result.value[0] : null))).toEqual(alone);
    await broken.close();
  });
});
