// Checkpoints in the Hugging Face layout against transformers and torch: logprobs, generations, losses, gradients and
// optimiser steps. The fixtures are no part of the repository; tolerances are the ones that their README suggests.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LossSpec, TrainingRow } from "../../../../../client/engine/engine.ts";
import { LocalEngine } from "../../../../../client/engine/onnx/local-engine.ts";
import { transposed } from "../../../../../client/engine/onnx/model/parameters.ts";
import { openOrtSession } from "../../../../../client/engine/onnx/session/ort-session.ts";

const models = fileURLToPath(new URL("../../../../../../shared/data/models", import.meta.url));
const isThere = existsSync(models);
if (!isThere) console.info("skipped: ../shared/data/models is not there, so no golden models are compared");

// biome-ignore lint/suspicious/noExplicitAny: the fixtures' JSON, described in their README
const golden = (model: string, file: string): any =>
  JSON.parse(readFileSync(`${models}/golden/${model}/${file}`, "utf8"));
const floats = (model: string, file: string): Float32Array =>
  new Float32Array(new Uint8Array(readFileSync(`${models}/golden/${model}/${file}`)).buffer);

const open = (model: string): Promise<LocalEngine> =>
  LocalEngine.create(openOrtSession, {
    model: { directory: `${models}/${model}` },
    seed: 0,
    threads: 1,
    optimization: "all",
    maxBatchTokens: 2048,
  });

/** The fixtures' padded batch as rows, each target weighted by 1 / counted tokens. */
function rowsOf(batch: ReturnType<typeof golden>): TrainingRow[] {
  return (batch.input_ids as number[][]).map((ids, b) => {
    const mask = batch.attention_mask[b] as number[];
    const targets = (batch.loss_mask[b] as number[]).flatMap((counts, t) => (counts === 1 ? [t] : []));
    const zeros = targets.map(() => 0);
    const perTarget = (table: number[][] | undefined) => (table ? targets.map((t) => table[b]?.[t] as number) : zeros);
    return {
      tokens_T: Int32Array.from(ids.filter((_, t) => mask[t] === 1)),
      targets_N: Int32Array.from(targets),
      inverseTemperature: 1,
      weights_N: new Float64Array(targets.length).fill(1 / batch.tokens_counted),
      advantages_N: Float64Array.from(perTarget(batch.advantages)),
      behaviourLogprobs_N: Float32Array.from(perTarget(batch.old_logprobs)),
    };
  });
}

describe.skipIf(!isThere).each(["tiny-llama3", "tiny-qwen2", "tiny-qwen2-bf16", "tiny-qwen3"])("%s", (model) => {
  let engine: LocalEngine;
  beforeAll(async () => {
    engine = await open(model);
  });
  afterAll(() => engine.close());

  test("logprobs of every prompt's tokens are those of the reference", async () => {
    const prompts = golden(model, "forward.json").prompts.filter((prompt: { ids: number[] }) => prompt.ids.length > 1);
    const logprobs = await engine.logprobs(
      prompts.map(({ ids }: { ids: number[] }) => ({
        tokens_T: Int32Array.from(ids),
        targets_N: Int32Array.from(ids.slice(1), (_, i) => i + 1),
        inverseTemperature: 1,
      })),
    );
    prompts.forEach((prompt: { target_logprobs: number[] }, i: number) => {
      prompt.target_logprobs.forEach((expected, n) => {
        expect(Math.abs((logprobs[i]?.[n] as number) - expected)).toBeLessThan(1e-4);
      });
    });
  });

  test("greedy generation in one batch gives the reference's tokens and logprobs", async () => {
    const cases: { prompt_ids: number[]; output_ids: number[]; logprobs: number[] }[] = golden(
      model,
      "generate.json",
    ).greedy;
    const completions = await engine.sample(
      cases.map(({ prompt_ids, output_ids }) => ({
        prompt_T: Int32Array.from(prompt_ids),
        maxTokens: output_ids.length,
        stopTokens: [],
        temperature: 1,
        greedy: true,
        seed: 0,
      })),
    );
    cases.forEach((expected, i) => {
      expect([...(completions[i]?.tokens_T ?? [])]).toEqual(expected.output_ids);
      expected.logprobs.forEach((logprob, n) => {
        expect(Math.abs((completions[i]?.logprobs_T[n] as number) - logprob)).toBeLessThan(1e-4);
      });
    });
  });

  test("logprobs at temperature 0.7 are those of the reference", async () => {
    const cases: { prompt_ids: number[]; output_ids: number[]; logprobs: number[] }[] = golden(model, "generate.json")
      .sampling.t07;
    const logprobs = await engine.logprobs(
      cases.map(({ prompt_ids, output_ids }) => ({
        tokens_T: Int32Array.from([...prompt_ids, ...output_ids]),
        targets_N: Int32Array.from(output_ids, (_, i) => prompt_ids.length + i),
        inverseTemperature: 1 / 0.7,
      })),
    );
    cases.forEach((expected, i) => {
      expected.logprobs.forEach((logprob, n) => {
        expect(Math.abs((logprobs[i]?.[n] as number) - logprob)).toBeLessThan(1e-4);
      });
    });
  });
});

