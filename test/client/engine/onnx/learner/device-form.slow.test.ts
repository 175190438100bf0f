// Training in the device's form, on the CPU provider: the same bits as the host's form where their arithmetic is the same,
// however many updates share a run.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { LossSpec, OptimStep, TrainingRow, Update, UpdateReport } from "../../../../../client/engine/engine.ts";
import { encodeModel } from "../../../../../client/engine/onnx/graph/encode.ts";
import { compactInputs, lossInputs, microBatches } from "../../../../../client/engine/onnx/learner/batch.ts";
import { buildPassGraph } from "../../../../../client/engine/onnx/learner/device-graphs.ts";
import { lossForm } from "../../../../../client/engine/onnx/learner/loss-form.ts";
import { packPages } from "../../../../../client/engine/onnx/learner/pages.ts";
import type { LocalEngine, LocalEngineOptions } from "../../../../../client/engine/onnx/local-engine.ts";
import { openOrtSession } from "../../../../../client/engine/onnx/session/ort-session.ts";
import { RandomStream } from "../../../../../client/random.ts";
import { POLICY_GRADIENT, perturb, randomRows, TINY, tinyEngine } from "../tiny-engine.ts";

const step: OptimStep = {
  learningRate: 1e-2,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  maxGradNorm: 1,
};
/** One layer, because graphs take their time to compile. */
const SMALL = { ...TINY, layerCount: 1 };
const LORA = { ...SMALL, lora: { rank: 3, alpha: 6, targets: ["q_proj", "down_proj"] as const } };
const FULL = { ...SMALL, qkvBias: true, qkNorm: true, tieEmbeddings: false };

/** Several micro-batches each; the learning rate falls from one to the next. */
function someUpdates(count: number, loss: LossSpec = POLICY_GRADIENT, seed = 31): Update[] {
  const stream = new RandomStream(seed);
  return Array.from({ length: count }, (_, k) => ({
    batch: { rows: randomRows(stream, 7) },
    loss,
    step: { ...step, learningRate: step.learningRate / (k + 1) },
  }));
}

async function opened(options: Partial<LocalEngineOptions>): Promise<LocalEngine> {
  const engine = await tinyEngine({ model: SMALL, maxBatchTokens: 64, ...options });
  perturb(engine, 0.2, 5);
  engine.model.trainable.flat.forEach((value, i, flat) => {
    if (engine.model.config.lora !== undefined) flat[i] = value + 0.05 * Math.sin(i);
  });
  return engine;
}

const run = (engine: LocalEngine, updates: readonly Update[]): Promise<UpdateReport[]> => {
  if (engine.runUpdates === undefined) throw new Error("the engine has no runUpdates");
  return engine.runUpdates(updates);
};

/** The same with the two primitives. */
async function oneByOne(engine: LocalEngine, updates: readonly Update[]): Promise<UpdateReport[]> {
  const reports: UpdateReport[] = [];
  for (const { batch, loss, step: of } of updates) {
    const report = await engine.forwardBackward(batch, loss);
    reports.push({ loss: report, optim: await engine.optimStep(of) });
  }
  return reports;
}

const stateOf = ({ model, learner, policyVersion }: LocalEngine) => ({
  weights: model.trainable.flat.slice(),
  first: learner.moments.first.slice(),
  second: learner.moments.second.slice(),
  updateCount: learner.moments.updateCount,
  policyVersion,
});

/**
 * Both forms run the same kernels on the same numbers (on the CPU the states are equal bit for bit); another order of the
 * sums would move a weight by a rounding of its update, 1e-2 a step.
 */
const STATE_TOLERANCE = 1e-6;

function expectSameReport(actual: UpdateReport | undefined, expected: UpdateReport | undefined): void {
  const round = ({ loss, optim }: UpdateReport) => ({
    targetCount: loss.targetCount,
    weightSum: loss.weightSum,
    parts: Object.keys(loss.parts),
    clipped: optim.clipped,
    policyVersion: optim.policyVersion,
  });
  const [ours, theirs] = [actual as UpdateReport, expected as UpdateReport];
  expect(round(ours)).toEqual(round(theirs));
  const numbers = ({ loss }: UpdateReport) => [loss.loss, ...Object.values(loss.parts)];
  numbers(theirs).forEach((value, i) => {
    expect(Math.abs((numbers(ours)[i] as number) - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)));
  });
  expect(Math.abs(ours.optim.gradNorm / theirs.optim.gradNorm - 1)).toBeLessThan(1e-5);
}

