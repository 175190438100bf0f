// Unconstrained decoding with continuous batching: rows decode together a few steps per run; ended ones leave and new ones
// join between runs. A completion is a function of its row: joining happens at run boundaries only, and every run of a row
// has the same number of steps whatever else waits.
// Rows whose draws need filters run one step at a time, with the draw on the host.

import { fail } from "../../../../proto/errors.ts";
import type { Model } from "../model/model.ts";
import { f32, type HostTensor, type HostTensors, i32 } from "../session/graph-session.ts";
import { buildDecodeGraph, buildStepGraph } from "./decode-graph.ts";
import type { DecodeRow } from "./decode-row.ts";
import type { DecodeWeights } from "./decode-weights.ts";
import type { DecodeFlavour } from "./draw-graph.ts";
import { KvCache } from "./kv-cache.ts";
import { attempt, type Lane, type LaneLoad } from "./lane.ts";
import type { Block } from "./prefix-cache.ts";

/** Steps of a run. Longer runs carry more keys and values from step to step, shorter ones are called more often. */
const STEPS_PER_RUN = 16;
const NO_STOP = -1;
/** Fewest rows of a run: the product of a single row is another kernel with another rounding. */
const MIN_ROWS = 2;

export interface StepCounts {
  rowSteps: number;
  /** Steps spent on rows that had ended: the price of batching. */
  idleRowSteps: number;
}

/** Free rows, of plain or of filtered draws. */
export class FreeLane implements Lane<DecodeRow> {
  readonly #model: Model;
  readonly #weights: DecodeWeights;
  readonly #isFiltered: boolean;
  readonly #counts: StepCounts;
  readonly #cache: KvCache;
  readonly #active: DecodeRow[] = [];

  constructor(model: Model, weights: DecodeWeights, isFiltered: boolean, counts: StepCounts) {
    this.#model = model;
    this.#weights = weights;
    this.#isFiltered = isFiltered;
    this.#counts = counts;
    this.#cache = new KvCache(model.config);
  }

  get active(): readonly DecodeRow[] {
    return this.#active;
  }

  /** Every row takes as many slots as the longest one. */
  tokensOf({ rows, longest }: LaneLoad): number {
    return rows * longest;
  }

  add(row: DecodeRow, blocks: readonly Block[], { rows, longest }: LaneLoad): void {
    this.#cache.reserve(Math.max(MIN_ROWS, rows), longest);
    this.#cache.add(blocks);
    this.#active.push(row);
  }

  async run(): Promise<void> {
    await (this.#isFiltered ? this.#runStep() : this.#runLoop());
  }

  sweep(): void {
    const active = this.#active;
    for (let row = active.length - 1; row >= 0; row--) {
      if (!active[row]?.hasEnded) continue;
      this.#cache.remove(row);
      active[row] = active.at(-1) as DecodeRow;
      active.pop();
    }
  }

  /** Up to `STEPS_PER_RUN` tokens for every active row. */
  async #runLoop(): Promise<void> {
    const [model, active] = [this.#model, this.#active];
    const steps = Math.min(STEPS_PER_RUN, Math.max(...active.map((row) => row.remaining)));
    const requests = active.map((row) => row.request);
    const flavour: DecodeFlavour = {
      draws: requests.every((request) => request.greedy)
        ? "none"
        : requests.some(({ greedy }) => greedy)
          ? "some"
          : "all",
      tempered: requests.some((request) => request.temperature !== 1),
    };
    const key = `decode ${flavour.draws} ${flavour.tempered}`;
    const decoding = await this.#weights.get(key, () => buildDecodeGraph(model.config, flavour));
    const rows = padRows(active);
    const B = rows.length;
    const uniforms = new Float32Array(steps * B);
    active.forEach((row, i) => {
      for (let step = 0; step < Math.min(steps, row.remaining); step++) uniforms[step * B + i] = row.uniform();
    });
    const stopCount = Math.max(1, ...requests.map((request) => request.stopTokens.length));
    const stops = new Int32Array(B * stopCount).fill(NO_STOP);
    requests.forEach((request, i) => {
      stops.set(request.stopTokens, i * stopCount);
    });
    const { kvHeadCount: H, headDim: E } = model.config;
    const ended = new Uint8Array(B);
    ended.fill(1, active.length);
    const outputs = await decoding.session.run({
      ...decoding.weights,
      ...stepInputs(model, rows, this.#cache),
      fresh_nothing: f32(new Float32Array(0), [B, H, 0, E]),
      uniforms: f32(uniforms, [steps, B]),
      max_tokens: perRow(rows, (row) => row.remaining),
      stops: i32(stops, [B, stopCount]),
      ended: { dtype: "bool", shape: [B], data: ended },
      leave_at: i32(Int32Array.of(B), []),
      ...(flavour.draws === "some" ? { greedy: perRow(rows, (row) => (row.request.greedy ? 1 : 0)) } : {}),
      ...(flavour.tempered
        ? {
            inverse_temperature: f32(
              Float32Array.from(rows, (row) => 1 / row.request.temperature),
              [B, 1],
            ),
          }
        : {}),
    });
    const drawn = (outputs["drawn"] as HostTensor).data as Int32Array;
    const logprobs = (outputs["logprobs"] as HostTensor).data as Float32Array;
    const untempered = (outputs["untempered_logprobs"] as HostTensor).data as Float32Array;
    const made = drawn.length / B;
    active.forEach((row, i) => {
      for (let step = 0; step < made; step++) {
        this.#counts.rowSteps += 1;
        if (row.hasEnded) {
          this.#counts.idleRowSteps += 1;
          continue;
        }
        attempt(row, () => {
          const at = step * B + i;
          const logprob = logprobs[at] as number;
          checkFinite(logprob);
          row.take(drawn[at] as number, logprob, untempered[at] as number, null);
        });
      }
    });
    this.#cache.append(outputs, (row) => active[row]?.hasEnded === false);
  }

  /** One token for every active row, drawn on the host. */
  async #runStep(): Promise<void> {
    const [model, active] = [this.#model, this.#active];
    const decoding = await this.#weights.get("decode step", () => buildStepGraph(model.config));
    const rows = padRows(active);
    const outputs = await decoding.session.run({ ...decoding.weights, ...stepInputs(model, rows, this.#cache) });
    const { data, shape } = outputs["logits"] as HostTensor;
    const V = shape[1] as number;
    active.forEach((row, i) => {
      attempt(row, () => row.draw((data as Float32Array).subarray(i * V, (i + 1) * V)));
    });
    this.#cache.append(outputs, (row) => active[row]?.hasEnded === false);
  }
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

function checkFinite(logprob: number): void {
  if (Number.isFinite(logprob)) return;
  throw fail("GENERATION_FAILED", "the policy's logits are not finite: a weight is not a number or has overflowed", {
    retryable: false,
  });
}
