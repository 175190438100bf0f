// The whole model's gradients: against finite differences, over repeated runs, threads, optimisation levels and splits.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LossSpec, TrainingRow } from "../../../../../client/engine/engine.ts";
import type { LocalEngine, LocalEngineOptions } from "../../../../../client/engine/onnx/local-engine.ts";
import { viewOf } from "../../../../../client/engine/onnx/model/parameters.ts";
import { RandomStream } from "../../../../../client/random.ts";
import { POLICY_GRADIENT, perturb, randomRows, TINY, tinyEngine } from "../tiny-engine.ts";

const crossEntropy = { name: "cross-entropy" } as const;
const rows = randomRows(new RandomStream(21), 10);

async function gradientsOf(
  options: Partial<LocalEngineOptions>,
  batches: readonly (readonly TrainingRow[])[],
  loss: LossSpec = POLICY_GRADIENT,
): Promise<{ gradients: Map<string, Float32Array>; loss: number }> {
  const engine = await tinyEngine(options);
  perturb(engine, 0.2, 5);
  let total = 0;
  for (const batch of batches) total += (await engine.forwardBackward({ rows: batch }, loss)).loss;
  const gradients = new Map(engine.model.table.specs.map(({ name }) => [name, engine.learner.gradientOf(name)]));
  await engine.close();
  return { gradients, loss: total };
}

function worstDifference(a: Map<string, Float32Array>, b: Map<string, Float32Array>): number {
  let worst = 0;
  for (const [name, gradient] of a) {
    const other = b.get(name) as Float32Array;
    const norm = Math.hypot(...gradient);
    const difference = Math.hypot(...gradient.map((value, i) => value - (other[i] as number)));
    worst = Math.max(worst, difference / norm);
  }
  return worst;
}

describe.each([
  { name: "cross-entropy", loss: crossEntropy },
  { name: "policy gradient", loss: POLICY_GRADIENT },
  { name: "policy gradient with k1", loss: { ...POLICY_GRADIENT, klEstimator: "k1" as const } },
  { name: "policy gradient with k2", loss: { ...POLICY_GRADIENT, klEstimator: "k2" as const } },
])("$name", ({ loss }) => {
  let engine: LocalEngine;
  beforeAll(async () => {
    engine = await tinyEngine({ model: { ...TINY, qkvBias: true, qkNorm: true, tieEmbeddings: false } });
    perturb(engine, 0.2, 5);
  });
  afterAll(() => engine.close());

  test("the gradient along random directions of every parameter equals finite differences", async () => {
    const { flat, table } = engine.model;
    const stream = new RandomStream(8);
    await engine.forwardBackward({ rows }, loss);
    // Later calls add to the engine's gradients: take them all now.
    const gradients = table.specs.map((spec) => engine.learner.gradientOf(spec.name));
    const before = flat.slice();
    for (const [index, spec] of table.specs.entries()) {
      const gradient = gradients[index] as Float32Array;
      const direction = Float64Array.from(gradient, () => stream.normal());
      const length = Math.hypot(...direction);
      const view = viewOf(flat, spec);
      const lossAt = async (step: number): Promise<number> => {
        for (let i = 0; i < view.length; i++) {
          view[i] = (before[spec.offset + i] as number) + (step * (direction[i] as number)) / length;
        }
        return (await engine.forwardBackward({ rows }, loss)).loss;
      };
      // Float32 losses: a step of 1e-2 balances their rounding against curvature (fourth order difference).
      const h = 1e-2;
      const near = ((await lossAt(h)) - (await lossAt(-h))) / (2 * h);
      const far = ((await lossAt(2 * h)) - (await lossAt(-2 * h))) / (4 * h);
      await lossAt(0);
      const numeric = (4 * near - far) / 3;
      const analytic = gradient.reduce((sum, value, i) => sum + value * (direction[i] as number), 0) / length;
      expect(Math.abs(numeric - analytic), spec.name).toBeLessThan(2e-2 * Math.abs(analytic) + 4e-3);
    }
  });
});

test("gradients are bitwise equal over repeated runs at 1 and 2 threads, with repeated tokens in the batch", async () => {
  const engine = await tinyEngine();
  perturb(engine, 0.2, 5);
  const once = (await gradientsOf({ threads: 1 }, [rows])).gradients;
  for (const threads of [1, 2, 2, 2]) {
    const again = (await gradientsOf({ threads }, [rows])).gradients;
    for (const [name, gradient] of once) expect(again.get(name), name).toEqual(gradient);
  }
  await engine.close();
});

test("the optimisation levels of the runtime agree to rounding", async () => {
  const plain = await gradientsOf({ optimization: "disabled" }, [rows]);
  const optimised = await gradientsOf({ optimization: "all" }, [rows]);
  expect(worstDifference(plain.gradients, optimised.gradients)).toBeLessThan(1e-5);
});