function expectSameState(actual: LocalEngine, expected: LocalEngine, tolerance: number): void {
  const [ours, theirs] = [stateOf(actual), stateOf(expected)];
  expect([ours.updateCount, ours.policyVersion]).toEqual([theirs.updateCount, theirs.policyVersion]);
  for (const array of ["weights", "first", "second"] as const) {
    const worst = theirs[array].reduce(
      (max, value, i) => Math.max(max, Math.abs(value - (ours[array][i] as number))),
      0,
    );
    expect(worst, array).toBeLessThanOrEqual(tolerance);
  }
}

/** Runs `test` with a fresh engine of each form. */
async function withBoth(
  options: Partial<LocalEngineOptions>,
  test: (device: LocalEngine, host: LocalEngine) => Promise<void>,
): Promise<void> {
  const [device, host] = [await opened({ ...options, form: "device" }), await opened({ ...options, form: "host" })];
  try {
    await test(device, host);
  } finally {
    await device.close();
    await host.close();
  }
}

describe.each([
  { name: "full weights", model: FULL, loss: POLICY_GRADIENT, gradientCheckpointing: false },
  { name: "adapters", model: LORA, loss: POLICY_GRADIENT, gradientCheckpointing: false },
  {
    name: "tied weights, ratios of sequences, layers computed again",
    model: TINY,
    loss: { ...POLICY_GRADIENT, ratio: "sequence" as const },
    gradientCheckpointing: true,
  },
  { name: "cross-entropy", model: FULL, loss: { name: "cross-entropy" as const }, gradientCheckpointing: false },
])("$name", ({ model, loss, gradientCheckpointing }) => {
  const options = { model, gradientCheckpointing };

  test("updates in one run are those of the host's form, report by report and weight by weight", () =>
    withBoth(options, async (device, host) => {
      const base = device.model.flat.slice();
      const updates = someUpdates(3, loss);
      const [ours, theirs] = [await run(device, updates), await oneByOne(host, updates)];
      expect(ours.length).toBe(3);
      ours.forEach((report, k) => {
        expectSameReport(report, theirs[k]);
      });
      expectSameState(device, host, STATE_TOLERANCE);
      if (model.lora !== undefined) expect(device.model.flat).toEqual(base);
    }));

  test("updates in one run are updates in runs of their own, bit for bit", async () => {
    const updates = someUpdates(3, loss);
    const [whole, split] = [await opened({ ...options, form: "device" }), await opened({ ...options, form: "device" })];
    const together = await run(whole, updates);
    const apart = [];
    for (const update of updates) apart.push(...(await run(split, [update])));
    expect(together).toEqual(apart);
    expect(stateOf(whole)).toEqual(stateOf(split));
    await whole.close();
    await split.close();
  });
});

test("accumulated gradients go into the first update, and into a step of their own", () =>
  withBoth({}, async (device, host) => {
    const [first, second, third] = someUpdates(3) as [Update, Update, Update];
    for (const engine of [device, host]) {
      await engine.forwardBackward(first.batch, first.loss);
      await engine.forwardBackward(second.batch, second.loss);
      await engine.optimStep(first.step);
      await engine.forwardBackward(first.batch, first.loss);
    }
    for (const { name } of device.model.table.specs) {
      const [ours, theirs] = [device.learner.gradientOf(name), host.learner.gradientOf(name)];
      const norm = Math.hypot(...theirs);
      expect(Math.hypot(...theirs.map((value, i) => value - (ours[i] as number))), name).toBeLessThan(1e-5 * norm);
    }
    const [ours, theirs] = [await run(device, [second, third]), await oneByOne(host, [second, third])];
    ours.forEach((report, k) => {
      expectSameReport(report, theirs[k]);
    });
    expectSameState(device, host, STATE_TOLERANCE);
  }));

test("updates of other losses and forms, regressions and empty ones keep their order", () =>
  withBoth({}, async (device, host) => {
    const [first, second, third, fourth] = someUpdates(4) as [Update, Update, Update, Update];
    const regressed = (row: TrainingRow, i: number) => ({
      ...row,
      weights_N: row.weights_N.map(() => 0.1),
      regression: { group: i % 2, reward: i, value: 0.5 },
    });
    const withoutMasks = third.batch.rows.map(({ allowed_N: _, ...row }) => row);
    const updates: Update[] = [
      first,
      { ...second, batch: { rows: second.batch.rows.map(regressed) }, loss: { name: "rebel", eta: 2 } },
      { ...second, batch: { rows: [] } },
      { ...third, batch: { rows: withoutMasks } },
      { ...fourth, loss: { name: "cross-entropy" } },
      first,
    ];
    const [ours, theirs] = [await run(device, updates), await oneByOne(host, updates)];
    expect(ours.length).toBe(updates.length);
    ours.forEach((report, k) => {
      if (k !== 2) expectSameReport(report, theirs[k]);
    });
    expectSameState(device, host, STATE_TOLERANCE);
  }));

