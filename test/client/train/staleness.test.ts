// A sample of another policy than the one being trained is counted, whichever way the versions differ.
import { expect, test } from "vitest";
import { staleness } from "../../../client/train/rollout-metrics.ts";
import type { AdvantageStep } from "../../../client/train/training-batch.ts";

const drawnBy = (policyVersion: number) => ({ step: { completion: { policyVersion } } }) as unknown as AdvantageStep;

test("steps of any other version are stale; without an update there is nothing to say", () => {
  const steps = [3, 4, 4, 5].map(drawnBy);
  expect(staleness(steps, { "learner/policy_version": 6, "learner/updates_count": 2 })).toEqual({
    "rollout/stale_steps_count": 2,
  });
  expect(staleness(steps, { "learner/updates_count": 0 })).toEqual({});
});
