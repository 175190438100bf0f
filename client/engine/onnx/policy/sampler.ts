// One draw from logits: inverse CDF in float64 over the tokens that are allowed, in ascending order, with one uniform.
// Logprobs belong to the tempered, restricted distribution, which is the one drawn from, also when the draw is greedy.

import { fail } from "../../../../proto/errors.ts";

export interface Draw {
  readonly token: number;
  readonly logprob: number;
}

/**
 * @param logits_V of the row
 * @param allowed ascending token ids, at least one
 * @param uniform in [0, 1); null: greedy, the lowest id among the most probable
 * @throws {EngineError} GENERATION_FAILED when the logits are not finite
 */
export function drawToken(
  logits_V: Float32Array,
  allowed: Int32Array,
  inverseTemperature: number,
  uniform: number | null,
): Draw {
  let best = 0;
  for (let i = 1; i < allowed.length; i++) {
    if ((logits_V[allowed[i] as number] as number) > (logits_V[allowed[best] as number] as number)) best = i;
  }
  const highest = logits_V[allowed[best] as number] as number;
  const scaled = (i: number) => ((logits_V[allowed[i] as number] as number) - highest) * inverseTemperature;
  let total = 0;
  for (let i = 0; i < allowed.length; i++) total += Math.exp(scaled(i));
  if (!Number.isFinite(total)) {
    throw fail("GENERATION_FAILED", "the policy's logits are not finite: a weight is not a number or has overflowed", {
      retryable: false,
    });
  }
  const chosen = uniform === null ? best : inverseCdf(allowed.length, (i) => Math.exp(scaled(i)), uniform * total);
  return { token: allowed[chosen] as number, logprob: scaled(chosen) - Math.log(total) };
}

/** The first index whose cumulated mass exceeds `threshold`; the last with any mass where rounding leaves none. */
function inverseCdf(count: number, massOf: (i: number) => number, threshold: number): number {
  let cumulated = 0;
  let last = 0;
  for (let i = 0; i < count; i++) {
    const mass = massOf(i);
    if (mass > 0) last = i;
    cumulated += mass;
    if (cumulated > threshold) return i;
  }
  return last;
}
