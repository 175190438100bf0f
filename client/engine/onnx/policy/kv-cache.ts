// Keys and values of the rows that decode together, on the host: one array per layer and kind, [rows, H, slots, E], which a
// run takes as inputs without a copy. A row's token lies in the slot of its position, whatever the other rows are. Slots
// are a multiple of a grid that keeps the runtime's sums cut at the same places for every width.

import type { DecoderConfig } from "../model/config.ts";
import { f32, type HostTensor, type HostTensors } from "../session/graph-session.ts";
import { freshName, pastName } from "./decode-graph.ts";
import { type Block, blockTensor } from "./prefix-cache.ts";

/** Slots come in multiples of this. */
export const SLOT_GRID = 32;
const SHUT_OUT = -1e30;
const KINDS = ["keys", "values"] as const;

export class KvCache {
  readonly #config: DecoderConfig;
  /** Filled slots of each row. */
  readonly #lengths: number[] = [];
  #buffers: Float32Array[] = [];
  /** Slots per row and head now; they grow with the longest row, so that attention does not pay for slots to come. */
  #slots = 0;
  /** Elements that an array should have when it must be made anew. */
  #reserved = 0;

  constructor(config: DecoderConfig) {
    this.#config = config;
  }

  get rowCount(): number {
    return this.#lengths.length;
  }

  lengthOf(row: number): number {
    return this.#lengths[row] as number;
  }

  /** So many rows will grow to `length` tokens: arrays are made large enough at once, and rows move within them. */
  reserve(rows: number, length: number): void {
    this.#reserved = this.#elements(rows, gridded(length));
  }

  /** Takes a further row, at the end: the blocks of its prompt, the first one first. */
  add(blocks: readonly Block[]): void {
    const last = blocks.at(-1) as Block;
    this.#fit(this.rowCount + 1, Math.max(last.start + last.length, ...this.#lengths));
    const row = this.rowCount;
    this.#lengths.push(0);
    for (const block of blocks) {
      this.#append(row, (kind, layer) => blockTensor(this.#config, block, kind, layer), 0, block.length);
    }
  }

  /**
   * Appends what a run made, tensors [rows, H, steps, E], to the rows that stay. What the others made may not be finite,
   * and a slot that is masked is still multiplied, by zero.
   */
  append(outputs: HostTensors, stays: (row: number) => boolean): void {
    const steps = (outputs[freshName("keys", 0)] as HostTensor).shape[2] as number;
    const staying = [...this.#lengths.keys()].filter(stays);
    this.#fit(this.rowCount, Math.max(...this.#lengths, ...staying.map((row) => this.lengthOf(row) + steps)));
    for (const row of staying) {
      this.#append(row, (kind, layer) => outputs[freshName(kind, layer)] as HostTensor, row, steps);
    }
  }

  /** Drops a row; the last one takes its place. */
  remove(row: number): void {
    const last = this.rowCount - 1;
    const { kvHeadCount: H, headDim: E } = this.#config;
    const size = H * this.#slots * E;
    if (row !== last) {
      for (const buffer of this.#buffers) buffer.copyWithin(row * size, last * size, (last + 1) * size);
      this.#lengths[row] = this.#lengths[last] as number;
    }
    this.#lengths.pop();
  }

  /** The past and its mask as inputs of a run over at least as many rows; further ones repeat the first. */
  inputs(rowCount: number): HostTensors {
    const { kvHeadCount: H, headDim: E, layerCount } = this.#config;
    const longest = Math.max(...this.#lengths);
    // A wide row may have left: narrow again where that saves half of the attention.
    if (gridded(longest) * 2 <= this.#slots) this.#restride(gridded(longest));
    this.#fit(rowCount, longest);
    const [B, P] = [rowCount, this.#slots];
    for (const buffer of this.#buffers) {
      for (let row = this.rowCount; row < B; row++) buffer.copyWithin(row * H * P * E, 0, H * P * E);
    }
    const mask = new Float32Array(B * P).fill(SHUT_OUT);
    for (let row = 0; row < B; row++)
      mask.fill(0, row * P, row * P + (this.#lengths[row] ?? (this.#lengths[0] as number)));
    const inputs: Record<string, HostTensor> = { past_mask: f32(mask, [B, 1, 1, P]) };
    for (let layer = 0; layer < layerCount; layer++) {
      KINDS.forEach((kind, k) => {
        const buffer = (this.#buffers[2 * layer + k] as Float32Array).subarray(0, B * H * P * E);
        inputs[pastName(kind, layer)] = f32(buffer, [B, H, P, E]);
      });
    }
    return inputs;
  }

  #append(
    row: number,
    source: (kind: "keys" | "values", layer: number) => HostTensor,
    sourceRow: number,
    count: number,
  ): void {
    const { kvHeadCount: H, headDim: E, layerCount } = this.#config;
    const start = this.#lengths[row] as number;
    for (let layer = 0; layer < layerCount; layer++) {
      KINDS.forEach((kind, k) => {
        const { data, shape } = source(kind, layer);
        const width = shape[2] as number;
        const buffer = this.#buffers[2 * layer + k] as Float32Array;
        for (let head = 0; head < H; head++) {
          const from = (sourceRow * H + head) * width * E;
          const to = ((row * H + head) * this.#slots + start) * E;
          buffer.set((data as Float32Array).subarray(from, from + count * E), to);
        }
      });
    }
    this.#lengths[row] = start + count;
  }

  #elements(rows: number, slots: number): number {
    return rows * this.#config.kvHeadCount * slots * this.#config.headDim;
  }

  /** Room for so many rows of so many tokens. */
  #fit(rows: number, length: number): void {
    const slots = Math.max(this.#slots, gridded(length));
    const needed = this.#elements(rows, slots);
    if (this.#buffers.length === 0 || (this.#buffers[0] as Float32Array).length < needed) {
      const size = Math.max(needed, this.#reserved);
      for (let i = 0; i < 2 * this.#config.layerCount; i++) {
        const larger = new Float32Array(size);
        const old = this.#buffers[i];
        if (old !== undefined) larger.set(old.subarray(0, this.#elements(this.rowCount, this.#slots)));
        this.#buffers[i] = larger;
      }
    }
    if (slots !== this.#slots) this.#restride(slots);
  }

  /** Moves every row and head to another number of slots, in place. What lies behind a row's tokens is masked. */
  #restride(slots: number): void {
    const { kvHeadCount: H, headDim: E } = this.#config;
    const blocks = this.rowCount * H;
    for (const buffer of this.#buffers) {
      for (let n = 0; n < blocks; n++) {
        // Outwards from the last block, inwards from the first: no block is overwritten before it has moved.
        const block = slots > this.#slots ? blocks - 1 - n : n;
        const filled = (this.#lengths[Math.floor(block / H)] as number) * E;
        const from = block * this.#slots * E;
        buffer.copyWithin(block * slots * E, from, from + filled);
      }
    }
    this.#slots = slots;
  }
}

function gridded(length: number): number {
  return Math.max(1, Math.ceil(length / SLOT_GRID)) * SLOT_GRID;
}
