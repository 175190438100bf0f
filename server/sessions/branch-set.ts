// The candidates of one BranchStep: each executed from one state, under the same randomness (states hold their own
// streams), equal ones once. A candidate that breaks the world keeps its error and harms nothing.

import { canonicalJson } from "../../envs/core/canonical-json.ts";
import type { Task } from "../../envs/core/types.ts";
import type { World } from "../../envs/core/world.ts";
import { type Executed, executeStep } from "./execute-step.ts";
import { actionsBody, type SubmittedActions } from "./submitted-action.ts";

export type BranchResult =
  | { readonly digest: string; readonly executed: Executed }
  | { readonly digest: string; readonly error: unknown };

export interface BranchSet {
  /** Of all candidates, in order. */
  readonly digest: string;
  /** One per candidate. */
  readonly results: readonly BranchResult[];
}

export function runCandidates(
  world: World,
  task: Task,
  state: unknown,
  seq: number,
  candidates: readonly SubmittedActions[],
  nowMs: () => number,
): readonly BranchResult[] {
  const byDigest = new Map<string, BranchResult>();
  return candidates.map((actions) => {
    const digest = canonicalJson(actionsBody(actions));
    const known = byDigest.get(digest);
    if (known !== undefined) return known;
    const startedMs = nowMs();
    let result: BranchResult;
    try {
      const { state: next, record } = executeStep(world, task, state, seq, actions, undefined);
      const envUs = Math.max(0, Math.round((nowMs() - startedMs) * 1_000));
      result = { digest, executed: { state: next, record: { ...record, envUs } } };
    } catch (error) {
      result = { digest, error }; // the world's fault in this future alone
    }
    byDigest.set(digest, result);
    return result;
  });
}
