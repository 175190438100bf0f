// summary.json: the result of a run, all of it from the run itself. Rates at the rollout temperature; greedy ones inside.

import type { RunConfig } from "../config/run-config.ts";
import { textTable } from "../observe/console.ts";
import type { RunState, Success } from "./resume.ts";

export interface RunSummary {
  readonly name: string;
  readonly environment: string;
  readonly algorithm: string;
  readonly seed: number;
  /** Held-out split of both evaluations. */
  readonly evaluation_split: string;
  /** After imitation, before the first iteration. */
  readonly success_before: Success;
  readonly success_after: Success;
  /** Training episodes. */
  readonly episodes: number;
  readonly iterations: number;
  /** Wall time of imitation, training and evaluations, over all parts of a resumed run. */
  readonly minutes: number;
  /** Highest resident memory of all processes of the run together, in 10^6 bytes. */
  readonly rss_mb_peak: number;
}

/** @throws {Error} when an evaluation is missing: such a run is not finished. */
export function summaryOf(state: RunState, config: RunConfig): RunSummary {
  const { successBefore, successAfter } = state;
  if (successBefore === null || successAfter === null) throw new Error("a summary needs both evaluations");
  return {
    name: config.name,
    environment: config.environment.name,
    algorithm: config.algorithm.name,
    seed: config.seed,
    evaluation_split: config.evaluation.split,
    success_before: successBefore,
    success_after: successAfter,
    episodes: state.episodes,
    iterations: state.iteration,
    minutes: Math.round(state.elapsedMs / 600) / 100,
    rss_mb_peak: Math.round(state.rssPeakBytes / 1e6),
  };
}

/** For the terminal. */
export function summaryTable(summary: RunSummary): string {
  const cell = ({ rate, ci95: [low, high] }: Pick<Success, "rate" | "ci95">) =>
    `${rate.toFixed(3)}  [${low.toFixed(3)}, ${high.toFixed(3)}]`;
  const { success_before: before, success_after: after } = summary;
  const gain = (to: { rate: number }, from: { rate: number }) =>
    `${to.rate >= from.rate ? "+" : ""}${(to.rate - from.rate).toFixed(3)}`;
  const table = textTable([
    [`success on ${summary.evaluation_split} (95 %)`, "before", "after", "gain"],
    ["at the rollout temperature", cell(before), cell(after), gain(after, before)],
    ["greedy", cell(before.greedy), cell(after.greedy), gain(after.greedy, before.greedy)],
  ]);
  const facts = [
    `${summary.algorithm}: ${summary.iterations} iterations, ${summary.episodes} episodes`,
    `${after.episodes} held-out episodes an evaluation`,
    `${summary.minutes.toFixed(1)} min, at most ${summary.rss_mb_peak} MB resident`,
  ];
  return `${table}\n${facts.join("; ")}`;
}
