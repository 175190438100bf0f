// Unconstrained decoding: rows of equal padded length run through the generate graph together; each ends at its own stop
// token or bound. Uniforms come from each row's own stream, one per token that the row may draw.

import { RandomStream } from "../../../random.ts";
import type { Completion, PolicyVersion, SampleRequest } from "../../engine.ts";
import { causalMask } from "../learner/batch.ts";
import type { Model } from "../model/model.ts";
import { f32, type HostTensors, i32 } from "../session/graph-session.ts";
import type { SessionCache } from "../session/session-cache.ts";
import { buildGenerateGraph } from "./generate-graph.ts";
import { lastTokenMask, paddedRows } from "./prefill.ts";
import { atLeastTwo, groupRows, paddedPromptLength } from "./row-batches.ts";

/** The largest float32 below 1: rounding a uniform up to 1 would point behind the last token. */
const LARGEST_UNIFORM = 1 - 2 ** -24;
const NO_STOP = -1;

/** One completion per request, in order. */
export async function generate(
  model: Model,
  sessions: SessionCache,
  requests: readonly SampleRequest[],
  maxTokens: number,
  policyVersion: PolicyVersion,
): Promise<Completion[]> {
  requests.forEach((request, i) => {
    model.checkSequence(request.prompt_T, request.maxTokens, `sample request ${i}`);
  });
  const session = await sessions.get("generate", () => buildGenerateGraph(model.config));
  const completions = new Map<SampleRequest, Completion>();
  const width = (request: SampleRequest) => paddedPromptLength(request.prompt_T.length);
  const reach = (request: SampleRequest) => width(request) + request.maxTokens;
  for (const group of groupRows(requests, (request) => String(width(request)), reach, maxTokens)) {
    const rows = atLeastTwo(group);
    const steps = Math.max(...rows.map((request) => request.maxTokens));
    const outputs = await session.run({
      ...model.inputs(width(group[0] as SampleRequest) + steps),
      ...generateInputs(rows, width(group[0] as SampleRequest), steps),
    });
    const [drawn, logprobs] = [outputs["drawn"]?.data as Int32Array, outputs["logprobs"]?.data as Float32Array];
    group.forEach((request, row) => {
      completions.set(request, readCompletion(request, drawn, logprobs, row, rows.length, policyVersion));
    });
  }
  return requests.map((request) => completions.get(request) as Completion);
}

function generateInputs(rows: readonly SampleRequest[], T: number, steps: number): HostTensors {
  const B = rows.length;
  const prompts = rows.map((row) => row.prompt_T);
  const { readout_rows: lastRows, ...padded } = paddedRows(prompts, T, () => 0);
  const uniforms = new Float32Array(steps * B);
  const stopCount = Math.max(1, ...rows.map((row) => row.stopTokens.length));
  const stops = new Int32Array(B * stopCount).fill(NO_STOP);
  rows.forEach((row, i) => {
    stops.set(row.stopTokens, i * stopCount);
    const stream = new RandomStream(row.seed);
    for (let step = 0; step < row.maxTokens; step++) uniforms[step * B + i] = Math.min(stream.real(), LARGEST_UNIFORM);
  });
  const perRow = (numberOf: (row: SampleRequest) => number) => i32(Int32Array.from(rows, numberOf), [B]);
  return {
    ...padded,
    readout_rows: i32(lastRows?.data as Int32Array, [B]),
    readout_mask: lastTokenMask(prompts, T),
    mask: causalMask(T),
    lengths: perRow((row) => row.prompt_T.length),
    max_tokens: perRow((row) => row.maxTokens),
    uniforms: f32(uniforms, [steps, B]),
    inverse_temperature: f32(
      Float32Array.from(rows, (row) => 1 / row.temperature),
      [B, 1],
    ),
    greedy: perRow((row) => (row.greedy ? 1 : 0)),
    stops: i32(stops, [B, stopCount]),
  };
}

function readCompletion(
  request: SampleRequest,
  drawn: Int32Array,
  logprobs: Float32Array,
  row: number,
  B: number,
  policyVersion: PolicyVersion,
): Completion {
  const tokens: number[] = [];
  let stopped = false;
  while (tokens.length < request.maxTokens && !stopped) {
    const token = drawn[tokens.length * B + row] as number;
    tokens.push(token);
    stopped = request.stopTokens.includes(token);
  }
  return {
    tokens_T: Int32Array.from(tokens),
    drawn_T: new Uint8Array(tokens.length).fill(1),
    logprobs_T: Float32Array.from(tokens, (_, step) => logprobs[step * B + row] as number),
    allowed_T: tokens.map(() => null),
    stopReason: stopped ? "stop-token" : "max-tokens",
    policyVersion,
  };
}
