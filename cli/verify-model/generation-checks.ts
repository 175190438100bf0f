// Generations: greedy tokens must be exact, alone and in one batch; of sampled ones the logprobs, entropies and kept tokens,
// from the recorded ids. And what rollouts report of their own draws must be what training computes of them.

import type { SampleRequest } from "../../client/engine/engine.ts";
import type { LocalEngine } from "../../client/engine/onnx/local-engine.ts";
import type { Tokenizer } from "../../client/prompt/tokenizer.ts";
import { distributionOf, restrictedDistribution } from "./distribution.ts";
import { type Fixture, readGolden } from "./fixtures.ts";
import type { Ledger } from "./ledger.ts";
import type { Probe } from "./probe.ts";

interface Generation {
  readonly prompt_ids: readonly number[];
  readonly output_ids: readonly number[];
  readonly logprobs: readonly number[];
}
interface GreedyGeneration extends Generation {
  readonly text: string;
  readonly top5_ids: readonly (readonly number[])[];
  readonly top5_logprobs: readonly (readonly number[])[];
}
interface SampledGeneration extends Generation {
  readonly logprobs_t1: readonly number[];
  readonly entropy: readonly number[];
  readonly entropy_t1: readonly number[];
  readonly kept?: readonly number[];
}
interface GoldenGenerations {
  readonly greedy: readonly GreedyGeneration[];
  readonly greedy_with_stop?: {
    readonly eos_token_id: number;
    readonly sequences: readonly (readonly number[])[];
  };
  readonly sampling?: {
    readonly temperature: number;
    readonly top_k: number;
    readonly top_p: number;
    readonly t07: readonly SampledGeneration[];
    readonly t07_topk_topp: readonly SampledGeneration[];
  };
}

const LOGPROB_TOLERANCE = 1e-4;
/** Between what a rollout says of its draws and what training computes, float32 on both sides. */
const ROLLOUT_TOLERANCE = 1e-5;

export async function checkGenerations(
  ledger: Ledger,
  fixture: Fixture,
  engine: LocalEngine,
  probe: Probe,
  tokenizer: Tokenizer | null,
): Promise<void> {
  const golden = readGolden<GoldenGenerations>(fixture.golden, "generate.json");
  if (golden === null) return;
  await checkGreedy(ledger, fixture, engine, golden, tokenizer);
  for (const [i, { prompt_ids, output_ids, top5_ids, top5_logprobs }] of golden.greedy.entries()) {
    const { row } = await probe.sequence([...prompt_ids, ...output_ids]);
    top5_ids.forEach((ids, t) => {
      const { logprobs } = distributionOf(row(0, prompt_ids.length - 1 + t), 1);
      const place = `${fixture.name} prompt ${i} token ${t}`;
      const ours = ids.map((id) => logprobs[id] as number);
      ledger.near("greedy", `${place} top 5`, ours, top5_logprobs[t] ?? [], LOGPROB_TOLERANCE);
    });
  }
  if (golden.sampling !== undefined) await checkSampled(ledger, fixture, engine, probe, golden.sampling);
  await checkOwnDraws(ledger, fixture, engine, golden.greedy);
}

const request = (prompt: readonly number[], maxTokens: number, fields: Partial<SampleRequest>): SampleRequest => ({
  prompt_T: Int32Array.from(prompt),
  maxTokens,
  stopTokens: [],
  temperature: 1,
  greedy: true,
  seed: 0,
  ...fields,
});

async function checkGreedy(
  ledger: Ledger,
  fixture: Fixture,
  engine: LocalEngine,
  golden: GoldenGenerations,
  tokenizer: Tokenizer | null,
): Promise<void> {
  const requests = golden.greedy.map(({ prompt_ids, output_ids }) => request(prompt_ids, output_ids.length, {}));
  const together = await engine.sample(requests);
  for (const [i, expected] of golden.greedy.entries()) {
    const [alone] = await engine.sample([requests[i] as SampleRequest]);
    for (const [form, completion] of [["alone", alone] as const, ["in a batch", together[i]] as const]) {
      const place = `${fixture.name} prompt ${i} ${form}`;
      const tokens = [...(completion?.tokens_T ?? [])];
      ledger.equal("greedy", `${place} tokens`, tokens, expected.output_ids);
      ledger.near("greedy", `${place} logprobs`, completion?.logprobs_T ?? [], expected.logprobs, LOGPROB_TOLERANCE);
      if (tokenizer !== null) ledger.equal("greedy", `${place} text`, tokenizer.decode(tokens), expected.text);
    }
  }
  const { greedy_with_stop: stopped } = golden;
  if (stopped === undefined) return;
  const stop = { stopTokens: [stopped.eos_token_id] };
  const completions = await engine.sample(requests.map((free) => ({ ...free, ...stop })));
  stopped.sequences.forEach((expected, i) => {
    const place = `${fixture.name} prompt ${i} with a stop token`;
    ledger.equal("greedy", place, [...(completions[i]?.tokens_T ?? [])], expected);
  });
}

