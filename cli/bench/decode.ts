// Tokens per second of generation in float32, of CPU time on the CPU and of the clock's on a device: prompts of 32 tokens, then 96 decoding steps per row without a stop
// token. As in the torch baseline, each step takes the most probable token, and reading the prompts and the token that it
// gives are not counted: the time of a call for 97 tokens less that of a call for 1. Unlike there, each step also computes
// logprobs. `whole` is the rate with everything included; tokens_per_cpu_second_drawn draws at temperature 1.

import type { SampleRequest } from "../../client/engine/engine.ts";
import type { LocalEngine } from "../../client/engine/onnx/local-engine.ts";
import { RandomStream } from "../../client/random.ts";
import { runningPlace } from "../engine-place.ts";
import type { EnginePlace } from "../flag-values.ts";
import { compareWithBaseline } from "./against-baseline.ts";
import { type BenchRecord, type EngineClock, engineClock, median, type PeerFigure, quantile } from "./bench-record.ts";
import { BENCH_SIZES, type BenchSize, openBenchEngine, SEQUENCE_TOKENS, VOCAB_SIZE } from "./model-sizes.ts";

export interface DecodeParams extends EnginePlace {
  /** Seconds of one measurement, at least; three calls in any case. */
  readonly seconds: number;
  readonly seed: number;
  /** Default: d128 and d512. */
  readonly size?: string;
  /** Default 1. */
  readonly threads?: number;
  /** A torch baseline's command, measured in turns with ours at batch 32; see against-baseline.ts. */
  readonly against?: string;
}

const PROMPT_TOKENS = 32;
const STEPS = SEQUENCE_TOKENS - PROMPT_TOKENS;
const BATCHES = [1, 32, 128] as const;
/** Of the comparison with a baseline. */
const COMPARED_BATCH = 32;
const MEASURED: readonly BenchSize["name"][] = ["d128", "d512"];
const MIN_CALLS = 3;

const SOURCE = "torch 2.13 eager, KV cache, fp32, 1 thread; 2 cores of an AMD EPYC; torch_baseline.py; steps alone";
/** At batch 32. */
const PEERS: Readonly<Partial<Record<BenchSize["name"], PeerFigure>>> = {
  d128: { peer: "torch", value: 17_400, unit: "tokens/s", source: SOURCE },
  d512: { peer: "torch", value: 876, unit: "tokens/s", source: SOURCE },
};

export async function* runDecode(params: DecodeParams): AsyncIterable<BenchRecord> {
  const threads = params.threads ?? 1;
  const running = await runningPlace(params);
  const clock = engineClock(running.device);
  const metric = `tokens_per_${clock.name}_second`;
  for (const size of BENCH_SIZES) {
    if (params.size === undefined ? !MEASURED.includes(size.name) : params.size !== size.name) continue;
    const engine = await openBenchEngine(size, threads, params.seed, params);
    for (const batch of BATCHES) {
      for (const greedy of batch === 32 ? [true, false] : [true]) {
        const { rates, whole } = await timeCalls(engine, batch, greedy, params, clock);
        const peer = running.device === "cpu" && batch === 32 && greedy ? PEERS[size.name] : undefined;
        yield {
          bench: "decode",
          metric: greedy ? metric : `${metric}_drawn`,
          value: Math.round(median(rates)),
          unit: "tokens/s",
          params: {
            size: size.name,
            threads,
            batch,
            prompt: PROMPT_TOKENS,
            steps: STEPS,
            vocabulary: VOCAB_SIZE,
            calls: rates.length,
            p10: Math.round(quantile(rates, 0.1)),
            whole: Math.round(median(whole)),
            ...running,
            ...(peer === undefined ? {} : { peers: [peer] }),
          },
        };
      }
    }
    if (params.against !== undefined) {
      yield await compareWithBaseline({
        bench: "decode",
        command: params.against,
        flags: baselineFlags(size, params.seconds),
        threads,
        unit: "tokens/s",
        measure: async () => median((await timeCalls(engine, COMPARED_BATCH, true, params, clock)).rates),
        read: (run) => run.tokens_per_cpu_s,
        params: { size: size.name, batch: COMPARED_BATCH, prompt: PROMPT_TOKENS, steps: STEPS },
      });
    }
    await engine.close();
  }
}

function baselineFlags({ name }: BenchSize, seconds: number): string[] {
  const shape = ["--mode", "decode", "--size", name, "--batch", String(COMPARED_BATCH)];
  const lengths = ["--prompt", String(PROMPT_TOKENS), "--seq", String(SEQUENCE_TOKENS), "--vocab", String(VOCAB_SIZE)];
  return [...shape, ...lengths, "--repeats", String(MIN_CALLS), "--min-seconds", String(seconds)];
}

/** Tokens per second of each pair of calls, after one pair that is not counted. */
async function timeCalls(
  engine: LocalEngine,
  batch: number,
  greedy: boolean,
  { seconds, seed }: DecodeParams,
  clock: EngineClock,
): Promise<{ readonly rates: readonly number[]; readonly whole: readonly number[] }> {
  const [short, long] = [1, STEPS + 1].map((tokens) => randomRequests(batch, seed, tokens, greedy)) as [
    SampleRequest[],
    SampleRequest[],
  ];
  await engine.sample(long);
  const [rates, whole]: [number[], number[]] = [[], []];
  let spent = 0;
  while (rates.length < MIN_CALLS || spent < seconds) {
    const reading = await secondsOf(engine, short, clock);
    const took = await secondsOf(engine, long, clock);
    rates.push((batch * STEPS) / (took - reading));
    whole.push((batch * (STEPS + 1)) / took);
    spent += took;
  }
  return { rates, whole };
}

async function secondsOf(engine: LocalEngine, requests: readonly SampleRequest[], clock: EngineClock): Promise<number> {
  const start = clock.seconds();
  await engine.sample(requests);
  return clock.seconds() - start;
}

function randomRequests(batch: number, seed: number, maxTokens: number, greedy: boolean): SampleRequest[] {
  const stream = new RandomStream(seed).split("decode");
  return Array.from({ length: batch }, (_, row) => ({
    prompt_T: Int32Array.from({ length: PROMPT_TOKENS }, () => stream.int(VOCAB_SIZE)),
    maxTokens,
    stopTokens: [],
    temperature: 1,
    greedy,
    seed: row,
  }));
}
