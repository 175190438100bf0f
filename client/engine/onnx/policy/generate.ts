// Unconstrained decoding with continuous batching: prompts are read (equal ones once), rows decode together a few steps
// per run, ended rows leave and waiting ones join between runs, as far as the budget for keys and values allows. Work that
// does not fit waits; a row alone is always admitted. A completion is a function of its row: joining happens at run
// boundaries only, and every run of a row has the same number of steps whatever else waits.
// Rows whose draws need filters run one step at a time, with the draw on the host.

import { fail } from "../../../../proto/errors.ts";
import type { Completion, PolicyVersion, SampleRequest } from "../../engine.ts";
import type { Model } from "../model/model.ts";
import type { EngineForm } from "../session/device.ts";
import { f32, type HostTensor, type HostTensors, i32 } from "../session/graph-session.ts";
import type { SessionCache } from "../session/session-cache.ts";
import { buildDecodeGraph, buildStepGraph } from "./decode-graph.ts";
import { DecodeRow, type DecodeText } from "./decode-row.ts";
import type { DecodeWeights } from "./decode-weights.ts";
import { decodeOnDevice } from "./device-generate.ts";
import { drawTensors, flavourOf, takeDrawn } from "./draw-inputs.ts";
import { isFiltered } from "./filtered-draw.ts";
import { KvCache, prefillSource } from "./kv-cache.ts";
import { runPrefill } from "./prefill.ts";
import { groupRows, paddedPromptLength } from "./row-batches.ts";

/** Steps of a run. Longer runs carry more keys and values from step to step, shorter ones are called more often. */
const STEPS_PER_RUN = 16;
/** Fewest rows of a run: the product of a single row is another kernel with another rounding. */
const MIN_ROWS = 2;

/** What one sampling call counted. */
export interface GenerateCounts {
  readonly prefilledTokens: number;
  /** Prompt tokens that an equal prompt had read already. */
  readonly sharedTokens: number;
  readonly rowSteps: number;
  /** Steps spent on rows that had ended: the price of batching. */
  readonly idleRowSteps: number;
  /** Rows that waited for room. */
  readonly queuedRows: number;
}

export interface Decoder {
  readonly model: Model;
  /** Of prompt reading. */
  readonly sessions: SessionCache;
  readonly weights: DecodeWeights;
  /** Bound on padded tokens per prompt-reading run. */
  readonly maxBatchTokens: number;
  /** Bound on tokens whose keys and values rows may hold at the same time. */
  readonly kvBudgetTokens: number;
  /** Loads what turns tokens into text, for stop strings; null where the model's folder has no tokenizer. */
  readonly loadText: () => Promise<DecodeText | null>;
  /** "device": whole completions per run, where the draws need no filters. */
  readonly form: EngineForm;
  /** Told after every sampling call. */
  readonly onCounts?: (counts: GenerateCounts) => void;
}

type Counts = { -readonly [key in keyof GenerateCounts]: GenerateCounts[key] };

/** One completion per request, in order. */
export async function generate(
  decoder: Decoder,
  requests: readonly SampleRequest[],
  policyVersion: PolicyVersion,
): Promise<Completion[]> {
  requests.forEach((request, i) => {
    decoder.model.checkSequence(request.prompt_T, request.maxTokens, `sample request ${i}`);
  });
  const stringsAt = requests.findIndex((request) => (request.stopStrings?.length ?? 0) > 0);
  const decodeText = stringsAt < 0 ? null : await decoder.loadText();
  if (stringsAt >= 0 && decodeText === null) {
    throw fail(
      "MESSAGE_INVALID",
      `sample request ${stringsAt} has stop strings, but the model's folder has no tokenizer.json to read them with: add it, or use stop tokens`,
    );
  }
  const rows = requests.map((request) => new DecodeRow(request, decodeText));
  const counts: Counts = { prefilledTokens: 0, sharedTokens: 0, rowSteps: 0, idleRowSteps: 0, queuedRows: 0 };
  for (const filtered of [false, true]) {
    const waiting = rows.filter((row) => isFiltered(row.request) === filtered);
    if (decoder.form === "device" && !filtered) await decodeOnDevice(decoder, waiting, counts);
    else if (waiting.length > 0) await decodeAll(decoder, waiting, filtered, counts);
  }
  decoder.onCounts?.(counts);
  return rows.map((row) => row.completion(policyVersion));
}

async function decodeAll(
  decoder: Decoder,
  rows: readonly DecodeRow[],
  filtered: boolean,
  counts: Counts,
): Promise<void> {
  const waiting = [...rows];
  const cache = new KvCache(decoder.model.config);
  const active: DecodeRow[] = [];
  while (waiting.length > 0 || active.length > 0) {
    const admitted = admit(waiting, active, decoder.kvBudgetTokens);
    if (active.length === 0) counts.queuedRows += waiting.length;
    await readPrompts(decoder, admitted, cache, active, counts);
    if (active.length === 0) continue;
    await (filtered ? runStep(decoder, active, cache) : runLoop(decoder, active, cache, counts));
    for (let row = active.length - 1; row >= 0; row--) {
      if (!active[row]?.hasEnded) continue;
      cache.remove(row);
      active[row] = active.at(-1) as DecodeRow;
      active.pop();
    }
  }
}

