// Teacher forcing: logprobs of given targets, gradients of a weighted loss summed over micro-batches, and the optimiser's
// step. Owns gradients and moments; the weights are the model's. Blocks its thread while a graph runs.

import { fail } from "../../../../proto/errors.ts";
import type {
  LossReport,
  LossSpec,
  OptimStep,
  ScoredSequence,
  TrainingBatch,
  TrainingRow,
  Update,
} from "../../engine.ts";
import type { Model } from "../model/model.ts";
import type { EngineForm } from "../session/device.ts";
import type { HostTensors } from "../session/graph-session.ts";
import type { SessionCache } from "../session/session-cache.ts";
import { type AdamMoments, applyAdamW, zeroMoments } from "./adamw.ts";
import { linearInputs, lossInputs, microBatches } from "./batch.ts";
import { DevicePasses } from "./device-passes.ts";
import { clipFactor, globalNorm, normOfSquares } from "./grad-clip.ts";
import { GradientSums } from "./gradient-sums.ts";
import { HostPasses, type MicroBatch, type Pass, type Passes, type PerTarget } from "./passes.ts";
import { isRegression, type RegressionSpec, regressionTerms } from "./regression.ts";

/** Outputs that a report sums; absent ones are left out. */
const PARTS = ["policy", "kl", "entropy", "ratio", "clipped"] as const;

export interface LearnerOptions {
  readonly maxBatchTokens: number;
  readonly gradientCheckpointing?: boolean;
  /** "device": all micro-batches, and all of `updates`, in one run. Default "host". */
  readonly form?: EngineForm;
}

/** What one step of the optimiser says. */
interface StepReport {
  readonly gradNorm: number;
  readonly clipped: boolean;
}

export class Learner {
  moments: AdamMoments;
  /** The frozen policy that shares the base: its adapters, or the base alone; null: there is none. */
  reference: Float32Array | "base" | null = null;
  readonly #model: Model;
  readonly #passes: Passes;
  /** Null: updates are made here, one by one. */
  readonly #device: DevicePasses | null;
  readonly #maxTokens: number;
  readonly #gradients: GradientSums;

  constructor(model: Model, sessions: SessionCache, options: LearnerOptions) {
    this.#model = model;
    const recomputes = options.gradientCheckpointing ?? false;
    this.#device = options.form === "device" ? new DevicePasses(model, sessions, recomputes) : null;
    this.#passes = this.#device ?? new HostPasses(model, sessions, recomputes);
    this.#maxTokens = options.maxBatchTokens;
    this.#gradients = new GradientSums(model.trainable.table);
    this.moments = zeroMoments(model.trainable.flat.length);
  }

  get hasGradients(): boolean {
    return this.#gradients.sums !== null;
  }

  /** The accumulated gradient of one parameter, [in, out] for linears. For tests and diagnosis. */
  gradientOf(name: string): Float32Array {
    return this.#gradients.of(name);
  }