test("micro-batches and split calls sum to the gradients of the whole batch", async () => {
  const whole = await gradientsOf({ maxBatchTokens: 4096 }, [rows]);
  const micro = await gradientsOf({ maxBatchTokens: 50 }, [rows]);
  const split = await gradientsOf({}, [rows.slice(0, 5), rows.slice(5)]);
  expect(worstDifference(whole.gradients, micro.gradients)).toBeLessThan(1e-5);
  expect(worstDifference(whole.gradients, split.gradients)).toBeLessThan(1e-5);
  expect(micro.loss).toBeCloseTo(whole.loss, 4);
});

test("the graph that computes the last layer for few targets alone agrees with the one that computes it whole", async () => {
  const [row] = rows.toSorted((a, b) => b.tokens_T.length - a.tokens_T.length);
  const targets_N = Int32Array.from(row!.tokens_T.keys()).slice(1);
  const zeros = new Float32Array(targets_N.length);
  const full: TrainingRow = {
    tokens_T: row!.tokens_T,
    targets_N,
    inverseTemperature: 1,
    weights_N: Float64Array.from(targets_N, () => 0.1),
    advantages_N: Float64Array.from(targets_N, () => 1),
    behaviourLogprobs_N: zeros,
    referenceLogprobs_N: zeros,
  };
  const whole = await gradientsOf({}, [[...rows, full]]);
  const apart = await gradientsOf({}, [rows, [full]]);
  expect(worstDifference(whole.gradients, apart.gradients)).toBeLessThan(1e-5);
  const { isSparse, microBatches } = await import("../../../../../client/engine/onnx/learner/batch.ts");
  const sparse = (batch: readonly TrainingRow[]) => microBatches(batch, 4096, () => true).map(isSparse);
  expect([sparse(rows), sparse([full]), sparse([...rows, full])]).toEqual([[true], [false], [false]]);
});

test("targets and rows of weight 0, and whatever stands behind the last target, change nothing, bit for bit", async () => {
  const stream = new RandomStream(77);
  const zero = (row: TrainingRow): TrainingRow => ({ ...row, weights_N: row.weights_N.map(() => 0) });
  const padded = rows.map((row) => ({
    ...row,
    tokens_T: Int32Array.from([...row.tokens_T, ...Array.from({ length: stream.int(6) }, () => stream.int(37))]),
  }));
  const rank = (row: TrainingRow) => (padded as TrainingRow[]).indexOf(row);
  const mixed: TrainingRow[] = stream.shuffled<TrainingRow>([...padded, ...randomRows(stream, 5).map(zero)]);
  const order = mixed.sort((a, b) => rank(a) - rank(b));
  const plain = await gradientsOf({}, [rows]);
  const noisy = await gradientsOf({}, [order]);
  for (const [name, gradient] of plain.gradients) expect(noisy.gradients.get(name), name).toEqual(gradient);
  expect(noisy.loss).toBe(plain.loss);
});

test("tokens that pad a shorter row are invisible, bit for bit", async () => {
  const { buildLossGraph } = await import("../../../../../client/engine/onnx/learner/loss-graph.ts");
  const { encodeModel } = await import("../../../../../client/engine/onnx/graph/encode.ts");
  const { openOrtSession } = await import("../../../../../client/engine/onnx/session/ort-session.ts");
  const { isSparse, lossInputs, microBatches, sequenceInputs } = await import(
    "../../../../../client/engine/onnx/learner/batch.ts"
  );
  const engine = await tinyEngine();
  const unmasked = rows.map((row) => ({ ...row, allowed_N: row.targets_N.length === 0 ? [] : [null, null, null] }));
  const [batch] = microBatches(unmasked, 4096, () => true);
  const form = {
    name: "cross-entropy",
    masked: false,
    sparse: isSparse(batch ?? []),
    chunkRows: 0,
    attentionParts: 1,
  } as const;
  const session = await openOrtSession(encodeModel(buildLossGraph(TINY, form)), { threads: 1, optimization: "all" });
  const inputs = {
    ...engine.model.inputs(64),
    ...sequenceInputs(batch ?? [], TINY.vocabSize, form),
    ...lossInputs(batch ?? [], crossEntropy, 0),
  };
  const before = await session.run(inputs);
  const tokens = inputs["tokens"]?.data as Int32Array;
  const width = inputs["tokens"]?.shape[1] as number;
  let changed = 0;
  batch?.forEach(({ length }, row) => {
    for (let t = length; t < width; t++) {
      tokens[row * width + t] = 36;
      changed += 1;
    }
  });
  expect(changed).toBeGreaterThan(20);
  const after = await session.run(inputs);
  for (const [name, tensor] of Object.entries(before)) expect(after[name]?.data, name).toEqual(tensor.data);
  await session.release();
  await engine.close();
});
