// What sampling promises: its logprobs are the learner's, its draws follow them, and edges stay in range.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SampleRequest } from "../../../../../client/engine/engine.ts";
import type { LocalEngine } from "../../../../../client/engine/onnx/local-engine.ts";
import { ChoiceWalk } from "../../../../../client/engine/onnx/policy/choice-walk.ts";
import { drawToken } from "../../../../../client/engine/onnx/policy/sampler.ts";
import { RandomStream } from "../../../../../client/random.ts";
import { perturb, randomRequest, randomTokens, scoredSequence, TINY, tinyEngine } from "../tiny-engine.ts";

/** Logprobs of sampling and of teacher forcing come from different graphs in float32. */
const LOGPROB_TOLERANCE = 1e-5;

describe("the tiny model", () => {
  let engine: LocalEngine;
  beforeAll(async () => {
    engine = await tinyEngine();
    perturb(engine, 0.3, 5);
  });
  afterAll(() => engine.close());

  test.each([{ constrained: true }, { constrained: false }])(
    "logprobs of sampling equal those of training, for every prompt length (constrained: $constrained)",
    async ({ constrained }) => {
      const stream = new RandomStream(13);
      const requests = Array.from({ length: 60 }, (_, i) => ({
        ...randomRequest(stream, i, constrained),
        prompt_T: randomTokens(stream, 1 + i, TINY.vocabSize),
      }));
      const completions = await engine.sample(requests);
      const scored = completions.map((completion, i) => scoredSequence(requests[i] as SampleRequest, completion));
      const logprobs = await engine.logprobs(scored);
      let compared = 0;
      completions.forEach((completion, i) => {
        const drawn = [...completion.logprobs_T].filter((_, t) => completion.drawn_T[t] === 1);
        drawn.forEach((logprob, n) => {
          expect(Math.abs(logprob - (logprobs[i]?.[n] as number))).toBeLessThan(LOGPROB_TOLERANCE);
          compared += 1;
        });
      });
      expect(compared).toBeGreaterThan(100);
    },
  );

  test("the first ratio of a policy-gradient step is 1 and its loss the mean advantage, constrained or not", async () => {
    const stream = new RandomStream(14);
    const requests = Array.from({ length: 30 }, (_, i) => randomRequest(stream, i, i % 2 === 0));
    const completions = await engine.sample(requests);
    const rows = completions.map((completion, i) => {
      const sequence = scoredSequence(requests[i] as SampleRequest, completion);
      const behaviour = completion.logprobs_T.filter((_, t) => completion.drawn_T[t] === 1);
      return {
        ...sequence,
        behaviourLogprobs_N: behaviour,
        weights_N: new Float64Array(behaviour.length).fill(1),
        advantages_N: Float64Array.from(behaviour, () => stream.normal()),
      };
    });
    const report = await engine.forwardBackward(
      { rows },
      {
        name: "policy-gradient",
        clipLow: 0.2,
        clipHigh: 0.2,
        dualClip: null,
        klCoefficient: 0,
        klEstimator: "k3",
        entropyCoefficient: 0,
      },
    );
    expect(report.parts["ratio"]).toBeCloseTo(report.weightSum, 3);
    expect(report.parts["clipped"]).toBe(0);
    const advantageSum = rows.reduce((sum, row) => sum + row.advantages_N.reduce((a, b) => a + b, 0), 0);
    expect(report.loss).toBeCloseTo(-advantageSum, 3);
  });

  test.each([{ constrained: true }, { constrained: false }])(
    "drawn tokens follow the probabilities that were reported (chi-square, constrained: $constrained)",
    async ({ constrained }) => {
      const stream = new RandomStream(15);
      const base = randomRequest(stream, 0, false);
      const choices_C = [3, 5, 8, 9, 20].map((token) => Int32Array.of(token, 0));
      const requests = Array.from({ length: 4000 }, (_, seed) => ({
        ...base,
        seed,
        greedy: false,
        maxTokens: constrained ? 2 : 1,
        ...(constrained ? { choices_C } : {}),
      }));
      const counts = new Map<number, { seen: number; probability: number }>();
      for (const { tokens_T, logprobs_T } of await engine.sample(requests)) {
        const token = tokens_T[0] as number;
        const known = counts.get(token) ?? { seen: 0, probability: Math.exp(logprobs_T[0] as number) };
        counts.set(token, { ...known, seen: known.seen + 1 });
      }
      const common = [...counts.values()].filter(({ probability }) => probability * requests.length >= 5);
      const statistic = common.reduce((sum, { seen, probability }) => {
        const expected = probability * requests.length;
        return sum + (seen - expected) ** 2 / expected;
      }, 0);
      // Mean + 4 deviations of a chi-square with that many degrees of freedom; the seeds are fixed.
      expect(common.length).toBeGreaterThan(3);
      expect(statistic).toBeLessThan(common.length + 4 * Math.sqrt(2 * common.length));
    },
  );

  test("greedy takes the most probable token and reports its tempered logprob", async () => {
    const stream = new RandomStream(16);
    const request = { ...randomRequest(stream, 0, false), greedy: true, temperature: 0.5, maxTokens: 1 };
    const [completion] = await engine.sample([request]);
    const candidates = await engine.logprobs(
      Array.from({ length: TINY.vocabSize }, (_, token) => ({
        tokens_T: Int32Array.from([...request.prompt_T, token]),
        targets_N: Int32Array.of(request.prompt_T.length),
        inverseTemperature: 2,
      })),
    );
    const best = Math.max(...candidates.map((logprobs) => logprobs[0] as number));
    expect(completion?.logprobs_T[0]).toBeCloseTo(best, 5);
    expect(candidates[completion?.tokens_T[0] as number]?.[0]).toBe(best);
  });

  test("a completion ends at its first stop token, which stays in it, or at its bound", async () => {
    const stream = new RandomStream(17);
    const requests = Array.from({ length: 80 }, (_, i) => ({ ...randomRequest(stream, i, false), maxTokens: 9 }));
    const completions = await engine.sample(requests);
    for (const { tokens_T, stopReason } of completions) {
      const stops = [...tokens_T.keys()].filter((t) => tokens_T[t] === 1 || tokens_T[t] === 2);
      if (stopReason === "stop-token") expect(stops).toEqual([tokens_T.length - 1]);
      else expect([stops, tokens_T.length]).toEqual([[], 9]);
    }
    expect(new Set(completions.map((completion) => completion.stopReason)).size).toBe(2);
  });

  test("a constrained completion is one of its choices; forced tokens are marked and cost no logprob", async () => {
    const stream = new RandomStream(18);
    const requests = Array.from({ length: 40 }, (_, i) => randomRequest(stream, i, true));
    for (const [i, completion] of (await engine.sample(requests)).entries()) {
      const choices = requests[i]?.choices_C ?? [];
      expect(choices.map((choice) => choice.join())).toContain(completion.tokens_T.join());
      completion.drawn_T.forEach((drawn, t) => {
        const allowed = completion.allowed_T[t] ?? null;
        expect(allowed !== null && allowed.length >= 2).toBe(drawn === 1);
        if (drawn === 0) expect(completion.logprobs_T[t]).toBe(0);
      });
    }
  });

  test("a row with a single choice needs no draw, and a prompt beyond the model's positions is refused by name", async () => {
    const [completion] = await engine.sample([
      { ...randomRequest(new RandomStream(1), 1, false), choices_C: [Int32Array.of(4, 5, 6)] },
    ]);
    expect([...(completion?.tokens_T ?? [])]).toEqual([4, 5, 6]);
    expect([...(completion?.drawn_T ?? [])]).toEqual([0, 0, 0]);
    const long = { ...randomRequest(new RandomStream(1), 1, false), prompt_T: new Int32Array(127), maxTokens: 2 };
    await expect(engine.sample([long])).rejects.toThrow(/sample request 0 needs 129 positions, the model has 128/);
    await expect(engine.sample([{ ...long, prompt_T: Int32Array.of(37) }])).rejects.toThrow(/token 37/);
    await expect(engine.sample([{ ...long, temperature: 0 }])).rejects.toThrow(/temperature 0/);
  });
});

test("u = 0 and u just below 1 draw tokens with mass", () => {
  const logits = Float32Array.of(-200, 1, 2, -200);
  const allowed = Int32Array.of(0, 1, 2, 3);
  expect(drawToken(logits, allowed, 1, 0).token).toBe(0);
  expect([1, 2]).toContain(drawToken(logits, Int32Array.of(1, 2, 3), 1, 1 - 2 ** -32).token);
  expect(() => drawToken(Float32Array.of(Number.NaN, 1), Int32Array.of(0, 1), 1, 0.5)).toThrow(/not finite/);
});

test("choices that are prefixes of one another, empty or missing are refused; equal ones count once", () => {
  const walk = (...choices: number[][]) =>
    new ChoiceWalk(
      choices.map((choice) => Int32Array.from(choice)),
      "row 3",
    );
  expect(() => walk([1, 2], [1])).toThrow(/row 3.*\[1\].*prefix/);
  expect(() => walk([])).toThrow(/row 3/);
  expect(() => walk()).toThrow(/row 3 has no choices/);
  expect(walk([1, 2], [1, 2]).isComplete).toBe(true);
});