/** Takes from the queue what fits beside the active rows, one row at least if there are none. */
function admit(waiting: DecodeRow[], active: readonly DecodeRow[], budget: number): DecodeRow[] {
  const admitted: DecodeRow[] = [];
  let rows = active.length;
  let longest = active.reduce((length, row) => Math.max(length, finalLength(row)), 0);
  for (;;) {
    const next = waiting[0];
    if (next === undefined) return admitted;
    // Every row takes as many slots as the longest one.
    longest = Math.max(longest, finalLength(next));
    rows += 1;
    if (rows > 1 && rows * longest > budget) return admitted;
    admitted.push(next);
    waiting.shift();
  }
}

function finalLength(row: DecodeRow): number {
  return row.length + row.remaining;
}

/** Reads the prompts of new rows, draws their first tokens, and makes those active that go on. */
async function readPrompts(
  { model, sessions, maxBatchTokens }: Decoder,
  rows: readonly DecodeRow[],
  cache: KvCache,
  active: DecodeRow[],
  counts: Counts,
): Promise<void> {
  const byPrompt = new Map<string, DecodeRow[]>();
  for (const row of rows) {
    const key = row.request.prompt_T.join(" ");
    const same = byPrompt.get(key);
    if (same === undefined) byPrompt.set(key, [row]);
    else same.push(row);
  }
  const promptOf = (same: readonly DecodeRow[]) => (same[0] as DecodeRow).request.prompt_T;
  const width = (same: readonly DecodeRow[]) => paddedPromptLength(promptOf(same).length);
  const together = [...active, ...rows];
  cache.reserve(Math.max(MIN_ROWS, together.length), Math.max(0, ...together.map(finalLength)));
  for (const group of groupRows([...byPrompt.values()], (same) => String(width(same)), width, maxBatchTokens)) {
    const run = await runPrefill(model, sessions, group.map(promptOf), width(group[0] as DecodeRow[]));
    group.forEach((same, at) => {
      counts.prefilledTokens += promptOf(same).length;
      counts.sharedTokens += promptOf(same).length * (same.length - 1);
      for (const row of same) {
        row.draw(run.logits[at] as Float32Array);
        if (row.hasEnded) continue;
        cache.add(prefillSource(run.caches), at, promptOf(same).length);
        active.push(row);
      }
    });
  }
}

/** Up to `STEPS_PER_RUN` tokens for every active row. */
async function runLoop(decoder: Decoder, active: readonly DecodeRow[], cache: KvCache, counts: Counts): Promise<void> {
  const { model, weights } = decoder;
  const steps = Math.min(STEPS_PER_RUN, Math.max(...active.map((row) => row.remaining)));
  const rows = padRows(active);
  const flavour = flavourOf(rows);
  const key = `decode ${flavour.draws} ${flavour.tempered}`;
  const decoding = await weights.get(key, () => buildDecodeGraph(model.config, flavour));
  const { kvHeadCount: H, headDim: E } = model.config;
  const outputs = await decoding.session.run({
    ...decoding.weights,
    ...stepInputs(model, rows, cache),
    fresh_nothing: f32(new Float32Array(0), [rows.length, H, 0, E]),
    ...drawTensors(rows, active.length, steps),
  });
  takeDrawn(active, outputs, ["drawn", "logprobs", "untempered_logprobs"], counts);
  cache.append(outputs);
}

/** One token for every active row, drawn on the host. */
async function runStep({ model, weights }: Decoder, active: readonly DecodeRow[], cache: KvCache): Promise<void> {
  const decoding = await weights.get("decode step", () => buildStepGraph(model.config));
  const rows = padRows(active);
  const outputs = await decoding.session.run({ ...decoding.weights, ...stepInputs(model, rows, cache) });
  const { data, shape } = outputs["logits"] as HostTensor;
  const V = shape[1] as number;
  active.forEach((row, i) => {
    row.draw((data as Float32Array).subarray(i * V, (i + 1) * V));
  });
  cache.append(outputs);
}

function padRows(active: readonly DecodeRow[]): readonly DecodeRow[] {
  return active.length >= MIN_ROWS ? active : [...active, ...active];
}

function stepInputs(model: Model, rows: readonly DecodeRow[], cache: KvCache): HostTensors {
  const longest = Math.max(...rows.map((row) => row.length + STEPS_PER_RUN));
  const { rope_cos: cos, rope_sin: sin } = model.inputs(longest);
  return {
    ...cache.inputs(rows.length),
    rope_cos: cos as HostTensor,
    rope_sin: sin as HostTensor,
    tokens: perRow(rows, (row) => row.lastToken),
    positions: perRow(rows, (row) => row.length - 1),
  };
}

function perRow(rows: readonly DecodeRow[], numberOf: (row: DecodeRow) => number): HostTensor {
  return i32(Int32Array.from(rows, numberOf), [rows.length]);
}
