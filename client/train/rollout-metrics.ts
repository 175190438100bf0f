// What the groups of one iteration look like, as metrics. Whole episodes only: broken ones are counted, never averaged in.

import type { Metrics } from "../observe/metrics.ts";
import type { AgentStep, Trajectory, TrajectoryGroup } from "../types.ts";
import type { AdvantageStep } from "./training-batch.ts";

export function rolloutMetrics(groups: readonly TrajectoryGroup[]): Metrics {
  const episodes = groups.flatMap((group) => group.trajectories_G);
  const steps = episodes.flatMap((episode) => episode.steps_S);
  const drawn = steps.flatMap(({ completion }) =>
    [...completion.logprobs_T].filter((_, t) => completion.drawn_T[t] === 1),
  );
  return {
    "rollout/episodes_count": episodes.length,
    "rollout/failed_episodes_count": groups.reduce((sum, group) => sum + group.failures.length, 0),
    "rollout/steps_count": steps.length,
    "rollout/cut_prompts_count": steps.filter((step) => step.prompt.cutTokenCount > 0).length,
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

export function advantageMetrics(steps: readonly AdvantageStep[], groups: readonly TrajectoryGroup[]): Metrics {
  return {
    ...meanOf("advantage/zero_frac", steps, ({ advantage }) => (advantage === 0 ? 1 : 0)),
    ...meanOf("advantage/abs_mean", steps, ({ advantage }) => Math.abs(advantage)),
    ...meanOf("advantage/zero_spread_group_frac", groups, (group) => (hasSpread(group) ? 0 : 1)),
    ...loneAnchors(groups),
  };
}

function isTruncated(episode: Trajectory): number {
  return episode.steps_S.at(-1)?.truncated ? 1 : 0;
}

function drawnCount(step: AgentStep): number {
  return step.completion.drawn_T.reduce((sum, drawn) => sum + drawn, 0);
}

function hasSpread(group: TrajectoryGroup): boolean {
  const [first, ...others] = group.trajectories_G.map((trajectory) => trajectory.episodeReturn);
  return others.some((value) => value !== first);
}

/** Steps that share their semantic state with no other step of their group: GiGPO has nothing to compare them with. */
function loneAnchors(groups: readonly TrajectoryGroup[]): Metrics {
  let [lone, all] = [0, 0];
  for (const group of groups) {
    const visits = new Map<string, number>();
    for (const { steps_S } of group.trajectories_G) {
      for (const { anchors } of steps_S) visits.set(anchors.semantic, (visits.get(anchors.semantic) ?? 0) + 1);
    }
    for (const count of visits.values()) {
      all += count;
      if (count === 1) lone++;
    }
  }
  return all === 0 ? {} : { "advantage/lone_anchor_frac": lone / all };
}

/** Nothing where there is nothing to average. */
function meanOf<T>(name: keyof Metrics, items: readonly T[], value: (item: T) => number): Metrics {
  if (items.length === 0) return {};
  let sum = 0;
  for (const item of items) sum += value(item);
  return { [name]: sum / items.length };
}
