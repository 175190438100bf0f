// Training rows -> micro-batches under a token budget -> input tensors of the loss graph. Targets of weight 0 carry no
// gradient and are left out, rows without any target too, so neither they nor padding change a result. Rows are sorted by
// length, which keeps the padding small; the order is a function of the batch alone.

import type { LossSpec, ScoredSequence, TrainingRow } from "../../engine.ts";
import { f32, type HostTensor, type HostTensors, i32 } from "../session/graph-session.ts";
import type { SharedForm } from "./loss-form.ts";

/** Added to a logit that may not be chosen: far below any logit, and finite, so that 0 * logprob stays 0. */
export const SHUT_OUT = -1e30;

/** One sequence of a micro-batch and which of its targets are scored there. */
export interface ScoredRow<Row extends ScoredSequence> {
  readonly row: Row;
  /** Index of the row in the caller's list. */
  readonly index: number;
  /** Indices into targets_N. */
  readonly scored: readonly number[];
  /** Tokens that the model must see: those before the last scored target. */
  readonly length: number;
}

/** Keeps the targets that `wants` admits, sorts by length and cuts into groups of at most `maxTokens` padded tokens. */
export function microBatches<Row extends ScoredSequence>(
  rows: readonly Row[],
  maxTokens: number,
  wants: (row: Row, target: number) => boolean,
): ScoredRow<Row>[][] {
  const scoredRows = rows.flatMap((row, index): ScoredRow<Row>[] => {
    const scored = Array.from(row.targets_N.keys()).filter((target) => wants(row, target));
    const last = scored.at(-1);
    return last === undefined ? [] : [{ row, index, scored, length: row.targets_N[last] as number }];
  });
  scoredRows.sort((a, b) => a.length - b.length || a.index - b.index);
  const batches: ScoredRow<Row>[][] = [];
  let current: ScoredRow<Row>[] = [];
  for (const scoredRow of scoredRows) {
    if (current.length > 0 && (current.length + 1) * scoredRow.length > maxTokens) {
      batches.push(current);
      current = [];
    }
    current.push(scoredRow);
  }
  if (current.length > 0) batches.push(current);
  return batches;
}

/** Targets of a micro-batch, padded to whole turns of a chunked head: those added weigh nothing. */
export function targetCountOf(batch: readonly ScoredRow<ScoredSequence>[], chunkRows: number): number {
  const count = batch.reduce((sum, row) => sum + row.scored.length, 0);
  return chunkRows === 0 ? count : Math.ceil(count / chunkRows) * chunkRows;
}

/** Inputs that every form of the loss graph takes. @param form of the graph */
export function sequenceInputs(
  batch: readonly ScoredRow<ScoredSequence>[],
  vocabSize: number,
  form: SharedForm,
): HostTensors {
  const [B, T] = [batch.length, paddedLength(batch, form)];
  const positions = new Int32Array(B * T);
  for (let i = 0; i < B * T; i++) positions[i] = i % T;
  return {
    ...tokenInputs(batch, form),
    positions: i32(positions, [B, T]),
    mask: causalMask(T),
    ...(form.sparse ? { readout_mask: readoutMask(batch, T) } : {}),
    ...(form.masked ? allowedTensors(batch, vocabSize, form, form.chunkRows !== 0) : {}),
  };
}

/** The same without what follows from it: positions and masks, and allowed tokens by number. */
export function compactInputs(
  batch: readonly ScoredRow<ScoredSequence>[],
  vocabSize: number,
  form: SharedForm,
): HostTensors {
  return {
    ...tokenInputs(batch, form),
    ...(form.masked ? allowedTensors(batch, vocabSize, form, true) : {}),
  };
}

