// Teacher forcing: logprobs of given targets, gradients of a weighted loss summed over micro-batches, and the optimiser's
// step. Owns gradients and moments; the weights are the model's. Blocks its thread while a graph runs.

import { fail } from "../../../../proto/errors.ts";
import type { LossReport, LossSpec, OptimStep, ScoredSequence, TrainingBatch, TrainingRow } from "../../engine.ts";
import type { DecoderConfig } from "../model/config.ts";
import type { Model } from "../model/model.ts";
import { viewOf } from "../model/parameters.ts";
import type { HostTensors } from "../session/graph-session.ts";
import type { SessionCache } from "../session/session-cache.ts";
import { type AdamMoments, applyAdamW, zeroMoments } from "./adamw.ts";
import {
  isMasked,
  isSparse,
  linearInputs,
  longest,
  lossInputs,
  microBatches,
  type ScoredRow,
  sequenceInputs,
  targetCountOf,
} from "./batch.ts";
import { clipFactor, globalNorm } from "./grad-clip.ts";
import { chunkRowsFor, lossForm } from "./loss-form.ts";
import { buildLossGraph, gradientName } from "./loss-graph.ts";
import { isRegression, type RegressionSpec, regressionTerms } from "./regression.ts";

/** Outputs that a report sums; absent ones are left out. */
const PARTS = ["policy", "kl", "entropy", "ratio", "clipped"] as const;

export interface LearnerOptions {
  readonly maxBatchTokens: number;
  readonly gradientCheckpointing?: boolean;
}

export class Learner {
  moments: AdamMoments;
  /** The frozen policy that shares the base: its adapters, or the base alone; null: there is none. */
  reference: Float32Array | "base" | null = null;
  readonly #model: Model;
  readonly #sessions: SessionCache;
  readonly #maxTokens: number;
  readonly #checkpointing: boolean;
  readonly #gradients: Float32Array;
  #hasGradients = false;

  constructor(model: Model, sessions: SessionCache, options: LearnerOptions) {
    this.#model = model;
    this.#sessions = sessions;
    this.#maxTokens = options.maxBatchTokens;
    this.#checkpointing = options.gradientCheckpointing ?? false;
    this.#gradients = new Float32Array(model.trainable.flat.length);
    this.moments = zeroMoments(model.trainable.flat.length);
  }

  get hasGradients(): boolean {
    return this.#hasGradients;
  }

