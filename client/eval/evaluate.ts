// Evaluation: every task of a fixed list once, at one decoding, averaged over episodes (never over steps, which would let long
// episodes weigh more). Broken episodes are counted and left out. It trains nothing and chooses no checkpoint.

import { deriveSeed } from "../random.ts";
import { type CollectRequest, collectGroups } from "../rollout/collect.ts";
import { type RolloutCounters, requireEpisodes } from "../rollout/counters.ts";
import type { TaskRef, Trajectory } from "../types.ts";
import { wilson95 } from "./wilson.ts";

export interface EvaluationRequest<Memory> extends Omit<CollectRequest<Memory>, "groups" | "groupSize"> {
  /** Each is played once. */
  readonly tasks: readonly TaskRef[];
  /** Seeds the worlds; the same seed gives every policy the same episodes to play. */
  readonly worldSeed: number;
}

export interface SuccessRate {
  /** Share of episodes with a full score; 0 without episodes. */
  readonly rate: number;
  /** Wilson's 95 % interval. */
  readonly ci95: readonly [low: number, high: number];
  readonly episodes: number;
  readonly successes: number;
}

export interface EvaluationResult extends SuccessRate {
  /** Over all episodes; 0 without episodes. */
  readonly meanSteps: number;
  /** Over successful episodes; 0 without any. */
  readonly meanStepsOfSuccesses: number;
  readonly meanReturn: number;
  readonly meanScore: number;
  /** One rate per tag of the tasks, in order of first appearance. */
  readonly byTag: Readonly<Record<string, SuccessRate>>;
  /** Broken episodes by reason. */
  readonly failures: Readonly<Record<string, number>>;
  readonly counters: RolloutCounters;
}

/** @throws what `collectGroups` throws, and the reason when every episode broke */
export async function evaluate<Memory>(request: EvaluationRequest<Memory>): Promise<EvaluationResult> {
  const groups = request.tasks.map((task, at) => ({
    groupKey: `eval/${at}`,
    task,
    seed: deriveSeed(request.worldSeed, task.taskId),
  }));
  const { groups: played, counters } = await collectGroups({ ...request, groups, groupSize: 1 });
  requireEpisodes(played);
  const trajectories = played.flatMap(({ trajectories_G }) => trajectories_G);
  const byTag: Record<string, SuccessRate> = {};
  for (const tag of new Set(request.tasks.flatMap(({ tags }) => tags)))
    byTag[tag] = successRate(
      played.filter(({ task }) => task.tags.includes(tag)).flatMap(({ trajectories_G }) => trajectories_G),
    );
  const length = ({ steps_S }: Trajectory): number => steps_S.length;
  return {
    ...successRate(trajectories),
    meanSteps: mean(trajectories.map(length)),
    meanStepsOfSuccesses: mean(trajectories.filter(isSuccess).map(length)),
    meanReturn: mean(trajectories.map(({ episodeReturn }) => episodeReturn)),
    meanScore: mean(trajectories.map(({ score }) => score)),
    byTag,
    failures: counters.failures,
    counters,
  };
}

/** A full score; part scores (a nearly right product) are no success. */
export function isSuccess(trajectory: Trajectory): boolean {
  return trajectory.score >= 1;
}

export function successRate(trajectories: readonly Trajectory[]): SuccessRate {
  const successes = trajectories.filter(isSuccess).length;
  const episodes = trajectories.length;
  return { rate: episodes === 0 ? 0 : successes / episodes, ci95: wilson95(successes, episodes), episodes, successes };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
