// What the groups of one iteration look like, as metrics. Whole episodes only: broken ones are counted, never averaged in.

import type { SampleCounts } from "../engine/engine.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { RolloutCounters } from "../rollout/counters.ts";
import type { AgentStep, Trajectory } from "../types.ts";
import type { IterationGroups } from "./iteration-groups.ts";
import type { AdvantageStep } from "./training-batch.ts";

export function rolloutMetrics({ played, droppedGroupCount, counters }: IterationGroups): Metrics {
  const episodes = played.flatMap((group) => group.trajectories_G);
  const steps = episodes.flatMap((episode) => episode.steps_S);
  const drawn = steps.flatMap(({ completion }) =>
    [...completion.logprobs_T].filter((_, t) => completion.drawn_T[t] === 1),
  );
  const total = (count: (part: RolloutCounters) => number) => counters.reduce((sum, part) => sum + count(part), 0);
  return {
    "rollout/episodes_count": episodes.length,
    "rollout/failed_episodes_count": played.reduce((sum, group) => sum + group.failures.length, 0),
    "rollout/steps_count": steps.length,
    "rollout/cut_prompts_count": total((part) => part.cutPrompts),
    "rollout/aliased_choices_count": total((part) => part.aliasedChoices),
    "rollout/group_retries_count": total((part) => part.retriedGroups),
    "rollout/discarded_steps_count": total((part) => part.discardedSteps),
    "rollout/dropped_groups_count": droppedGroupCount,
    "rollout/batches_count": total((part) => part.samplerCalls),
    ...meanOf("rollout/batch_rows_mean", counters, (part) => part.batchRowsMean),
    ...samplingMetrics(counters),
    "time/generation_s": total((part) => part.generationSeconds),
    "time/environment_s": total((part) => part.environmentSeconds),
    ...meanOf("rollout/success_frac", episodes, (episode) => (episode.score >= 1 ? 1 : 0)),
    ...meanOf("rollout/score_mean", episodes, (episode) => episode.score),
    ...meanOf("rollout/episode_return_mean", episodes, (episode) => episode.episodeReturn),
    ...meanOf("rollout/episode_steps_mean", episodes, (episode) => episode.steps_S.length),
    ...meanOf("rollout/truncated_frac", episodes, isTruncated),
    ...meanOf("rollout/parsed_frac", steps, (step) => (step.parsed ? 1 : 0)),
    ...meanOf("rollout/admissible_frac", steps, (step) => (step.admissible ? 1 : 0)),
    ...meanOf("rollout/prompt_tokens_mean", steps, (step) => step.prompt.tokens_T.length),
    ...meanOf("rollout/drawn_tokens_mean", steps, drawnCount),
    ...meanOf("rollout/behaviour_logprob_mean", drawn, (logprob) => logprob),
  };
}

/** Nothing of a sampler that does not count. */
function samplingMetrics(counters: readonly RolloutCounters[]): Metrics {
  const counted = counters.flatMap(({ sampling }) => (sampling === null ? [] : [sampling]));
  if (counted.length === 0) return {};
  const total = (count: (part: SampleCounts) => number) => counted.reduce((sum, part) => sum + count(part), 0);
  return {
    "rollout/prefilled_tokens_count": total((part) => part.prefilledTokens),
    "rollout/reused_tokens_count": total((part) => part.reusedTokens),
    "rollout/evicted_blocks_count": total((part) => part.evictedBlocks),
    "rollout/queued_rows_count": total((part) => part.queuedRows),
  };
}

export function advantageMetrics(steps: readonly AdvantageStep[]): Metrics {
  return {
    ...meanOf("advantage/zero_frac", steps, ({ advantage }) => (advantage === 0 ? 1 : 0)),
    ...meanOf("advantage/abs_mean", steps, ({ advantage }) => Math.abs(advantage)),
  };
}

/** Steps drawn by another policy than the one that the updates began with; nothing where nothing was updated. */
export function staleness(steps: readonly AdvantageStep[], learned: Metrics): Metrics {
  const { "learner/policy_version": after, "learner/updates_count": updates } = learned;
  if (after === undefined || updates === undefined || updates === 0) return {};
  const stale = steps.filter(({ step }) => step.completion.policyVersion !== after - updates);
  return { "rollout/stale_steps_count": stale.length };
}

function isTruncated(episode: Trajectory): number {
  return episode.steps_S.at(-1)?.truncated ? 1 : 0;
}

function drawnCount(step: AgentStep): number {
  return step.completion.drawn_T.reduce((sum, drawn) => sum + drawn, 0);
}

/** Nothing where there is nothing to average. */
function meanOf<T>(name: keyof Metrics, items: readonly T[], value: (item: T) => number): Metrics {
  if (items.length === 0) return {};
  let sum = 0;
  for (const item of items) sum += value(item);
  return { [name]: sum / items.length };
}
