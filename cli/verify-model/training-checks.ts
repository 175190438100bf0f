// Losses and gradients of one padded batch, and three optimiser steps on it, against torch's: every parameter, every step.

import type { LossSpec, OptimStep, TrainingRow } from "../../client/engine/engine.ts";
import type { LocalEngine } from "../../client/engine/onnx/local-engine.ts";
import { transposed } from "../../client/engine/onnx/model/parameters.ts";
import { runUpdates } from "../../client/train/updates.ts";
import { type Checksum, type Fixture, type FloatsAt, floatsAt, readGolden } from "./fixtures.ts";
import { checkChecksum, storedOrder } from "./forward-checks.ts";
import type { Ledger } from "./ledger.ts";

interface GradientEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly norm: number;
  readonly max_abs: number;
}

/** Arrays [B][T] are about token t given those before it. */
export interface GoldenBatch {
  readonly input_ids: readonly (readonly number[])[];
  readonly attention_mask: readonly (readonly number[])[];
  readonly loss_mask: readonly (readonly number[])[];
  readonly token_logprobs: readonly (readonly number[])[];
  readonly old_logprobs?: readonly (readonly number[])[];
  readonly advantages?: readonly (readonly number[])[];
  readonly ratio?: readonly (readonly number[])[];
  readonly clipped?: readonly (readonly number[])[];
  readonly clip_eps?: number;
  readonly clip_fraction?: number;
  readonly kl_k1?: number;
  readonly kl_k3?: number;
  readonly tokens_counted: number;
}

export interface GoldenGradients {
  readonly loss: number;
  readonly grad_norm: number;
  readonly grad_file: string;
  readonly grads: readonly GradientEntry[];
}

export interface GoldenSteps {
  readonly losses: readonly number[];
  readonly grad_norms_before_clip: readonly number[];
  readonly params: Readonly<Record<string, Checksum>>;
  readonly params_file?: string;
  readonly params_table?: readonly Omit<FloatsAt & { readonly name: string }, "file">[];
}

export interface StepSettings {
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weight_decay: number;
  readonly max_grad_norm: number;
  readonly steps: number;
}

const LOSS_TOLERANCE = 1e-5;
const LOGPROB_TOLERANCE = 1e-4;
const GRADIENT_TOLERANCE = 1e-3;
const NORM_TOLERANCE = 1e-3;
const STEP_LOSS_TOLERANCE = 1e-4;
/** After AdamW all elements but one in a thousand are this close, and those that rounding steers the other. */
const PARAMETER_TOLERANCE = { most: 1e-5, all: 1e-3, strayShare: 1e-3 } as const;

/** The batch's rows without their padding; every target that counts weighs 1 / all that count. */
export function rowsOf(batch: GoldenBatch): TrainingRow[] {
  return batch.input_ids.map((ids, b): TrainingRow => {
    const targets = countedTargets(batch, b);
    const perTarget = (table: readonly (readonly number[])[] | undefined) => targets.map((t) => table?.[b]?.[t] ?? 0);
    return {
      tokens_T: Int32Array.from(ids.filter((_, t) => batch.attention_mask[b]?.[t] === 1)),
      targets_N: Int32Array.from(targets),
      inverseTemperature: 1,
      weights_N: new Float64Array(targets.length).fill(1 / batch.tokens_counted),
      advantages_N: Float64Array.from(perTarget(batch.advantages)),
      behaviourLogprobs_N: Float32Array.from(perTarget(batch.old_logprobs)),
    };
  });
}

function countedTargets(batch: GoldenBatch, b: number): number[] {
  return (batch.loss_mask[b] ?? []).flatMap((counts, t) => (counts === 1 ? [t] : []));
}

