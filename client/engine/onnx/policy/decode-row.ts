// One row while it decodes: what it has drawn, and whether that ends it. A row ends at its first stop token, at the first
// token after which its text holds a stop string, or at its bound.

import { RandomStream } from "../../../random.ts";
import type { Completion, PolicyVersion, SampleRequest } from "../../engine.ts";
import { JUST_BELOW_ONE } from "./draw-graph.ts";
import { drawFiltered } from "./filtered-draw.ts";
import type { SampledRow } from "./lane.ts";

/** Text of tokens, for stop strings. */
export type DecodeText = (tokens_T: readonly number[]) => string;

export class DecodeRow implements SampledRow {
  readonly request: SampleRequest;
  readonly #stream: RandomStream;
  readonly #decodeText: DecodeText | null;
  readonly #tokens: number[] = [];
  readonly #drawn: number[] = [];
  readonly #logprobs: number[] = [];
  readonly #untempered: number[] = [];
  readonly #allowed: (Int32Array | null)[] = [];
  readonly #seen: Set<number>;
  #stopReason: Completion["stopReason"] | null = null;
  failure: unknown = null;

  constructor(request: SampleRequest, decodeText: DecodeText | null) {
    this.request = request;
    this.#stream = new RandomStream(request.seed);
    this.#decodeText = decodeText;
    this.#seen = new Set((request.repetitionPenalty ?? 1) === 1 ? [] : request.prompt_T);
  }

  get prefix_T(): Int32Array {
    return this.request.prompt_T;
  }

  get longest(): number {
    return this.request.prompt_T.length + this.request.maxTokens;
  }

  get hasEnded(): boolean {
    return this.#stopReason !== null || this.failure !== null;
  }

  /** Tokens that may still be drawn. */
  get remaining(): number {
    return this.request.maxTokens - this.#tokens.length;
  }

  /** Prompt and completion. */
  get length(): number {
    return this.request.prompt_T.length + this.#tokens.length;
  }

  /** Its keys are not in the cache yet. At least one token must be drawn. */
  get lastToken(): number {
    return this.#tokens.at(-1) as number;
  }

  get tokens(): readonly number[] {
    return this.#tokens;
  }

  uniform(): number {
    return Math.min(this.#stream.real(), JUST_BELOW_ONE);
  }

  /** Draws on the host, from the logits of what comes next. */
  draw(logits_V: Float32Array): void {
    const uniform = this.#stream.real();
    const { token, logprob, untempered, allowed } = drawFiltered(logits_V, this.request, this.#seen, uniform);
    this.take(token, logprob, untempered, allowed);
  }

  /** Takes a drawn token; what comes after the row's end is not taken. */
  take(token: number, logprob: number, untempered: number, allowed: Int32Array | null): void {
    if (this.hasEnded) return;
    this.#tokens.push(token);
    // One possibility is no draw, and its logprob 0 carries no loss.
    this.#drawn.push(allowed?.length === 1 ? 0 : 1);
    this.#logprobs.push(logprob);
    this.#untempered.push(untempered);
    this.#allowed.push(allowed?.length === 1 ? null : allowed);
    if ((this.request.repetitionPenalty ?? 1) !== 1) this.#seen.add(token);
    if (this.request.stopTokens.includes(token)) this.#stopReason = "stop-token";
    else if (this.#holdsStopString()) this.#stopReason = "stop-string";
    else if (this.remaining === 0) this.#stopReason = "max-tokens";
  }

  completion(policyVersion: PolicyVersion): Completion {
    return {
      tokens_T: Int32Array.from(this.#tokens),
      drawn_T: Uint8Array.from(this.#drawn),
      logprobs_T: Float32Array.from(this.#logprobs),
      untemperedLogprobs_T: Float32Array.from(this.#untempered),
      allowed_T: this.#allowed,
      stopReason: this.#stopReason ?? "max-tokens",
      policyVersion,
    };
  }

  #holdsStopString(): boolean {
    const { stopStrings = [] } = this.request;
    if (stopStrings.length === 0 || this.#decodeText === null) return false;
    const text = this.#decodeText(this.#tokens);
    return stopStrings.some((stop) => text.includes(stop));
  }
}
