// One iteration of training, one call per stage: tasks -> groups -> advantages -> updates -> metrics. Stages are handed in,
// so the loop names no engine, no transport and no algorithm. Everything random derives from (seed, iteration).

import type { ConfiguredAlgorithm } from "../algorithms/algorithm.ts";
import { rowsOf } from "../algorithms/rows-of.ts";
import type { RunConfig } from "../config/run-config.ts";
import type { Scorer, Trainer } from "../engine/engine.ts";
import type { Metrics } from "../observe/metrics.ts";
import { deriveSeed } from "../random.ts";
import type { GroupSource } from "./iteration-groups.ts";
import { groupsOfIteration } from "./iteration-groups.ts";
import { learn } from "./learner.ts";
import { advantageMetrics, rolloutMetrics, staleness } from "./rollout-metrics.ts";

export interface LoopStages {
  readonly source: GroupSource;
  readonly algorithm: ConfiguredAlgorithm;
  readonly trainer: Trainer;
  /** The frozen policy of the KL term; null where the loss has none. */
  readonly reference: Scorer | null;
}

export interface IterationReport {
  readonly metrics: Metrics;
  readonly episodeCount: number;
}

/** @param iteration from 1; equal weights and equal iteration give equal new weights. */
export async function trainIteration(
  iteration: number,
  config: RunConfig,
  { source, algorithm, trainer, reference }: LoopStages,
): Promise<IterationReport> {
  const { training, seed } = config;
  const startMs = performance.now();
  const groups = await groupsOfIteration(source, iteration, seed, training.groups, algorithm.dynamicSampling);
  const collectedMs = performance.now();
  const { rows, steps } = rowsOf(groups.kept);
  const { advantage, diagnostics } = algorithm.advantage(rows);
  const trained = steps.map((step, i) => ({ step, advantage: advantage[i]!, mask_T: algorithm.tokenMask(step) }));
  const estimatedMs = performance.now();
  const request = {
    steps: trained,
    iteration,
    seed: deriveSeed(seed, `learner/${iteration}`),
    aggregation: training.aggregation ?? algorithm.loss.aggregation,
    temperature: config.policy.decoding.temperature,
  };
  const learned = await learn(request, training, trainer, reference);
  const learnedMs = performance.now();
  const rollout = rolloutMetrics(groups);
  const metrics: Metrics = {
    ...rollout,
    ...diagnostics,
    ...advantageMetrics(trained),
    ...learned,
    ...staleness(trained, learned),
    "time/rollout_s": (collectedMs - startMs) / 1000,
    "time/advantage_s": (estimatedMs - collectedMs) / 1000,
    "time/learner_s": (learnedMs - estimatedMs) / 1000,
  };
  return { metrics, episodeCount: rollout["rollout/episodes_count"] ?? 0 };
}
