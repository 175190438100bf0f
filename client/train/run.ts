// A whole run, from where its state stands: warm start -> evaluation -> iterations -> evaluation -> summary. After every
// committed state a kill costs nothing; `state.json` is replaced only when the checkpoint and the metrics it names are on
// the disk. An abort ends after the iteration in progress, with everything saved.

import type { ConfiguredAlgorithm } from "../algorithms/algorithm.ts";
import type { RunConfig } from "../config/run-config.ts";
import type { Engine, Scorer } from "../engine/engine.ts";
import { recoverDirectory } from "../engine/weights/atomic-directory.ts";
import type { RunConsole } from "../observe/console.ts";
import type { MemoryWatch } from "../observe/memory.ts";
import type { Metrics } from "../observe/metrics.ts";
import { RunLog } from "../observe/run-log.ts";
import type { ImitationUpdate } from "./imitation.ts";
import type { GroupSource } from "./iteration-groups.ts";
import { trainIteration } from "./loop.ts";
import type { RunState, Success } from "./resume.ts";
import { readRunState, writeRunState } from "./resume.ts";
import type { RunDirectory } from "./run-directory.ts";
import { pruneCheckpoints, writeSummary } from "./run-directory.ts";
import type { RunSummary } from "./summary.ts";
import { summaryOf } from "./summary.ts";

export interface RunParts {
  readonly config: RunConfig;
  readonly directory: RunDirectory;
  readonly engine: Engine;
  /** Adds the tokenizer's files to a checkpoint, which an engine knows nothing of. */
  exportTokenizer(directory: string): Promise<void>;
  /** Makes the frozen policy of the KL term from a checkpoint; null where the loss has none. */
  readonly openReference: ((checkpoint: string) => Promise<Scorer>) | null;
  readonly source: GroupSource;
  readonly algorithm: ConfiguredAlgorithm;
  /** The imitation of the configuration; resolves to false when it was aborted. null: the policy starts as it is. */
  readonly warmUp: ((onUpdate: (update: ImitationUpdate) => void, signal: AbortSignal) => Promise<boolean>) | null;
  /** Held-out success of the engine's present weights. */
  evaluate(onEpisode: (done: number, total: number) => void, signal: AbortSignal): Promise<Evaluated>;
  readonly console: RunConsole;
  readonly memory: MemoryWatch;
  readonly signal: AbortSignal;
}

export interface Evaluated {
  readonly success: Success;
  readonly failedEpisodeCount: number;
}

export type RunOutcome =
  | { readonly finished: true; readonly summary: RunSummary }
  | { readonly finished: false; readonly completedIterations: number };

/** Carries a run to its end, or to the first safe stop after an abort. */
export async function runTraining(parts: RunParts): Promise<RunOutcome> {
  const run = await RunInProgress.open(parts);
  let reference: Scorer | null = null;
  try {
    if (!run.state.warm && !(await run.warmUp())) return run.stopped();
    if (run.state.successBefore === null) await run.evaluateBefore();
    const { iterations } = parts.config.training;
    if (parts.signal.aborted) return run.stopped();
    if (run.state.iteration < iterations) {
      reference = (await parts.openReference?.(parts.directory.checkpoint(0))) ?? null;
    }
    while (run.iteration < iterations) {
      if (parts.signal.aborted) return await run.stopSaved();
      await run.iterate(reference);
    }
    if (run.state.successAfter === null) await run.evaluateAfter();
    if (run.state.successAfter === null) return run.stopped();
    return { finished: true, summary: await run.finish() };
  } finally {
    await reference?.close();
    run.close();
  }
}

/** The mutable side of a run: its committed state, its open log and its clock. */
class RunInProgress {
  state: RunState;
  /** Completed iterations; ahead of `state.iteration` between checkpoints. */
  iteration: number;
  readonly #parts: RunParts;
  readonly #log: RunLog;
  readonly #startMs = performance.now();
  readonly #elapsedBeforeMs: number;
  #episodes: number;

  private constructor(parts: RunParts, state: RunState, log: RunLog) {
    this.#parts = parts;
    this.#log = log;
    this.#elapsedBeforeMs = state.elapsedMs;
    this.#episodes = state.episodes;
    this.iteration = state.iteration;
    this.state = state;
  }

  /** Brings directory and engine to the last committed state. */
  static async open(parts: RunParts): Promise<RunInProgress> {
    const { directory, engine, config } = parts;
    const stored = await readRunState(directory);
    // A finished run that is given more iterations is evaluated again at its new end.
    const isLonger = stored.iteration < config.training.iterations;
    const state = isLonger ? { ...stored, successAfter: null } : stored;
    const log = new RunLog(directory.metricsFile, state.metricsBytes);
    if (log.lostBytes > 0) {
      const { metricsFile } = directory;
      parts.console.say(
        `${metricsFile} has lost ${log.lostBytes} bytes of earlier lines; the run goes on behind the rest`,
      );
    }
    if (state.warm) {
      const checkpoint = directory.checkpoint(state.iteration);
      await recoverDirectory(checkpoint);
      await engine.load(checkpoint, "state");
    }
    return new RunInProgress(parts, state, log);
  }

