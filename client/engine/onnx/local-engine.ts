// The primitives in the calling thread, which they block: the worker's inside, and what tests look into. Weights,
// gradients and moments live here; rollout and training graphs are fed with the same array, so an optimiser step is
// visible to the next sample without any hand-over. With adapters the base is read once and shared by all of it, the
// frozen reference policy too.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../../../proto/errors.ts";
import { loadTokenizer } from "../../prompt/tokenizer.ts";
import type {
  Completion,
  Engine,
  LossReport,
  LossSpec,
  OptimReport,
  OptimStep,
  PolicyVersion,
  SampleCounts,
  SampleRequest,
  ScoredSequence,
  TrainingBatch,
  Update,
  UpdateReport,
} from "../engine.ts";
import { CallOrder } from "./call-order.ts";
import { Learner } from "./learner/learner.ts";
import { loadAdapterConfig, loadAdapters, saveAdapters } from "./model/adapter-files.ts";
import { loadConfig, loadOptimizer, loadWeights, type OptimizerState, saveCheckpoint } from "./model/checkpoint.ts";
import type { DecoderConfig } from "./model/config.ts";
import { saveMerged } from "./model/merge.ts";
import type { Model } from "./model/model.ts";
import { type ModelSource, type OpenedModel, openModel } from "./model/open-model.ts";
import { valuesIn } from "./model/stored-parameters.ts";
import type { DecodeText } from "./policy/decode-row.ts";
import { DecodeWeights, type WeightRoute } from "./policy/decode-weights.ts";
import { SampleScheduler } from "./policy/sample-scheduler.ts";
import { checkDevice, type Device, defaultForm, type EngineForm } from "./session/device.ts";
import type { OpenSession, SessionOptions } from "./session/graph-session.ts";
import { SessionCache } from "./session/session-cache.ts";

export interface LocalEngineOptions extends SessionOptions {
  readonly model: ModelSource;
  /** Of the initial weights of a model from scratch, or of new adapters. */
  readonly seed: number;
  /** Bound on padded tokens per run: memory grows with it, and speed does not beyond a few thousand. */
  readonly maxBatchTokens: number;
  /** Keep one activation per layer and compute the rest again on the way back; default false. */
  readonly gradientCheckpointing?: boolean;
  /** How decoding takes the weights; default "auto", by the model's size. */
  readonly weightRoute?: WeightRoute;
  /** Bound on the bytes of keys and values, of decoding rows and of kept prefixes together; default 1 GiB. */
  readonly maxKvBytes?: number;
  /** Default: what suits the device. */
  readonly form?: EngineForm;
}

const DEFAULT_MAX_KV_BYTES = 2 ** 30;

export class LocalEngine implements Engine {
  readonly model: Model;
  readonly device: Device;
  readonly form: EngineForm;
  /** Of the device's form alone. */
  readonly runUpdates?: (updates: readonly Update[]) => Promise<UpdateReport[]>;
  readonly learner: Learner;
  readonly #opened: OpenedModel;
  readonly #trainingSessions: SessionCache;
  readonly #rolloutSessions: SessionCache;
  readonly #decodeWeights: DecodeWeights;
  readonly #sampling: SampleScheduler;
  readonly #order = new CallOrder();
  #policyVersion: PolicyVersion = 0;

