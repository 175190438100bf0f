// The groups of one iteration: tasks at this iteration's place in the curriculum, played; under dynamic sampling (DAPO,
// arXiv 2503.14476; specs/gigpo.md section 3) groups whose episode returns are all equal are dropped and further tasks are
// played until enough groups remain or `maxBatches` rollouts are spent. What is dropped stays in the metrics.

import type { DynamicSampling } from "../algorithms/algorithm.ts";
import { deriveSeed } from "../random.ts";
import { type RolloutCounters, requireEpisodes } from "../rollout/counters.ts";
import type { GroupRequest } from "../rollout/player.ts";
import type { TaskRef, TrajectoryGroup } from "../types.ts";

/** What one rollout gives, whoever plays it. */
export interface CollectedGroups {
  readonly groups: readonly TrajectoryGroup[];
  readonly counters: RolloutCounters;
}

export interface GroupSource {
  /** The tasks at one position of the curriculum that `seed` names; same arguments, same tasks. */
  sampleTasks(seed: number, offset: number, count: number): Promise<readonly TaskRef[]>;
  collect(requests: readonly GroupRequest[]): Promise<CollectedGroups>;
}

export interface IterationGroups {
  /** What trains: at most as many groups as were asked for. */
  readonly kept: readonly TrajectoryGroup[];
  /** Everything that was played. */
  readonly played: readonly TrajectoryGroup[];
  readonly droppedGroupCount: number;
  readonly counters: readonly RolloutCounters[];
}

/**
 * @param iteration from 1
 * @throws {AnchorgymError} when every episode broke, with the reason
 */
export async function groupsOfIteration(
  source: GroupSource,
  iteration: number,
  seed: number,
  groupCount: number,
  dynamic: DynamicSampling,
): Promise<IterationGroups> {
  const batchLimit = dynamic.enabled ? dynamic.maxBatches : 1;
  const played: TrajectoryGroup[] = [];
  const useful: TrajectoryGroup[] = [];
  const counters: RolloutCounters[] = [];
  for (let batch = 0; batch < batchLimit && useful.length < groupCount; batch++) {
    // The first batch walks one curriculum without repetition; refills have one of their own per iteration.
    const [label, offset] =
      batch === 0 ? ["tasks", (iteration - 1) * groupCount] : [`tasks/refill/${iteration}`, (batch - 1) * groupCount];
    const tasks = await source.sampleTasks(deriveSeed(seed, label), offset, groupCount);
    const requests = tasks.map((task, g) => {
      const groupKey = `iteration/${iteration}/batch/${batch}/group/${g}`;
      return { groupKey, task, seed: deriveSeed(seed, `world/${groupKey}`) };
    });
    const collected = await source.collect(requests);
    played.push(...collected.groups);
    useful.push(...collected.groups.filter((group) => !dynamic.enabled || hasSpread(group)));
    counters.push(collected.counters);
  }
  requireEpisodes(played);
  const kept = useful.slice(0, groupCount);
  return { kept, played, droppedGroupCount: played.length - kept.length, counters };
}

/** Returns before penalties: a group that differs by penalties alone teaches format, not the task. */
function hasSpread(group: TrajectoryGroup): boolean {
  const [first, ...others] = group.trajectories_G.map((trajectory) => trajectory.episodeReturn);
  return others.some((value) => value !== first);
}
