// Queries cut into parts that meet only what lies before their end give what the whole product gives: outputs and every
// gradient, with rows that are no multiple of the parts, grouped heads, layers computed twice, and in both forms.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeModel } from "../../../../../client/engine/onnx/graph/encode.ts";
import {
  compactInputs,
  lossInputs,
  microBatches,
  paddedLength,
  sequenceInputs,
} from "../../../../../client/engine/onnx/learner/batch.ts";
import { buildPassGraph } from "../../../../../client/engine/onnx/learner/device-graphs.ts";
import { attentionPartsFor, lossForm } from "../../../../../client/engine/onnx/learner/loss-form.ts";
import { buildLossGraph } from "../../../../../client/engine/onnx/learner/loss-graph.ts";
import { packPages } from "../../../../../client/engine/onnx/learner/pages.ts";
import type { LocalEngine } from "../../../../../client/engine/onnx/local-engine.ts";
import type { HostTensors } from "../../../../../client/engine/onnx/session/graph-session.ts";
import { openOrtSession } from "../../../../../client/engine/onnx/session/ort-session.ts";
import { RandomStream } from "../../../../../client/random.ts";
import { POLICY_GRADIENT, perturb, randomRows, TINY, tinyEngine } from "../tiny-engine.ts";

const config = { ...TINY, headCount: 2 * TINY.kvHeadCount, qkvBias: true, qkNorm: true };
const [batch = []] = microBatches(randomRows(new RandomStream(31), 7), 4096, () => true);
let engine: LocalEngine;
beforeAll(async () => {
  engine = await tinyEngine({ model: config });
  perturb(engine, 0.2, 5);
});
afterAll(() => engine.close());

async function outputsOf(
  attentionParts: number,
  { sparse = false, recomputes = false, form = "host" }: { sparse?: boolean; recomputes?: boolean; form?: string } = {},
): Promise<HostTensors> {
  const shape = lossForm(POLICY_GRADIENT, { masked: true, sparse, chunkRows: 0, attentionParts });
  const graph = form === "host" ? buildLossGraph(config, shape, recomputes) : buildPassGraph(config, shape, recomputes);
  const session = await openOrtSession(encodeModel(graph), { threads: 1, optimization: "all" });
  const ofLoss = lossInputs(batch, POLICY_GRADIENT, 0);
  const ofBatch =
    form === "host"
      ? { ...sequenceInputs(batch, config.vocabSize, shape), ...ofLoss }
      : packPages([{ ...compactInputs(batch, config.vocabSize, shape), ...ofLoss }]);
  const outputs = await session.run({ ...engine.model.inputs(64), ...ofBatch });
  await session.release();
  return outputs;
}

/** Sums over fewer zeros in another order: some roundings of float32, relative to the largest element. */
function expectClose(found: HostTensors, expected: HostTensors): void {
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [name, { data }] of Object.entries(expected)) {
    const [ours, theirs] = [found[name]?.data as Float32Array, data as Float32Array];
    const scale = theirs.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    const worst = theirs.reduce((most, value, i) => Math.max(most, Math.abs(value - (ours[i] as number))), 0);
    expect(worst / scale, name).toBeLessThan(5e-6);
  }
}

describe.each([
  { what: "all tokens scored" },
  { what: "few tokens scored", sparse: true },
  { what: "layers computed twice", recomputes: true },
  { what: "the device's form", form: "device" },
])("$what", (options) => {
  test.each([2, 3, 4])("%d parts give outputs and gradients of the whole", async (parts) => {
    expectClose(await outputsOf(parts, options), await outputsOf(1, options));
  });
});

test("rows are padded to whole parts, and long rows are cut into more of them", () => {
  const tokens = paddedLength(batch, { attentionParts: 1 });
  expect(paddedLength(batch, { attentionParts: tokens - 1 })).toBe(2 * (tokens - 1));
  const parts = [32, 128, 1024].map(attentionPartsFor);
  expect(parts).toEqual(parts.toSorted((a, b) => a - b));
  expect(parts[0]).toBe(1);
  expect(parts[2]).toBeGreaterThan(parts[0] as number);
});

test("a long row trains through parts as through the whole: gradients of the engine agree with those of one part", async () => {
  const long = await tinyEngine({ model: { ...config, maxPositions: 256 } });
  const stream = new RandomStream(8);
  const tokens_T = Int32Array.from({ length: 131 }, () => Math.floor(stream.real() * config.vocabSize));
  const row = {
    tokens_T,
    targets_N: Int32Array.from({ length: 130 }, (_, i) => i + 1),
    inverseTemperature: 1,
    weights_N: new Float64Array(130).fill(1 / 130),
    advantages_N: new Float64Array(130),
    behaviourLogprobs_N: new Float32Array(130),
  };
  await long.forwardBackward({ rows: [row] }, { name: "cross-entropy" });
  const [only = []] = microBatches([row], 4096, () => true);
  const whole = lossForm({ name: "cross-entropy" }, { masked: false, sparse: false, chunkRows: 0, attentionParts: 1 });
  const session = await openOrtSession(encodeModel(buildLossGraph(config, whole)), { threads: 1, optimization: "all" });
  const outputs = await session.run({
    ...long.model.inputs(130),
    ...sequenceInputs(only, config.vocabSize, whole),
    ...lossInputs(only, { name: "cross-entropy" }, 0),
  });
  const names = long.model.table.specs.map(({ name }) => name);
  const ofEngine = names.map((name) => [name, { dtype: "float32", shape: [], data: long.learner.gradientOf(name) }]);
  const ofWhole = names.map((name) => [name, outputs[`gradient ${name}`]]);
  expectClose(Object.fromEntries(ofEngine), Object.fromEntries(ofWhole));
  await session.release();
  await long.close();
});
