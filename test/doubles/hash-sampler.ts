// A Sampler without weights: a completion is a hash of prompt, seed and choices, as the engine promises it to be a function of
// them. It records its batches, and can reject or never answer.

import type { Completion, SampleRequest, Sampler } from "../../client/engine/engine.ts";
import { deriveSeed } from "../../client/random.ts";

export class HashSampler implements Sampler {
  readonly policyVersion = 7;
  readonly batchRows: number[] = [];
  readonly seeds: number[] = [];
  /** Rejects from this call on, counted from 1. */
  failsAtCall = Number.POSITIVE_INFINITY;
  /** Never answers from this call on. */
  hangsAtCall = Number.POSITIVE_INFINITY;
  /** What free text says; the sampler has no vocabulary of its own. */
  freeText: Int32Array = Int32Array.of(0);

  async sample(requests: readonly SampleRequest[]): Promise<Completion[]> {
    this.batchRows.push(requests.length);
    this.seeds.push(...requests.map(({ seed }) => seed));
    if (this.batchRows.length >= this.failsAtCall) throw new Error("the engine broke");
    if (this.batchRows.length >= this.hangsAtCall) return await new Promise(() => {});
    return requests.map((request) => this.#complete(request));
  }

  async logprobs(): Promise<Float32Array[]> {
    return [];
  }

  async close(): Promise<void> {}

  #complete({ prompt_T, choices_C, seed }: SampleRequest): Completion {
    const draw = deriveSeed(seed, prompt_T.join(" "));
    const tokens_T = choices_C?.[draw % choices_C.length] ?? this.freeText;
    return {
      tokens_T,
      drawn_T: Uint8Array.from(tokens_T, (_, at) => (at === 0 ? 1 : 0)),
      logprobs_T: new Float32Array(tokens_T.length).fill(-1),
      allowed_T: Array.from(tokens_T, () => null),
      stopReason: choices_C === undefined ? "stop-token" : "choice",
      policyVersion: this.policyVersion,
    };
  }
}
