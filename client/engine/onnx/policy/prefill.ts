// Runs the two graphs that read many tokens of a row at once: blocks of prompts, and the chunks of completions that
// constrained decoding asks about. Pads, builds masks, lays kept blocks side by side as the past.
// Axis suffixes: T block token, C chunk token, P slot of the past.

import { causalMask, SHUT_OUT } from "../learner/batch.ts";
import type { DecoderConfig } from "../model/config.ts";
import type { Model } from "../model/model.ts";
import { f32, type HostTensor, type HostTensors, i32 } from "../session/graph-session.ts";
import type { SessionCache } from "../session/session-cache.ts";
import { pastName } from "./decode-graph.ts";
import type { Block } from "./prefix-cache.ts";
import { buildExtendGraph, buildPrefillGraph, cacheName } from "./rollout-graphs.ts";
import { atLeastTwo } from "./row-batches.ts";

/** Further tokens of a row. */
export interface ReadRow {
  readonly past: readonly Block[];
  /** At least one token. */
  readonly tokens_T: Int32Array;
}

export class PrefillRuns {
  readonly #model: Model;
  readonly #sessions: SessionCache;
  /** Pasts of the run in progress, per layer and kind: made once, because new memory costs more than the copy. */
  readonly #pasts: Float32Array[] = [];

  constructor(model: Model, sessions: SessionCache) {
    this.#model = model;
    this.#sessions = sessions;
  }

  /**
   * Reads one block of each row, all at one position: their keys and values [B, H, width, E] by `cacheName` and, with
   * `isLast`, `logits` [B, V] after each row's last token. Rows behind the given ones are to be ignored.
   */
  async blocks(rows: readonly ReadRow[], width: number, isLast: boolean): Promise<HostTensors> {
    // Keys and values come from products over all tokens of a block, at least eight rows, logits from one per row.
    const padded = isLast ? atLeastTwo(rows) : rows;
    const caches = cacheNames(this.#model.config);
    const outputs = isLast ? ["logits", ...caches] : caches;
    if ((rows[0] as ReadRow).past.length > 0) return await this.#extend(padded, width, outputs);
    const session = await this.#sessions.get("prefill", () => buildPrefillGraph(this.#model.config));
    const prompts = padded.map((row) => row.tokens_T);
    const inputs = {
      ...this.#model.inputs(width),
      ...paddedRows(prompts, width, () => 0),
      mask: causalMask(width),
      readout_mask: lastTokenMask(prompts, width),
    };
    return await session.run(inputs, outputs);
  }

  /** Logits after each row's tokens. All pasts have equally many slots. */
  async logits(rows: readonly ReadRow[], width: number): Promise<readonly Float32Array[]> {
    const outputs = await this.#extend(atLeastTwo(rows), width, ["logits"]);
    const { data, shape } = outputs["logits"] as HostTensor;
    const V = shape[1] as number;
    return rows.map((_, i) => (data as Float32Array).subarray(i * V, (i + 1) * V));
  }

  async #extend(rows: readonly ReadRow[], width: number, outputs: readonly string[]): Promise<HostTensors> {
    const session = await this.#sessions.get("extend", () => buildExtendGraph(this.#model.config));
    const chunks = rows.map((row) => row.tokens_T);
    const past = slotCount(rows[0] as ReadRow);
    const mask = extendMask(rows, past, width);
    const inputs = {
      ...this.#model.inputs(past + width),
      ...this.#pastInputs(rows, past),
      ...paddedRows(chunks, width, (i) => lengthOf(rows[i] as ReadRow)),
      mask,
      readout_mask: lastRowsOf(mask, chunks),
    };
    return await session.run(inputs, outputs);
  }

  /** The blocks of every row side by side: [B, H, P, E] per layer and kind. They fill every slot. */
  #pastInputs(rows: readonly ReadRow[], P: number): HostTensors {
    const { layerCount, kvHeadCount: H, headDim: E } = this.#model.config;
    const [B, size] = [rows.length, H * P * E];
    const inputs: Record<string, HostTensor> = {};
    for (let n = 0; n < 2 * layerCount; n++) {
      if ((this.#pasts[n]?.length ?? 0) < B * size) this.#pasts[n] = new Float32Array(B * size);
      const slots = (this.#pasts[n] as Float32Array).subarray(0, B * size);
      rows.forEach(({ past }, row) => {
        for (const block of past) copyBlock(block, n, H, E, slots, row * size, P);
      });
      inputs[pastName(n % 2 === 0 ? "keys" : "values", Math.floor(n / 2))] = f32(slots, [B, H, P, E]);
    }
    return inputs;
  }
}

/** One layer's keys or values of a block to its place among the slots [H, P, E] that begin at `offset`. */
function copyBlock(
  block: Block,
  n: number,
  H: number,
  E: number,
  slots: Float32Array,
  offset: number,
  P: number,
): void {
  const [size, from] = [block.width * E, n * H * block.width * E];
  // A prompt of one block: its heads lie as they will.
  const [pieces, length] = block.width === P ? [1, H * size] : [H, size];
  for (let piece = 0; piece < pieces; piece++) {
    const at = from + piece * length;
    slots.set(block.slots.subarray(at, at + length), offset + (piece * P + block.start) * E);
  }
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
export function lastTokenMask(rows: readonly Int32Array[], width: number): HostTensor {
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
