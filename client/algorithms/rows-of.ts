// From trajectories to the rows that estimators read, one row per agent step, in the order of groups, members and steps.
// Broken episodes are no trajectories and make no rows; they are counted where they happened.

import { SUCCESS_NODE } from "../advantage/graph-credit.ts";
import type { AdvantageRow } from "../advantage/rows.ts";
import type { AgentStep, TrajectoryGroup } from "../types.ts";

/** Row k belongs to step k of this list: the place to put advantages back. */
export interface RowsOfGroups {
  readonly rows: readonly AdvantageRow[];
  readonly steps: readonly AgentStep[];
  /** Episodes that broke and are in none of the rows. */
  readonly failedEpisodeCount: number;
}

/** Anchors of all levels ride along; which one groups is the algorithm's configuration. */
export function rowsOf(groups: readonly TrajectoryGroup[]): RowsOfGroups {
  const rows: AdvantageRow[] = [];
  const steps: AgentStep[] = [];
  let failedEpisodeCount = 0;
  for (const group of groups) {
    failedEpisodeCount += group.failures.length;
    for (const trajectory of group.trajectories_G) {
      const last = trajectory.steps_S.at(-1);
      for (const step of trajectory.steps_S) {
        const hasWon = step === last && trajectory.stopReason === "GOAL_REACHED";
        const row = rowOf(step, group.groupKey, trajectory.replicaIndex);
        rows.push(hasWon ? { ...row, next: SUCCESS_NODE } : row);
        steps.push(step);
      }
    }
  }
  return { rows, steps, failedEpisodeCount };
}

function rowOf(step: AgentStep, group: string, replicaIndex: number): AdvantageRow {
  return {
    group,
    trajectory: String(replicaIndex),
    step: step.seq,
    anchors: step.anchors,
    nextAnchors: step.nextAnchors,
    reward: step.reward,
    valid: step.parsed,
    admissible: step.admissible,
    terminated: step.terminated,
    truncated: step.truncated,
  };
}
