// Adapters: a new one changes nothing, training one leaves the base alone, what is saved comes back bit for bit, merged
// weights are the same model, and the frozen reference shares the base.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { OptimStep } from "../../../../../client/engine/engine.ts";
import type { LocalEngine } from "../../../../../client/engine/onnx/local-engine.ts";
import { readSafetensors } from "../../../../../client/engine/weights/safetensors.ts";
import { RandomStream } from "../../../../../client/random.ts";
import { perturb, randomRequest, randomRows, scoredSequence, TINY, tinyEngine } from "../tiny-engine.ts";

const lora = { rank: 3, alpha: 6, targets: ["q_proj", "v_proj", "down_proj"] } as const;
const step: OptimStep = {
  learningRate: 1e-2,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0.01,
  maxGradNorm: 1,
};
const rows = randomRows(new RandomStream(3), 5);

let directory: string;
let base: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "anchorgym-lora-"));
  base = join(directory, "base");
  const engine = await tinyEngine();
  perturb(engine, 0.1, 4);
  await engine.save(base, "weights");
  await writeFile(join(base, "generation_config.json"), '{"eos_token_id":[1,2]}');
  await engine.close();
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const opened = (): Promise<LocalEngine> => tinyEngine({ model: { directory: base, lora } });

async function train(engine: LocalEngine, steps: number): Promise<number[]> {
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    losses.push((await engine.forwardBackward({ rows }, { name: "cross-entropy" })).loss);
    await engine.optimStep(step);
  }
  return losses;
}

const expectNear = (ours: readonly Float32Array[], theirs: readonly Float32Array[], tolerance: number) =>
  ours.forEach((row, i) => {
    row.forEach((value, n) => {
      expect(Math.abs(value - (theirs[i]?.[n] as number))).toBeLessThan(tolerance);
    });
  });

test("new adapters change nothing; training lowers the loss and leaves the base as it is", async () => {
  const plain = await tinyEngine({ model: { directory: base } });
  const engine = await opened();
  expect(await engine.logprobs(rows)).toEqual(await plain.logprobs(rows));
  const before = engine.model.flat.slice();
  const losses = await train(engine, 20);
  expect(losses.at(-1)).toBeLessThan(0.8 * (losses[0] as number));
  expect(engine.model.flat).toEqual(before);
  // Gradients and moments are as large as the adapters.
  expect(engine.learner.moments.first.length).toBe(engine.model.trainable.flat.length);
  expect(engine.model.trainable.flat.length).toBeLessThan(engine.model.flat.length / 2);
  for (const one of [plain, engine]) await one.close();
});

test("a state of adapters resumes exactly, from PEFT's layout, on the base that it names", async () => {
  const path = join(directory, "state");
  const unbroken = await opened();
  const losses = await train(unbroken, 4);
  const first = await opened();
  await train(first, 2);
  await first.save(path, "state");
  expect((await readdir(path)).sort()).toEqual([
    "SHA256SUMS",
    "adapter_config.json",
    "adapter_model.safetensors",
    "optimizer.safetensors",
  ]);
  const config = JSON.parse(await readFile(join(path, "adapter_config.json"), "utf8"));
  expect(config).toMatchObject({ peft_type: "LORA", r: 3, lora_alpha: 6, base_model_name_or_path: base });
  const { tensors } = await readSafetensors(join(path, "adapter_model.safetensors"));
  expect(tensors.get("base_model.model.model.layers.1.mlp.down_proj.lora_A.weight")?.shape).toEqual([3, TINY.ffnSize]);
  expect(tensors.get("base_model.model.model.layers.1.mlp.down_proj.lora_B.weight")?.shape).toEqual([16, 3]);

  const second = await tinyEngine({ model: { directory: path }, seed: 999 });
  expect(second.policyVersion).toBe(2);
  expect(await train(second, 2)).toEqual(losses.slice(2));
  expect(second.model.trainable.flat).toEqual(unbroken.model.trainable.flat);
  await second.load(path, "weights");
  expect(second.policyVersion).toBe(2);
  expect(second.model.trainable.flat).toEqual(first.model.trainable.flat);
  for (const one of [unbroken, first, second]) await one.close();
});

