// Free decoding in the device's form (device-decode-graph.ts): a run is whole completions, so that keys and values never
// leave the device. Rows whose prompts are padded to one width share runs, as far as the budgets allow; a run lasts until
// its last row has ended, and rows that wait take the next one. A stop string is found on the host, after the run: its row
// takes nothing behind it. A completion is a function of its row here too, where the provider's sums are (row-batches.ts).

import type { Model } from "../model/model.ts";
import { f32, type HostTensor, i32 } from "../session/graph-session.ts";
import type { DecodeRow } from "./decode-row.ts";
import type { DecodeWeights } from "./decode-weights.ts";
import { buildDeviceDecodeGraph } from "./device-decode-graph.ts";
import { drawTensors, flavourOf, takeDrawn } from "./draw-inputs.ts";
import { lastTokenMask } from "./prefill.ts";
import { atLeastTwo } from "./row-batches.ts";

export interface DeviceDecoder {
  readonly model: Model;
  readonly weights: DecodeWeights;
  /** Bound on padded prompt tokens per run. */
  readonly maxBatchTokens: number;
  /** Bound on tokens whose keys and values the rows of a run hold. */
  readonly kvBudgetTokens: number;
}

/** As `GenerateCounts`. */
interface Counts {
  prefilledTokens: number;
  sharedTokens: number;
  rowSteps: number;
  idleRowSteps: number;
  queuedRows: number;
}

const NARROWEST_PROMPT = 32;

/** Lets every row decode to its end. */
export async function decodeOnDevice(
  decoder: DeviceDecoder,
  rows: readonly DecodeRow[],
  counts: Counts,
): Promise<void> {
  const byWidth = new Map<number, DecodeRow[]>();
  for (const row of rows) {
    const width = promptWidth(row.request.prompt_T.length);
    const same = byWidth.get(width);
    if (same === undefined) byWidth.set(width, [row]);
    else same.push(row);
  }
  for (const [width, waiting] of byWidth) {
    const runs = cutIntoRuns(waiting, width, decoder);
    runs.slice(1).forEach((run) => {
      counts.queuedRows += run.length;
    });
    for (const run of runs) await decodeRun(decoder, run, width, counts);
  }
}

/** 32, 48, 64, 96, 128, ... tokens: few widths, so that rows meet, and at most a third of padding beyond the first. */
function promptWidth(length: number): number {
  const power = Math.max(NARROWEST_PROMPT, 2 ** Math.ceil(Math.log2(length)));
  return power > NARROWEST_PROMPT && length <= 0.75 * power ? 0.75 * power : power;
}

/** Rows in order; equal prompts count once as prompts. One row is always admitted. */
function cutIntoRuns(
  rows: readonly DecodeRow[],
  width: number,
  { maxBatchTokens, kvBudgetTokens }: DeviceDecoder,
): DecodeRow[][] {
  const runs: DecodeRow[][] = [];
  let prompts = new Set<string>();
  let steps = 0;
  for (const row of rows) {
    const key = promptKey(row);
    const run = runs.at(-1) ?? [];
    const promptCount = prompts.size + (prompts.has(key) ? 0 : 1);
    const longest = Math.max(steps, row.remaining);
    const fits = promptCount * width <= maxBatchTokens && (run.length + 1) * (width + longest) <= kvBudgetTokens;
    if (run.length > 0 && fits) {
      run.push(row);
      prompts.add(key);
      steps = longest;
    } else {
      runs.push([row]);
      prompts = new Set([key]);
      steps = row.remaining;
    }
  }
  return runs;
}

function promptKey(row: DecodeRow): string {
  return row.request.prompt_T.join(" ");
}

async function decodeRun(
  { model, weights }: DeviceDecoder,
  active: readonly DecodeRow[],
  width: number,
  counts: Counts,
): Promise<void> {
  const rows = atLeastTwo(active);
  const B = rows.length;
  const flavour = flavourOf(rows);
  const key = `device decode ${flavour.draws} ${flavour.tempered}`;
  const decoding = await weights.get(key, () => buildDeviceDecodeGraph(model.config, flavour));

  const numbers = new Map<string, number>();
  const distinct: Int32Array[] = [];
  const rowPrompts = rows.map((row) => {
    const known = numbers.get(promptKey(row));
    if (known !== undefined) return known;
    numbers.set(promptKey(row), distinct.length);
    return distinct.push(row.request.prompt_T) - 1;
  });
  const prompts = atLeastTwo(distinct);
  const J = prompts.length;
  const tokens = new Int32Array(J * width);
  prompts.forEach((prompt, j) => {
    tokens.set(prompt, j * width);
  });
  const steps = Math.max(...active.map((row) => row.remaining));
  const { rope_cos: cos, rope_sin: sin } = model.inputs(width + steps);
  const { kvHeadCount: H, headDim: E } = model.config;
  const outputs = await decoding.session.run({
    ...decoding.weights,
    rope_cos: cos as HostTensor,
    rope_sin: sin as HostTensor,
    prompts: i32(tokens, [J, width]),
    last_rows: i32(
      Int32Array.from(prompts, (prompt, j) => j * width + prompt.length - 1),
      [J],
    ),
    row_prompts: i32(Int32Array.from(rowPrompts), [B]),
    lengths: i32(
      Int32Array.from(rows, (row) => row.request.prompt_T.length),
      [B],
    ),
    past_mask: pastMask(rows, width),
    fresh_nothing: f32(new Float32Array(0), [B, H, 0, E]),
    ...drawTensors(rows, active.length, steps),
  });
  const promptTokens = distinct.reduce((sum, prompt) => sum + prompt.length, 0);
  counts.prefilledTokens += promptTokens;
  counts.sharedTokens += active.reduce((sum, row) => sum + row.request.prompt_T.length, 0) - promptTokens;
  takeDrawn(active, outputs, ["first_drawn", "first_logprobs", "first_untempered_logprobs"], counts);
  takeDrawn(active, outputs, ["drawn", "logprobs", "untempered_logprobs"], counts);
}

/** A row sees its own prompt and not the padding behind it: [B, 1, 1, P]. */
function pastMask(rows: readonly DecodeRow[], width: number): HostTensor {
  const mask = lastTokenMask(
    rows.map((row) => row.request.prompt_T),
    width,
  );
  return { ...mask, shape: [rows.length, 1, 1, width] };
}
