// What a checkpoint promises: bit-exact, whole or not at all, an exact resume, and clear refusals.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LossSpec, OptimStep } from "../../../../../client/engine/engine.ts";
import type { LocalEngine } from "../../../../../client/engine/onnx/local-engine.ts";
import { readSafetensors, writeSafetensors } from "../../../../../client/engine/weights/safetensors.ts";
import { RandomStream } from "../../../../../client/random.ts";
import { perturb, randomRows, TINY, tinyEngine } from "../tiny-engine.ts";

const loss: LossSpec = { name: "cross-entropy" };
const step: OptimStep = {
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0.01,
  maxGradNorm: 1,
};
const batches = Array.from({ length: 6 }, (_, i) => ({ rows: randomRows(new RandomStream(i), 4) }));

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "anchorgym-checkpoint-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function train(engine: LocalEngine, from: number, to: number): Promise<number[]> {
  const losses: number[] = [];
  for (const batch of batches.slice(from, to)) {
    losses.push((await engine.forwardBackward(batch, loss)).loss);
    await engine.optimStep(step);
  }
  return losses;
}

test("a resumed run equals the unbroken one, bit for bit", async () => {
  const path = join(directory, "resume");
  const unbroken = await tinyEngine();
  const losses = await train(unbroken, 0, 6);

  const first = await tinyEngine();
  await train(first, 0, 3);
  await first.save(path, "state");
  const second = await tinyEngine({ model: { directory: path }, seed: 999 });
  expect(second.policyVersion).toBe(3);
  expect(second.model.flat).toEqual(first.model.flat);
  expect(await train(second, 3, 6)).toEqual(losses.slice(3));
  expect(second.model.flat).toEqual(unbroken.model.flat);
  expect(second.learner.moments).toEqual(unbroken.learner.moments);
  for (const engine of [unbroken, first, second]) await engine.close();
});

test("weights alone start a fresh optimiser, and a load drops what was accumulated", async () => {
  const path = join(directory, "weights");
  const engine = await tinyEngine();
  perturb(engine, 0.1, 4);
  await engine.save(path, "weights");
  expect((await readdir(path)).sort()).toEqual(["SHA256SUMS", "config.json", "model.safetensors"]);
  const before = engine.model.flat.slice();
  await train(engine, 0, 2);
  await engine.forwardBackward(batches[2] as (typeof batches)[number], loss);
  await engine.load(path, "weights");
  expect(engine.policyVersion).toBe(0);
  expect(engine.model.flat).toEqual(before);
  expect(engine.learner.moments.updateCount).toBe(0);
  expect((await engine.optimStep({ ...step, weightDecay: 0 })).gradNorm).toBe(0);
  expect(engine.model.flat).toEqual(before);
  await engine.close();
});