/** @param open a fresh engine for every run that changes weights */
export async function checkTraining(ledger: Ledger, fixture: Fixture, open: () => Promise<LocalEngine>): Promise<void> {
  const steps = readGolden<{ settings: StepSettings; ce?: GoldenSteps; ppo?: GoldenSteps }>(
    fixture.golden,
    "adamw.json",
  );
  for (const key of ["ce", "ppo"] as const) {
    const golden = readGolden<GoldenBatch & GoldenGradients>(fixture.golden, `loss_${key}.json`);
    if (golden === null) continue;
    const place = `${fixture.name} ${key}`;
    const rows = rowsOf(golden);
    const loss: LossSpec = key === "ce" ? { name: "cross-entropy" } : clippedLoss(golden.clip_eps ?? 0.2);
    const engine = await open();
    try {
      await checkTokens(ledger, place, engine, golden, rows);
      await checkGradients(ledger, place, fixture.golden, engine, golden, rows, loss, golden.clip_fraction);
    } finally {
      await engine.close();
    }
    const expected = steps?.[key];
    if (steps === null || expected === undefined) continue;
    const stepped = await open();
    try {
      await checkSteps(ledger, place, fixture.golden, stepped, rows, loss, steps.settings, expected);
    } finally {
      await stepped.close();
    }
  }
}

function clippedLoss(clip: number): LossSpec {
  return {
    name: "policy-gradient",
    clipLow: clip,
    clipHigh: clip,
    dualClip: null,
    klCoefficient: 0,
    klEstimator: "k3",
    entropyCoefficient: 0,
  };
}

/** Logprobs, ratios, clip and KL of every token, from the engine's teacher forcing. */
async function checkTokens(
  ledger: Ledger,
  place: string,
  engine: LocalEngine,
  golden: GoldenBatch,
  rows: readonly TrainingRow[],
): Promise<void> {
  const logprobs = await engine.logprobs(rows);
  let [k1, k3] = [0, 0];
  rows.forEach((_, b) => {
    const targets = countedTargets(golden, b);
    const ours = [...(logprobs[b] as Float32Array)];
    const of = (table: readonly (readonly number[])[]) => targets.map((t) => table[b]?.[t] as number);
    ledger.near("logprobs", `${place} row ${b}`, ours, of(golden.token_logprobs), LOGPROB_TOLERANCE);
    if (golden.old_logprobs === undefined || golden.advantages === undefined) return;
    const old = of(golden.old_logprobs);
    const ratios = ours.map((logprob, n) => Math.exp(logprob - (old[n] as number)));
    for (const [n, logprob] of ours.entries()) {
      const distance = logprob - (old[n] as number);
      k1 -= distance / golden.tokens_counted;
      k3 += (Math.expm1(distance) - distance) / golden.tokens_counted;
    }
    if (golden.ratio !== undefined) {
      const expected = of(golden.ratio);
      const room = LOGPROB_TOLERANCE * Math.max(1, ...expected);
      ledger.near("losses", `${place} row ${b} ratios`, ratios, expected, room);
    }
    if (golden.clipped !== undefined) {
      const [clip, advantages] = [golden.clip_eps ?? 0.2, of(golden.advantages)];
      const clipped = ratios.map((ratio, n) => {
        const advantage = advantages[n] as number;
        const bounded = Math.min(Math.max(ratio, 1 - clip), 1 + clip);
        return bounded * advantage < ratio * advantage ? 1 : 0;
      });
      ledger.equal("losses", `${place} row ${b} clipped`, clipped, of(golden.clipped));
    }
  });
  if (golden.kl_k1 !== undefined) ledger.near("losses", `${place} k1`, [k1], [golden.kl_k1], LOGPROB_TOLERANCE);
  if (golden.kl_k3 !== undefined) ledger.near("losses", `${place} k3`, [k3], [golden.kl_k3], LOGPROB_TOLERANCE);
}

