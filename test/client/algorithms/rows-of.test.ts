import { describe, expect, test } from "vitest";
import { rowsOf } from "../../../client/algorithms/rows-of.ts";
import type { AgentStep, TrajectoryGroup } from "../../../client/types.ts";

const step = (seq: number, reward: number, flags: Partial<AgentStep> = {}): AgentStep => ({
  seq,
  agentId: "",
  prompt: { tokens_T: Int32Array.of(1), cutTokenCount: 0 },
  completion: {
    tokens_T: Int32Array.of(2),
    drawn_T: Uint8Array.of(1),
    logprobs_T: Float32Array.of(-1),
    allowed_T: [null],
    stopReason: "choice",
    policyVersion: 0,
  },
  action: "look",
  parsed: true,
  admissible: true,
  anchors: { observation: "o", semantic: `s${seq}`, full: "f" },
  nextAnchors: { observation: "o", semantic: `s${seq + 1}`, full: "f" },
  reward,
  terminated: false,
  truncated: false,
  ...flags,
});

describe("rowsOf", () => {
  const group: TrajectoryGroup = {
    groupKey: "task-1",
    task: { taskId: "t", split: "train", index: 0, title: "", tags: [], maxTurns: 50 },
    trajectories_G: [2, 0].map((replicaIndex) => ({
      groupKey: "task-1",
      replicaIndex,
      steps_S: [step(1, 0, { parsed: false, admissible: false }), step(2, 10, { terminated: true })],
      episodeReturn: 10,
      score: 1,
      stopReason: "GOAL_REACHED",
    })),
    failures: [{ groupKey: "task-1", replicaIndex: 1, reason: "ENV_FAULT", message: "" }],
    policyVersions: { oldest: 0, newest: 0 },
  };

  test("one row per step, in the order of the steps that are returned beside them", () => {
    const { rows, steps, failedEpisodeCount } = rowsOf([group]);
    expect(rows).toHaveLength(4);
    expect(steps).toEqual(group.trajectories_G.flatMap(({ steps_S }) => steps_S));
    expect(failedEpisodeCount).toBe(1);
    expect(rows[0]).toEqual({
      group: "task-1",
      trajectory: "2",
      step: 1,
      anchors: { observation: "o", semantic: "s1", full: "f" },
      nextAnchors: { observation: "o", semantic: "s2", full: "f" },
      reward: 0,
      valid: false,
      admissible: false,
      terminated: false,
      truncated: false,
    });
    expect(rows[1]).toMatchObject({ step: 2, reward: 10, valid: true, terminated: true, next: "success" });
  });
});
