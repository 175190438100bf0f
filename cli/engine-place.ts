// What really runs where an engine was put. A session on a device runs some nodes on the CPU without a word; the census
// says which.

import type { OptimStep } from "../client/engine/engine.ts";
import { LocalEngine } from "../client/engine/onnx/local-engine.ts";
import { smallDecoder } from "../client/engine/onnx/model/config.ts";
import { checkDevice, type Device, defaultForm, type EngineForm } from "../client/engine/onnx/session/device.ts";
import { openOrtSession } from "../client/engine/onnx/session/ort-session.ts";
import { takeCensus } from "../client/engine/onnx/session/provider-census.ts";
import { runUpdates } from "../client/train/updates.ts";
import { type EnginePlace, placeOptions } from "./flag-values.ts";

/** What really runs, as a record prints it. */
export interface RunningPlace {
  readonly device: Device;
  readonly form: EngineForm;
  /** Kernels that each provider ran of a few updates and completions. */
  readonly providers: Readonly<Record<string, number>>;
  /** On a device: operators that ran on the CPU all the same. */
  readonly on_cpu?: readonly string[];
}

const STEP: OptimStep = {
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
  maxGradNorm: 1,
};

/** Trains and samples with a small model there. @throws {ConfigError} CONFIG_INVALID with the cure where the device is missing */
export async function runningPlace(place: EnginePlace): Promise<RunningPlace> {
  const device = place.device ?? "cpu";
  await checkDevice(device, openOrtSession);
  const census = await takeCensus(async (open) => {
    const model = smallDecoder({
      vocabSize: 64,
      hiddenSize: 32,
      layerCount: 1,
      headCount: 2,
      kvHeadCount: 1,
      ffnSize: 64,
    });
    const sizes = { model, seed: 1, threads: 1, optimization: "all", maxBatchTokens: 64 } as const;
    const engine = await LocalEngine.create(open, { ...sizes, ...placeOptions(place) });
    try {
      const tokens_T = Int32Array.from({ length: 16 }, (_, t) => t);
      const row = {
        tokens_T,
        targets_N: Int32Array.of(4, 15),
        inverseTemperature: 1,
        weights_N: Float64Array.of(0.5, 0.5),
        advantages_N: Float64Array.of(1, 1),
        behaviourLogprobs_N: Float32Array.of(-4, -4),
      };
      const update = { batch: { rows: [row, row] }, loss: { name: "cross-entropy" }, step: STEP } as const;
      for await (const _ of runUpdates(engine, [update, update]));
      const drawn = { stopTokens: [], temperature: 1, greedy: false, seed: 1 };
      await engine.sample([{ prompt_T: tokens_T, maxTokens: 8, ...drawn }]);
    } finally {
      await engine.close();
    }
  });
  const providers = Object.fromEntries(
    Object.entries(census).map(([name, ops]) => [name, Object.values(ops).reduce((sum, count) => sum + count, 0)]),
  );
  const form = place.form ?? defaultForm(device);
  if (device === "cpu") return { device, form, providers };
  return { device, form, providers, on_cpu: Object.keys(census["CPUExecutionProvider"] ?? {}).sort() };
}
