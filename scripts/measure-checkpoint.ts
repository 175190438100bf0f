// What a checkpoint costs on this machine: loading, generating, LoRA training steps, with the peak of resident memory after
// each. One JSON object per line.
//   npx tsx scripts/measure-checkpoint.ts <directory> [--threads 2] [--rows 4] [--tokens 17] [--steps 2]

import { parseArgs } from "node:util";
import { LocalEngine } from "../client/engine/onnx/local-engine.ts";
import { openOrtSession } from "../client/engine/onnx/session/ort-session.ts";
import { RandomStream } from "../client/random.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: "string", default: "2" },
    rows: { type: "string", default: "4" },
    tokens: { type: "string", default: "17" },
    steps: { type: "string", default: "2" },
  },
});
const [directory] = positionals;
if (directory === undefined) throw new Error("name a checkpoint");
const [threads, rows, tokens, steps] = [values.threads, values.rows, values.tokens, values.steps].map(Number) as [
  number,
  number,
  number,
  number,
];
const PROMPT_TOKENS = 64;

const peakMiB = () => Math.round(process.resourceUsage().maxRSS / 1024);
const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
async function timed<Result>(what: string, run: () => Promise<Result>, facts: (result: Result) => object = () => ({})) {
  const [wall, cpu] = [performance.now(), cpuSeconds()];
  const result = await run();
  const wallSeconds = (performance.now() - wall) / 1000;
  const record = { what, wallSeconds, cpuSeconds: cpuSeconds() - cpu, peakMiB: peakMiB(), ...facts(result) };
  process.stdout.write(`${JSON.stringify(record)}\n`);
  return { result, wallSeconds };
}

const before = peakMiB();
const { result: engine } = await timed(
  "load with new adapters (rank 8, all linears)",
  () =>
    LocalEngine.create(openOrtSession, {
      model: {
        directory,
        lora: {
          rank: 8,
          alpha: 16,
          targets: ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
        },
      },
      seed: 1,
      threads,
      optimization: "all",
      maxBatchTokens: 1024,
    }),
  ({ model }) => ({ peakBeforeMiB: before, weightsMiB: Math.round(model.flat.byteLength / 2 ** 20) }),
);
const { vocabSize } = engine.model.config;
const stream = new RandomStream(1);
const requests = Array.from({ length: rows }, (_, seed) => ({
  prompt_T: Int32Array.from({ length: PROMPT_TOKENS }, () => stream.int(vocabSize)),
  maxTokens: tokens,
  stopTokens: [],
  temperature: 1,
  greedy: false,
  seed,
}));
const short = requests.map((request) => ({ ...request, maxTokens: 1 }));
await timed("read the prompts (first call: opens the session)", () => engine.sample(short));
const { wallSeconds: reading } = await timed("read the prompts", () => engine.sample(short));
await timed("generate (first call: opens the session)", () => engine.sample(requests));
const { result: completions, wallSeconds: generating } = await timed("generate", () => engine.sample(requests));
const perSecond = (rows * (tokens - 1)) / (generating - reading);
process.stdout.write(`${JSON.stringify({ what: "decoding", tokensPerSecond: perSecond, rows, threads })}\n`);

const sequences = completions.map((completion, i) => ({
  tokens_T: Int32Array.from([...(requests[i]?.prompt_T ?? []), ...completion.tokens_T]),
  targets_N: Int32Array.from(completion.tokens_T, (_, t) => PROMPT_TOKENS + t),
  inverseTemperature: 1,
}));
const { result: scored } = await timed("score", () => engine.logprobs(sequences));
const differences = completions.flatMap(({ logprobs_T }, i) =>
  [...logprobs_T].map((logprob, t) => Math.abs(logprob - (scored[i]?.[t] ?? Number.NaN))),
);
process.stdout.write(`${JSON.stringify({ what: "worst logprob difference", value: Math.max(...differences) })}\n`);
const ones = new Float64Array(tokens).fill(1 / (rows * tokens));
const trainingRows = sequences.map((sequence, i) => ({
  ...sequence,
  weights_N: ones,
  advantages_N: new Float64Array(tokens).fill(i % 2 === 0 ? 1 : -1),
  behaviourLogprobs_N: completions[i]?.logprobs_T ?? new Float32Array(tokens),
}));
for (let step = 0; step < steps; step++) {
  await timed(
    `LoRA step ${step + 1}: ${rows} rows of ${PROMPT_TOKENS + tokens} tokens`,
    async () => {
      const report = await engine.forwardBackward({ rows: trainingRows }, { name: "cross-entropy" });
      await engine.optimStep({
        learningRate: 1e-4,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        weightDecay: 0,
        maxGradNorm: 1,
      });
      return report;
    },
    ({ loss }) => ({ loss }),
  );
}
await timed("generate with changed adapters", () => engine.sample(requests));
await engine.close();
