// What a rollout counted: everything that happened, and everything that was left out and why. Totals of the kept
// trajectories do not depend on timing; calls, seconds and discarded steps do.

import { fail, isReason } from "../../proto/errors.ts";
import type { SampleCounts, Sampler } from "../engine/engine.ts";
import type { EpisodeFailure, TrajectoryGroup } from "../types.ts";

export interface RolloutCounters {
  /** Whole trajectories. */
  readonly episodes: number;
  /** Steps of those. */
  readonly steps: number;
  /** Steps that the world did not accept, unparsed ones among them. */
  readonly invalidActions: number;
  /** Steps whose completion held no action. */
  readonly unparsedActions: number;
  /** Prompts that the length bound shortened, and the tokens that it took away. */
  readonly cutPrompts: number;
  readonly cutTokens: number;
  readonly promptTokens: number;
  /** Completion tokens that were drawn, and those that were forced. */
  readonly generatedTokens: number;
  readonly forcedTokens: number;
  /** Admissible actions that the vocabulary could not tell apart and that were not offered, summed over steps. */
  readonly aliasedChoices: number;
  /** Groups created again from the same seeds after a server was lost, and the steps thrown away with them. */
  readonly retriedGroups: number;
  readonly discardedSteps: number;
  /** Groups that could not be closed; their server drops them when the lease ends. */
  readonly unclosedGroups: number;
  /** Broken episodes by reason. */
  readonly failures: Readonly<Record<string, number>>;
  readonly samplerCalls: number;
  readonly batchRowsMean: number;
  /** What the sampler counted meanwhile; null where it does not count. */
  readonly sampling: SampleCounts | null;
  /** Seconds in which prompts and completions were made, and in which nothing could be made because every episode waited. */
  readonly generationSeconds: number;
  readonly environmentSeconds: number;
}

/** The part of the counters that the scheduler sees. */
export interface SchedulerCounters {
  readonly retriedGroups: number;
  readonly discardedSteps: number;
  readonly unclosedGroups: number;
  readonly batches: number;
  readonly batchRows: number;
  readonly decisionSeconds: number;
  readonly waitSeconds: number;
}

export function countRollout(
  groups: readonly TrajectoryGroup[],
  scheduler: SchedulerCounters,
  sampling: SampleCounts | null,
  aliasedChoices: number,
): RolloutCounters {
  const trajectories = groups.flatMap(({ trajectories_G }) => trajectories_G);
  const steps = trajectories.flatMap(({ steps_S }) => steps_S);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const generatedTokens = sum(steps.map(({ completion }) => sum(Array.from(completion.drawn_T))));
  return {
    episodes: trajectories.length,
    steps: steps.length,
    invalidActions: steps.filter(({ admissible }) => !admissible).length,
    unparsedActions: steps.filter(({ parsed }) => !parsed).length,
    cutPrompts: steps.filter(({ prompt }) => prompt.cutTokenCount > 0).length,
    cutTokens: sum(steps.map(({ prompt }) => prompt.cutTokenCount)),
    promptTokens: sum(steps.map(({ prompt }) => prompt.tokens_T.length)),
    generatedTokens,
    forcedTokens: sum(steps.map(({ completion }) => completion.tokens_T.length)) - generatedTokens,
    aliasedChoices,
    retriedGroups: scheduler.retriedGroups,
    discardedSteps: scheduler.discardedSteps,
    unclosedGroups: scheduler.unclosedGroups,
    failures: countReasons(groups.flatMap(({ failures }) => failures)),
    samplerCalls: scheduler.batches,
    batchRowsMean: scheduler.batches === 0 ? 0 : scheduler.batchRows / scheduler.batches,
    sampling,
    generationSeconds: scheduler.decisionSeconds,
    environmentSeconds: scheduler.waitSeconds,
  };
}

/** Starts counting what a sampler does; the result tells what it did since. */
export function countSampling({ counts: before }: Sampler): (sampler: Sampler) => SampleCounts | null {
  return ({ counts: after }) => {
    if (before === undefined || after === undefined) return null;
    return {
      prefilledTokens: after.prefilledTokens - before.prefilledTokens,
      reusedTokens: after.reusedTokens - before.reusedTokens,
      evictedBlocks: after.evictedBlocks - before.evictedBlocks,
      queuedRows: after.queuedRows - before.queuedRows,
      rowSteps: after.rowSteps - before.rowSteps,
      idleRowSteps: after.idleRowSteps - before.idleRowSteps,
    };
  };
}

export function countReasons(failures: readonly EpisodeFailure[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { reason } of failures) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

/**
 * A few broken episodes are left out; where all are broken nothing is left to learn from or to estimate.
 * @throws {AnchorgymError} with the reason that broke the first; CONFIG_INVALID where it is no reason of the table
 */
export function requireEpisodes(groups: readonly TrajectoryGroup[]): void {
  const failures = groups.flatMap((group) => group.failures);
  const [first] = failures;
  if (first === undefined || groups.some(({ trajectories_G }) => trajectories_G.length > 0)) return;
  const sentence = `all ${failures.length} episodes broke; the first with ${first.reason}: ${first.message}`;
  throw fail(isReason(first.reason) ? first.reason : "CONFIG_INVALID", sentence, { retryable: false });
}
