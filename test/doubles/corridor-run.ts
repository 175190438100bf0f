// A whole run on the corridor in memory: real loop, real rollouts, real algorithm, real run directory; the engine is a table
// and nothing is spawned. Used by the tests of the loop and of resuming.

import { algorithmSchema, configureAlgorithm } from "../../client/algorithms/registry.ts";
import { loadConfig } from "../../client/config/load-config.ts";
import type { RunConfig } from "../../client/config/run-config.ts";
import { evaluate } from "../../client/eval/evaluate.ts";
import { RunConsole } from "../../client/observe/console.ts";
import { MemoryWatch } from "../../client/observe/memory.ts";
import type { PromptForm } from "../../client/prompt/prompt-form.ts";
import { WordTokenizer, wordTokenizerJson } from "../../client/prompt/word-tokenizer.ts";
import { deriveSeed } from "../../client/random.ts";
import { collectGroups } from "../../client/rollout/collect.ts";
import type { RunParts } from "../../client/train/run.ts";
import type { RunDirectory } from "../../client/train/run-directory.ts";
import type { Outcome } from "../../client/transport/world-service.ts";
import { CorridorService, corridorTask } from "./corridor-service.ts";
import type { TableEngine } from "./table-engine.ts";

export const TOKENIZER = new WordTokenizer(
  wordTokenizerJson({
    words: ["left", "right", "wait", ...Array.from({ length: 6 }, (_, cell) => `cell ${cell}`)],
    specialTokens: [],
  }),
);

/** The prompt is the cell; where the treasure is has to be learned, so all tasks share one. */
export const CELL_FORM: PromptForm<Outcome> = {
  name: "cell",
  begin: (initial) => initial,
  advance: (_, __, outcome) => outcome,
  render: (outcome) => ({ tokens_T: TOKENIZER.encode(/cell \d/.exec(outcome.observation)![0]), cutTokenCount: 0 }),
};

export function corridorConfig(training: Record<string, unknown> = {}): RunConfig {
  const text = JSON.stringify({
    name: "corridor",
    environment: { name: "corridor" },
    algorithm: { name: "gigpo" },
    training: { iterations: 4, groups: 3, groupSize: 6, miniBatchRows: 32, learningRate: 0.005, ...training },
    evaluation: { episodes: 40 },
  });
  const algorithms = { gigpo: algorithmSchema("gigpo") };
  return loadConfig(text, "corridor.yaml", { algorithms });
}

export function corridorParts(
  config: RunConfig,
  directory: RunDirectory,
  engine: TableEngine,
  signal: AbortSignal,
): RunParts {
  const service = new CorridorService();
  const common = {
    service,
    sampler: engine,
    promptForm: CELL_FORM,
    tokenizer: TOKENIZER,
    decoding: { constrained: true, temperature: 1, greedy: false, maxTokens: 4 },
    maxBatchRows: 64,
  };
  return {
    config,
    directory,
    engine,
    exportTokenizer: async () => undefined,
    openReference: null,
    source: {
      sampleTasks: async (_, offset, count) => Array.from({ length: count }, (__, i) => corridorTask(offset + i)),
      collect: (groups) =>
        collectGroups({
          ...common,
          groups: groups.map((group) => ({ ...group, task: corridorTask(0), seed: deriveSeed(5, "corridor/0") })),
          groupSize: config.training.groupSize,
          sampleSeed: deriveSeed(config.seed, "rollout"),
        }),
    },
    algorithm: configureAlgorithm(config.algorithm),
    warmUp: null,
    evaluate: async () => {
      const tasks = Array.from({ length: config.evaluation.episodes }, () => corridorTask(0));
      const request = { ...common, tasks, worldSeed: 5, sampleSeed: 9 };
      const [drawn, greedy] = [
        await evaluate(request),
        await evaluate({ ...request, decoding: { ...common.decoding, greedy: true } }),
      ];
      const rate = ({ rate, ci95 }: typeof drawn) => ({ rate, ci95: [...ci95] as [number, number] });
      return { success: { ...rate(drawn), episodes: drawn.episodes, greedy: rate(greedy) }, failedEpisodeCount: 0 };
    },
    console: new RunConsole({ write: () => true }),
    memory: new MemoryWatch(),
    signal,
  };
}
