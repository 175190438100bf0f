// What was read of prompts, kept between runs and between calls: blocks of keys and values, each named by the block before
// it and its own tokens, so that a path of names is a prefix. A block is never changed, and its bits are those of reading
// it again (`prompt-reader.ts`), so what is kept changes the cost of a completion and nothing else. The least recently used
// block goes first. Entries belong to one set of weights: whoever changes them clears the cache.

import type { DecoderConfig } from "../model/config.ts";
import { f32, type HostTensor } from "../session/graph-session.ts";

export interface Block {
  /** Unique; part of the names of the blocks behind it. */
  readonly id: number;
  /** Position of its first token. */
  readonly start: number;
  readonly length: number;
  /** Slots: its tokens and the padding behind them. */
  readonly width: number;
  /** Keys and values, [layer, kind, H, width, E]. */
  readonly slots: Float32Array;
  /** After its last token; null inside a prompt. */
  readonly logits_V: Float32Array | null;
}

/** Bytes of one token's keys and values. */
export function kvBytesPerToken({ layerCount, kvHeadCount, headDim }: DecoderConfig): number {
  return 8 * layerCount * kvHeadCount * headDim;
}

/** One layer's keys or values of a block, [1, H, width, E], not copied. */
export function blockTensor(config: DecoderConfig, block: Block, kind: "keys" | "values", layer: number): HostTensor {
  const { kvHeadCount: H, headDim: E } = config;
  const size = H * block.width * E;
  const at = (2 * layer + (kind === "keys" ? 0 : 1)) * size;
  return f32(block.slots.subarray(at, at + size), [1, H, block.width, E]);
}

export class PrefixCache {
  /** In order of use, the least recent first. */
  readonly #blocks = new Map<string, Block>();
  #bytes = 0;
  /** Arrays of blocks of older weights, by length: the collector is slow with large ones that live for long. */
  readonly #spare = new Map<number, Float32Array[]>();
  #spareBytes = 0;
  #limitBytes: number;
  #evictions = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Of blocks, and of arrays for further ones. */
  get bytes(): number {
    return this.#bytes + this.#spareBytes;
  }

  /** Blocks that had to go for room, since the cache was made. */
  get evictions(): number {
    return this.#evictions;
  }

  /** A block that is asked for is recent: the blocks that are read behind it do not push it out. */
  get(name: string): Block | undefined {
    const block = this.#blocks.get(name);
    if (block !== undefined) {
      this.#blocks.delete(name);
      this.#blocks.set(name, block);
    }
    return block;
  }

  /** Whoever reads the block keeps it, also where there is no room for it here. */
  add(name: string, block: Block): void {
    this.#blocks.set(name, block);
    this.#bytes += bytesOf(block);
    this.limit(this.#limitBytes);
  }

  /** Names of one prompt's blocks, the first one first. A block is worth nothing without those before it: they go later. */
  use(names: readonly string[]): void {
    for (const name of names.toReversed()) {
      const block = this.#blocks.get(name);
      if (block === undefined) continue;
      this.#blocks.delete(name);
      this.#blocks.set(name, block);
    }
  }

  /** An array for a block's slots; whatever it holds is to be overwritten. */
  slots(length: number): Float32Array {
    const spare = this.#spare.get(length)?.pop();
    this.#spareBytes -= spare?.byteLength ?? 0;
    return spare ?? new Float32Array(length);
  }

  /** From now on at most so much; what is beyond goes at once. */
  limit(bytes: number): void {
    this.#limitBytes = bytes;
    if (this.bytes <= bytes) return;
    this.#spare.clear();
    this.#spareBytes = 0;
    for (const [name, block] of this.#blocks) {
      if (this.#bytes <= bytes) return;
      this.#blocks.delete(name);
      this.#bytes -= bytesOf(block);
      this.#evictions += 1;
    }
  }

  /** The weights have changed. Nobody may be reading a block. */
  clear(): void {
    for (const { slots } of this.#blocks.values()) {
      const spare = this.#spare.get(slots.length);
      if (spare === undefined) this.#spare.set(slots.length, [slots]);
      else spare.push(slots);
      this.#spareBytes += slots.byteLength;
    }
    this.#blocks.clear();
    this.#bytes = 0;
  }
}

function bytesOf({ slots, logits_V }: Block): number {
  return slots.byteLength + (logits_V?.byteLength ?? 0);
}