async function checkSampled(
  ledger: Ledger,
  fixture: Fixture,
  engine: LocalEngine,
  probe: Probe,
  { temperature, top_k, top_p, t07, t07_topk_topp }: NonNullable<GoldenGenerations["sampling"]>,
): Promise<void> {
  for (const at of [temperature, 1]) {
    const logprobs = await engine.logprobs(
      t07.map(({ prompt_ids, output_ids }) => ({
        tokens_T: Int32Array.from([...prompt_ids, ...output_ids]),
        targets_N: Int32Array.from(output_ids, (_, i) => prompt_ids.length + i),
        inverseTemperature: 1 / at,
      })),
    );
    t07.forEach((expected, i) => {
      const place = `${fixture.name} prompt ${i} at temperature ${at}`;
      const reference = at === 1 ? expected.logprobs_t1 : expected.logprobs;
      ledger.near("sampled", place, logprobs[i] as Float32Array, reference, LOGPROB_TOLERANCE);
    });
  }
  const forms = [
    { name: "tempered", cases: t07, of: (row: Float32Array) => distributionOf(row, temperature) },
    {
      name: "top-k, top-p",
      cases: t07_topk_topp,
      of: (row: Float32Array) => restrictedDistribution(row, temperature, top_k, top_p),
    },
  ];
  for (const { name, cases, of } of forms) {
    for (const [i, expected] of cases.entries()) {
      const { prompt_ids, output_ids } = expected;
      const { row } = await probe.sequence([...prompt_ids, ...output_ids]);
      const rows = output_ids.map((_, t) => row(0, prompt_ids.length - 1 + t));
      const [drawnFrom, plain] = [rows.map(of), rows.map((logits) => distributionOf(logits, 1))];
      const picked = (from: typeof plain) => from.map(({ logprobs }, t) => logprobs[output_ids[t] as number] as number);
      const entropies = (from: typeof plain) => from.map(({ entropyNat }) => entropyNat);
      const near = (what: string, ours: readonly number[], reference: readonly number[]) =>
        ledger.near("sampled", `${fixture.name} ${name} prompt ${i} ${what}`, ours, reference, LOGPROB_TOLERANCE);
      near("logprobs", picked(drawnFrom), expected.logprobs);
      near("logprobs at 1", picked(plain), expected.logprobs_t1);
      near("entropy", entropies(drawnFrom), expected.entropy);
      near("entropy at 1", entropies(plain), expected.entropy_t1);
      if (expected.kept === undefined) continue;
      const kept = drawnFrom.map((distribution) => distribution.kept);
      ledger.equal("sampled", `${fixture.name} ${name} prompt ${i} kept`, kept, expected.kept);
    }
  }
}

async function checkOwnDraws(
  ledger: Ledger,
  fixture: Fixture,
  engine: LocalEngine,
  prompts: readonly Generation[],
): Promise<void> {
  for (const temperature of [1, 0.7]) {
    const requests = prompts.map(({ prompt_ids, output_ids }, i) =>
      request(prompt_ids, output_ids.length, { temperature, greedy: false, seed: 11 + i }),
    );
    const completions = await engine.sample(requests);
    const logprobs = await engine.logprobs(
      completions.map(({ tokens_T }, i) => {
        const prompt_T = (requests[i] as SampleRequest).prompt_T;
        return {
          tokens_T: Int32Array.from([...prompt_T, ...tokens_T]),
          targets_N: Int32Array.from(tokens_T, (_, t) => prompt_T.length + t),
          inverseTemperature: 1 / temperature,
        };
      }),
    );
    completions.forEach(({ logprobs_T }, i) => {
      const place = `${fixture.name} prompt ${i} at temperature ${temperature}`;
      ledger.near("rollout = training", place, logprobs_T, logprobs[i] as Float32Array, ROLLOUT_TOLERANCE);
    });
  }
}
