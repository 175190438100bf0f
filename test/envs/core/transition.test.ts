// The constructors of transitions: rewards are sums, an end decides its flag, a running step has an acting agent.

import { expect, test } from "vitest";
import { ended, running } from "../../../envs/core/transition.ts";
import type { EndReason } from "../../../envs/core/types.ts";

const verdict = {
  validity: "VALID",
  normalizedAction: "look",
  rewardComponents: [
    { name: "win", value: 10 },
    { name: "step", value: -0.5 },
  ],
} as const;

test("a running step has the sum of its components, an agent to act and no end", () => {
  const transition = running("state", verdict);
  expect(transition).toMatchObject({ state: "state", actingAgents: [""], endReason: undefined, score: undefined });
  expect(transition.agents.get("")).toMatchObject({ reward: 9.5, terminated: false, truncated: false });
});

test.each<[EndReason, boolean]>([
  ["GOAL_REACHED", true],
  ["TASK_FAILED", true],
  ["AGENT_STOPPED", true],
  ["MAX_TURNS", false],
  ["MAX_INVALID_ACTIONS", false],
])("%s terminates: %s, else it truncates", (reason, terminates) => {
  const transition = ended("state", verdict, reason, 0.25);
  expect(transition).toMatchObject({ actingAgents: [], endReason: reason, score: 0.25 });
  expect(transition.agents.get("")).toMatchObject({ terminated: terminates, truncated: !terminates });
});
