// The head in turns and the layers that are computed twice: the same numbers as the plain graph, for every loss and form.
import { expect, test } from "vitest";
import type { TrainingRow } from "../../../../../client/engine/engine.ts";
import { encodeModel } from "../../../../../client/engine/onnx/graph/encode.ts";
import { isSparse, lossInputs, microBatches, sequenceInputs } from "../../../../../client/engine/onnx/learner/batch.ts";
import { chunkRowsFor, lossForm } from "../../../../../client/engine/onnx/learner/loss-form.ts";
import { buildLossGraph } from "../../../../../client/engine/onnx/learner/loss-graph.ts";
import type { DecoderConfig } from "../../../../../client/engine/onnx/model/config.ts";
import type { HostTensors } from "../../../../../client/engine/onnx/session/graph-session.ts";
import { openOrtSession } from "../../../../../client/engine/onnx/session/ort-session.ts";
import { RandomStream } from "../../../../../client/random.ts";
import { POLICY_GRADIENT, perturb, randomRows, TINY, tinyEngine } from "../tiny-engine.ts";

const rows = randomRows(new RandomStream(21), 7);
const lora = { rank: 3, alpha: 6, targets: ["q_proj", "v_proj", "down_proj"] } as const;

async function outputsOf(
  config: DecoderConfig,
  batchRows: readonly TrainingRow[],
  chunkRows: number,
  recomputes: boolean,
): Promise<HostTensors> {
  const engine = await tinyEngine({ model: config });
  perturb(engine, 0.2, 5);
  engine.model.trainable.flat.forEach((value, i, flat) => {
    if (config.lora !== undefined) flat[i] = value + 0.05 * Math.sin(i);
  });
  const [batch = []] = microBatches(batchRows, 4096, () => true);
  const masked = batchRows.some((row) => row.allowed_N !== undefined);
  const form = lossForm(POLICY_GRADIENT, { masked, sparse: isSparse(batch), chunkRows, attentionParts: 1 });
  const bytes = encodeModel(buildLossGraph(config, form, recomputes));
  const session = await openOrtSession(bytes, { threads: 1, optimization: "all" });
  const outputs = await session.run({
    ...engine.model.inputs(64),
    ...sequenceInputs(batch, config.vocabSize, form),
    ...lossInputs(batch, POLICY_GRADIENT, chunkRows),
  });
  await session.release();
  await engine.close();
  return outputs;
}

function expectSame(actual: HostTensors, expected: HostTensors): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, { data }] of Object.entries(expected)) {
    const [ours, theirs] = [actual[name]?.data as Float32Array, data as Float32Array];
    const norm = Math.hypot(...theirs);
    const difference = Math.hypot(...theirs.map((value, i) => value - (ours[i] as number)));
    expect(difference, name).toBeLessThan(1e-5 * Math.max(norm, 1e-3));
  }
}

const open = rows.map(({ allowed_N: _, ...row }) => row);
test.each([
  { name: "tied", config: TINY, batch: rows },
  { name: "untied", config: { ...TINY, tieEmbeddings: false }, batch: rows },
  { name: "without masks", config: TINY, batch: open },
  { name: "adapters on a frozen tied base", config: { ...TINY, lora }, batch: rows },
])("$name: a head in turns gives what the whole one gives", async ({ config, batch }) => {
  const plain = await outputsOf(config, batch, 0, false);
  // 21 targets: the last turn is padded.
  expectSame(await outputsOf(config, batch, 8, false), plain);
  expectSame(await outputsOf(config, batch, 8, true), plain);
  const gradients = Object.keys(plain).filter((name) => name.startsWith("gradient "));
  expect(gradients.every((name) => name.includes("lora_") === (config.lora !== undefined))).toBe(true);
});

test.each([
  { name: "all weights", config: { ...TINY, layerCount: 4, qkNorm: true, qkvBias: true } },
  { name: "adapters", config: { ...TINY, layerCount: 4, lora } },
])("$name: layers computed twice give the same gradients", async ({ config }) => {
  expectSame(await outputsOf(config, rows, 0, true), await outputsOf(config, rows, 0, false));
});

test("a vocabulary of 151,936 goes through the head in turns, a small one at once", () => {
  expect(chunkRowsFor(4096, 512)).toBe(0);
  expect(chunkRowsFor(110, 151_936)).toBe(0);
  const chunk = chunkRowsFor(1000, 151_936);
  expect(chunk * 151_936 * 4).toBeLessThan(40e6);
  expect(chunk).toBeGreaterThan(15);
});
