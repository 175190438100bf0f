// What a verifier says of a completion. A world that can judge an answer without a session has a `verify`; it is played
// in one turn as well, with the score as reward, so that a trainer needs one code path.

import type { NamedValue } from "./types.ts";

/** What executing an answer cost. */
export interface SandboxReport {
  readonly exitCode: number;
  readonly timedOut: boolean;
  readonly cpuMs: number;
  readonly peakBytes: number;
  /** SHA-256 in hex; "" where nothing was printed. */
  readonly stdoutDigest: string;
}

export interface Verdict {
  /** In [0, 1]. A wrong, empty, hostile or endless answer scores 0. */
  readonly score: number;
  readonly passed: boolean;
  readonly components: readonly NamedValue[];
  /** For people; never holds the answer. */
  readonly explanation: string;
  /** Set when something was executed. */
  readonly sandbox?: SandboxReport;
}