export async function checkGradients(
  ledger: Ledger,
  place: string,
  folder: string,
  engine: LocalEngine,
  golden: GoldenGradients,
  rows: readonly TrainingRow[],
  loss: LossSpec,
  clipFraction?: number,
): Promise<void> {
  const report = await engine.forwardBackward({ rows }, loss);
  ledger.near("losses", place, [report.loss], [golden.loss], LOSS_TOLERANCE);
  if (clipFraction !== undefined) {
    ledger.near("losses", `${place} clip fraction`, [report.parts["clipped"] ?? -1], [clipFraction], 1e-6);
  }
  const { table } = engine.model.trainable;
  const names = golden.grads.map(({ name }) => name).sort();
  ledger.equal("gradients", `${place} parameters`, table.specs.map(({ name }) => name).sort(), names);
  let squares = 0;
  for (const { name, shape, offset, norm, max_abs } of golden.grads) {
    const spec = table.specs.find((candidate) => candidate.name === name);
    if (spec === undefined) continue;
    const ours = engine.learner.gradientOf(name);
    const [inner, outer] = spec.shape as readonly [number, number];
    const stored = spec.storedTransposed ? transposed(ours, inner, outer) : ours;
    const expected = floatsAt(folder, { file: golden.grad_file, shape, offset });
    ledger.near("gradients", `${place} ${name}`, stored, expected, GRADIENT_TOLERANCE * max_abs + 1e-7);
    const own = Math.sqrt(stored.reduce((sum, value) => sum + value * value, 0));
    ledger.relative("gradients", `${place} ${name} norm`, own, norm, NORM_TOLERANCE);
    squares += own * own;
  }
  ledger.relative("gradients", `${place} norm of all`, Math.sqrt(squares), golden.grad_norm, NORM_TOLERANCE);
}

/** Losses before each step and after the last, gradient norms, and the parameters that come out. */
export async function checkSteps(
  ledger: Ledger,
  place: string,
  folder: string,
  engine: LocalEngine,
  rows: readonly TrainingRow[],
  loss: LossSpec,
  settings: StepSettings,
  golden: GoldenSteps,
): Promise<void> {
  const step: OptimStep = {
    learningRate: settings.lr,
    beta1: settings.beta1,
    beta2: settings.beta2,
    epsilon: settings.eps,
    weightDecay: settings.weight_decay,
    decaysAll: true,
    maxGradNorm: settings.max_grad_norm,
  };
  let done = 0;
  const checkLoss = (ours: number) => {
    const expected = golden.losses[done] ?? Number.NaN;
    ledger.near("optimiser", `${place} loss ${done}`, [ours], [expected], STEP_LOSS_TOLERANCE);
  };
  const updates = Array.from({ length: settings.steps }, () => ({ batch: { rows }, loss, step }));
  for await (const { report } of runUpdates(engine, updates)) {
    checkLoss(report.loss.loss);
    const norm = golden.grad_norms_before_clip[done] ?? Number.NaN;
    ledger.relative("optimiser", `${place} gradient norm ${done}`, report.optim.gradNorm, norm, NORM_TOLERANCE);
    done += 1;
  }
  checkLoss((await engine.forwardBackward({ rows }, loss)).loss);
  const { table, flat } = engine.model.trainable;
  for (const [name, expected] of Object.entries(golden.params)) {
    const values = storedOrder(table, flat, name);
    checkChecksum(ledger, "optimiser", `${place} ${name}`, values, expected, PARAMETER_TOLERANCE.all);
  }
  let [elements, strays] = [0, 0];
  for (const { name, shape, offset } of golden.params_table ?? []) {
    const reference = floatsAt(folder, { file: golden.params_file ?? "", shape, offset });
    const values = storedOrder(table, flat, name);
    ledger.near("optimiser", `${place} ${name} elements`, values, reference, PARAMETER_TOLERANCE.all);
    elements += values.length;
    strays += values.reduce(
      (count, value, i) => count + (Math.abs(value - (reference[i] as number)) > PARAMETER_TOLERANCE.most ? 1 : 0),
      0,
    );
  }
  if (elements > 0) {
    const share = strays / elements;
    ledger.near("optimiser", `${place} share of strays`, [share], [0], PARAMETER_TOLERANCE.strayShare);
  }
}
