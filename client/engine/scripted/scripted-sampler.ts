// A Sampler without weights: a rule picks among the choices of each request, or gives the tokens of a free one. For tests,
// demonstrations and the replay of an expert. Its logprobs are those of a uniform draw at each fork, so what it answers has
// the shape of a real policy's answer; it scores nothing else.

import { fail } from "../../../proto/errors.ts";
import { RandomStream } from "../../random.ts";
import type { Completion, PolicyVersion, SampleRequest, Sampler, ScoredSequence } from "../engine.ts";

/** Which completion a request gets: the index of a choice, or tokens where the request is free. */
export type Script = (request: SampleRequest) => number | Int32Array;

export class ScriptedSampler implements Sampler {
  readonly policyVersion: PolicyVersion = 0;
  /** Every request so far, in order of arrival. */
  readonly requests: SampleRequest[] = [];
  readonly #script: Script;
  #isClosed = false;

  constructor(script: Script) {
    this.#script = script;
  }

  async sample(requests: readonly SampleRequest[]): Promise<Completion[]> {
    if (this.#isClosed) throw fail("ENGINE_UNREACHABLE", "the scripted sampler is closed", { retryable: false });
    this.requests.push(...requests);
    return requests.map((request) => {
      const answer = this.#script(request);
      return typeof answer === "number" ? chosen(request, answer) : written(request, answer);
    });
  }

  /** Uniform over what was allowed; 0 (certain) where a target has no list. */
  async logprobs(sequences: readonly ScoredSequence[]): Promise<Float32Array[]> {
    return sequences.map((sequence) =>
      Float32Array.from(sequence.targets_N, (_, i) => 0 - Math.log(sequence.allowed_N?.[i]?.length ?? 1)),
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }
}

/** Picks uniformly among the choices with each request's own seed. */
export function randomChoices(): ScriptedSampler {
  return new ScriptedSampler((request) => new RandomStream(request.seed).int(request.choices_C?.length ?? 0));
}

/** The given completions, one after the other; @throws {EngineError} GENERATION_FAILED when they run out. */
export function fixedCompletions(completions: readonly Int32Array[]): ScriptedSampler {
  let next = 0;
  return new ScriptedSampler(() => {
    const tokens = completions[next++];
    if (tokens === undefined)
      throw fail("GENERATION_FAILED", `the script holds ${completions.length} completions only`);
    return tokens;
  });
}

function chosen(request: SampleRequest, index: number): Completion {
  const choices = request.choices_C ?? [];
  const tokens_T = choices[index];
  if (tokens_T === undefined) throw fail("GENERATION_FAILED", `the script chose ${index} of ${choices.length} choices`);
  const allowed_T = Array.from(tokens_T, (_, at) => {
    const sharing = choices.filter((choice) => tokens_T.subarray(0, at).every((token, i) => choice[i] === token));
    const tokens = [...new Set(sharing.map((choice) => choice[at] as number))].sort((a, b) => a - b);
    return tokens.length > 1 ? Int32Array.from(tokens) : null;
  });
  return {
    tokens_T: tokens_T.slice(),
    drawn_T: Uint8Array.from(allowed_T, (allowed) => (allowed === null ? 0 : 1)),
    logprobs_T: Float32Array.from(allowed_T, (allowed) => 0 - Math.log(allowed?.length ?? 1)),
    allowed_T,
    stopReason: "choice",
    policyVersion: 0,
  };
}

function written(request: SampleRequest, tokens: Int32Array): Completion {
  const tokens_T = tokens.slice(0, request.maxTokens);
  return {
    tokens_T,
    drawn_T: new Uint8Array(tokens_T.length).fill(1),
    logprobs_T: new Float32Array(tokens_T.length),
    allowed_T: Array.from(tokens_T, () => null),
    stopReason: request.stopTokens.includes(tokens_T.at(-1) as number) ? "stop-token" : "max-tokens",
    policyVersion: 0,
  };
}
