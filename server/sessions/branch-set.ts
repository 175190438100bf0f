// The candidates of one BranchStep: each executed from one state, under the same randomness (states hold their own
// streams), equal ones once. A candidate that breaks the world keeps its error and harms nothing.

import { canonicalJson } from "../../envs/core/canonical-json.ts";
import type { Executed } from "./execute-step.ts";
import { microseconds, tookTooLong } from "./step-limit.ts";
import { actionsBody, type SubmittedActions } from "./submitted-action.ts";
import type { Position, Wanted } from "./world-runner.ts";

export type BranchResult =
  | { readonly digest: string; readonly executed: Executed }
  | { readonly digest: string; readonly error: unknown };

export interface BranchSet {
  /** Of all candidates, in order. */
  readonly digest: string;
  /** One per candidate. */
  readonly results: readonly BranchResult[];
}

function finish(at: Position, digest: string, { state, record }: Executed, envUs: number): BranchResult {
  const { runner, world } = at.start;
  if (envUs <= runner.stepLimitMs * 1_000) return { digest, executed: { state, record: { ...record, envUs } } };
  runner.drop(state);
  return { digest, error: tookTooLong(world.description.name, runner.stepLimitMs) };
}

function runCandidate(
  at: Position,
  digest: string,
  actions: SubmittedActions,
  nowMs: () => number,
  wanted: Wanted,
): BranchResult | Promise<BranchResult> {
  const startedMs = nowMs();
  try {
    const executed = at.start.runner.step(at, { actions, wholeLists: true, isReplay: false }, wanted);
    if (!(executed instanceof Promise)) return finish(at, digest, executed, microseconds(nowMs() - startedMs));
    return executed.then(
      (done) => finish(at, digest, done, done.record.envUs),
      (error: unknown) => ({ digest, error }),
    );
  } catch (error) {
    return { digest, error }; // the world's fault in this future alone
  }
}

/** One result per candidate, one after another: candidates of one session never keep others from a thread. */
export function runCandidates(
  at: Position,
  candidates: readonly SubmittedActions[],
  nowMs: () => number,
  wanted: Wanted,
): readonly BranchResult[] | Promise<readonly BranchResult[]> {
  const byDigest = new Map<string, BranchResult>();
  const digests = candidates.map((actions) => canonicalJson(actionsBody(actions)));
  const runFrom = (first: number): readonly BranchResult[] | Promise<readonly BranchResult[]> => {
    for (let index = first; index < candidates.length; index++) {
      const digest = digests[index] as string;
      if (byDigest.has(digest)) continue;
      const result = runCandidate(at, digest, candidates[index] as SubmittedActions, nowMs, wanted);
      if (result instanceof Promise) {
        return result.then((settled) => {
          byDigest.set(digest, settled);
          return runFrom(index + 1);
        });
      }
      byDigest.set(digest, result);
    }
    return digests.map((digest) => byDigest.get(digest) as BranchResult);
  };
  return runFrom(0);
}
