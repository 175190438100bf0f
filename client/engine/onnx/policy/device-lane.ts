// Free decoding in the device's form (device-decode-graph.ts): a run is whole completions, prompts included, so that keys
// and values never leave the device. Rows whose prompts are padded to one width share a run, as far as the budget allows;
// it lasts until its last row has ended, and rows that wait take a later one. A stop string is found on the host, after the
// run: its row takes nothing behind it. A completion is a function of its row here too, where the provider's sums are
// (row-batches.ts). Prefixes are not kept between runs.

import type { Model } from "../model/model.ts";
import { f32, type HostTensor, i32 } from "../session/graph-session.ts";
import type { DecodeRow } from "./decode-row.ts";
import type { DecodeWeights } from "./decode-weights.ts";
import { buildDeviceDecodeGraph } from "./device-decode-graph.ts";
import { drawTensors, flavourOf, type StepCounts, takeDrawn } from "./draw-inputs.ts";
import type { Lane, LaneLoad } from "./lane.ts";
import { lastTokenMask } from "./prefill.ts";
import type { ReadCounts } from "./prompt-reader.ts";
import { atLeastTwo } from "./row-batches.ts";

const NARROWEST_PROMPT = 32;
/** `promptWidth` over the length of a prompt that is not short, at most. */
const WIDEST_PADDING = 1.5;

export class DeviceLane implements Lane<DecodeRow> {
  readonly readsPrompts = true;
  readonly #model: Model;
  readonly #weights: DecodeWeights;
  readonly #maxPromptTokens: number;
  readonly #counts: StepCounts & ReadCounts;
  #active: DecodeRow[] = [];

  /** @param maxPromptTokens bound on padded prompt tokens per run */
  constructor(model: Model, weights: DecodeWeights, maxPromptTokens: number, counts: StepCounts & ReadCounts) {
    this.#model = model;
    this.#weights = weights;
    this.#maxPromptTokens = maxPromptTokens;
    this.#counts = counts;
  }

  get active(): readonly DecodeRow[] {
    return this.#active;
  }

  /** Of rows that all run at once, each as wide as the widest. */
  tokensOf({ rows, longest }: LaneLoad): number {
    return rows * Math.ceil(Math.max(NARROWEST_PROMPT, longest) * WIDEST_PADDING);
  }

  add(row: DecodeRow): void {
    this.#active.push(row);
  }

  /** Whole completions of the rows that waited longest and of others that are as wide. */
  async run(): Promise<void> {
    const width = promptWidth((this.#active[0] as DecodeRow).request.prompt_T.length);
    const rows = rowsOfRun(this.#active, width, this.#maxPromptTokens);
    try {
      await decodeRun(this.#model, this.#weights, rows, width, this.#counts);
    } catch (error) {
      // Of these rows alone: the others have not run.
      for (const row of rows) row.failure ??= error;
    }
  }

  sweep(): void {
    this.#active = this.#active.filter((row) => !row.hasEnded);
  }
}

/** 32, 48, 64, 96, 128, ... tokens: few widths, so that rows meet, and at most half of padding beyond the first. */
function promptWidth(length: number): number {
  const power = Math.max(NARROWEST_PROMPT, 2 ** Math.ceil(Math.log2(length)));
  return power > NARROWEST_PROMPT && length <= 0.75 * power ? 0.75 * power : power;
}

/** Rows of this width, in order; equal prompts count once. One row is always admitted. */
function rowsOfRun(rows: readonly DecodeRow[], width: number, maxPromptTokens: number): readonly DecodeRow[] {
  const prompts = new Set<string>();
  const taken: DecodeRow[] = [];
  for (const row of rows) {
    if (promptWidth(row.request.prompt_T.length) !== width) continue;
    prompts.add(promptKey(row));
    if (taken.length > 0 && prompts.size * width > maxPromptTokens) break;
    taken.push(row);
  }
  return taken;
}

function promptKey(row: DecodeRow): string {
  return row.request.prompt_T.join(" ");
}

async function decodeRun(
  model: Model,
  weights: DecodeWeights,
  active: readonly DecodeRow[],
  width: number,
  counts: StepCounts & ReadCounts,
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
  counts.reusedTokens += active.reduce((sum, row) => sum + row.request.prompt_T.length, 0) - promptTokens;
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
