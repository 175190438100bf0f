// The six primitives in the calling thread, which they block: the worker's inside, and what tests look into. Weights,
// gradients and moments live here; rollout and training graphs are fed with the same array, so an optimiser step is
// visible to the next sample without any hand-over.

import { fail } from "../../../proto/errors.ts";
import type {
  Completion,
  Engine,
  LossReport,
  LossSpec,
  OptimReport,
  OptimStep,
  PolicyVersion,
  SampleRequest,
  ScoredSequence,
  TrainingBatch,
} from "../engine.ts";
import { Learner } from "./learner/learner.ts";
import { loadConfig, loadOptimizer, loadWeights, saveCheckpoint } from "./model/checkpoint.ts";
import type { DecoderConfig } from "./model/config.ts";
import { initialWeights } from "./model/init.ts";
import { Model } from "./model/model.ts";
import { parameterTable } from "./model/parameters.ts";
import { sampleRequests } from "./policy/sample.ts";
import type { OpenSession, SessionOptions } from "./session/graph-session.ts";
import { SessionCache } from "./session/session-cache.ts";

export interface LocalEngineOptions extends SessionOptions {
  /** Sizes of a model from scratch, or a Hugging Face directory. */
  readonly model: DecoderConfig | { readonly directory: string };
  /** Of the initial weights of a model from scratch. */
  readonly seed: number;
  /** Bound on padded tokens per run: memory grows with it, and speed does not beyond a few thousand. */
  readonly maxBatchTokens: number;
}

export class LocalEngine implements Engine {
  readonly model: Model;
  readonly learner: Learner;
  readonly #trainingSessions: SessionCache;
  readonly #rolloutSessions: SessionCache;
  readonly #maxBatchTokens: number;
  #policyVersion: PolicyVersion = 0;

  private constructor(model: Model, open: OpenSession, options: LocalEngineOptions) {
    this.model = model;
    this.#trainingSessions = new SessionCache(open, options);
    // How a product is cut among threads depends on its rows, and the cut decides how it rounds: with more than one thread
    // a completion would depend on which rows share its batch (seen at width 256, where sums are longer than 128).
    this.#rolloutSessions = new SessionCache(open, { ...options, threads: 1 });
    this.#maxBatchTokens = options.maxBatchTokens;
    this.learner = new Learner(model, this.#trainingSessions, options.maxBatchTokens);
  }

  static async create(open: OpenSession, options: LocalEngineOptions): Promise<LocalEngine> {
    if (!("directory" in options.model)) {
      const config = options.model;
      const flat = initialWeights(config, parameterTable(config), options.seed);
      return new LocalEngine(new Model(config, flat), open, options);
    }
    const { directory } = options.model;
    const config = await loadConfig(directory);
    const flat = new Float32Array(parameterTable(config).flatSize);
    const engine = new LocalEngine(new Model(config, flat), open, options);
    await engine.load(directory, "weights");
    return engine;
  }

  get policyVersion(): PolicyVersion {
    return this.#policyVersion;
  }

  sample(requests: readonly SampleRequest[]): Promise<Completion[]> {
    return sampleRequests(this.model, this.#rolloutSessions, requests, this.#maxBatchTokens, this.#policyVersion);
  }

  logprobs(sequences: readonly ScoredSequence[]): Promise<Float32Array[]> {
    return this.learner.logprobs(sequences);
  }

  forwardBackward(batch: TrainingBatch, loss: LossSpec): Promise<LossReport> {
    return this.learner.forwardBackward(batch, loss);
  }

  async optimStep(step: OptimStep): Promise<OptimReport> {
    const { gradNorm, clipped } = this.learner.step(step);
    this.#policyVersion += 1;
    return { gradNorm, clipped, policyVersion: this.#policyVersion };
  }

  async save(directory: string, what: "weights" | "state"): Promise<void> {
    if (what === "state" && this.learner.hasGradients) {
      throw fail(
        "WEIGHTS_REJECTED",
        `${directory}: gradients are accumulated that the state would not hold; save after optimStep`,
      );
    }
    const { config, table, flat } = this.model;
    const state = what === "state" ? { moments: this.learner.moments, policyVersion: this.#policyVersion } : null;
    await saveCheckpoint(directory, config, table, flat, state);
  }

  /** Weights, and the optimiser's state where it is stored; else, for "weights", a fresh one. Drops accumulated gradients. */
  async load(directory: string, what: "weights" | "state"): Promise<void> {
    const config = await loadConfig(directory);
    const differing = (Object.keys(config) as (keyof DecoderConfig)[]).filter(
      (key) => JSON.stringify(config[key]) !== JSON.stringify(this.model.config[key]),
    );
    if (differing.length > 0) {
      throw fail(
        "WEIGHTS_REJECTED",
        `${directory} holds another model than the engine's: ${differing
          .map((key) => `${key} ${JSON.stringify(config[key])} instead of ${JSON.stringify(this.model.config[key])}`)
          .join(", ")}. Create an engine from the directory, or name the right one`,
      );
    }
    const state = await loadOptimizer(directory, this.model.table, what === "state");
    await loadWeights(directory, this.model.table, this.model.flat);
    this.learner.restore(state?.moments ?? null);
    this.#policyVersion = state?.policyVersion ?? 0;
  }

  async close(): Promise<void> {
    await this.#trainingSessions.release();
    await this.#rolloutSessions.release();
  }
}