  private constructor(opened: OpenedModel, open: OpenSession, options: LocalEngineOptions) {
    this.model = opened.model;
    this.#opened = opened;
    this.#trainingSessions = new SessionCache(open, options);
    // How a product is cut among threads depends on its rows, and the cut decides how it rounds: with more than one thread
    // a completion would depend on which rows share its batch (seen at width 256, where sums are longer than 128).
    this.#rolloutSessions = new SessionCache(open, { ...options, threads: 1 });
    this.device = options.device ?? "cpu";
    this.form = options.form ?? defaultForm(this.device);
    this.#decodeWeights = new DecodeWeights(this.model, open, options, options.weightRoute ?? "auto");
    this.#sampling = new SampleScheduler({
      model: this.model,
      sessions: this.#rolloutSessions,
      weights: this.#decodeWeights,
      maxBatchTokens: options.maxBatchTokens,
      maxKvBytes: options.maxKvBytes ?? DEFAULT_MAX_KV_BYTES,
      loadText: textLoader("directory" in options.model ? options.model.directory : null),
      form: this.form,
    });
    this.learner = new Learner(this.model, this.#trainingSessions, { ...options, form: this.form });
    if (this.form === "device") this.runUpdates = (updates) => this.#runUpdates(updates);
  }

  static async create(open: OpenSession, options: LocalEngineOptions): Promise<LocalEngine> {
    if (options.device !== undefined && options.device !== "cpu") await checkDevice(options.device, open);
    const opened = await openModel(options.model, options.seed);
    const engine = new LocalEngine(opened, open, options);
    if (opened.stateDirectory !== null) {
      engine.#restore(await loadOptimizer(opened.stateDirectory, opened.model.trainable.table, false));
    }
    return engine;
  }

  get policyVersion(): PolicyVersion {
    return this.#policyVersion;
  }

  /** Calls may overlap: their rows decode together. */
  sample(requests: readonly SampleRequest[]): Promise<Completion[]> {
    return this.#order.draw(() => this.#sampling.sample(requests, this.#policyVersion));
  }

  /** What sampling counted since the engine was made. */
  get counts(): SampleCounts {
    return this.#sampling.counts;
  }

  /** Tells sampling that somebody wrote into the model's arrays. The engine's own steps and loads do it themselves. */
  weightsChanged(): Promise<void> {
    return this.#order.change(() => this.#renew());
  }

  /** @param policy whose; "reference" is the one that `holdReference` froze */
  logprobs(sequences: readonly ScoredSequence[], policy: "current" | "reference" = "current"): Promise<Float32Array[]> {
    return this.#order.read(() => this.learner.logprobs(sequences, policy));
  }

  forwardBackward(batch: TrainingBatch, loss: LossSpec): Promise<LossReport> {
    return this.#order.read(() => this.learner.forwardBackward(batch, loss));
  }

  optimStep(step: OptimStep): Promise<OptimReport> {
    return this.#order.change(async () => {
      const { gradNorm, clipped } = this.learner.step(step);
      this.#policyVersion += 1;
      await this.#renew();
      return { gradNorm, clipped, policyVersion: this.#policyVersion };
    });
  }

  #runUpdates(updates: readonly Update[]): Promise<UpdateReport[]> {
    return this.#order.change(async () => {
      const { updateCount } = this.learner.moments;
      const versionBefore = this.#policyVersion;
      try {
        const reports = await this.learner.updates(updates);
        return reports.map(({ loss, step }, i) => ({ loss, optim: { ...step, policyVersion: versionBefore + i + 1 } }));
      } finally {
        // Also where one of them was refused: those before it stand.
        this.#policyVersion += this.learner.moments.updateCount - updateCount;
        await this.#renew();
      }
    });
  }

  /** Of a model with adapters: "weights" and "state" are the adapters, "merged" is the whole model. */
  save(directory: string, what: "weights" | "state" | "merged"): Promise<void> {
    return this.#order.read(() => this.#save(directory, what));
  }

  async #save(directory: string, what: "weights" | "state" | "merged"): Promise<void> {
    if (what === "state" && this.learner.hasGradients) {
      throw fail(
        "WEIGHTS_REJECTED",
        `${directory}: gradients are accumulated that the state would not hold; save after optimStep`,
      );
    }
    if (what === "merged") return saveMerged(directory, this.#opened);
    const { config, table, flat, trainable } = this.model;
    const state = what === "state" ? { moments: this.learner.moments, policyVersion: this.#policyVersion } : null;
    if (config.lora !== undefined) {
      const description = { lora: config.lora, base: this.#opened.base };
      await saveAdapters(directory, description, trainable.table, trainable.flat, state);
      return;
    }
    await saveCheckpoint(directory, { config, table, valuesOf: valuesIn(flat), source: this.#opened.source }, state);
  }

  /**
   * Weights, or the adapters of a model that has them, and the optimiser's state where it is stored; else a fresh one.
   * Accumulated gradients are dropped. "state" is refused where the optimiser is missing.
   */
  load(directory: string, what: "weights" | "state"): Promise<void> {
    return this.#order.change(() => this.#load(directory, what));
  }

  async #load(directory: string, what: "weights" | "state"): Promise<void> {
    const { config, table, flat, trainable } = this.model;
    const adapters = config.lora !== undefined;
    if (adapters) await this.#checkAdapters(directory);
    else refuseOther(directory, (await loadConfig(directory)).config, config);
    // What can be refused is read before anything changes.
    const state = await loadOptimizer(directory, trainable.table, what === "state");
    if (adapters) await loadAdapters(directory, trainable.table, trainable.flat);
    else await loadWeights(directory, table, flat, true);
    this.#restore(state);
    await this.#renew();
  }

  /**
   * Freezes a policy for `logprobs(..., "reference")` that shares the base: the adapters of a directory, or with null the
   * base alone. @throws {EngineError} WEIGHTS_REJECTED for an engine without adapters
   */
  holdReference(directory: string | null): Promise<void> {
    return this.#order.read(() => this.#holdReference(directory));
  }

  async #holdReference(directory: string | null): Promise<void> {
    const { config, trainable } = this.model;
    if (config.lora === undefined) {
      throw fail("WEIGHTS_REJECTED", "only a model with adapters shares its base with a reference policy");
    }
    if (directory === null) {
      this.learner.reference = "base";
      return;
    }
    await this.#checkAdapters(directory);
    const flat = new Float32Array(trainable.table.flatSize);
    await loadAdapters(directory, trainable.table, flat);
    this.learner.reference = flat;
  }

  close(): Promise<void> {
    return this.#order.change(async () => {
      await this.#trainingSessions.release();
      await this.#rolloutSessions.release();
      await this.#decodeWeights.release();
    });
  }

  /** The next session sees the weights as they are now, and no prefix of older ones is left. */
  async #renew(): Promise<void> {
    this.#sampling.weightsChanged();
    await this.#decodeWeights.changed(this.model.config.lora === undefined);
  }

  async #checkAdapters(directory: string): Promise<void> {
    const { lora } = await loadAdapterConfig(directory);
    if (JSON.stringify(lora) === JSON.stringify(this.model.config.lora)) return;
    const [has, needs] = [JSON.stringify(lora), JSON.stringify(this.model.config.lora)];
    throw fail("WEIGHTS_REJECTED", `${directory} holds adapters ${has}, the engine has ${needs}`);
  }

  #restore(state: OptimizerState | null): void {
    this.learner.restore(state?.moments ?? null);
    this.#policyVersion = state?.policyVersion ?? 0;
  }
}

/** Loads the folder's tokenizer once, when a stop string asks for it. */
function textLoader(directory: string | null): () => Promise<DecodeText | null> {
  let loading: Promise<DecodeText | null> | null = null;
  return () => {
    const hasTokenizer = directory !== null && existsSync(join(directory, "tokenizer.json"));
    loading ??= hasTokenizer
      ? loadTokenizer(directory).then((tokenizer) => (tokens_T) => tokenizer.decode(tokens_T))
      : Promise.resolve(null);
    return loading;
  };
}

function refuseOther(directory: string, has: DecoderConfig, needs: DecoderConfig): void {
  const differing = (Object.keys(has) as (keyof DecoderConfig)[]).filter(
    (key) => JSON.stringify(has[key]) !== JSON.stringify(needs[key]),
  );
  if (differing.length === 0) return;
  throw fail(
    "WEIGHTS_REJECTED",
    `${directory} holds another model than the engine's: ${differing
      .map((key) => `${key} ${JSON.stringify(has[key])} instead of ${JSON.stringify(needs[key])}`)
      .join(", ")}. Create an engine from the directory, or name the right one`,
  );
}