  async warmUp(): Promise<boolean> {
    const { warmUp, console, config, signal } = this.#parts;
    if (warmUp !== null) {
      const total = config.imitation?.steps ?? 0;
      const done = await warmUp(({ update, lossNat, gradNorm, learningRate, epochs }) => {
        this.#log.append("imitation", update, {
          "imitation/loss_nat": lossNat,
          "imitation/grad_norm": gradNorm,
          "imitation/learning_rate": learningRate,
          "imitation/epoch_count": epochs,
        });
        console.progress({ stage: "imitate", done: update, total, facts: [`loss ${lossNat.toFixed(3)}`] });
      }, signal);
      if (!done) return false;
    }
    await this.#commit({ warm: true });
    return true;
  }

  async evaluateBefore(): Promise<void> {
    const successBefore = await this.#evaluate(this.#parts.signal);
    if (successBefore !== null) await this.#commit({ successBefore });
  }

  async evaluateAfter(): Promise<void> {
    const successAfter = await this.#evaluate(this.#parts.signal);
    if (successAfter !== null) await this.#commit({ successAfter });
  }

  /** One iteration, its metrics, and a checkpoint where one is due. */
  async iterate(reference: Scorer | null): Promise<void> {
    const { config, source, algorithm, engine, console, memory } = this.#parts;
    const { iterations, checkpointEvery } = config.training;
    const { metrics, episodeCount } = await trainIteration(this.iteration + 1, config, {
      source,
      algorithm,
      trainer: engine,
      reference,
    });
    this.iteration++;
    this.#episodes += episodeCount;
    const rssMegabytes = memory.sample() / 1e6;
    this.#log.append("training", this.iteration, { ...metrics, "memory/rss_mb": rssMegabytes });
    console.progress({ stage: "train", done: this.iteration, total: iterations, facts: factsOf(metrics) });
    const { every } = config.evaluation;
    if (every > 0 && this.iteration % every === 0 && this.iteration < iterations) {
      // Never cut short: a resumed run must have the same lines as an unbroken one.
      await this.#evaluate(new AbortController().signal);
    }
    if (this.iteration % checkpointEvery === 0 || this.iteration === iterations) await this.#commit({});
  }

  async finish(): Promise<RunSummary> {
    const summary = summaryOf(this.state, this.#parts.config);
    await writeSummary(this.#parts.directory, summary);
    return summary;
  }

  stopped(): RunOutcome {
    return { finished: false, completedIterations: this.state.iteration };
  }

  async stopSaved(): Promise<RunOutcome> {
    if (this.iteration > this.state.iteration) await this.#commit({});
    return this.stopped();
  }

  close(): void {
    this.#log.close();
  }

  /** null when it was aborted: half an evaluation is no estimate. */
  async #evaluate(signal: AbortSignal): Promise<Success | null> {
    const { evaluate, console } = this.#parts;
    const startMs = performance.now();
    const onEpisode = (done: number, total: number) => console.progress({ stage: "evaluate", done, total, facts: [] });
    let evaluated: Evaluated;
    try {
      evaluated = await evaluate(onEpisode, signal);
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    }
    const { success, failedEpisodeCount } = evaluated;
    const facts = [`success ${success.rate.toFixed(3)}`, `greedy ${success.greedy.rate.toFixed(3)}`];
    console.progress({ stage: "evaluate", done: 1, total: 1, facts });
    this.#log.append("evaluation", this.iteration, {
      "evaluation/success_frac": success.rate,
      "evaluation/success_low_frac": success.ci95[0],
      "evaluation/success_high_frac": success.ci95[1],
      "evaluation/greedy_success_frac": success.greedy.rate,
      "evaluation/greedy_success_low_frac": success.greedy.ci95[0],
      "evaluation/greedy_success_high_frac": success.greedy.ci95[1],
      "evaluation/episodes_count": success.episodes,
      "evaluation/failed_episodes_count": failedEpisodeCount,
      "time/evaluation_s": (performance.now() - startMs) / 1000,
    });
    return success;
  }

  /** Checkpoint first, then the state that names it, then the removal of what no state names any more. */
  async #commit(change: Partial<RunState>): Promise<void> {
    const { directory, engine, config, memory } = this.#parts;
    const checkpoint = directory.checkpoint(this.iteration);
    if (this.iteration > this.state.iteration || !this.state.warm) {
      await engine.save(checkpoint, "state");
      await this.#parts.exportTokenizer(checkpoint);
    }
    memory.sample();
    this.state = {
      ...this.state,
      ...change,
      iteration: this.iteration,
      metricsBytes: this.#log.sizeBytes,
      episodes: this.#episodes,
      elapsedMs: this.#elapsedBeforeMs + performance.now() - this.#startMs,
      rssPeakBytes: memory.peakBytes,
    };
    await writeRunState(directory, this.state);
    await pruneCheckpoints(directory, this.iteration, config.training.keepCheckpoints);
  }
}

function factsOf(metrics: Metrics): string[] {
  const success = metrics["rollout/success_frac"];
  const steps = metrics["rollout/episode_steps_mean"];
  return [
    ...(success === undefined ? [] : [`success ${success.toFixed(2)}`]),
    ...(steps === undefined ? [] : [`${steps.toFixed(1)} steps an episode`]),
  ];
}