function tokenInputs(batch: readonly ScoredRow<ScoredSequence>[], form: SharedForm): HostTensors {
  const { sparse, chunkRows } = form;
  const [B, T, M] = [batch.length, paddedLength(batch, form), mostTargets(batch)];
  const N = targetCountOf(batch, chunkRows);
  const tokens = new Int32Array(B * T);
  const [rows, targets, temperatures] = [new Int32Array(N), new Int32Array(N), new Float32Array(N)];
  let n = 0;
  batch.forEach(({ row, scored, length }, at) => {
    tokens.set(row.tokens_T.subarray(0, length), at * T);
    for (const [m, target] of scored.entries()) {
      const position = row.targets_N[target] as number;
      rows[n] = sparse ? at * M + m : at * T + position - 1;
      targets[n] = row.tokens_T[position] as number;
      temperatures[n] = row.inverseTemperature;
      n += 1;
    }
  });
  const turns = chunkRows === 0 ? 0 : N / chunkRows;
  return {
    tokens: i32(tokens, [B, T]),
    target_rows: i32(rows, [N]),
    targets: i32(targets, [N]),
    inverse_temperature: f32(temperatures, [N, 1]),
    ...(chunkRows === 0
      ? {}
      : {
          chunk_starts: i32(
            Int32Array.from({ length: turns }, (_, turn) => turn * chunkRows),
            [turns],
          ),
        }),
    ...(sparse ? readoutTensors(batch, T, M) : {}),
  };
}

/** T: what each row is padded to. */
export function paddedLength(
  batch: readonly ScoredRow<ScoredSequence>[],
  { attentionParts }: Pick<SharedForm, "attentionParts">,
): number {
  return Math.ceil(longest(batch) / attentionParts) * attentionParts;
}

/** Tokens of the longest row. */
export function longest(batch: readonly ScoredRow<ScoredSequence>[]): number {
  return batch.reduce((length, row) => Math.max(length, row.length), 0);
}

function mostTargets(batch: readonly ScoredRow<ScoredSequence>[]): number {
  return batch.reduce((count, row) => Math.max(count, row.scored.length), 0);
}

/** Whether it pays to compute the last layer for the targets alone. */
export function isSparse(batch: readonly ScoredRow<ScoredSequence>[]): boolean {
  return 2 * mostTargets(batch) <= longest(batch);
}

/** The tokens that predict the targets, M per row; a row with fewer repeats its last, which nothing reads. */
function readoutTensors(batch: readonly ScoredRow<ScoredSequence>[], T: number, M: number): HostTensors {
  const B = batch.length;
  const [rows, positions] = [new Int32Array(B * M), new Int32Array(B * M)];
  batch.forEach((row, at) => {
    for (let m = 0; m < M; m++) {
      const position = readoutPosition(row, m);
      rows[at * M + m] = at * T + position;
      positions[at * M + m] = position;
    }
  });
  return { readout_rows: i32(rows, [B, M]), readout_positions: i32(positions, [B, M]) };
}

function readoutMask(batch: readonly ScoredRow<ScoredSequence>[], T: number): HostTensor {
  const [B, M] = [batch.length, mostTargets(batch)];
  const mask = new Float32Array(B * M * T).fill(SHUT_OUT);
  batch.forEach((row, at) => {
    for (let m = 0; m < M; m++) mask.fill(0, (at * M + m) * T, (at * M + m) * T + readoutPosition(row, m) + 1);
  });
  return f32(mask, [B, 1, 1, M, T]);
}

function readoutPosition({ row, scored }: ScoredRow<ScoredSequence>, m: number): number {
  const target = scored[Math.min(m, scored.length - 1)] as number;
  return (row.targets_N[target] as number) - 1;
}

/** Whether any scored target was drawn from less than the whole vocabulary. */
export function isMasked(batch: readonly ScoredRow<ScoredSequence>[]): boolean {
  return batch.some(({ row, scored }) => scored.some((target) => (row.allowed_N?.[target] ?? null) !== null));
}

