// The engine behind its worker thread: the same answers as in the test's thread, a live event loop, typed errors.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Engine, LossSpec, OptimStep } from "../../../../client/engine/engine.ts";
import { smallDecoder } from "../../../../client/engine/onnx/model/config.ts";
import { createOnnxEngine, OnnxEngine } from "../../../../client/engine/onnx/onnx-engine.ts";
import { RandomStream } from "../../../../client/random.ts";
import { randomRequest, randomRows, scoredSequence, TINY, tinyEngine } from "./tiny-engine.ts";

const loss: LossSpec = {
  name: "policy-gradient",
  clipLow: 0.2,
  clipHigh: 0.2,
  dualClip: 3,
  klCoefficient: 0.05,
  klEstimator: "k3",
  entropyCoefficient: 0,
};
const step: OptimStep = { learningRate: 1e-2, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 };

describe("a live worker", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createOnnxEngine({ model: TINY, seed: 11, maxBatchTokens: 1024 });
  });
  afterAll(() => engine.close());

  test("answers what the same engine answers in this thread, before and after a step", async () => {
    const local = await tinyEngine();
    const stream = new RandomStream(4);
    const requests = Array.from({ length: 20 }, (_, i) => randomRequest(stream, i, i % 3 !== 0));
    const rows = randomRows(stream, 8).map((row, i) => {
      const { referenceLogprobs_N: reference, allowed_N: allowed, ...rest } = row;
      return { ...rest, referenceLogprobs_N: reference!, ...(i % 2 === 0 ? { allowed_N: allowed! } : {}) };
    });
    for (let round = 0; round < 2; round++) {
      const completions = await engine.sample(requests);
      expect(completions).toEqual(await local.sample(requests));
      const scored = completions.map((completion, i) => scoredSequence(requests[i]!, completion));
      expect(await engine.logprobs(scored)).toEqual(await local.logprobs(scored));
      expect(await engine.forwardBackward({ rows }, loss)).toEqual(await local.forwardBackward({ rows }, loss));
      expect(await engine.optimStep(step)).toEqual(await local.optimStep(step));
      expect(engine.policyVersion).toBe(round + 1);
    }
    await local.close();
  });

  test("many updates in one call are those of the same engine in this thread; only the device's form offers them", async () => {
    expect(engine.runUpdates).toBeUndefined();
    const device = await createOnnxEngine({ model: TINY, seed: 11, maxBatchTokens: 1024, form: "device" });
    const local = await tinyEngine({ form: "device" });
    const stream = new RandomStream(6);
    const updates = Array.from({ length: 3 }, () => ({ batch: { rows: randomRows(stream, 4) }, loss, step }));
    expect(await device.runUpdates?.(updates)).toEqual(await local.runUpdates?.(updates));
    expect(device.policyVersion).toBe(3);
    const overflowing = randomRows(stream, 2).map((row) => ({
      ...row,
      advantages_N: row.advantages_N.map(() => 1e300),
    }));
    const refused = device.runUpdates?.([...updates.slice(1), { batch: { rows: overflowing }, loss, step }]);
    await expect(refused).rejects.toMatchObject({ reason: "LOSS_NOT_FINITE" });
    expect(device.policyVersion).toBe(5);
    await device.close();
    await local.close();
  });

  test("calls in flight are answered in order: a sample sees all of an update or none of it", async () => {
    const stream = new RandomStream(5);
    const requests = Array.from({ length: 10 }, (_, i) => randomRequest(stream, i, true));
    const version = engine.policyVersion;
    const [before, , , after] = await Promise.all([
      engine.sample(requests),
      engine.forwardBackward({ rows: randomRows(stream, 4) }, loss),
      engine.optimStep(step),
      engine.sample(requests),
    ]);
    expect(new Set(before.map((completion) => completion.policyVersion))).toEqual(new Set([version]));
    expect(new Set(after.map((completion) => completion.policyVersion))).toEqual(new Set([version + 1]));
  });

  test("calls that arrive while a long one decodes are answered before it, and it does not notice", async () => {
    const stream = new RandomStream(9);
    const requests = Array.from({ length: 30 }, (_, i) => ({
      ...randomRequest(stream, i, false),
      stopTokens: [],
      maxTokens: 80,
    }));
    const alone = await engine.sample(requests);
    const ends: string[] = [];
    const note = (name: string) => () => ends.push(name);
    const long = engine.sample(requests);
    await Promise.all([
      long.then(note("long")),
      engine.sample([{ ...requests[0]!, maxTokens: 2 }]).then(note("short")),
      engine.logprobs(randomRows(stream, 2)).then(note("scoring")),
    ]);
    expect(ends.at(-1)).toBe("long");
    expect(await long).toEqual(alone);
  });

  test("a refusal crosses the thread with its reason, and the engine goes on", async () => {
    const request = { ...randomRequest(new RandomStream(6), 1, false), prompt_T: Int32Array.of(99) };
    await expect(engine.sample([request])).rejects.toMatchObject({ reason: "GENERATION_FAILED", name: "EngineError" });
    const [row] = randomRows(new RandomStream(6), 1);
    const short = { ...row!, weights_N: new Float64Array(1) };
    await expect(engine.forwardBackward({ rows: [short] }, loss)).rejects.toThrow(
      /row 0: weights_N has 1 numbers for 3/,
    );
    expect(await engine.sample([])).toEqual([]);
  });

  test("the event loop ticks while a step runs", async () => {
    const big = await createOnnxEngine({
      model: smallDecoder({
        vocabSize: 200,
        hiddenSize: 64,
        layerCount: 2,
        headCount: 4,
        kvHeadCount: 2,
        ffnSize: 128,
      }),
      seed: 1,
    });
    const rows = Array.from({ length: 20 }, () => randomRows(new RandomStream(7), 10)).flat();
    let ticks = 0;
    let running = true;
    const tick = (): void => {
      ticks += 1;
      if (running) setImmediate(tick);
    };
    setImmediate(tick);
    await big.forwardBackward({ rows }, loss);
    running = false;
    // A step that blocked this thread would let through a handful: the turns in which messages are sent and received.
    expect(ticks).toBeGreaterThan(100);
    await big.close();
  });
});

test("a model that cannot be made is refused while the engine starts", async () => {
  const directory = "/nonexistent/model";
  await expect(createOnnxEngine({ model: { directory }, seed: 0 })).rejects.toMatchObject({
    reason: "CONFIG_INVALID",
    message: expect.stringContaining(directory),
  });
});

test("a worker that dies rejects its open and later calls with a typed error; closing twice is quiet", async () => {
  const engine = new OnnxEngine({ model: TINY, seed: 1, threads: 1, optimization: "all", maxBatchTokens: 1024 });
  await engine.ready();
  const open = engine.forwardBackward({ rows: randomRows(new RandomStream(1), 200) }, loss);
  const rejected = expect(open).rejects.toMatchObject({ reason: "ENGINE_UNREACHABLE", name: "EngineError" });
  await engine.worker.terminate();
  await rejected;
  await expect(engine.sample([])).rejects.toMatchObject({ reason: "ENGINE_UNREACHABLE" });
  await engine.close();
  await engine.close();
});
