// Runs the prefill and extend graphs on ragged rows: pads, builds masks, and hands back one logits row per sequence.
// Axis suffixes: T prompt token, C chunk token, P padded past.

import { causalMask, SHUT_OUT } from "../learner/batch.ts";
import type { Model } from "../model/model.ts";
import { f32, type HostTensor, type HostTensors, i32 } from "../session/graph-session.ts";
import type { SessionCache } from "../session/session-cache.ts";
import { buildExtendGraph, buildPrefillGraph } from "./rollout-graphs.ts";
import { atLeastTwo } from "./row-batches.ts";

/** The caches of one prefill run; a row of it is a prompt. */
export interface PrefillRun {
  readonly caches: HostTensors;
  /** Padded length of every prompt of the run. */
  readonly width: number;
  /** Of each row, in order. */
  readonly logits: readonly Float32Array[];
}

/** @param prompts all at most `width` tokens, none empty */
export async function runPrefill(
  model: Model,
  sessions: SessionCache,
  prompts: readonly Int32Array[],
  width: number,
): Promise<PrefillRun> {
  const rows = atLeastTwo(prompts);
  const session = await sessions.get("prefill", () => buildPrefillGraph(model.config));
  const { logits, ...caches } = await session.run({
    ...model.inputs(width),
    ...paddedRows(rows, width, () => 0),
    mask: causalMask(width),
    readout_mask: lastTokenMask(rows, width),
  });
  return { caches, width, logits: logitRows(logits as HostTensor, prompts.length) };
}

export interface ExtendRow {
  /** Which row of the run continues. */
  readonly row: number;
  /** Tokens of its prompt. */
  readonly promptLength: number;
  /** What follows the prompt, at least one token, at most the chunk's width. */
  readonly chunk_C: Int32Array;
}

/** Logits after each row's chunk. */
export async function runExtend(
  model: Model,
  sessions: SessionCache,
  run: PrefillRun,
  rows: readonly ExtendRow[],
  width: number,
): Promise<readonly Float32Array[]> {
  const padded = atLeastTwo(rows);
  const session = await sessions.get("extend", () => buildExtendGraph(model.config));
  const chunks = padded.map((row) => row.chunk_C);
  const mask = extendMask(padded, run.width, width);
  const outputs = await session.run({
    ...model.inputs(run.width + width),
    ...run.caches,
    ...paddedRows(chunks, width, (i) => (padded[i] as ExtendRow).promptLength),
    past_rows: i32(
      Int32Array.from(padded, (row) => row.row),
      [padded.length],
    ),
    mask,
    readout_mask: lastRowsOf(mask, chunks),
  });
  return logitRows(outputs["logits"] as HostTensor, rows.length);
}

/** Tokens and positions [B, width], and each row's last token as its one readout. */
export function paddedRows(rows: readonly Int32Array[], width: number, startOf: (row: number) => number): HostTensors {
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

/** A chunk's token sees its own prompt without the padding, and the chunk up to itself. */
function extendMask(rows: readonly ExtendRow[], past: number, width: number): HostTensor {
  const reach = past + width;
  const mask = new Float32Array(rows.length * width * reach).fill(SHUT_OUT);
  rows.forEach(({ promptLength }, i) => {
    for (let t = 0; t < width; t++) {
      const at = (i * width + t) * reach;
      mask.fill(0, at, at + promptLength);
      mask.fill(0, at + past, at + past + t + 1);
    }
  });
  return f32(mask, [rows.length, 1, 1, width, reach]);
}

function logitRows(logits: HostTensor, count: number): Float32Array[] {
  const V = logits.shape[1] as number;
  return Array.from({ length: count }, (_, i) => (logits.data as Float32Array).subarray(i * V, (i + 1) * V));
}
