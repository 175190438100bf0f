// What drawing in a graph takes from the rows of a run, and what the rows take from it. The graph's side is draw-graph.ts.

import { fail } from "../../../../proto/errors.ts";
import type { SampleRequest } from "../../engine.ts";
import { f32, type HostTensor, type HostTensors, i32 } from "../session/graph-session.ts";
import type { DecodeRow } from "./decode-row.ts";
import type { DecodeFlavour } from "./draw-graph.ts";
import { attempt } from "./lane.ts";

const NO_STOP = -1;

export interface StepCounts {
  rowSteps: number;
  /** Steps spent on rows that had ended: the price of batching. */
  idleRowSteps: number;
}

export function flavourOf(rows: readonly DecodeRow[]): DecodeFlavour {
  const requests = rows.map((row) => row.request);
  const greedy = requests.filter((request) => request.greedy).length;
  return {
    draws: greedy === requests.length ? "none" : greedy > 0 ? "some" : "all",
    tempered: requests.some((request) => request.temperature !== 1),
  };
}

/**
 * @param rows of the run, where a lone one is repeated
 * @param active how many of them are rows; what follows only fills up and draws nothing
 * @param steps of the run at most
 */
export function drawTensors(rows: readonly DecodeRow[], active: number, steps: number): HostTensors {
  const B = rows.length;
  const flavour = flavourOf(rows);
  const uniforms = new Float32Array(steps * B);
  rows.slice(0, active).forEach((row, i) => {
    for (let step = 0; step < Math.min(steps, row.remaining); step++) uniforms[step * B + i] = row.uniform();
  });
  const stopCount = Math.max(1, ...rows.map(({ request }) => request.stopTokens.length));
  const stops = new Int32Array(B * stopCount).fill(NO_STOP);
  rows.forEach(({ request }, i) => {
    stops.set(request.stopTokens, i * stopCount);
  });
  const ended = new Uint8Array(B);
  ended.fill(1, active);
  const perRow = (numberOf: (request: SampleRequest) => number) => rows.map((row) => numberOf(row.request));
  return {
    uniforms: f32(uniforms, [steps, B]),
    max_tokens: i32(
      Int32Array.from(rows, (row) => row.remaining),
      [B],
    ),
    stops: i32(stops, [B, stopCount]),
    ended: { dtype: "bool", shape: [B], data: ended },
    leave_at: i32(Int32Array.of(B), []),
    ...(flavour.draws === "some"
      ? { greedy: i32(Int32Array.from(perRow(({ greedy }) => (greedy ? 1 : 0))), [B]) }
      : {}),
    ...(flavour.tempered
      ? { inverse_temperature: f32(Float32Array.from(perRow(({ temperature }) => 1 / temperature)), [B, 1]) }
      : {}),
  };
}

/** Of outputs `drawn`, `logprobs` and `untempered_logprobs`, [steps, B] each: the active rows take what is theirs. */
export function takeDrawn(
  active: readonly DecodeRow[],
  outputs: HostTensors,
  names: readonly [drawn: string, logprobs: string, untempered: string],
  counts: StepCounts,
): void {
  const [tokens, logprobs, untempered] = names.map((name) => outputs[name] as HostTensor) as [
    HostTensor,
    HostTensor,
    HostTensor,
  ];
  const [steps, B] = tokens.shape as readonly [number, number];
  active.forEach((row, i) => {
    for (let at = i; at < steps * B; at += B) {
      counts.rowSteps += 1;
      if (row.hasEnded) {
        counts.idleRowSteps += 1;
        continue;
      }
      attempt(row, () => {
        const logprob = logprobs.data[at] as number;
        checkFinite(logprob);
        row.take(tokens.data[at] as number, logprob, untempered.data[at] as number, null);
      });
    }
  });
}

function checkFinite(logprob: number): void {
  if (Number.isFinite(logprob)) return;
  throw fail("GENERATION_FAILED", "the policy's logits are not finite: a weight is not a number or has overflowed", {
    retryable: false,
  });
}
