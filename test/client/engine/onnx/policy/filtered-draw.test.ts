// Draws through top-k, top-p, min-p and the repetition penalty: what is kept is what the definitions keep, and what is
// reported is what training computes.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SampleRequest } from "../../../../../client/engine/engine.ts";
import { LocalEngine } from "../../../../../client/engine/onnx/local-engine.ts";
import { type DrawSettings, drawFiltered } from "../../../../../client/engine/onnx/policy/filtered-draw.ts";
import { openOrtSession } from "../../../../../client/engine/onnx/session/ort-session.ts";
import { RandomStream } from "../../../../../client/random.ts";
import { perturb, randomRequest, scoredSequence, tinyEngine } from "../tiny-engine.ts";

const plain: DrawSettings = { temperature: 1, greedy: false };
const nobody: ReadonlySet<number> = new Set();

test("what is kept, by the definitions, for any logits", () => {
  const settings = fc.record({
    topK: fc.integer({ min: 0, max: 12 }),
    topP: fc.double({ min: 0.05, max: 1, noNaN: true }),
    minP: fc.constantFrom(0, 0.02, 0.3),
  });
  const logits = fc.array(fc.integer({ min: -6, max: 6 }), { minLength: 2, maxLength: 40 });
  fc.assert(
    fc.property(logits, settings, fc.double({ min: 0, max: 0.999, noNaN: true }), (values, chosen, uniform) => {
      const draw = drawFiltered(Float32Array.from(values), { ...plain, ...chosen }, nobody, uniform);
      const sorted = values.toSorted((a, b) => b - a);
      let left = [...values.keys()];
      if (chosen.topK > 0) left = left.filter((i) => values[i]! >= sorted[Math.min(chosen.topK, sorted.length) - 1]!);
      const mass = (of: readonly number[]) => of.reduce((sum, i) => sum + Math.exp(values[i]!), 0);
      const total = mass(left);
      if (chosen.topP < 1) {
        const before = left;
        left = left.filter((i) => mass(before.filter((j) => values[j]! > values[i]!)) < chosen.topP * total - 1e-9);
      }
      left = left.filter((i) => Math.exp(values[i]! - sorted[0]!) >= chosen.minP);
      fc.pre(chosen.topP === 1 || left.length > 0);
      expect(draw.allowed === null ? values.length : draw.allowed.length).toBeGreaterThanOrEqual(left.length);
      expect(left.every((i) => draw.allowed === null || draw.allowed.includes(i))).toBe(true);
      const kept = draw.allowed === null ? [...values.keys()] : [...draw.allowed];
      expect(kept).toContain(draw.token);
      expect(draw.logprob).toBeCloseTo(Math.log(Math.exp(values[draw.token]!) / mass(kept)), 6);
      expect(draw.untempered).toBeCloseTo(Math.log(Math.exp(values[draw.token]!) / mass([...values.keys()])), 6);
    }),
  );
});

test("the repetition penalty divides positive and multiplies negative logits of seen tokens", () => {
  const logits = Float32Array.of(2, -1, 0.5);
  const draw = drawFiltered(logits, { ...plain, greedy: true, repetitionPenalty: 8 }, new Set([0, 1]), 0);
  expect(draw.token).toBe(2);
  const total = Math.exp(0.25) + Math.exp(-8) + Math.exp(0.5);
  expect(draw.logprob).toBeCloseTo(0.5 - Math.log(total), 6);
});

test("filtered completions score in training as they were drawn, and settings out of range are refused by name", async () => {
  const engine = await tinyEngine();
  perturb(engine, 0.3, 5);
  const stream = new RandomStream(21);
  const requests = Array.from(
    { length: 24 },
    (_, i): SampleRequest => ({
      ...randomRequest(stream, i, false),
      ...[{ topK: 5 }, { topP: 0.7 }, { minP: 0.2 }, { topK: 20, topP: 0.9 }][i % 4],
    }),
  );
  const completions = await engine.sample(requests);
  const scored = await engine.logprobs(completions.map((completion, i) => scoredSequence(requests[i]!, completion)));
  let filtered = 0;
  completions.forEach((completion, i) => {
    const drawn = [...completion.drawn_T.keys()].filter((t) => completion.drawn_T[t] === 1);
    drawn.forEach((t, n) => {
      expect(Math.abs(completion.logprobs_T[t]! - scored[i]![n]!)).toBeLessThan(1e-5);
      if (completion.allowed_T[t] !== null) filtered += 1;
    });
  });
  expect(filtered).toBeGreaterThan(50);
  const request = requests[0]!;
  for (const wrong of [{ topP: 0 }, { topK: 1.5 }, { minP: 1 }, { repetitionPenalty: 0 }, { temperature: 0 }]) {
    const name = Object.keys(wrong)[0]!;
    await expect(engine.sample([{ ...request, ...wrong }])).rejects.toThrow(new RegExp(`request 0: ${name}`));
  }
  await expect(engine.sample([{ ...request, stopStrings: ["a"] }])).rejects.toThrow(/tokenizer\.json/);
  await engine.close();
});

