// Regression losses: their values are the reference's, and what the engine accumulates is their gradient.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LossSpec, TrainingRow } from "../../../../../client/engine/engine.ts";
import type { LocalEngine } from "../../../../../client/engine/onnx/local-engine.ts";
import { viewOf } from "../../../../../client/engine/onnx/model/parameters.ts";
import { aStarLoss, rebelLoss } from "../../../../../client/loss/regression.ts";
import { RandomStream } from "../../../../../client/random.ts";
import { perturb, randomRows, tinyEngine } from "../tiny-engine.ts";

const stream = new RandomStream(5);
const rows: TrainingRow[] = randomRows(stream, 7).map((row, i) => ({
  ...row,
  weights_N: new Float64Array(row.targets_N.length).fill(i % 3 === 0 ? 0.5 : 0.25),
  regression: { group: i % 3, reward: stream.normal(), value: 0.3 },
}));

let engine: LocalEngine;
beforeAll(async () => {
  engine = await tinyEngine({ maxBatchTokens: 60 });
  perturb(engine, 0.2, 5);
});
afterAll(() => engine.close());

const logRatios = async (): Promise<number[]> =>
  (await engine.logprobs(rows)).map((logprobs, i) =>
    logprobs.reduce((sum, logprob, n) => sum + logprob - (rows[i]?.referenceLogprobs_N?.[n] as number), 0),
  );

test("REBEL is the mean over pairs of each group, in the groups' weights", async () => {
  const ratios = await logRatios();
  let expected = 0;
  for (const group of [0, 1, 2]) {
    const members = [...rows.keys()].filter((i) => i % 3 === group);
    const pairs = (members.length * (members.length - 1)) / 2;
    const mean = rebelLoss(
      members.map((i) => ratios[i] as number),
      members.map((i) => rows[i]?.regression?.reward ?? 0),
      0.7,
    );
    expected += (group === 0 ? 0.5 : 0.25) * pairs * mean;
  }
  const report = await engine.forwardBackward({ rows }, { name: "rebel", eta: 0.7 });
  expect(report.loss).toBeCloseTo(expected, 6);
  expect(report.parts["regression"]).toBe(report.loss);
});

test("A*-PO is the weighted sum over rows", async () => {
  const ratios = await logRatios();
  const expected = rows.reduce(
    (sum, { weights_N, regression }, i) =>
      sum + (weights_N[0] as number) * aStarLoss(ratios[i] as number, regression!.reward, regression!.value, 0.4),
    0,
  );
  const report = await engine.forwardBackward({ rows }, { name: "a-star", beta: 0.4 });
  expect(report.loss).toBeCloseTo(expected, 6);
});

test.each([
  { name: "rebel", eta: 0.7 },
  { name: "a-star", beta: 0.4 },
] satisfies LossSpec[])("the gradient of $name equals finite differences", async (loss) => {
  const fresh = await tinyEngine({ maxBatchTokens: 60 });
  perturb(fresh, 0.2, 5);
  await fresh.forwardBackward({ rows }, loss);
  const { table, flat } = fresh.model;
  const spec = table.specs.find(({ name }) => name === "model.layers.0.mlp.up_proj.weight")!;
  const gradient = fresh.learner.gradientOf(spec.name);
  const view = viewOf(flat, spec);
  const before = view.slice();
  const norm = Math.hypot(...gradient);
  const lossAt = async (step: number): Promise<number> => {
    for (let i = 0; i < view.length; i++) view[i] = (before[i] as number) + (step * (gradient[i] as number)) / norm;
    return (await fresh.forwardBackward({ rows }, loss)).loss;
  };
  const h = 1e-2;
  const near = ((await lossAt(h)) - (await lossAt(-h))) / (2 * h);
  const far = ((await lossAt(2 * h)) - (await lossAt(-2 * h))) / (4 * h);
  expect(Math.abs((4 * near - far) / 3 / norm - 1)).toBeLessThan(2e-3);
  await fresh.close();
});

test("rows without a reward, or without reference logprobs, are refused", async () => {
  const { regression: _, ...bare } = rows[0] as TrainingRow;
  await expect(engine.forwardBackward({ rows: [bare] }, { name: "rebel", eta: 1 })).rejects.toThrow(
    /reward of every row/,
  );
  const { referenceLogprobs_N: __, ...blind } = rows[0] as TrainingRow;
  await expect(engine.forwardBackward({ rows: [blind] }, { name: "a-star", beta: 1 })).rejects.toThrow(
    /referenceLogprobs_N has 0 numbers/,
  );
});