const ppo: LossSpec = {
  name: "policy-gradient",
  clipLow: 0.2,
  clipHigh: 0.2,
  dualClip: null,
  klCoefficient: 0,
  klEstimator: "k3",
  entropyCoefficient: 0,
};
const losses: { file: string; key: string; loss: LossSpec }[] = [
  { file: "loss_ce.json", key: "ce", loss: { name: "cross-entropy" } },
  { file: "loss_ppo.json", key: "ppo", loss: ppo },
];

describe.skipIf(!isThere).each(["tiny-qwen2", "tiny-qwen3"])("training %s", (model) => {
  test.each(losses)("loss and every gradient of $key are torch's", async ({ file, loss }) => {
    const batch = golden(model, file);
    const engine = await open(model);
    const report = await engine.forwardBackward({ rows: rowsOf(batch) }, loss);
    expect(Math.abs(report.loss - batch.loss)).toBeLessThan(1e-5);
    if (loss.name === "policy-gradient") expect(report.parts["clipped"]).toBeCloseTo(batch.clip_fraction, 6);
    const reference = floats(model, batch.grad_file);
    for (const { name, shape, offset, max_abs: largest } of batch.grads) {
      const spec = engine.model.table.specs.find((candidate) => candidate.name === name)!;
      const ours = engine.learner.gradientOf(name);
      const [rows, columns] = spec.shape as [number, number];
      const stored = spec.storedTransposed ? transposed(ours, rows, columns) : ours;
      expect(stored.length, name).toBe(shape.reduce((a: number, c: number) => a * c, 1));
      const worst = stored.reduce(
        (max, value, i) => Math.max(max, Math.abs(value - (reference[offset + i] as number))),
        0,
      );
      expect(worst, name).toBeLessThan(1e-3 * largest + 1e-7);
    }
    await engine.close();
  });

  test.each(losses)("three AdamW steps of $key give torch's losses and gradient norms", async ({ file, key, loss }) => {
    const rows = rowsOf(golden(model, file));
    const expected = golden(model, "adamw.json")[key];
    const engine = await open(model);
    for (let step = 0; step < 4; step++) {
      const report = await engine.forwardBackward({ rows }, loss);
      // The reference decays norms and biases too, 1e-5 of their size a step; we never do.
      expect(Math.abs(report.loss - expected.losses[step])).toBeLessThan(2e-4);
      if (step === 3) break;
      const { gradNorm } = await engine.optimStep({
        learningRate: 1e-3,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        weightDecay: 0.01,
        maxGradNorm: 1,
      });
      const norm = expected.grad_norms_before_clip[step];
      expect(Math.abs(gradNorm - norm) / norm).toBeLessThan(1e-3);
    }
    await engine.close();
  });
});
