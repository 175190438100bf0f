// Whole completions in one graph, for devices that every run's inputs and outputs have to reach over a bus: prompts go in,
// tokens and logprobs come out. Each prompt is read once, its keys and values are spread over the rows that continue it and
// stay as they are; a Loop reads one token per row, attends to them and to the keys and values of its own steps, which it
// carries, and draws the next token. Step and draw are those of decode-graph.ts and draw-graph.ts, over the same weights.
// In float32 from primitives: GroupQueryAttention has no float32 kernel for CUDA.
// Axis suffixes: J prompt, P prompt token, B row, U step, H key-value head, Q query heads per key-value head, E head width,
// S step done, V vocabulary.

import { GraphBuilder } from "../graph/builder.ts";
import { compare, sub, where } from "../graph/ops/arithmetic.ts";
import { attend } from "../graph/ops/attention.ts";
import { expand } from "../graph/ops/broadcast.ts";
import { gatherRows, gatherSlabs } from "../graph/ops/gather.ts";
import { transpose } from "../graph/ops/layout.ts";
import { reshape } from "../graph/ops/shape.ts";
import { type Graph, multiplyDims, type Value } from "../graph/value.ts";
import { SHUT_OUT } from "../learner/batch.ts";
import type { DecoderConfig } from "../model/config.ts";
import { int32Input, type LayerCache } from "../model/decoder.ts";
import {
  decodeLoop,
  drawInputs,
  embedded,
  layers,
  type Past,
  projected,
  type StepWeights,
  splitHeads,
  stepLogits,
  stepWeights,
} from "./decode-graph.ts";
import { cast, type DecodeFlavour, drawStep } from "./draw-graph.ts";

/**
 * Inputs: weights by packed name; rope_cos, rope_sin [R, E/2]; prompts int32 [J, P], padded behind; last_rows int32 [J]: of
 * each prompt's last token among the J*P; row_prompts int32 [B]: which prompt a row continues; lengths int32 [B] of those;
 * past_mask [B, 1, 1, P], 0 at the row's own prompt; fresh_nothing [B, H, 0, E]; ended bool [B] of rows that only fill up;
 * and what drawing takes, with U the most steps of a row. Outputs: drawn int32, logprobs and untempered_logprobs of the first
 * step, first_* [1, B], and of those behind it [steps, B]; what follows a row's end is to be ignored.
 */
export function buildDeviceDecodeGraph(config: DecoderConfig, flavour: DecodeFlavour): Graph {
  const b = new GraphBuilder("device-decode");
  const weights = stepWeights(b, config);
  const inputs = drawInputs(b, flavour);
  const prompts = int32Input(b, "prompts", ["J", "P"]);
  const mask = b.input("past_mask", "float32", ["B", 1, 1, "P"]);
  const rowPrompts = int32Input(b, "row_prompts", ["B"]);
  const lengths = int32Input(b, "lengths", ["B"]);
  const ended = b.input("ended", "bool", ["B"]);
  const none = b.input("fresh_nothing", "float32", ["B", config.kvHeadCount, "S0", config.headDim]);

  const read = readPrompts(b, config, weights, prompts);
  const logits = gatherSlabs(b, read.logits, rowPrompts);
  const first = drawStep(b, inputs, logits, b.scalar("int64", 0), ended);
  const caches = read.caches.map(({ keys, values }) => ({
    keys: gatherSlabs(b, keys, rowPrompts),
    values: gatherSlabs(b, values, rowPrompts),
  }));
  const past: Past = { mask, caches };

  const outputs = decodeLoop(b, config, weights, {
    inputs,
    past,
    none,
    start: { tokens: first.token, positions: reshape(b, lengths, ["B", 1]), ended: first.ended },
    count: sub(b, b.dim("U") as Value, b.int64s([1])),
    goesOn: first.goesOn,
    drawnBefore: 1,
  });
  const firsts = [cast(b, first.token, "int32", 6), first.logprob, first.untempered];
  DRAWN.forEach((name, i) => {
    b.output(`first_${name}`, reshape(b, firsts[i] as Value, [1, "B"]));
    b.output(name, outputs.at(i - DRAWN.length) as Value);
  });
  return b.finish();
}

const DRAWN = ["drawn", "logprobs", "untempered_logprobs"] as const;

/** All prompts at once: logits [J, V] after each one's last token, and the keys and values [J, H, P, E] of every layer. */
function readPrompts(
  b: GraphBuilder,
  config: DecoderConfig,
  weights: StepWeights,
  prompts: Value,
): { readonly logits: Value; readonly caches: readonly LayerCache[] } {
  const { headCount, kvHeadCount: H, headDim: E } = config;
  const Q = headCount / H;
  const rows = multiplyDims(["J", "P"]);
  const limit = b.emitOne("Reshape", [b.dim("P"), b.int64s([])], []);
  const places = b.emitOne("Range", [b.scalar("int64", 0), limit, b.scalar("int64", 1)], ["P"]);
  const positions = expand(b, reshape(b, places, [1, "P"]), ["J", "P"]);
  const isLater = compare(b, "Greater", places, reshape(b, places, ["P", 1]));
  const mask = where(b, isLater, b.scalar("float32", SHUT_OUT), b.scalar("float32", 0));
  const caches: LayerCache[] = [];
  const flat = embedded(b, config, weights, reshape(b, prompts, [rows]));
  const hidden = layers(b, config, weights, flat, (normed, layer) => {
    const product = reshape(b, projected(b, config, weights, normed, layer), ["J", "P", headCount + 2 * H, E]);
    const heads = transpose(b, product, [0, 2, 1, 3]);
    const { queries, keys, values } = splitHeads(b, config, weights, heads, positions, layer);
    caches.push({ keys, values });
    const mixed = attend(b, reshape(b, queries, ["J", H, Q, "P", E]), { keys, values, mask });
    return reshape(b, transpose(b, reshape(b, mixed, ["J", headCount, "P", E]), [0, 2, 1, 3]), [rows, headCount * E]);
  });
  const last = gatherRows(b, hidden, int32Input(b, "last_rows", ["J"]));
  return { logits: stepLogits(b, config, weights, last), caches };
}
