// One iteration of training, one call per stage: tasks -> groups -> advantages -> updates -> metrics. Stages are handed in,
// so the loop names no engine, no transport and no algorithm. Everything random derives from (seed, iteration).

import type { RunConfig } from "../config/run-config.ts";
import type { Engine, Sampler } from "../engine/engine.ts";
import type { Metrics } from "../observe/metrics.ts";
import { deriveSeed } from "../random.ts";
import type { TaskRef, TrajectoryGroup } from "../types.ts";
import { learn } from "./learner.ts";
import { advantageMetrics, rolloutMetrics } from "./rollout-metrics.ts";
import type { AdvantageStep } from "./training-batch.ts";

/** What a collection gave: whole groups, and what was lost on the way. */
export interface Collected {
  readonly groups: readonly TrajectoryGroup[];
  /** Groups that failed after all retries. */
  readonly lostGroupCount: number;
  readonly retriedGroupCount: number;
}

/** The stages of an iteration that live in other folders. */
export interface LoopStages {
  /** The tasks at one position of the curriculum; same arguments, same tasks. */
  sampleTasks(seed: number, offset: number, count: number): Promise<readonly TaskRef[]>;
  collect(tasks: readonly TaskRef[], seed: number): Promise<Collected>;
  /** One advantage per step of whole trajectories, in the order of groups, members and steps. */
  estimateAdvantages(groups: readonly TrajectoryGroup[]): readonly AdvantageStep[];
}

export interface IterationReport {
  readonly metrics: Metrics;
  readonly episodeCount: number;
}

/** @param iteration from 1; equal weights and equal iteration give equal new weights. */
export async function trainIteration(
  iteration: number,
  config: RunConfig,
  stages: LoopStages,
  engine: Engine,
  reference: Sampler | null,
): Promise<IterationReport> {
  const { groups: groupCount } = config.training;
  const seedOf = (name: string) => deriveSeed(config.seed, `iteration/${iteration}/${name}`);
  const startMs = performance.now();
  const tasks = await stages.sampleTasks(deriveSeed(config.seed, "tasks"), (iteration - 1) * groupCount, groupCount);
  const collected = await stages.collect(tasks, seedOf("rollout"));
  const collectedMs = performance.now();
  const steps = stages.estimateAdvantages(collected.groups);
  const estimatedMs = performance.now();
  const { temperature } = config.policy.decoding;
  const request = { steps, iteration, seed: seedOf("learner"), temperature };
  const learned = await learn(request, config.training, engine, reference);
  const learnedMs = performance.now();
  const metrics = {
    ...rolloutMetrics(collected.groups),
    "rollout/lost_groups_count": collected.lostGroupCount,
    "rollout/group_retries_count": collected.retriedGroupCount,
    ...advantageMetrics(steps, collected.groups),
    ...learned,
    "time/rollout_s": (collectedMs - startMs) / 1000,
    "time/advantage_s": (estimatedMs - collectedMs) / 1000,
    "time/learner_s": (learnedMs - estimatedMs) / 1000,
  };
  return { metrics, episodeCount: metrics["rollout/episodes_count"] ?? 0 };
}
