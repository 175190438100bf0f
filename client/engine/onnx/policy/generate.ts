// Unconstrained decoding with continuous batching: rows decode together a few steps per run; ended ones leave and new ones
// join between runs. A completion is a function of its row: joining happens at run boundaries only, and every run of a row
// has the same number of steps whatever else waits.
// Rows whose draws need filters run one step at a time, with the draw on the host.

import type { Model } from "../model/model.ts";
import { f32, type HostTensor, type HostTensors, i32 } from "../session/graph-session.ts";
import { buildDecodeGraph, buildStepGraph } from "./decode-graph.ts";
import type { DecodeRow } from "./decode-row.ts";
import type { DecodeWeights } from "./decode-weights.ts";
import { drawTensors, flavourOf, type StepCounts, takeDrawn } from "./draw-inputs.ts";
import { KvCache } from "./kv-cache.ts";
import { attempt, type Lane, type LaneLoad } from "./lane.ts";
import type { Block } from "./prefix-cache.ts";
import { atLeastTwo, MIN_ROWS } from "./row-batches.ts";

/** Steps of a run. Longer runs carry more keys and values from step to step, shorter ones are called more often. */
const STEPS_PER_RUN = 16;

/** Free rows, of plain or of filtered draws. */
export class FreeLane implements Lane<DecodeRow> {
  readonly readsPrompts = false;
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
    const rows = atLeastTwo(active);
    const flavour = flavourOf(rows);
    const key = `decode ${flavour.draws} ${flavour.tempered}`;
    const decoding = await this.#weights.get(key, () => buildDecodeGraph(model.config, flavour));
    const { kvHeadCount: H, headDim: E } = model.config;
    const outputs = await decoding.session.run({
      ...decoding.weights,
      ...stepInputs(model, rows, this.#cache),
      fresh_nothing: f32(new Float32Array(0), [rows.length, H, 0, E]),
      ...drawTensors(rows, active.length, steps),
    });
    takeDrawn(active, outputs, ["drawn", "logprobs", "untempered_logprobs"], this.#counts);
    this.#cache.append(outputs, (row) => active[row]?.hasEnded === false);
  }

  /** One token for every active row, drawn on the host. */
  async #runStep(): Promise<void> {
    const [model, active] = [this.#model, this.#active];
    const decoding = await this.#weights.get("decode step", () => buildStepGraph(model.config));
    const rows = atLeastTwo(active);
    const outputs = await decoding.session.run({ ...decoding.weights, ...stepInputs(model, rows, this.#cache) });
    const { data, shape } = outputs["logits"] as HostTensor;
    const V = shape[1] as number;
    active.forEach((row, i) => {
      attempt(row, () => row.draw((data as Float32Array).subarray(i * V, (i + 1) * V)));
    });
    this.#cache.append(outputs, (row) => active[row]?.hasEnded === false);
  }
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
