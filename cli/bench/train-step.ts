// Time of one training step in float32: forward, cross-entropy over every position, backward, AdamW; CPU time on the CPU,
// the clock's on a device. The engine runs in this thread, so nothing but the step is measured; neighbours on the machine
// show in p90, hardly in the median. In the device's form a sample is a run of several steps, divided by their number.

import type { OptimStep, TrainingRow } from "../../client/engine/engine.ts";
import type { LocalEngine } from "../../client/engine/onnx/local-engine.ts";
import { RandomStream } from "../../client/random.ts";
import { runUpdates } from "../../client/train/updates.ts";
import { runningPlace } from "../engine-place.ts";
import type { EnginePlace } from "../flag-values.ts";
import { compareWithBaseline } from "./against-baseline.ts";
import {
  type BenchRecord,
  type EngineClock,
  engineClock,
  median,
  type PeerFigure,
  quantile,
  rounded,
} from "./bench-record.ts";
import { BENCH_SIZES, type BenchSize, openBenchEngine, SEQUENCE_TOKENS, VOCAB_SIZE } from "./model-sizes.ts";

export interface TrainStepParams extends EnginePlace {
  /** Seconds of one measurement, at least; five steps in any case. */
  readonly seconds: number;
  readonly seed: number;
  /** Default: all sizes. */
  readonly size?: string;
  /** Default 1. */
  readonly threads?: number;
  /** A torch baseline's command, measured in turns with ours; see against-baseline.ts. */
  readonly against?: string;
}

const WARMUP_STEPS = 2;
const MIN_STEPS = 5;
const UPDATES_PER_RUN = 4;

const OPTIM_STEP: OptimStep = {
  learningRate: 1e-4,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
  maxGradNorm: 0,
};

const SOURCE = "torch 2.13 eager, fp32, 1 thread, fused AdamW; 2 cores of an AMD EPYC; torch_baseline.py";
const PEERS: Readonly<Record<BenchSize["name"], PeerFigure>> = {
  d128: { peer: "torch", value: 342, unit: "ms", source: SOURCE },
  d256: { peer: "torch", value: 1554, unit: "ms", source: SOURCE },
  d512: { peer: "torch", value: 1791, unit: "ms", source: SOURCE },
};

export async function* runTrainStep(params: TrainStepParams): AsyncIterable<BenchRecord> {
  const threads = params.threads ?? 1;
  const running = await runningPlace(params);
  const clock = engineClock(running.device);
  const updatesPerRun = running.form === "device" ? UPDATES_PER_RUN : 1;
  for (const size of BENCH_SIZES) {
    if (params.size !== undefined && params.size !== size.name) continue;
    const engine = await openBenchEngine(size, threads, params.seed, params);
    const rows = randomRows(size.batch, params.seed);
    const samples = await timeSteps(engine, rows, updatesPerRun, params.seconds, clock);
    const parameterCount = engine.model.table.specs.reduce((sum, spec) => sum + spec.size, 0);
    const shared = {
      size: size.name,
      threads,
      parameters: parameterCount,
      batch: size.batch,
      sequence: SEQUENCE_TOKENS,
      vocabulary: VOCAB_SIZE,
      samples: samples.length,
      updates_per_run: updatesPerRun,
      ...running,
    };
    const milliseconds = samples.map((seconds) => 1000 * seconds);
    yield {
      bench: "train-step",
      metric: `${clock.name}_ms`,
      value: rounded(median(milliseconds)),
      unit: "ms",
      params: {
        ...shared,
        p10: rounded(quantile(milliseconds, 0.1)),
        p90: rounded(quantile(milliseconds, 0.9)),
        ...(running.device === "cpu" ? { peers: [PEERS[size.name]] } : {}),
      },
    };
    yield {
      bench: "train-step",
      metric: `tokens_per_${clock.name}_second`,
      value: Math.round((size.batch * SEQUENCE_TOKENS) / median(samples)),
      unit: "tokens/s",
      params: shared,
    };
    if (params.against !== undefined) {
      yield await compareWithBaseline({
        bench: "train-step",
        command: params.against,
        flags: baselineFlags(size, params.seconds),
        threads,
        unit: "ms",
        measure: async () => 1000 * median(await timeSteps(engine, rows, updatesPerRun, params.seconds, clock)),
        read: (run) => run.cpu?.median_ms,
        params: { size: size.name, parameters: parameterCount, batch: size.batch, sequence: SEQUENCE_TOKENS },
      });
    }
    await engine.close();
  }
}

function baselineFlags({ name, batch }: BenchSize, seconds: number): string[] {
  const shape = ["--mode", "train", "--size", name, "--batch", String(batch), "--seq", String(SEQUENCE_TOKENS)];
  const sampling = ["--warmup", String(WARMUP_STEPS), "--repeats", String(MIN_STEPS), "--min-seconds", String(seconds)];
  return [...shape, "--vocab", String(VOCAB_SIZE), ...sampling];
}

/** Seconds of each step; in the device's form of each run of several, by step. */
async function timeSteps(
  engine: LocalEngine,
  rows: readonly TrainingRow[],
  updatesPerRun: number,
  seconds: number,
  clock: EngineClock,
): Promise<number[]> {
  const update = { batch: { rows }, loss: { name: "cross-entropy" }, step: OPTIM_STEP } as const;
  const updates = new Array<typeof update>(updatesPerRun).fill(update);
  const samples: number[] = [];
  let spent = 0;
  for (let step = 0; samples.length < MIN_STEPS || spent < seconds; step++) {
    const start = clock.seconds();
    for await (const _ of runUpdates(engine, updates));
    const took = clock.seconds() - start;
    if (step < WARMUP_STEPS) continue;
    samples.push(took / updatesPerRun);
    spent += took;
  }
  return samples;
}

/** Every position predicts the next token, and all weigh the same. */
function randomRows(batch: number, seed: number): TrainingRow[] {
  const stream = new RandomStream(seed).split("train-step");
  return Array.from({ length: batch }, () => ({
    tokens_T: Int32Array.from({ length: SEQUENCE_TOKENS + 1 }, () => stream.int(VOCAB_SIZE)),
    targets_N: Int32Array.from({ length: SEQUENCE_TOKENS }, (_, i) => i + 1),
    inverseTemperature: 1,
    weights_N: new Float64Array(SEQUENCE_TOKENS).fill(1 / (batch * SEQUENCE_TOKENS)),
    advantages_N: new Float64Array(SEQUENCE_TOKENS),
    behaviourLogprobs_N: new Float32Array(SEQUENCE_TOKENS),
  }));
}