test("a gradient that is not finite changes nothing, names its parameter, and leaves the updates before it", async () => {
  const [device, twin] = [await opened({ form: "device" }), await opened({ form: "device" })];
  const [first, second, third] = someUpdates(3) as [Update, Update, Update];
  const overflowing = second.batch.rows.map((row) => ({
    ...row,
    advantages_N: row.advantages_N.map(() => 1e38),
    weights_N: row.weights_N.map(() => 1e5),
  }));
  const refused = run(device, [first, { ...second, batch: { rows: overflowing } }, third]);
  await expect(refused).rejects.toThrow(/LOSS_NOT_FINITE.*gradient of model\.[a-z0-9._]+ is not finite/);
  await run(twin, [first]);
  expect(stateOf(device)).toEqual(stateOf(twin));
  const immense = { group: 0, reward: Number.MAX_VALUE, value: 0 };
  const regressed = third.batch.rows.map((row) => ({ ...row, regression: immense }));
  const alone = run(device, [{ ...third, batch: { rows: regressed }, loss: { name: "a-star", beta: 1 } }]);
  await expect(alone).rejects.toThrow(/LOSS_NOT_FINITE/);
  expect(device.learner.hasGradients).toBe(false);
  expect(stateOf(device)).toEqual(stateOf(twin));
  expect(await run(device, [third])).toEqual(await run(twin, [third]));
  expect(stateOf(device)).toEqual(stateOf(twin));
  await device.close();
  await twin.close();
});

test("a resumed engine goes on as the unbroken one", async () => {
  const folder = mkdtempSync(join(tmpdir(), "anchorgym-device-form-"));
  const [unbroken, resumed] = [
    await opened({ form: "device" }),
    await tinyEngine({ model: SMALL, maxBatchTokens: 64, form: "device" }),
  ];
  const updates = someUpdates(4);
  await run(unbroken, updates.slice(0, 2));
  await unbroken.save(join(folder, "state"), "state");
  await resumed.load(join(folder, "state"), "state");
  expect(await run(resumed, updates.slice(2))).toEqual(await run(unbroken, updates.slice(2)));
  expect(stateOf(resumed)).toEqual(stateOf(unbroken));
  await unbroken.close();
  await resumed.close();
  rmSync(folder, { recursive: true });
});

test("teacher-forced logprobs of all rows in one run are the host's, of the policy and of the base alone", () =>
  withBoth({ model: LORA }, async (device, host) => {
    const rows = randomRows(new RandomStream(41), 20);
    for (const engine of [device, host]) await engine.holdReference(null);
    for (const policy of ["current", "reference"] as const) {
      const [ours, theirs] = [await device.logprobs(rows, policy), await host.logprobs(rows, policy)];
      theirs.forEach((logprobs, i) => {
        logprobs.forEach((logprob, n) => {
          expect(Math.abs(logprob - (ours[i]?.[n] as number))).toBeLessThan(1e-5);
        });
      });
    }
    expect(await device.logprobs([])).toEqual([]);
  }));

test("a head in turns inside the loop gives what the whole one gives", async () => {
  const rows = randomRows(new RandomStream(43), 6);
  const batches = microBatches(rows, 64, () => true);
  const engine = await opened({});
  const outputsOf = async (chunkRows: number) => {
    const form = lossForm(POLICY_GRADIENT, { masked: true, sparse: true, chunkRows, attentionParts: 1 });
    const bytes = encodeModel(buildPassGraph(SMALL, form, false));
    const session = await openOrtSession(bytes, { threads: 1, optimization: "all" });
    const pages = batches.map((batch) => ({
      ...compactInputs(batch, TINY.vocabSize, form),
      ...lossInputs(batch, POLICY_GRADIENT, chunkRows),
    }));
    const outputs = await session.run({ ...engine.model.inputs(64), ...packPages(pages) });
    await session.release();
    return outputs;
  };
  const [whole, inTurns] = [await outputsOf(0), await outputsOf(4)];
  let compared = 0;
  for (const [name, { data }] of Object.entries(whole)) {
    if (!name.startsWith("gradient")) continue;
    const [ours, theirs] = [inTurns[name]?.data as Float32Array, data as Float32Array];
    const difference = Math.hypot(...theirs.map((value, i) => value - (ours[i] as number)));
    expect(difference, name).toBeLessThan(1e-5 * Math.max(Math.hypot(...theirs), 1e-3));
    compared += 1;
  }
  expect(batches.length).toBeGreaterThan(1);
  expect(compared).toBe(engine.model.table.specs.length);
  await engine.close();
});
