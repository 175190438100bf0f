// Runs the two graphs that read many tokens of a row at once: blocks of prompts, and the chunks of completions that
// constrained decoding asks about. Pads, builds masks, lays kept blocks side by side as the past.
// Axis suffixes: T block token, C chunk token, P slot of the past.

import { causalMask, SHUT_OUT } from "../learner/batch.ts";
import type { DecoderConfig } from "../model/config.ts";
import type { Model } from "../model/model.ts";
import { f32, type HostTensor, type HostTensors, i32 } from "../session/graph-session.ts";
import type { SessionCache } from "../session/session-cache.ts";
import { pastName } from "./decode-graph.ts";
import { type Block, blockTensor } from "./prefix-cache.ts";
import { buildExtendGraph, buildPrefillGraph, cacheName } from "./rollout-graphs.ts";
import { atLeastTwo } from "./row-batches.ts";

/** Further tokens of a row. */
export interface ReadRow {
  readonly past: readonly Block[];
  /** At least one token. */
  readonly tokens_T: Int32Array;
}

/**
 * Reads one block of each row, all at one position: their keys and values [B, H, width, E] by `cacheName` and, with
 * `isLast`, `logits` [B, V] after each row's last token. Rows behind the given ones are to be ignored.
 */
export async function runBlocks(
  model: Model,
  sessions: SessionCache,
  rows: readonly ReadRow[],
  width: number,
  isLast: boolean,
): Promise<HostTensors> {
  // Keys and values come from products over all tokens of a block, at least eight rows, logits from one per row.
  const padded = isLast ? atLeastTwo(rows) : rows;
  const caches = cacheNames(model.config);
  const outputs = isLast ? ["logits", ...caches] : caches;
  if ((rows[0] as ReadRow).past.length > 0) return await extend(model, sessions, padded, width, outputs);
  const session = await sessions.get("prefill", () => buildPrefillGraph(model.config));
  const prompts = padded.map((row) => row.tokens_T);
  const inputs = {
    ...model.inputs(width),
    ...paddedRows(prompts, width, () => 0),
    mask: causalMask(width),
    readout_mask: lastTokenMask(prompts, width),
  };
  return await session.run(inputs, outputs);
}

/** Logits after each row's tokens. All pasts have equally many slots. */
export async function runExtend(
  model: Model,
  sessions: SessionCache,
  rows: readonly ReadRow[],
  width: number,
): Promise<readonly Float32Array[]> {
  const outputs = await extend(model, sessions, atLeastTwo(rows), width, ["logits"]);
  const { data, shape } = outputs["logits"] as HostTensor;
  const V = shape[1] as number;
  return rows.map((_, i) => (data as Float32Array).subarray(i * V, (i + 1) * V));
}

async function extend(
  model: Model,
  sessions: SessionCache,
  rows: readonly ReadRow[],
  width: number,
  outputs: readonly string[],
): Promise<HostTensors> {
  const session = await sessions.get("extend", () => buildExtendGraph(model.config));
  const chunks = rows.map((row) => row.tokens_T);
  const past = slotCount(rows[0] as ReadRow);
  const mask = extendMask(rows, past, width);
  const inputs = {
    ...model.inputs(past + width),
    ...pastInputs(model.config, rows, past),
    ...paddedRows(chunks, width, (i) => lengthOf(rows[i] as ReadRow)),
    mask,
    readout_mask: lastRowsOf(mask, chunks),
  };
  return await session.run(inputs, outputs);
}

/** Tokens of the past. */
function lengthOf({ past }: ReadRow): number {
  const last = past.at(-1);
  return last === undefined ? 0 : last.start + last.length;
}

/** Slots of the past: only its last block may have padding. */
export function slotCount({ past }: Pick<ReadRow, "past">): number {
  const last = past.at(-1);
  return last === undefined ? 0 : last.start + last.width;
}

/** The blocks of every row side by side: [B, H, P, E] per layer and kind. */
function pastInputs(config: DecoderConfig, rows: readonly ReadRow[], P: number): HostTensors {
  const { layerCount, kvHeadCount: H, headDim: E } = config;
  const inputs: Record<string, HostTensor> = {};
  for (let layer = 0; layer < layerCount; layer++) {
    for (const kind of ["keys", "values"] as const) {
      const slots = new Float32Array(rows.length * H * P * E);
      rows.forEach(({ past }, row) => {
        for (const block of past) {
          const data = blockTensor(config, block, kind, layer).data as Float32Array;
          const size = block.width * E;
          for (let head = 0; head < H; head++) {
            const at = ((row * H + head) * P + block.start) * E;
            slots.set(data.subarray(head * size, (head + 1) * size), at);
          }
        }
      });
      inputs[pastName(kind, layer)] = f32(slots, [rows.length, H, P, E]);
    }
  }
  return inputs;
}

function cacheNames({ layerCount }: DecoderConfig): readonly string[] {
  return Array.from({ length: layerCount }, (_, layer) => [
    cacheName("keys", layer),
    cacheName("values", layer),
  ]).flat();
}

/** Tokens and positions [B, width], and each row's last token as its one readout. */
function paddedRows(rows: readonly Int32Array[], width: number, startOf: (row: number) => number): HostTensors {
  const B = rows.length;
  const [tokens, positions] = [new Int32Array(B * width), new Int32Array(B * width)];
  const [lastRows, lastPositions] = [new Int32Array(B), new Int32Array(B)];
  rows.forEach((row, i) => {
    tokens.set(row, i * width);
    const start = startOf(i);
    for (let t = 0; t < width; t++) positions[i * width + t] = start + t;
    lastRows[i] = i * width + row.length - 1;
    lastPositions[i] = start + row.length - 1;
  });
  return {
    tokens: i32(tokens, [B, width]),
    positions: i32(positions, [B, width]),
    readout_rows: i32(lastRows, [B, 1]),
    readout_positions: i32(lastPositions, [B, 1]),
  };
}

/** A prompt's last token sees the prompt and not the padding behind it. */
function lastTokenMask(rows: readonly Int32Array[], width: number): HostTensor {
  const mask = new Float32Array(rows.length * width).fill(SHUT_OUT);
  rows.forEach((row, i) => {
    mask.fill(0, i * width, i * width + row.length);
  });
  return f32(mask, [rows.length, 1, 1, 1, width]);
}

/** Of a mask [B,1,1,C,S], what each row's last token sees: [B,1,1,1,S]. */
function lastRowsOf(mask: HostTensor, chunks: readonly Int32Array[]): HostTensor {
  const [B, , , C, S] = mask.shape as readonly [number, number, number, number, number];
  const last = new Float32Array(B * S);
  chunks.forEach((chunk, i) => {
    const at = (i * C + chunk.length - 1) * S;
    last.set((mask.data as Float32Array).subarray(at, at + S), i * S);
  });
  return f32(last, [B, 1, 1, 1, S]);
}

/** A token sees the past without its padding, and its own chunk up to itself. */
function extendMask(rows: readonly ReadRow[], past: number, width: number): HostTensor {
  const reach = past + width;
  const mask = new Float32Array(rows.length * width * reach).fill(SHUT_OUT);
  rows.forEach((row, i) => {
    const length = lengthOf(row);
    for (let t = 0; t < width; t++) {
      const at = (i * width + t) * reach;
      mask.fill(0, at, at + length);
      mask.fill(0, at + past, at + past + t + 1);
    }
  });
  return f32(mask, [rows.length, 1, 1, width, reach]);
}
