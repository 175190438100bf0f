// Each iteration has its own place in the curriculum; dynamic sampling drops what teaches nothing and refills.

import { describe, expect, it } from "vitest";
import type { RolloutCounters } from "../../../client/rollout/counters.ts";
import type { GroupRequest } from "../../../client/rollout/player.ts";
import { type GroupSource, groupsOfIteration } from "../../../client/train/iteration-groups.ts";
import type { TrajectoryGroup } from "../../../client/types.ts";
import { corridorTask } from "../../doubles/corridor-service.ts";

const COUNTERS = {} as RolloutCounters;

/** Groups whose task index is a multiple of `useful` have spread. */
function source(useful: number, asked: GroupRequest[] = []): GroupSource {
  return {
    sampleTasks: async (_, offset, count) => Array.from({ length: count }, (__, i) => corridorTask(offset + i)),
    collect: async (requests) => {
      asked.push(...requests);
      const groups = requests.map(
        ({ groupKey, task }) =>
          ({
            groupKey,
            task,
            trajectories_G: [{ episodeReturn: 0 }, { episodeReturn: task.index % useful === 0 ? 1 : 0 }],
            failures: [],
          }) as unknown as TrajectoryGroup,
      );
      return { groups, counters: COUNTERS };
    },
  };
}

const OFF = { enabled: false, maxBatches: 10 };
const indices = (groups: readonly TrajectoryGroup[]) => groups.map(({ task }) => task.index);

describe("groups of an iteration", () => {
  it("walk the curriculum without repeating a task, with keys and seeds of their own", async () => {
    const asked: GroupRequest[] = [];
    for (const iteration of [1, 2, 3]) await groupsOfIteration(source(1, asked), iteration, 5, 4, OFF);
    expect(asked.map(({ task }) => task.index)).toEqual(Array.from({ length: 12 }, (_, i) => i));
    expect(new Set(asked.map(({ groupKey }) => groupKey)).size).toBe(12);
    expect(new Set(asked.map(({ seed }) => seed)).size).toBe(12);
  });

  it("are all kept without dynamic sampling, also those without spread", async () => {
    const groups = await groupsOfIteration(source(2), 1, 5, 4, OFF);
    expect(indices(groups.kept)).toEqual([0, 1, 2, 3]);
    expect(groups.droppedGroupCount).toBe(0);
  });

  it("under dynamic sampling are refilled until enough have spread; what is dropped is counted", async () => {
    const groups = await groupsOfIteration(source(2), 1, 5, 4, { enabled: true, maxBatches: 10 });
    expect(indices(groups.kept)).toEqual([0, 2, 0, 2]);
    expect(groups.played).toHaveLength(8);
    expect(groups.droppedGroupCount).toBe(4);
    expect(groups.counters).toHaveLength(2);
  });

  it("under dynamic sampling end after maxBatches rollouts with what there is", async () => {
    const groups = await groupsOfIteration(source(1000), 2, 5, 4, { enabled: true, maxBatches: 3 });
    expect(groups.played).toHaveLength(12);
    expect(groups.kept.length).toBeLessThan(4);
  });

  it("stop where every episode broke, with its reason", async () => {
    const broken = (reason: string): GroupSource => ({
      ...source(1),
      collect: async (requests) => {
        const groups = requests.map(({ groupKey }) => ({
          groupKey,
          trajectories_G: [],
          failures: [{ groupKey, replicaIndex: 0, reason, message: "why" }],
        }));
        return { groups: groups as unknown as TrajectoryGroup[], counters: COUNTERS };
      },
    });
    await expect(groupsOfIteration(broken("ENV_FAULT"), 1, 5, 4, OFF)).rejects.toMatchObject({
      reason: "ENV_FAULT",
      message: "[ENV_FAULT] all 4 episodes broke; the first with ENV_FAULT: why",
    });
    await expect(groupsOfIteration(broken("PROMPT_TOO_LONG"), 1, 5, 4, OFF)).rejects.toMatchObject({
      reason: "CONFIG_INVALID",
    });
  });
});
