// Writes a random checkpoint in the shape of Qwen2.5-0.5B, bfloat16, in the Hugging Face layout: for measuring what loading,
// generating and training cost at that size. Nothing in it is trained; it is not committed.
//   npx tsx scripts/make-random-checkpoint.ts <directory> [--layers 24] [--seed 1]
// Written tensor by tensor, so the process stays small.

import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { parseArgs } from "node:util";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { layers: { type: "string", default: "24" }, seed: { type: "string", default: "1" } },
});
const [directory] = positionals;
if (directory === undefined) throw new Error("name a directory to write");

const SHAPE = { hidden: 896, heads: 14, kvHeads: 2, ffn: 4864, vocabulary: 151_936 };
const layers = Number(values.layers);
const headDim = SHAPE.hidden / SHAPE.heads;
const keyWidth = SHAPE.kvHeads * headDim;

const config = {
  architectures: ["Qwen2ForCausalLM"],
  model_type: "qwen2",
  hidden_act: "silu",
  hidden_size: SHAPE.hidden,
  intermediate_size: SHAPE.ffn,
  num_hidden_layers: layers,
  num_attention_heads: SHAPE.heads,
  num_key_value_heads: SHAPE.kvHeads,
  vocab_size: SHAPE.vocabulary,
  max_position_embeddings: 32_768,
  rms_norm_eps: 1e-6,
  rope_theta: 1_000_000,
  tie_word_embeddings: true,
  use_sliding_window: false,
  torch_dtype: "bfloat16",
};

const tensors: { name: string; shape: number[] }[] = [
  { name: "model.embed_tokens.weight", shape: [SHAPE.vocabulary, SHAPE.hidden] },
];
for (let layer = 0; layer < layers; layer++) {
  const add = (name: string, ...shape: number[]) => tensors.push({ name: `model.layers.${layer}.${name}`, shape });
  add("input_layernorm.weight", SHAPE.hidden);
  add("self_attn.q_proj.weight", SHAPE.hidden, SHAPE.hidden);
  add("self_attn.q_proj.bias", SHAPE.hidden);
  for (const part of ["k", "v"]) {
    add(`self_attn.${part}_proj.weight`, keyWidth, SHAPE.hidden);
    add(`self_attn.${part}_proj.bias`, keyWidth);
  }
  add("self_attn.o_proj.weight", SHAPE.hidden, SHAPE.hidden);
  add("post_attention_layernorm.weight", SHAPE.hidden);
  add("mlp.gate_proj.weight", SHAPE.ffn, SHAPE.hidden);
  add("mlp.up_proj.weight", SHAPE.ffn, SHAPE.hidden);
  add("mlp.down_proj.weight", SHAPE.hidden, SHAPE.ffn);
}
tensors.push({ name: "model.norm.weight", shape: [SHAPE.hidden] });

const sizeOf = (shape: readonly number[]) => shape.reduce((product, dim) => product * dim, 1);
const header: Record<string, object> = { __metadata__: { format: "pt" } };
let offset = 0;
for (const { name, shape } of tensors) {
  const end = offset + 2 * sizeOf(shape);
  header[name] = { dtype: "BF16", shape, data_offsets: [offset, end] };
  offset = end;
}
const text = JSON.stringify(header);
const padded = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
const length = Buffer.alloc(8);
length.writeBigUInt64LE(BigInt(padded.length));

await mkdir(directory, { recursive: true });
await writeFile(join(directory, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
const file = createWriteStream(join(directory, "model.safetensors"));
file.write(length);
file.write(padded);
// A small generator of its own: half a billion draws, and quality does not matter.
let state = (Number(values.seed) >>> 0) + 1;
for (const { name, shape } of tensors) {
  const bits = new Uint16Array(sizeOf(shape));
  const rounded = new Float32Array(1);
  const word = new Uint32Array(rounded.buffer);
  const isNorm = name.includes("norm");
  for (let i = 0; i < bits.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    // Uniform with deviation 0.02, around 1 for norms.
    rounded[0] = (isNorm ? 1 : 0) + 0.02 * Math.sqrt(12) * (state / 2 ** 32 - 0.5);
    bits[i] = (word[0] as number) >>> 16;
  }
  if (!file.write(bits)) await new Promise<void>((resolve) => file.once("drain", () => resolve()));
}
file.end();
await finished(file);
process.stdout.write(`${directory}: ${tensors.length} tensors, ${(offset / 2 ** 20).toFixed(0)} MiB\n`);
