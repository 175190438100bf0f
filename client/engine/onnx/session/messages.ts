// What the main thread and the engine's worker say to each other: one call, one answer, matched by id. Lists travel packed
// (`ragged.ts`), in both directions, and the packing is undone to exactly the types of engine.ts.

import { AnchorgymError, fail, type Reason } from "../../../../proto/errors.ts";
import type {
  Completion,
  LossReport,
  LossSpec,
  OptimReport,
  OptimStep,
  PolicyVersion,
  RegressionTarget,
  SampleCounts,
  SampleRequest,
  ScoredSequence,
  TrainingRow,
  Update,
  UpdateReport,
} from "../../engine.ts";
import {
  float32s,
  float64s,
  int32s,
  type OptionalRagged,
  packOptional,
  packRagged,
  type Ragged,
  uint8s,
  unpackOptional,
  unpackRagged,
} from "./ragged.ts";

export type EngineCall =
  | { readonly method: "sample"; readonly requests: PackedRequests }
  | {
      readonly method: "logprobs";
      readonly sequences: PackedSequences;
      readonly policy: "current" | "reference";
    }
  | { readonly method: "forwardBackward"; readonly rows: PackedRows; readonly loss: LossSpec }
  | { readonly method: "optimStep"; readonly step: OptimStep }
  | { readonly method: "runUpdates"; readonly updates: readonly PackedUpdate[] }
  | { readonly method: "save"; readonly directory: string; readonly what: "weights" | "state" | "merged" }
  | { readonly method: "load"; readonly directory: string; readonly what: "weights" | "state" }
  | { readonly method: "holdReference"; readonly directory: string | null }
  | { readonly method: "close" };

export type EngineAnswer =
  | { readonly method: "sample"; readonly completions: PackedCompletions; readonly counts: SampleCounts }
  | { readonly method: "logprobs"; readonly logprobs: Ragged<Float32Array> }
  | { readonly method: "forwardBackward"; readonly report: LossReport }
  | { readonly method: "optimStep"; readonly report: OptimReport }
  | { readonly method: "runUpdates"; readonly reports: readonly UpdateReport[] }
  | { readonly method: "save" | "holdReference" | "close" }
  | { readonly method: "load" | "ready"; readonly policyVersion: PolicyVersion };

export interface CallMessage {
  readonly id: number;
  readonly call: EngineCall;
}
export type AnswerMessage =
  | { readonly id: number; readonly answer: EngineAnswer }
  /** The version tells how many of several updates were made before the error; null: there is no engine. */
  | { readonly id: number; readonly error: PackedError; readonly policyVersion: PolicyVersion | null };

/** The worker's first words answer this id. */
export const READY_ID = 0;

export interface PackedRequests {
  readonly prompts: Ragged<Int32Array>;
  readonly stops: Ragged<Int32Array>;
  /** Choices of all requests, one after the other. */
  readonly choices: Ragged<Int32Array>;
  /** Per request, -1 where it is free. */
  readonly choiceCounts: Int32Array;
  /** Everything else of a request; it is small. */
  readonly settings: readonly Omit<SampleRequest, "prompt_T" | "stopTokens" | "choices_C">[];
}

export function packRequests(requests: readonly SampleRequest[]): PackedRequests {
  return {
    prompts: packRagged(
      requests.map((request) => request.prompt_T),
      int32s,
    ),
    stops: packRagged(
      requests.map((request) => Int32Array.from(request.stopTokens)),
      int32s,
    ),
    choices: packRagged(
      requests.flatMap((request) => request.choices_C ?? []),
      int32s,
    ),
    choiceCounts: Int32Array.from(requests, (request) => request.choices_C?.length ?? -1),
    settings: requests.map(({ prompt_T: _prompt, stopTokens: _stops, choices_C: _choices, ...settings }) => settings),
  };
}

export function unpackRequests(packed: PackedRequests): SampleRequest[] {
  const [prompts, stops, choices] = [packed.prompts, packed.stops, packed.choices].map(unpackRagged);
  let next = 0;
  return packed.settings.map((settings, i): SampleRequest => {
    const count = packed.choiceCounts[i] as number;
    const request = { ...settings, prompt_T: prompts?.[i] as Int32Array, stopTokens: [...(stops?.[i] ?? [])] };
    if (count < 0) return request;
    next += count;
    return { ...request, choices_C: choices?.slice(next - count, next) ?? [] };
  });
}

export interface PackedCompletions {
  readonly tokens: Ragged<Int32Array>;
  readonly drawn: Ragged<Uint8Array>;
  readonly logprobs: Ragged<Float32Array>;
  readonly untempered: OptionalRagged<Float32Array>;
  /** Per token of all completions. */
  readonly allowed: OptionalRagged<Int32Array>;
  readonly stopReasons: readonly Completion["stopReason"][];
  readonly policyVersion: PolicyVersion;
}

export function packCompletions(completions: readonly Completion[], policyVersion: PolicyVersion): PackedCompletions {
  const packed = <A extends Int32Array | Uint8Array | Float32Array>(
    arrayOf: (completion: Completion) => A,
    make: (length: number) => A,
  ) => packRagged(completions.map(arrayOf), make);
  return {
    tokens: packed((completion) => completion.tokens_T, int32s),
    drawn: packed((completion) => completion.drawn_T, uint8s),
    logprobs: packed((completion) => completion.logprobs_T, float32s),
    untempered: packOptional(
      completions.map((completion) => completion.untemperedLogprobs_T),
      float32s,
    ),
    allowed: packOptional(
      completions.flatMap((completion) => completion.allowed_T),
      int32s,
    ),
    stopReasons: completions.map((completion) => completion.stopReason),
    policyVersion,
  };
}