test("weights alone are no state to go on from", async () => {
  const path = join(directory, "no-optimiser");
  const engine = await tinyEngine();
  await engine.save(path, "weights");
  await expect(engine.load(path, "state")).rejects.toMatchObject({ reason: "CHECKPOINT_CORRUPT" });
  await expect(engine.load(path, "state")).rejects.toThrow(/optimizer\.safetensors: the optimiser's state is missing/);
  await engine.close();
});

test("linears lie on disk as [out, in] under Hugging Face names, with a config that transformers reads", async () => {
  const path = join(directory, "layout");
  const engine = await tinyEngine();
  await engine.save(path, "weights");
  const { tensors } = await readSafetensors(join(path, "model.safetensors"));
  expect(tensors.get("model.layers.1.mlp.down_proj.weight")?.shape).toEqual([TINY.hiddenSize, TINY.ffnSize]);
  expect(tensors.get("model.layers.0.self_attn.k_proj.weight")?.shape).toEqual([8, TINY.hiddenSize]);
  expect(tensors.has("lm_head.weight")).toBe(false);
  const config = JSON.parse(await readFile(join(path, "config.json"), "utf8"));
  expect(config).toMatchObject({ model_type: "llama", tie_word_embeddings: true, num_key_value_heads: 2, head_dim: 4 });
  await engine.close();
});

test("a state is not saved between gradients and their step", async () => {
  const engine = await tinyEngine();
  await engine.forwardBackward(batches[0] as (typeof batches)[number], loss);
  await expect(engine.save(join(directory, "pending"), "state")).rejects.toThrow(/save after optimStep/);
  await engine.close();
});

test("a gradient that is not finite stops the step before anything changes and names its parameter", async () => {
  const engine = await tinyEngine();
  await train(engine, 0, 1);
  const rows = randomRows(new RandomStream(1), 2).map((row) => ({
    ...row,
    weights_N: row.weights_N.map(() => Number.POSITIVE_INFINITY),
  }));
  await engine.forwardBackward({ rows }, loss);
  const [weights, moments] = [engine.model.flat.slice(), engine.learner.moments.first.slice()];
  await expect(engine.optimStep(step)).rejects.toMatchObject({ reason: "LOSS_NOT_FINITE" });
  await expect(engine.optimStep(step)).rejects.toThrow(/gradient of model\.embed_tokens\.weight is not finite/);
  expect(engine.policyVersion).toBe(1);
  expect(engine.model.flat).toEqual(weights);
  expect(engine.learner.moments.first).toEqual(moments);
  await engine.close();
});

test("a broken or foreign checkpoint is refused by name, and the engine keeps its weights", async () => {
  const path = join(directory, "broken");
  const engine = await tinyEngine();
  await engine.save(path, "state");
  // As of another tool: what only numbers and names betray.
  await rm(join(path, "SHA256SUMS"));
  const file = join(path, "model.safetensors");
  const whole = await readFile(file);
  const { tensors, metadata } = await readSafetensors(file);
  const weights = engine.model.flat.slice();
  const refused = async (pattern: RegExp, reason = "CHECKPOINT_CORRUPT"): Promise<void> => {
    await expect(engine.load(path, "weights")).rejects.toThrow(pattern);
    await expect(engine.load(path, "weights")).rejects.toMatchObject({ reason });
    expect(engine.model.flat).toEqual(weights);
  };

  await writeFile(file, whole.subarray(0, whole.length - 100));
  await refused(/model\.safetensors/);
  const without = new Map(tensors);
  without.delete("model.norm.weight");
  await writeSafetensors(file, without, metadata);
  await refused(/tensor model\.norm\.weight is missing/);
  await writeSafetensors(file, new Map([...tensors, ["stray", tensors.get("model.norm.weight")!]]), metadata);
  await refused(/tensor stray belongs to no parameter/);
  const norm = tensors.get("model.norm.weight")!;
  await writeSafetensors(file, new Map(tensors).set("model.norm.weight", { ...norm, shape: [4, 4] }), metadata);
  await refused(/model\.norm\.weight has shape \[4, 4\], the model needs \[16\]/);
  const poisoned = new Uint8Array(new Float32Array(16).fill(Number.NaN).buffer);
  await writeSafetensors(file, new Map(tensors).set("model.norm.weight", { ...norm, data: poisoned }), metadata);
  await refused(/model\.norm\.weight holds NaN at element 0/);
  await writeFile(file, whole);

  const configFile = join(path, "config.json");
  const config = JSON.parse(await readFile(configFile, "utf8"));
  await writeFile(configFile, JSON.stringify({ ...config, model_type: "mamba" }));
  await refused(/model_type is "mamba"; supported: llama, qwen2, qwen3/, "WEIGHTS_REJECTED");
  await writeFile(configFile, JSON.stringify({ ...config, hidden_act: "gelu" }));
  await refused(/hidden_act is "gelu"/, "WEIGHTS_REJECTED");
  await writeFile(configFile, JSON.stringify({ ...config, num_hidden_layers: 3 }));
  await refused(/layerCount 3 instead of 2/, "WEIGHTS_REJECTED");
  await writeFile(configFile, "{");
  await refused(/config\.json cannot be read/);
  await engine.close();
});

test("bytes that were zeroed inside a file are seen, in weights and moments, and the engine keeps its weights", async () => {
  const path = join(directory, "zeroed");
  const engine = await tinyEngine();
  await train(engine, 0, 1);
  await engine.save(path, "state");
  const weights = engine.model.flat.slice();
  for (const name of ["model.safetensors", "optimizer.safetensors"]) {
    const file = join(path, name);
    const whole = await readFile(file);
    const zeroed = Buffer.from(whole);
    zeroed.fill(0, zeroed.length - 400, zeroed.length - 300);
    await writeFile(file, zeroed);
    await expect(engine.load(path, "state")).rejects.toMatchObject({
      reason: "CHECKPOINT_CORRUPT",
      ids: { file },
      message: expect.stringMatching(
        /is not what was saved: its SHA-256 is .* remove SHA256SUMS where the file was changed/,
      ),
    });
    await expect(tinyEngine({ model: { directory: path } })).rejects.toThrow(/is not what was saved/);
    expect(engine.model.flat).toEqual(weights);
    await writeFile(file, whole);
  }
  // The list itself can be hit; without it a folder is one of another tool.
  const list = join(path, "SHA256SUMS");
  const text = await readFile(list);
  await writeFile(list, Buffer.alloc(text.length));
  await expect(engine.load(path, "state")).rejects.toThrow(/SHA256SUMS is no list of checksums/);
  await rm(list);
  await engine.load(path, "state");
  await engine.close();
});

test("the checksums are those that other tools compute of the files", async () => {
  const path = join(directory, "sums");
  const engine = await tinyEngine();
  await engine.save(path, "state");
  const lines = (await readFile(join(path, "SHA256SUMS"), "utf8")).trimEnd().split("\n");
  expect(lines).toEqual(
    await Promise.all(
      ["model.safetensors", "optimizer.safetensors"].map(async (name) => {
        const digest = createHash("sha256")
          .update(await readFile(join(path, name)))
          .digest("hex");
        return `${digest}  ${name}`;
      }),
    ),
  );
  await engine.close();
});

test("a save that is killed leaves the old checkpoint whole", async () => {
  const path = join(directory, "killed");
  const engine = await tinyEngine();
  await engine.save(path, "state");
  const before = await readFile(join(path, "model.safetensors"));
  // The child dies in the middle of its own save of other weights, after the config and before the tensors are complete.
  const child = spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", killedSave(path)], {
    encoding: "utf8",
  });
  expect(child.signal, child.stderr).toBe("SIGKILL");
  expect(await readFile(join(path, "model.safetensors"))).toEqual(before);
  const again = await tinyEngine({ model: { directory: path } });
  expect(again.model.flat).toEqual(engine.model.flat);
  await engine.save(path, "state");
  for (const one of [engine, again]) await one.close();
});

function killedSave(path: string): string {
  const module = (file: string) =>
    JSON.stringify(new URL(`../../../../../client/engine/${file}`, import.meta.url).href);
  return `
    import { writeFile } from "node:fs/promises";
    import { join } from "node:path";
    const { writeDirectoryAtomically } = await import(${module("weights/atomic-directory.ts")});
    await writeDirectoryAtomically(${JSON.stringify(path)}, async (temporary) => {
      await writeFile(join(temporary, "model.safetensors"), "half");
      process.kill(process.pid, "SIGKILL");
      await new Promise(() => setInterval(() => {}, 1000));
    });`;
}