/** A mask over the vocabulary, or with `asTokens` the allowed ones by number: what a large vocabulary has room for. */
function allowedTensors(
  batch: readonly ScoredRow<ScoredSequence>[],
  vocabSize: number,
  { chunkRows }: SharedForm,
  asTokens: boolean,
): HostTensors {
  const N = targetCountOf(batch, chunkRows);
  const lists = batch.flatMap(({ row, scored }) => scored.map((target) => row.allowed_N?.[target] ?? null));
  if (!asTokens) {
    const mask = new Float32Array(N * vocabSize);
    lists.forEach((allowed, n) => {
      if (allowed === null) return;
      mask.fill(SHUT_OUT, n * vocabSize, (n + 1) * vocabSize);
      for (const token of allowed) mask[n * vocabSize + token] = 0;
    });
    return { allowed_mask: f32(mask, [N, vocabSize]) };
  }
  const K = lists.reduce((most, allowed) => Math.max(most, allowed?.length ?? 1), 1);
  const [tokens, base] = [new Int32Array(N * K), new Float32Array(N)];
  lists.forEach((allowed, n) => {
    if (allowed === null) return;
    base[n] = SHUT_OUT;
    for (let k = 0; k < K; k++) tokens[n * K + k] = allowed[Math.min(k, allowed.length - 1)] as number;
  });
  return { allowed_tokens: i32(tokens, [N, K]), allowed_base: f32(base, [N, 1]) };
}

/** Each token sees itself and those before it. Padding stands at the end, where no real token looks. */
export function causalMask(T: number): HostTensor {
  const mask = new Float32Array(T * T);
  for (let t = 0; t < T; t++) mask.fill(SHUT_OUT, t * T + t + 1, (t + 1) * T);
  return f32(mask, [1, 1, 1, T, T]);
}

/** Inputs of the loss alone. @param chunkRows of the graph's form */
export function lossInputs(
  batch: readonly ScoredRow<TrainingRow>[],
  loss: Exclude<LossSpec, { readonly name: "rebel" | "a-star" }>,
  chunkRows: number,
): HostTensors {
  const N = targetCountOf(batch, chunkRows);
  const gather = (numberOf: (row: TrainingRow, target: number) => number): HostTensor => {
    const values = new Float32Array(N);
    values.set(batch.flatMap(({ row, scored }) => scored.map((target) => numberOf(row, target))));
    return f32(values, [N]);
  };
  const scalar = (value: number) => f32(Float32Array.of(value), []);
  const weights = gather((row, target) => row.weights_N[target] as number);
  if (loss.name === "cross-entropy") return { weights };
  return {
    weights,
    advantages: gather((row, target) => row.advantages_N[target] as number),
    behaviour: gather((row, target) => row.behaviourLogprobs_N[target] as number),
    ratio_low: scalar(1 - loss.clipLow),
    ratio_high: scalar(1 + loss.clipHigh),
    ...rowTensors(batch, N, loss.ratio ?? "token"),
    ...(loss.dualClip === null ? {} : { dual_clip: scalar(loss.dualClip) }),
    ...(loss.entropyCoefficient === 0 ? {} : { entropy_coefficient: scalar(loss.entropyCoefficient) }),
    ...(loss.klCoefficient === 0
      ? {}
      : {
          kl_coefficient: scalar(loss.klCoefficient),
          reference: gather((row, target) => row.referenceLogprobs_N?.[target] as number),
        }),
  };
}

/** Which targets belong to which row, for ratios of whole rows. */
function rowTensors(
  batch: readonly ScoredRow<TrainingRow>[],
  N: number,
  ratio: "token" | "action" | "sequence",
): HostTensors {
  if (ratio === "token") return {};
  const B = batch.length;
  const [members, shares] = [new Float32Array(B * N), new Float32Array(B * N)];
  let n = 0;
  batch.forEach(({ scored }, at) => {
    members.fill(1, at * N + n, at * N + n + scored.length);
    shares.fill(ratio === "action" ? 1 : 1 / scored.length, at * N + n, at * N + n + scored.length);
    n += scored.length;
  });
  return { row_members: f32(members, [B, N]), row_shares: f32(shares, [B, N]) };
}

/** Inputs of a loss that is linear in the logprobs: the derivative by each row's log-ratio. */
export function linearInputs(
  batch: readonly ScoredRow<TrainingRow>[],
  slopes_R: Float64Array,
  chunkRows: number,
): HostTensors {
  const N = targetCountOf(batch, chunkRows);
  const weights = new Float32Array(N);
  weights.set(batch.flatMap(({ index, scored }) => scored.map(() => slopes_R[index] as number)));
  return { weights: f32(weights, [N]) };
}
