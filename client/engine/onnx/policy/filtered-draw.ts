// A draw from a row of logits over the whole vocabulary, on the host in float64: repetition penalty, temperature, top-k,
// top-p, min-p in this order, then an inverse CDF over what is left, in ascending ids, with one uniform.

import { fail } from "../../../../proto/errors.ts";
import type { SampleRequest } from "../../engine.ts";

export type DrawSettings = Pick<
  SampleRequest,
  "temperature" | "greedy" | "topK" | "topP" | "minP" | "repetitionPenalty"
>;

export interface FilteredDraw {
  readonly token: number;
  /** Under the distribution that was drawn from. */
  readonly logprob: number;
  /** Under softmax(logits). */
  readonly untempered: number;
  /** What the filters left, ascending; null: everything. */
  readonly allowed: Int32Array | null;
}

/** Whether a row's settings need its logits on the host. */
export function isFiltered({ topK, topP, minP, repetitionPenalty }: DrawSettings): boolean {
  return (topK ?? 0) > 0 || (topP ?? 1) < 1 || (minP ?? 0) > 0 || (repetitionPenalty ?? 1) !== 1;
}

/**
 * @param seen ids that the repetition penalty holds back
 * @param uniform in [0, 1)
 * @throws {EngineError} GENERATION_FAILED when the logits are not finite
 */
export function drawFiltered(
  logits_V: Float32Array,
  settings: DrawSettings,
  seen: ReadonlySet<number>,
  uniform: number,
): FilteredDraw {
  const scores = tempered(logits_V, settings, seen);
  const kept = keptTokens(scores, settings);
  const scoreOf = (i: number) => scores[kept === null ? i : (kept[i] as number)] as number;
  const count = kept?.length ?? scores.length;
  const { best, highest } = largest(count, scoreOf);
  let total = 0;
  for (let i = 0; i < count; i++) total += Math.exp(scoreOf(i) - highest);
  let chosen = best;
  if (!settings.greedy) {
    let cumulated = 0;
    for (let i = 0; i < count; i++) {
      const mass = Math.exp(scoreOf(i) - highest);
      cumulated += mass;
      if (mass > 0) chosen = i;
      if (cumulated > uniform * total) break;
    }
  }
  const token = kept === null ? chosen : (kept[chosen] as number);
  return {
    token,
    logprob: scoreOf(chosen) - highest - Math.log(total),
    untempered: logSoftmaxAt(logits_V, token),
    allowed: kept === null || kept.length === scores.length ? null : kept,
  };
}

function tempered(logits_V: Float32Array, settings: DrawSettings, seen: ReadonlySet<number>): Float64Array {
  const scores = Float64Array.from(logits_V);
  const penalty = settings.repetitionPenalty ?? 1;
  if (penalty !== 1) {
    for (const id of seen) {
      const score = scores[id] as number;
      scores[id] = score > 0 ? score / penalty : score * penalty;
    }
  }
  for (let i = 0; i < scores.length; i++) {
    const score = (scores[i] as number) / settings.temperature;
    if (!Number.isFinite(score)) {
      throw fail(
        "GENERATION_FAILED",
        "the policy's logits are not finite: a weight is not a number or has overflowed",
        {
          retryable: false,
        },
      );
    }
    scores[i] = score;
  }
  return scores;
}

/** Ids that survive top-k, top-p and min-p, ascending; null where none of them is set. */
function keptTokens(scores: Float64Array, { topK = 0, topP = 1, minP = 0 }: DrawSettings): Int32Array | null {
  if (topK === 0 && topP >= 1 && minP === 0) return null;
  const { highest } = largest(scores.length, (i) => scores[i] as number);
  let ids = Int32Array.from(scores.keys());
  if (topK > 0 && topK < ids.length) {
    const sorted = scores.toSorted();
    const least = sorted[sorted.length - topK] as number;
    ids = ids.filter((id) => (scores[id] as number) >= least);
  }
  const massOf = (id: number) => Math.exp((scores[id] as number) - highest);
  if (topP < 1) {
    const total = ids.reduce((sum, id) => sum + massOf(id), 0);
    // Tokens below this share are together less than what the nucleus leaves out: they need no sorting.
    const negligible = ((1 - topP) / ids.length) * total;
    const descending = ids
      .filter((id) => massOf(id) >= negligible)
      .sort((a, b) => (scores[b] as number) - (scores[a] as number));
    let above = 0;
    let count = 0;
    let pending = 0;
    for (; count < descending.length; count++) {
      const id = descending[count] as number;
      // Equal tokens have the same mass strictly above them.
      if (count > 0 && scores[id] !== scores[descending[count - 1] as number]) {
        above += pending;
        pending = 0;
      }
      if (count > 0 && above >= topP * total) break;
      pending += massOf(id);
    }
    ids = descending.slice(0, count).sort();
  }
  return minP > 0 ? ids.filter((id) => massOf(id) >= minP) : ids;
}

function largest(count: number, scoreOf: (i: number) => number): { readonly best: number; readonly highest: number } {
  let best = 0;
  for (let i = 1; i < count; i++) if (scoreOf(i) > scoreOf(best)) best = i;
  return { best, highest: scoreOf(best) };
}

function logSoftmaxAt(logits_V: Float32Array, token: number): number {
  const highest = logits_V.reduce((max, value) => Math.max(max, value), Number.NEGATIVE_INFINITY);
  const total = logits_V.reduce((sum, value) => sum + Math.exp(value - highest), 0);
  return (logits_V[token] as number) - highest - Math.log(total);
}

/** @throws {RequestError} MESSAGE_INVALID naming the setting that is out of range */
export function checkDrawSettings(settings: DrawSettings, what: string): void {
  const { temperature, topK = 0, topP = 1, minP = 0, repetitionPenalty = 1 } = settings;
  const reject = (setting: string, value: number, expected: string) =>
    fail("MESSAGE_INVALID", `${what}: ${setting} ${value} is not ${expected}`);
  if (!(temperature > 0)) throw reject("temperature", temperature, "above 0; use greedy");
  if (!(Number.isInteger(topK) && topK >= 0)) throw reject("topK", topK, "an integer from 0");
  if (!(topP > 0 && topP <= 1)) throw reject("topP", topP, "in (0, 1]");
  if (!(minP >= 0 && minP < 1)) throw reject("minP", minP, "in [0, 1)");
  if (!(repetitionPenalty > 0)) throw reject("repetitionPenalty", repetitionPenalty, "above 0");
}
