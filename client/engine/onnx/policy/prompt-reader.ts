// Reads prompts block by block. Where a block begins, how wide it is and what it attends to are functions of its position
// and of the tokens up to its end, and of nothing else: so a block that is kept has the bits of one that is read again, and
// prompts that begin alike share what they begin with, within a call, between calls and between the turns of an episode.
// Blocks of one position and width run together. A prompt's last block is one of its own kind: it is as wide as its tokens
// need and gives logits. Completions are read again as part of the next prompt, because decoding rounds otherwise.

import type { DecoderConfig } from "../model/config.ts";
import type { HostTensor, HostTensors } from "../session/graph-session.ts";
import type { PrefillRuns } from "./prefill.ts";
import type { Block, PrefixCache } from "./prefix-cache.ts";
import { cacheName } from "./rollout-graphs.ts";
import { blockStart, groupRows, paddedPromptLength } from "./row-batches.ts";

/** Tokens of prompts that were computed, and those that needed no computing. */
export interface ReadCounts {
  prefilledTokens: number;
  reusedTokens: number;
}

interface Missing {
  readonly name: string;
  readonly tokens_T: Int32Array;
  /** Read already. */
  readonly past: readonly Block[];
  /** Prompts, by index, that go this way. */
  readonly readers: number[];
}

export class PromptReader {
  readonly #config: DecoderConfig;
  readonly #runs: PrefillRuns;
  readonly #cache: PrefixCache;
  readonly #maxTokens: number;
  readonly #counts: ReadCounts;
  #nextId = 0;

  /** @param maxTokens bound on padded tokens, past ones included, per run */
  constructor(config: DecoderConfig, runs: PrefillRuns, cache: PrefixCache, maxTokens: number, counts: ReadCounts) {
    this.#config = config;
    this.#runs = runs;
    this.#cache = cache;
    this.#maxTokens = maxTokens;
    this.#counts = counts;
  }

  /**
   * @param prompts none empty
   * @returns each prompt's blocks, the first one first; the last one has logits
   */
  async read(prompts: readonly Int32Array[]): Promise<readonly (readonly Block[])[]> {
    const blocks: Block[][] = prompts.map(() => []);
    const names: string[][] = prompts.map(() => []);
    for (let n = 0; prompts.some((prompt) => prompt.length > blockStart(n)); n++) {
      for (const isLast of [false, true]) {
        const going = [...prompts.keys()].filter((i) => {
          const { length } = prompts[i] as Int32Array;
          return length > blockStart(n) && length <= blockStart(n + 1) === isLast;
        });
        await this.#readBlocks(prompts, going, n, isLast, blocks, names);
      }
    }
    for (const path of names) this.#cache.use(path);
    return blocks;
  }

  /** The n-th blocks of the prompts that `going` lists. */
  async #readBlocks(
    prompts: readonly Int32Array[],
    going: readonly number[],
    n: number,
    isLast: boolean,
    blocks: Block[][],
    names: string[][],
  ): Promise<void> {
    const [start, end] = [blockStart(n), blockStart(n + 1)];
    const missing = new Map<string, Missing>();
    for (const i of going) {
      const past = blocks[i] as Block[];
      const tokens_T = (prompts[i] as Int32Array).subarray(start, end);
      const name = `${past.at(-1)?.id ?? ""}${isLast ? "|" : ">"}${tokens_T.join(" ")}`;
      (names[i] as string[]).push(name);
      const known = this.#cache.get(name);
      const wanted = missing.get(name);
      if (known !== undefined) past.push(known);
      else if (wanted === undefined) missing.set(name, { name, tokens_T, past, readers: [i] });
      else wanted.readers.push(i);
      this.#counts[known === undefined && wanted === undefined ? "prefilledTokens" : "reusedTokens"] += tokens_T.length;
    }
    const width = ({ tokens_T }: Missing) => (isLast ? paddedPromptLength(tokens_T.length) : end - start);
    const perRow = (row: Missing) => start + width(row);
    for (const group of groupRows([...missing.values()], (row) => String(width(row)), perRow, this.#maxTokens)) {
      const made = await this.#run(group, start, width(group[0] as Missing), isLast);
      made.forEach((block, row) => {
        const { name, readers } = group[row] as Missing;
        for (const i of readers) (blocks[i] as Block[]).push(block);
        this.#cache.add(name, block);
      });
    }
  }

  async #run(group: readonly Missing[], start: number, width: number, isLast: boolean): Promise<readonly Block[]> {
    const outputs = await this.#runs.blocks(group, width, isLast);
    const { layerCount, kvHeadCount: H, headDim: E } = this.#config;
    const size = H * width * E;
    const V = outputs["logits"]?.shape[1] as number;
    return group.map(({ tokens_T }, row) => {
      // Copies: a block that is kept must not keep the whole run's arrays.
      const slots = this.#cache.slots(2 * layerCount * size);
      for (let layer = 0; layer < layerCount; layer++) {
        slots.set(slotsOf(outputs, "keys", layer, row, size), 2 * layer * size);
        slots.set(slotsOf(outputs, "values", layer, row, size), (2 * layer + 1) * size);
      }
      const logits = outputs["logits"]?.data as Float32Array;
      const logits_V = isLast ? logits.slice(row * V, (row + 1) * V) : null;
      return { id: this.#nextId++, start, length: tokens_T.length, width, slots, logits_V };
    });
  }
}

function slotsOf(
  outputs: HostTensors,
  kind: "keys" | "values",
  layer: number,
  row: number,
  size: number,
): Float32Array {
  const { data } = outputs[cacheName(kind, layer)] as HostTensor;
  return (data as Float32Array).subarray(row * size, (row + 1) * size);
}