/** Each completion owns its arrays: one that is kept must not keep the batch alive. */
export function unpackCompletions(packed: PackedCompletions): Completion[] {
  const [tokens, logprobs] = [unpackRagged(packed.tokens), unpackRagged(packed.logprobs)];
  const drawn = unpackRagged(packed.drawn);
  const untempered = unpackOptional(packed.untempered);
  const allowed = unpackOptional(packed.allowed);
  let next = 0;
  return packed.stopReasons.map((stopReason, i) => {
    const tokens_T = (tokens[i] as Int32Array).slice();
    next += tokens_T.length;
    const untemperedLogprobs_T = untempered[i]?.slice();
    return {
      tokens_T,
      drawn_T: (drawn[i] as Uint8Array).slice(),
      logprobs_T: (logprobs[i] as Float32Array).slice(),
      ...(untemperedLogprobs_T === undefined ? {} : { untemperedLogprobs_T }),
      allowed_T: allowed.slice(next - tokens_T.length, next).map((list) => list?.slice() ?? null),
      stopReason,
      policyVersion: packed.policyVersion,
    };
  });
}

export interface PackedSequences {
  readonly tokens: Ragged<Int32Array>;
  readonly targets: Ragged<Int32Array>;
  /** Lists of all rows that have them, one per target. */
  readonly allowed: OptionalRagged<Int32Array>;
  /** Per row, -1 where it has no lists. */
  readonly allowedCounts: Int32Array;
  readonly inverseTemperatures: Float64Array;
}

export function packSequences(rows: readonly ScoredSequence[]): PackedSequences {
  return {
    tokens: packRagged(
      rows.map((row) => row.tokens_T),
      int32s,
    ),
    targets: packRagged(
      rows.map((row) => row.targets_N),
      int32s,
    ),
    allowed: packOptional(
      rows.flatMap((row) => row.allowed_N ?? []),
      int32s,
    ),
    allowedCounts: Int32Array.from(rows, (row) => row.allowed_N?.length ?? -1),
    inverseTemperatures: Float64Array.from(rows, (row) => row.inverseTemperature),
  };
}

export function unpackSequences(packed: PackedSequences): ScoredSequence[] {
  const [tokens, targets] = [unpackRagged(packed.tokens), unpackRagged(packed.targets)];
  const allowed = unpackOptional(packed.allowed);
  let next = 0;
  return tokens.map((tokens_T, i): ScoredSequence => {
    const count = packed.allowedCounts[i] as number;
    const inverseTemperature = packed.inverseTemperatures[i] as number;
    const sequence = { tokens_T, targets_N: targets[i] as Int32Array, inverseTemperature };
    if (count < 0) return sequence;
    next += count;
    return { ...sequence, allowed_N: allowed.slice(next - count, next) };
  });
}

export interface PackedRows {
  readonly sequences: PackedSequences;
  readonly weights: Ragged<Float64Array>;
  readonly advantages: Ragged<Float64Array>;
  readonly behaviour: Ragged<Float32Array>;
  readonly reference: OptionalRagged<Float32Array>;
  readonly regression: readonly (RegressionTarget | null)[];
}

export function packRows(rows: readonly TrainingRow[]): PackedRows {
  return {
    sequences: packSequences(rows),
    weights: packRagged(
      rows.map((row) => row.weights_N),
      float64s,
    ),
    advantages: packRagged(
      rows.map((row) => row.advantages_N),
      float64s,
    ),
    behaviour: packRagged(
      rows.map((row) => row.behaviourLogprobs_N),
      float32s,
    ),
    reference: packOptional(
      rows.map((row) => row.referenceLogprobs_N),
      float32s,
    ),
    regression: rows.map((row) => row.regression ?? null),
  };
}

export function unpackRows(packed: PackedRows): TrainingRow[] {
  const [weights, advantages] = [unpackRagged(packed.weights), unpackRagged(packed.advantages)];
  const [behaviour, reference] = [unpackRagged(packed.behaviour), unpackOptional(packed.reference)];
  return unpackSequences(packed.sequences).map((sequence, i) => {
    const referenceLogprobs_N = reference[i] ?? null;
    const regression = packed.regression[i] ?? null;
    return {
      ...sequence,
      weights_N: weights[i] as Float64Array,
      advantages_N: advantages[i] as Float64Array,
      behaviourLogprobs_N: behaviour[i] as Float32Array,
      ...(referenceLogprobs_N === null ? {} : { referenceLogprobs_N }),
      ...(regression === null ? {} : { regression }),
    };
  });
}

export interface PackedUpdate extends Omit<Update, "batch"> {
  readonly rows: PackedRows;
}

export function packUpdates(updates: readonly Update[]): PackedUpdate[] {
  return updates.map(({ batch, ...rest }) => ({ ...rest, rows: packRows(batch.rows) }));
}

export function unpackUpdates(packed: readonly PackedUpdate[]): Update[] {
  return packed.map(({ rows, ...rest }) => ({ ...rest, batch: { rows: unpackRows(rows) } }));
}

export interface PackedError {
  readonly reason: Reason;
  readonly sentence: string;
  readonly ids: Readonly<Record<string, string>>;
  readonly retryable: boolean;
  readonly stack: string;
}

export function packError(thrown: unknown): PackedError {
  const error = AnchorgymError.from(thrown);
  const { reason, sentence, ids, retryable } = error;
  return { reason, sentence, ids, retryable, stack: (thrown instanceof Error ? thrown.stack : error.stack) ?? "" };
}

/** The worker's error with the worker's stack as cause. */
export function unpackError(packed: PackedError): AnchorgymError {
  const cause = new Error(packed.sentence);
  cause.stack = packed.stack;
  return fail(packed.reason, packed.sentence, { ids: packed.ids, retryable: packed.retryable, cause });
}