  async logprobs(sequences: readonly ScoredSequence[], policy: "current" | "reference"): Promise<Float32Array[]> {
    const of = policy === "current" ? "current" : this.reference;
    if (of === null) throw fail("MESSAGE_INVALID", "logprobs of a reference policy, but none is held");
    for (const [i, sequence] of sequences.entries()) this.#check(sequence, `sequence ${i}`);
    const results = sequences.map((sequence) => new Float32Array(sequence.targets_N.length));
    const batches = microBatches(sequences, this.#maxTokens, () => true);
    const passed = await this.#passes.run(batches, { loss: null, lossInputs: () => ({}), policy: of }, null);
    batches.forEach((batch, at) => {
      let n = 0;
      for (const { index, scored } of batch) {
        for (const target of scored)
          (results[index] as Float32Array)[target] = passed[at]?.["logprobs"]?.[n++] as number;
      }
    });
    return results;
  }

  async forwardBackward({ rows }: TrainingBatch, loss: LossSpec): Promise<LossReport> {
    this.#checkRows(rows, loss);
    const batches = microBatches(rows, this.#maxTokens, isWeighted);
    if (isRegression(loss)) return this.#regress(rows, batches, loss);
    const pass: Pass<TrainingRow> = { loss, lossInputs: lossInputsOf(loss), policy: "current" };
    return reportOf(rows, batches, await this.#passes.run(batches, pass, this.#gradients));
  }

  /** Logprobs first, then the gradient of what is linear in them with the coefficients that they give. */
  async #regress(
    rows: readonly TrainingRow[],
    batches: readonly MicroBatch<TrainingRow>[],
    loss: RegressionSpec,
  ): Promise<LossReport> {
    const { loss: total, parts, slopes_R } = regressionTerms(rows, await this.logprobs(rows, "current"), loss);
    const lossInputs = (batch: MicroBatch<TrainingRow>, chunkRows: number) => linearInputs(batch, slopes_R, chunkRows);
    await this.#passes.run(batches, { loss, lossInputs, policy: "current" }, this.#gradients);
    return { loss: total, parts, ...countsOf(rows) };
  }

  /**
   * Gradients and a step of each, in order. Those of one form share a run of the device's form, where the engine has it and
   * nothing is accumulated; a regression's coefficients come from the weights before it, so it runs alone.
   * @throws {EngineError} LOSS_NOT_FINITE; the updates before it stand, as `moments.updateCount` tells
   */
  async updates(
    updates: readonly Update[],
  ): Promise<readonly { readonly loss: LossReport; readonly step: StepReport }[]> {
    for (const { batch, loss } of updates) this.#checkRows(batch.rows, loss);
    const prepared = updates.map(({ batch, loss, step }): PreparedUpdate => {
      const batches = microBatches(batch.rows, this.#maxTokens, isWeighted);
      return { rows: batch.rows, batches, loss, step, form: this.#updateForm(batches, loss) };
    });
    const reports = [];
    for (let next = 0; next < prepared.length; ) {
      const first = prepared[next] as PreparedUpdate;
      const shared = prepared.slice(next);
      const end = shared.findIndex(({ form }) => form !== first.form);
      const group = first.form === null || this.hasGradients ? [first] : end < 0 ? shared : shared.slice(0, end);
      reports.push(...(await this.#updateGroup(group)));
      next += group.length;
    }
    return reports;
  }

  /** What must agree for two updates to share a run; null: it is no work for a loop. */
  #updateForm(batches: readonly MicroBatch<TrainingRow>[], loss: LossSpec): string | null {
    if (this.#device === null || batches.length === 0 || isRegression(loss)) return null;
    return JSON.stringify([this.#device.formOf(batches), loss]);
  }

  async #updateGroup(group: readonly PreparedUpdate[]) {
    const { rows, loss, step, form } = group[0] as PreparedUpdate;
    if (this.#device === null || form === null || this.hasGradients || isRegression(loss)) {
      const report = await this.forwardBackward({ rows }, loss);
      try {
        return [{ loss: report, step: this.step(step) }];
      } finally {
        // Nothing of a refused update is left.
        this.#gradients.clear();
      }
    }
    const { perTarget, squares } = await this.#device.update(group, loss, lossInputsOf(loss), this.moments);
    let at = 0;
    return squares.map((squares_P, k) => {
      const update = group[k] as PreparedUpdate;
      const gradNorm = normOfSquares(squares_P, this.#model.trainable.table);
      const report = reportOf(update.rows, update.batches, perTarget.slice(at, at + update.batches.length));
      at += update.batches.length;
      return { loss: report, step: { gradNorm, clipped: clipFactor(gradNorm, update.step.maxGradNorm) < 1 } };
    });
  }

  /** @throws {EngineError} LOSS_NOT_FINITE; weights, moments and gradients are then as before */
  step(step: OptimStep): StepReport {
    const { table, flat } = this.#model.trainable;
    const gradNorm = globalNorm(this.#gradients.sums, table);
    const factor = clipFactor(gradNorm, step.maxGradNorm);
    applyAdamW(flat, this.#gradients.sums, this.moments, table, step, factor);
    this.#gradients.clear();
    return { gradNorm, clipped: factor < 1 };
  }

  /** Takes over stored moments, or starts with fresh ones; drops accumulated gradients. */
  restore(moments: AdamMoments | null): void {
    if (moments === null) this.moments = zeroMoments(this.#model.trainable.flat.length);
    else this.moments = moments;
    this.#gradients.clear();
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

  #checkRows(rows: readonly TrainingRow[], loss: LossSpec): void {
    for (const [i, row] of rows.entries()) this.#checkRow(row, loss, i);
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

interface PreparedUpdate {
  readonly rows: readonly TrainingRow[];
  readonly batches: readonly MicroBatch<TrainingRow>[];
  readonly loss: LossSpec;
  readonly step: OptimStep;
  readonly form: string | null;
}

const isWeighted = (row: TrainingRow, target: number): boolean => row.weights_N[target] !== 0;

const lossInputsOf =
  (loss: Exclude<LossSpec, RegressionSpec>) =>
  (batch: MicroBatch<TrainingRow>, chunkRows: number): HostTensors =>
    lossInputs(batch, loss, chunkRows);

function countsOf(rows: readonly TrainingRow[]): Pick<LossReport, "weightSum" | "targetCount"> {
  return {
    weightSum: rows.reduce((sum, row) => sum + row.weights_N.reduce((a, b) => a + b, 0), 0),
    targetCount: rows.reduce((count, row) => count + row.targets_N.length, 0),
  };
}

/** Weighted sums of what a pass gave per target. */
function reportOf(
  rows: readonly TrainingRow[],
  batches: readonly MicroBatch<TrainingRow>[],
  passed: readonly PerTarget[],
): LossReport {
  const parts: Record<string, number> = {};
  let total = 0;
  batches.forEach((batch, at) => {
    const weights = batch.flatMap(({ row, scored }) => scored.map((target) => row.weights_N[target] as number));
    const weightedSum = (values: Float32Array) =>
      weights.reduce((sum, weight, n) => sum + weight * (values[n] as number), 0);
    const { loss, ...perTarget } = passed[at] as PerTarget;
    total += weightedSum(loss as Float32Array);
    for (const part of PARTS) {
      const values = perTarget[part];
      if (values !== undefined) parts[part] = (parts[part] ?? 0) + weightedSum(values);
    }
  });
  return { loss: total, parts, ...countsOf(rows) };
}
