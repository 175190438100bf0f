// Constrained decoding: each row walks its choices, and the model is asked only where more than one token is possible.
// The tokens that all choices begin with are read together with the prompt; every later question reads what followed it
// as one chunk against the prompt's blocks. Rows whose pasts and chunks are as wide as one another's ask together.

import { RandomStream } from "../../../random.ts";
import type { Completion, PolicyVersion, SampleRequest } from "../../engine.ts";
import { ChoiceWalk } from "./choice-walk.ts";
import { attempt, type Lane, type LaneLoad, type SampledRow } from "./lane.ts";
import { type PrefillRuns, slotCount } from "./prefill.ts";
import type { Block } from "./prefix-cache.ts";
import { groupRows, paddedChunkLength } from "./row-batches.ts";
import { drawToken } from "./sampler.ts";

export interface ChoiceRequest extends SampleRequest {
  readonly choices_C: readonly Int32Array[];
}

/** `maxTokens` and stop tokens are not consulted: the choices end themselves. */
export class ChoiceRow implements SampledRow {
  /** Prompt and the tokens forced before the first draw. */
  readonly prefix_T: Int32Array;
  readonly longest: number;
  failure: unknown = null;
  readonly #request: ChoiceRequest;
  readonly #walk: ChoiceWalk;
  readonly #stream: RandomStream;

  /** @throws {RequestError} MESSAGE_INVALID when the choices cannot be walked */
  constructor(request: ChoiceRequest, what: string) {
    const longestChoice = request.choices_C.reduce((length, choice) => Math.max(length, choice.length), 0);
    this.#request = request;
    this.#walk = new ChoiceWalk(request.choices_C, what);
    this.#stream = new RandomStream(request.seed);
    this.longest = request.prompt_T.length + longestChoice;
    this.prefix_T = Int32Array.from([...request.prompt_T, ...this.#walk.tokens]);
  }

  get hasEnded(): boolean {
    return this.#walk.isComplete || this.failure !== null;
  }

  /** What followed the prefix. */
  get chunk_C(): Int32Array {
    return Int32Array.from(this.#walk.tokens.slice(this.prefix_T.length - this.#request.prompt_T.length));
  }

  draw(logits_V: Float32Array): void {
    const { temperature, greedy } = this.#request;
    const allowed = this.#walk.possibleTokens();
    const uniform = greedy ? null : this.#stream.real();
    const { token, logprob } = drawToken(logits_V, allowed, 1 / temperature, uniform);
    this.#walk.take(token, logprob, allowed);
  }

  completion(policyVersion: PolicyVersion): Completion {
    return {
      tokens_T: Int32Array.from(this.#walk.tokens),
      drawn_T: Uint8Array.from(this.#walk.drawn),
      logprobs_T: Float32Array.from(this.#walk.logprobs),
      allowed_T: this.#walk.allowed,
      stopReason: "choice",
      policyVersion,
    };
  }
}

export class ChoiceLane implements Lane<ChoiceRow> {
  readonly readsPrompts = false;
  readonly #runs: PrefillRuns;
  readonly #maxTokens: number;
  /** Active rows and the blocks of their prefixes. */
  #past = new Map<ChoiceRow, readonly Block[]>();

  /** @param maxTokens bound on padded tokens per run */
  constructor(runs: PrefillRuns, maxTokens: number) {
    this.#runs = runs;
    this.#maxTokens = maxTokens;
  }

  get active(): readonly ChoiceRow[] {
    return [...this.#past.keys()];
  }

  tokensOf({ total }: LaneLoad): number {
    return total;
  }

  add(row: ChoiceRow, blocks: readonly Block[]): void {
    this.#past.set(row, blocks);
  }

  /** One further draw for every row: its completion since the prefix is the chunk. */
  async run(): Promise<void> {
    const items = [...this.#past].map(([row, past]) => {
      const tokens_T = row.chunk_C;
      return { row, past, tokens_T, width: paddedChunkLength(tokens_T.length) };
    });
    const key = (item: (typeof items)[number]) => `${slotCount(item)} ${item.width}`;
    for (const group of groupRows(items, key, (item) => slotCount(item) + item.width, this.#maxTokens)) {
      const { width } = group[0] as (typeof items)[number];
      const logits = await this.#runs.logits(group, width);
      group.forEach(({ row }, i) => {
        attempt(row, () => row.draw(logits[i] as Float32Array));
      });
    }
  }

  sweep(): void {
    this.#past = new Map([...this.#past].filter(([row]) => !row.hasEnded));
  }
}
