// What a server is told at start: limits with units and defaults, checked once. It reads no files, flags or environment
// variables; the command line does that and hands a finished object down.

import { getHeapStatistics } from "node:v8";
import type { LevelWithSilent } from "pino";
import { fail } from "../proto/errors.ts";

/** Bounds of one server process (`protocol.md` sections 5, 6, 10 and 12). All are positive integers. */
export interface ServerLimits {
  /** Sessions alive at once, ended ones included until they are closed. */
  readonly maxSessions: number;
  /** Of one principal; where nobody authenticates, everybody is one principal. */
  readonly maxSessionsPerPrincipal: number;
  /** Heap in use beyond which nothing is created. */
  readonly maxHeapBytes: number;
  /** Steps of one episode; beyond them its items answer QUOTA_EXCEEDED. */
  readonly maxEpisodeSteps: number;
  /**
   * One step or candidate, where its world names no shorter `stepTimeoutMs`; beyond it ENV_TIMEOUT. On a world thread it
   * is cut off there, in the event loop found afterwards. Resets and replayed steps get four times as long on threads.
   */
  readonly maxStepMs: number;
  /** Items of one request; in CreateGroups, sessions. */
  readonly maxBatchItems: number;
  /** One message, either direction. */
  readonly maxMessageBytes: number;
  /** Unanswered items of one Interact stream. */
  readonly maxInFlightItems: number;
  /** Stored outcomes, and queued steps, of one session. */
  readonly outcomeWindow: number;
  /** Candidates of a branch and children of a fork item. */
  readonly maxFanOut: number;
  readonly minLeaseTtlMs: number;
  readonly maxLeaseTtlMs: number;
  /** Ttl of a lease whose client names none. */
  readonly defaultLeaseTtlMs: number;
  /** A session that nobody has stepped for so long is suspended. */
  readonly maxIdleMs: number;
  /** How long results of request ids, and the histories of suspended sessions, are kept. */
  readonly requestRetentionMs: number;
  /** From SIGTERM until streams are cut. */
  readonly drainGraceMs: number;
}

export const DEFAULT_LIMITS: ServerLimits = {
  maxSessions: 20_000,
  maxSessionsPerPrincipal: 20_000,
  maxHeapBytes: Math.floor(getHeapStatistics().heap_size_limit * 0.8),
  maxEpisodeSteps: 100_000,
  maxStepMs: 60_000,
  maxBatchItems: 1_024,
  maxMessageBytes: 1_048_576,
  maxInFlightItems: 4_096,
  outcomeWindow: 4,
  maxFanOut: 64,
  minLeaseTtlMs: 1_000,
  maxLeaseTtlMs: 3_600_000,
  defaultLeaseTtlMs: 60_000,
  maxIdleMs: 1_800_000,
  requestRetentionMs: 900_000,
  drainGraceMs: 25_000,
};

export type LogLevel = LevelWithSilent;
export const LOG_LEVELS: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/**
 * Defaults with the given overrides.
 * @throws {ConfigError} CONFIG_INVALID naming the first limit that is not a positive integer.
 */
export function resolveLimits(overrides: Partial<ServerLimits>): ServerLimits {
  const limits = { ...DEFAULT_LIMITS, ...overrides };
  // Raising the whole raises the share, unless the share is set.
  if (overrides.maxSessionsPerPrincipal === undefined) limits.maxSessionsPerPrincipal = limits.maxSessions;
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw fail("CONFIG_INVALID", `limits.${name} is ${value}; it must be a positive integer`);
    }
  }
  if (limits.minLeaseTtlMs > limits.maxLeaseTtlMs) {
    throw fail("CONFIG_INVALID", "limits.minLeaseTtlMs is above limits.maxLeaseTtlMs; swap or equal them");
  }
  return limits;
}
