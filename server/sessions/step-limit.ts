// The time limit of a step (`EnvironmentLimits.step_timeout`), as whoever executed it sees it. On a thread a step is cut
// off at the limit; in the event loop, and where the two meet, it is found to have taken too long.

import { type AnchorgymError, fail } from "../../proto/errors.ts";

/** A duration as outcomes give it; a clock that stands still or jumps back gives 0. */
export function microseconds(durationMs: number): number {
  return Math.max(0, Math.round(durationMs * 1_000));
}

export function tookTooLong(environment: string, limitMs: number): AnchorgymError {
  const ids = { limit_ms: String(limitMs) };
  return fail("ENV_TIMEOUT", `${environment} took longer than its step_timeout of ${limitMs} ms`, { ids });
}
