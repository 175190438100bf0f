// The calls that play a policy on a world, with everything that a configuration fixes already filled in: groups for
// training, a fixed list of held-out tasks for evaluation.

import type { RunConfig } from "../client/config/run-config.ts";
import type { Sampler } from "../client/engine/engine.ts";
import type { EvaluationResult } from "../client/eval/evaluate.ts";
import { evaluate } from "../client/eval/evaluate.ts";
import type { Tokenizer } from "../client/prompt/tokenizer.ts";
import { deriveSeed } from "../client/random.ts";
import { collectGroups } from "../client/rollout/collect.ts";
import type { GroupSource } from "../client/train/iteration-groups.ts";
import type { Evaluated } from "../client/train/run.ts";
import type { WorldService } from "../client/transport/world-service.ts";
import { PATIENCE, patiently } from "./patiently.ts";
import { decodingOf, promptFormOf } from "./policy-format.ts";

export interface PolicyOnWorld {
  readonly config: RunConfig;
  readonly service: WorldService;
  readonly sampler: Sampler;
  readonly tokenizer: Tokenizer;
}

function common({ config, service, sampler, tokenizer }: PolicyOnWorld) {
  return {
    service,
    sampler,
    tokenizer,
    promptForm: promptFormOf(config.policy, tokenizer),
    optionsJson: JSON.stringify(config.environment.options),
    maxBatchRows: config.engine.maxBatchRows,
    maxGroupRetries: PATIENCE.retries,
    retryDelayMs: PATIENCE.firstDelayMs,
  };
}

export function groupSource(policy: PolicyOnWorld): GroupSource {
  const { config, service } = policy;
  const shared = { ...common(policy), decoding: decodingOf(config.policy, false) };
  return {
    sampleTasks: (seed, offset, count) =>
      patiently(() => service.sampleTasks({ split: config.environment.split, seed, offset, count })),
    collect: (groups) =>
      collectGroups({
        ...shared,
        groups,
        groupSize: config.training.groupSize,
        sampleSeed: deriveSeed(config.seed, "rollout"),
      }),
  };
}

export interface EvaluationPair {
  readonly drawn: EvaluationResult;
  readonly greedy: EvaluationResult;
}

/** The first tasks of the held-out split, played at the rollout temperature and greedily; the same for every policy. */
export async function evaluatePair(
  policy: PolicyOnWorld,
  onEpisode: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<EvaluationPair> {
  const { config, service } = policy;
  const { split, episodes } = config.evaluation;
  const tasks = await patiently(() => service.listTasks(split, episodes));
  const play = (greedy: boolean) =>
    evaluate({
      ...common(policy),
      tasks,
      decoding: decodingOf(config.policy, greedy),
      worldSeed: deriveSeed(config.seed, "evaluation/world"),
      sampleSeed: deriveSeed(config.seed, "evaluation/sample"),
      signal,
      onProgress: ({ episodesDone }) => onEpisode((greedy ? tasks.length : 0) + episodesDone, 2 * tasks.length),
    });
  const drawn = await play(false);
  return { drawn, greedy: await play(true) };
}

/** The part of an evaluation that a run keeps. */
export function successOf({ drawn, greedy }: EvaluationPair): Evaluated {
  const rate = (of: EvaluationResult) => ({ rate: of.rate, ci95: [...of.ci95] as [number, number] });
  const failed = [drawn, greedy].flatMap(({ failures }) => Object.values(failures));
  return {
    success: { ...rate(drawn), episodes: drawn.episodes, greedy: rate(greedy) },
    failedEpisodeCount: failed.reduce((sum, count) => sum + count, 0),
  };
}
