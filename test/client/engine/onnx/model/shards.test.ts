// Weights in several files and in half precision: read as one file of float32, written above a size, refused where the index
// and the files disagree. A load holds no second copy.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LocalEngine } from "../../../../../client/engine/onnx/local-engine.ts";
import { loadConfig, saveCheckpoint } from "../../../../../client/engine/onnx/model/checkpoint.ts";
import { valuesIn } from "../../../../../client/engine/onnx/model/stored-parameters.ts";
import {
  readSafetensors,
  type StoredTensor,
  writeSafetensors,
} from "../../../../../client/engine/weights/safetensors.ts";
import type { TensorDtype } from "../../../../../client/engine/weights/tensor-dtype.ts";
import { perturb, tinyEngine } from "../tiny-engine.ts";

let directory: string;
let engine: LocalEngine;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "anchorgym-shards-"));
  engine = await tinyEngine();
  perturb(engine, 0.1, 4);
  await engine.save(join(directory, "single"), "weights");
});
afterAll(async () => {
  await engine.close();
  await rm(directory, { recursive: true, force: true });
});

async function sharded(name: string): Promise<string> {
  const path = join(directory, name);
  const { config, table, flat } = engine.model;
  const { source } = await loadConfig(join(directory, "single"));
  await saveCheckpoint(path, { config, table, valuesOf: valuesIn(flat), source }, null, { maxShardBytes: 2000 });
  return path;
}

test("shards and their index hold every tensor once and load as the same weights", async () => {
  const path = await sharded("many");
  const names = await readdir(path);
  const shards = names.filter((name) => name.endsWith(".safetensors")).sort();
  expect(shards.length).toBeGreaterThan(3);
  expect(shards[0]).toBe(`model-00001-of-${String(shards.length).padStart(5, "0")}.safetensors`);
  expect(names).not.toContain("model.safetensors");
  const index = JSON.parse(await readFile(join(path, "model.safetensors.index.json"), "utf8"));
  const { tensors } = await readSafetensors(join(directory, "single", "model.safetensors"));
  expect(Object.keys(index.weight_map).sort()).toEqual([...tensors.keys()].sort());
  expect(index.metadata.total_size).toBe([...tensors.values()].reduce((sum, { data }) => sum + data.length, 0));
  const loaded = await tinyEngine({ model: { directory: path } });
  expect(loaded.model.flat).toEqual(engine.model.flat);
  await loaded.close();
});

test("an index and shards that disagree are refused by file and tensor", async () => {
  const path = await sharded("disagreeing");
  const indexFile = join(path, "model.safetensors.index.json");
  const text = await readFile(indexFile, "utf8");
  const index = JSON.parse(text);
  const [tensor, shard] = Object.entries(index.weight_map)[0] as [string, string];
  const other = Object.values(index.weight_map).find((file) => file !== shard) as string;
  const refused = (pattern: RegExp) =>
    expect(tinyEngine({ model: { directory: path } })).rejects.toMatchObject({
      reason: "CHECKPOINT_CORRUPT",
      message: expect.stringMatching(pattern),
    });
  await writeFile(indexFile, JSON.stringify({ weight_map: { ...index.weight_map, [tensor]: other } }));
  await refused(new RegExp(`${other}: tensor ${tensor} is missing`));
  await writeFile(indexFile, JSON.stringify({ weight_map: { ...index.weight_map, [tensor]: "../secret" } }));
  await refused(/does not map tensors to files beside it/);
  await writeFile(indexFile, text);
  const whole = await readFile(join(path, shard));
  await writeFile(join(path, shard), whole.subarray(0, whole.length - 8));
  await refused(/truncated/);
  await rm(join(path, shard));
  await refused(new RegExp(`${shard} is missing, but .*index.json names it`));
  await rm(indexFile);
  await refused(/model\.safetensors is missing, and so is model\.safetensors\.index\.json/);
});

/** float32 cut to the upper 16 bits, and as binary16 of numbers that have an exact one. */
const halves: Readonly<Record<"BF16" | "F16", (values: Float32Array) => Uint16Array>> = {
  BF16: (values) => Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16),
  F16: (values) =>
    Uint16Array.from(values, (value) => {
      const bits = new Uint32Array(Float32Array.of(value).buffer)[0] as number;
      const exponent = ((bits >>> 23) & 0xff) - 112;
      return exponent <= 0
        ? (bits >>> 16) & 0x8000
        : ((bits >>> 16) & 0x8000) | (exponent << 10) | ((bits >>> 13) & 0x3ff);
    }),
};
test.each(["BF16", "F16"] as const)("%s weights widen to exactly the numbers they stand for", async (dtype) => {
  const path = join(directory, dtype);
  await engine.save(path, "weights");
  const file = join(path, "model.safetensors");
  const { tensors } = await readSafetensors(file);
  const stored = new Map<string, StoredTensor>();
  for (const [name, { shape, data }] of tensors) {
    const bits = halves[dtype](new Float32Array(data.slice().buffer));
    stored.set(name, { dtype: dtype as TensorDtype, shape, data: new Uint8Array(bits.buffer) });
  }
  await writeSafetensors(file, stored);
  await rm(join(path, "SHA256SUMS"));
  const loaded = await tinyEngine({ model: { directory: path } });
  let compared = 0;
  loaded.model.flat.forEach((value, i) => {
    const original = engine.model.flat[i] as number;
    // Both cuts go towards zero and keep 8 or 11 digits; what F16 has no normal number for became 0.
    if (value !== 0) {
      expect(Math.abs(value - original)).toBeLessThanOrEqual(
        Math.abs(original) * (dtype === "BF16" ? 2 ** -7 : 2 ** -10),
      );
      compared += 1;
    }
    expect(halves[dtype](Float32Array.of(value))).toEqual(halves[dtype](Float32Array.of(original)));
  });
  expect(compared).toBeGreaterThan(1000);
  // What is written back is float32, and says so.
  await loaded.save(join(directory, `${dtype}-saved`), "weights");
  const config = JSON.parse(await readFile(join(directory, `${dtype}-saved`, "config.json"), "utf8"));
  expect(config.torch_dtype).toBe("float32");
  await loaded.close();
});

test("fields of config.json that this library does not read are handed on", async () => {
  const path = join(directory, "fields");
  await engine.save(path, "weights");
  const file = join(path, "config.json");
  const config = JSON.parse(await readFile(file, "utf8"));
  await writeFile(file, JSON.stringify({ ...config, eos_token_id: [3, 4], dtype: "bfloat16" }));
  const loaded = await tinyEngine({ model: { directory: path } });
  await loaded.save(join(directory, "fields-saved"), "weights");
  const saved = JSON.parse(await readFile(join(directory, "fields-saved", "config.json"), "utf8"));
  expect(saved).toMatchObject({ eos_token_id: [3, 4], dtype: "float32", hidden_size: config.hidden_size });
  await loaded.close();
});