test("merged weights are a model of their own with the same logprobs, and keep the base's other files", async () => {
  const engine = await opened();
  await train(engine, 5);
  await engine.save(join(directory, "merged"), "merged");
  expect(await readFile(join(directory, "merged", "generation_config.json"), "utf8")).toBe('{"eos_token_id":[1,2]}');
  const merged = await tinyEngine({ model: { directory: join(directory, "merged") } });
  expect(merged.model.config.lora).toBeUndefined();
  expectNear(await merged.logprobs(rows), await engine.logprobs(rows), 1e-5);
  for (const one of [engine, merged]) await one.close();
});

test("the reference is the base alone, or the adapters of a directory, whatever is trained since", async () => {
  const engine = await opened();
  const start = await engine.logprobs(rows);
  await expect(engine.logprobs(rows, "reference")).rejects.toThrow(/none is held/);
  await engine.holdReference(null);
  await train(engine, 3);
  expect(await engine.logprobs(rows, "reference")).toEqual(start);
  const trained = await engine.logprobs(rows);
  await engine.save(join(directory, "reference"), "weights");
  await engine.holdReference(join(directory, "reference"));
  await train(engine, 3);
  expect(await engine.logprobs(rows, "reference")).toEqual(trained);
  expect(await engine.logprobs(rows)).not.toEqual(trained);
  const plain = await tinyEngine();
  await expect(plain.holdReference(null)).rejects.toMatchObject({ reason: "WEIGHTS_REJECTED" });
  for (const one of [engine, plain]) await one.close();
});

test("rollouts speak with the adapters: their logprobs are those of training, before and after a step", async () => {
  const engine = await opened();
  const stream = new RandomStream(12);
  for (const steps of [0, 4]) {
    await train(engine, steps);
    const requests = Array.from({ length: 6 }, (_, i) => randomRequest(stream, i, i % 2 === 0));
    const completions = await engine.sample(requests);
    const sequences = requests.map((request, i) => scoredSequence(request, completions[i]!));
    const drawn = completions.map(({ logprobs_T, drawn_T }) => logprobs_T.filter((_, t) => drawn_T[t] === 1));
    expectNear(drawn, await engine.logprobs(sequences), 1e-5);
    expect(drawn.reduce((count, row) => count + row.length, 0)).toBeGreaterThan(10);
  }
  await engine.close();
});

test("adapters that mean other arithmetic, or another shape, are refused by name", async () => {
  const path = join(directory, "refused");
  const engine = await opened();
  await engine.save(path, "weights");
  const file = join(path, "adapter_config.json");
  const config = JSON.parse(await readFile(file, "utf8"));
  const refused = async (fields: object, pattern: RegExp) => {
    await writeFile(file, JSON.stringify({ ...config, ...fields }));
    await expect(engine.load(path, "weights")).rejects.toThrow(pattern);
    await expect(tinyEngine({ model: { directory: path } })).rejects.toThrow(
      pattern.source.includes("engine has") ? /./ : pattern,
    );
  };
  await refused({ use_dora: true }, /use_dora is true; supported: false/);
  await refused({ rank_pattern: { q_proj: 8 } }, /rank_pattern/);
  await refused({ modules_to_save: ["lm_head"] }, /modules_to_save/);
  await refused({ target_modules: ["q_proj", "conv1d"] }, /target conv1d/);
  await refused({ r: 2 }, /engine has/);
  await writeFile(file, "[");
  await expect(engine.load(path, "weights")).rejects.toMatchObject({ reason: "CHECKPOINT_CORRUPT" });
  await expect(opened().then((other) => other.load(base, "weights"))).rejects.toThrow(/adapter_config\.json/);
  await engine.close();
});