const models = fileURLToPath(new URL("../../../../../../shared/data/models", import.meta.url));
if (!existsSync(models)) console.info("skipped: ../shared/data/models is not there, so no golden draws are compared");

describe.skipIf(!existsSync(models)).each(["tiny-llama3", "tiny-qwen2", "tiny-qwen3"])("%s", (name) => {
  const open = () =>
    LocalEngine.create(openOrtSession, {
      model: { directory: `${models}/${name}` },
      seed: 0,
      threads: 1,
      optimization: "all",
      maxBatchTokens: 2048,
    });
  // biome-ignore lint/suspicious/noExplicitAny: the fixtures' JSON, described in their README
  const golden: any = existsSync(models)
    ? JSON.parse(readFileSync(`${models}/golden/${name}/generate.json`, "utf8"))
    : null;

  test("logprobs of sampling are those of training for every way to draw, and stop strings stop", async () => {
    const engine = await open();
    const requests: SampleRequest[] = golden.greedy.map(({ prompt_ids: ids }: { prompt_ids: number[] }, i: number) => ({
      prompt_T: Int32Array.from(ids),
      maxTokens: 40,
      stopTokens: [],
      temperature: 0.9,
      greedy: false,
      seed: i,
      ...(i % 2 === 0 ? {} : { topP: 0.95 }),
    }));
    const completions = await engine.sample(requests);
    const scored = await engine.logprobs(completions.map((completion, i) => scoredSequence(requests[i]!, completion)));
    const untempered = await engine.logprobs(
      completions.map((completion, i) => ({
        tokens_T: Int32Array.from([...requests[i]!.prompt_T, ...completion.tokens_T]),
        targets_N: Int32Array.from(completion.tokens_T, (_, t) => requests[i]!.prompt_T.length + t),
        inverseTemperature: 1,
      })),
    );
    completions.forEach((completion, i) => {
      const drawn = [...completion.logprobs_T].filter((_, t) => completion.drawn_T[t] === 1);
      drawn.forEach((logprob, n) => {
        expect(Math.abs(logprob - scored[i]![n]!)).toBeLessThan(1e-5);
      });
      completion.untemperedLogprobs_T?.forEach((logprob, t) => {
        expect(Math.abs(logprob - untempered[i]![t]!)).toBeLessThan(1e-5);
      });
    });
    const { prompt_ids: prompt, text } = golden.greedy[1] as { prompt_ids: number[]; text: string };
    const stop = [...text].slice(4, 6).join("");
    const [stopped] = await engine.sample([
      { ...requests[1]!, topP: 1, prompt_T: Int32Array.from(prompt), greedy: true, maxTokens: 24, stopStrings: [stop] },
    ]);
    expect(stopped?.stopReason).toBe("stop-string");
    expect(golden.greedy[1].output_ids.slice(0, stopped?.tokens_T.length)).toEqual([...stopped!.tokens_T]);
    await engine.close();
  });

  test("top-k and top-p keep the tokens and give the logprobs of the reference", async () => {
    const engine = await open();
    const { prompt_ids: ids, output_ids: out, logprobs, kept } = golden.sampling.t07_topk_topp[0];
    // Feeding the reference's ids: one prompt per drawn token, each drawn once, its kept set read from the completion.
    const requests = out.map((_: number, t: number) => ({
      prompt_T: Int32Array.from([...ids, ...out.slice(0, t)]),
      maxTokens: 1,
      stopTokens: [],
      temperature: 0.7,
      greedy: false,
      seed: t,
      topK: 20,
      topP: 0.9,
    }));
    const completions = await engine.sample(requests);
    const scored = await engine.logprobs(
      completions.map((completion, t) => ({
        tokens_T: Int32Array.from([...requests[t].prompt_T, out[t]]),
        targets_N: Int32Array.of(requests[t].prompt_T.length),
        allowed_N: [completion.allowed_T[0] ?? completion.tokens_T.slice()],
        inverseTemperature: 1 / 0.7,
      })),
    );
    completions.forEach((completion, t) => {
      expect(completion.allowed_T[0]?.length ?? 1).toBe(kept[t]);
      expect(Math.abs(scored[t]![0]! - logprobs[t])).toBeLessThan(1e-4);
    });
    await engine.close();
  });
});