  /** The accumulated gradient of one parameter, [in, out] for linears. For tests and diagnosis. */
  gradientOf(name: string): Float32Array {
    const spec = this.#model.trainable.table.specs.find((candidate) => candidate.name === name);
    if (spec === undefined) throw new RangeError(`no parameter ${name}`);
    return viewOf(this.#gradients, spec).slice();
  }

  async logprobs(sequences: readonly ScoredSequence[], policy: "current" | "reference"): Promise<Float32Array[]> {
    const of = policy === "current" ? "current" : this.reference;
    if (of === null) throw fail("MESSAGE_INVALID", "logprobs of a reference policy, but none is held");
    for (const [i, sequence] of sequences.entries()) this.#check(sequence, `sequence ${i}`);
    const results = sequences.map((sequence) => new Float32Array(sequence.targets_N.length));
    for (const batch of microBatches(sequences, this.#maxTokens, () => true)) {
      const outputs = await this.#run(batch, null, {}, of);
      const logprobs = outputs["logprobs"]?.data as Float32Array;
      let n = 0;
      for (const { index, scored } of batch) {
        for (const target of scored) (results[index] as Float32Array)[target] = logprobs[n++] as number;
      }
    }
    return results;
  }

  async forwardBackward(batch: TrainingBatch, loss: LossSpec): Promise<LossReport> {
    for (const [i, row] of batch.rows.entries()) this.#checkRow(row, loss, i);
    const weightSum = batch.rows.reduce((sum, row) => sum + row.weights_N.reduce((a, b) => a + b, 0), 0);
    const targetCount = batch.rows.reduce((count, row) => count + row.targets_N.length, 0);
    const { total, parts } = isRegression(loss)
      ? await this.#regress(batch.rows, loss)
      : await this.#descend(batch.rows, loss);
    return { loss: total, parts, weightSum, targetCount };
  }

  async #descend(
    rows: readonly TrainingRow[],
    loss: Exclude<LossSpec, RegressionSpec>,
  ): Promise<{ readonly total: number; readonly parts: Readonly<Record<string, number>> }> {
    const parts: Record<string, number> = {};
    let total = 0;
    for (const microBatch of microBatches(rows, this.#maxTokens, isWeighted)) {
      const chunkRows = this.#chunkRows(microBatch);
      const outputs = await this.#run(microBatch, loss, lossInputs(microBatch, loss, chunkRows));
      const weights = microBatch.flatMap(({ row, scored }) => scored.map((target) => row.weights_N[target] as number));
      total += weightedSum(weights, outputs, "loss");
      for (const part of PARTS) {
        if (outputs[part] !== undefined) parts[part] = (parts[part] ?? 0) + weightedSum(weights, outputs, part);
      }
      this.#accumulate(outputs);
    }
    return { total, parts };
  }

  /** Logprobs first, then the gradient of what is linear in them with the coefficients that they give. */
  async #regress(rows: readonly TrainingRow[], loss: RegressionSpec) {
    const terms = regressionTerms(rows, await this.logprobs(rows, "current"), loss);
    for (const microBatch of microBatches(rows, this.#maxTokens, isWeighted)) {
      const inputs = linearInputs(microBatch, terms.slopes_R, this.#chunkRows(microBatch));
      this.#accumulate(await this.#run(microBatch, loss, inputs));
    }
    return { total: terms.loss, parts: terms.parts };
  }

  /** @throws {EngineError} LOSS_NOT_FINITE; weights, moments and gradients are then as before */
  step(step: OptimStep): { readonly gradNorm: number; readonly clipped: boolean } {
    const { table, flat } = this.#model.trainable;
    const gradNorm = globalNorm(this.#gradients, table);
    const factor = clipFactor(gradNorm, step.maxGradNorm);
    applyAdamW(flat, this.#gradients, this.moments, table, step, factor);
    this.#clearGradients();
    return { gradNorm, clipped: factor < 1 };
  }

  /** Takes over stored moments, or starts with fresh ones; drops accumulated gradients. */
  restore(moments: AdamMoments | null): void {
    if (moments === null) this.moments = zeroMoments(this.#gradients.length);
    else this.moments = moments;
    this.#clearGradients();
  }

  #clearGradients(): void {
    this.#gradients.fill(0);
    this.#hasGradients = false;
  }

  async #run(
    batch: readonly ScoredRow<ScoredSequence>[],
    loss: LossSpec | null,
    extraInputs: HostTensors,
    policy: "current" | "base" | Float32Array = "current",
  ): Promise<HostTensors> {
    const { config } = this.#model;
    const chunkRows = this.#chunkRows(batch);
    const form = lossForm(loss, { masked: isMasked(batch), sparse: isSparse(batch), chunkRows });
    const { lora: _, ...base } = config;
    const graphConfig: DecoderConfig = policy === "base" ? base : config;
    const key = JSON.stringify([form, graphConfig.lora ?? null]);
    const session = await this.#sessions.get(key, () => buildLossGraph(graphConfig, form, this.#checkpointing));
    return session.run({
      ...this.#model.inputs(longest(batch)),
      ...(policy instanceof Float32Array ? this.#model.adapterInputs(policy) : {}),
      ...sequenceInputs(batch, config.vocabSize, chunkRows),
      ...extraInputs,
    });
  }

  #chunkRows(batch: readonly ScoredRow<ScoredSequence>[]): number {
    return chunkRowsFor(targetCountOf(batch, 0), this.#model.config.vocabSize);
  }

  #accumulate(outputs: HostTensors): void {
    for (const spec of this.#model.trainable.table.specs) {
      const gradient = outputs[gradientName(spec.name)]?.data as Float32Array;
      const sum = viewOf(this.#gradients, spec);
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (gradient[i] as number);
    }
    this.#hasGradients = true;
  }

  #check(sequence: ScoredSequence, what: string): void {
    this.#model.checkSequence(sequence.tokens_T, 0, what);
    let before = 0;
    for (const target of sequence.targets_N) {
      if (target <= before || target >= sequence.tokens_T.length) {
        throw fail(
          "MESSAGE_INVALID",
          `${what}: target positions must ascend within [1, ${sequence.tokens_T.length}), found ${target} after ${before}`,
        );
      }
      before = target;
    }
    sequence.allowed_N?.forEach((allowed, i) => {
      const token = sequence.tokens_T[sequence.targets_N[i] as number] as number;
      if (allowed !== null && !allowed.includes(token)) {
        throw fail("MESSAGE_INVALID", `${what}: target ${i} is token ${token}, which is not among its allowed tokens`);
      }
    });
  }

  #checkRow(row: TrainingRow, loss: LossSpec, index: number): void {
    const what = `training row ${index}`;
    this.#check(row, what);
    const count = row.targets_N.length;
    const needsReference = loss.name === "policy-gradient" ? loss.klCoefficient !== 0 : isRegression(loss);
    const lengths = {
      weights_N: row.weights_N.length,
      advantages_N: row.advantages_N.length,
      behaviourLogprobs_N: row.behaviourLogprobs_N.length,
      ...(row.allowed_N === undefined ? {} : { allowed_N: row.allowed_N.length }),
      ...(needsReference ? { referenceLogprobs_N: row.referenceLogprobs_N?.length ?? 0 } : {}),
    };
    for (const [field, length] of Object.entries(lengths)) {
      if (length !== count) {
        throw fail("MESSAGE_INVALID", `${what}: ${field} has ${length} numbers for ${count} targets`);
      }
    }
  }
}

const isWeighted = (row: TrainingRow, target: number): boolean => row.weights_N[target] !== 0;

function weightedSum(weights: readonly number[], outputs: HostTensors, name: string): number {
  const values = outputs[name]?.data as Float32Array;
  return weights.reduce((sum, weight, n) => sum + weight * (values[n] as number), 0);
}
