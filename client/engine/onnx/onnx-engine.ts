// The embedded engine as the rest of the client sees it: the six primitives, answered by one worker thread, so that the
// event loop with its streams and heartbeats stays free while graphs run. A worker that dies rejects every open and later
// call with ENGINE_UNREACHABLE; its weights are gone with it, so the run restarts from the last checkpoint.

import type { Worker } from "node:worker_threads";
import { moduleBeside, startThread } from "../../../platform/start-thread.ts";
import { fail } from "../../../proto/errors.ts";
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
import type { LocalEngineOptions } from "./local-engine.ts";
import type { ModelSource } from "./model/open-model.ts";
import type { WeightRoute } from "./policy/decode-weights.ts";
import { type Device, defaultForm, type EngineForm } from "./session/device.ts";
import {
  type AnswerMessage,
  type EngineAnswer,
  type EngineCall,
  packRequests,
  packRows,
  packSequences,
  packUpdates,
  READY_ID,
  unpackCompletions,
  unpackError,
} from "./session/messages.ts";
import { buffersOf, unpackRagged } from "./session/ragged.ts";

export interface OnnxEngineOptions {
  readonly model: ModelSource;
  /** Of the initial weights of a model from scratch, or of new adapters; a non-negative integer below 2^53. */
  readonly seed: number;
  /**
   * Threads inside one operator while training; default 1. Sampling uses one, so that a completion never depends on its
   * batch. Engines and their threads together should not exceed the cores.
   */
  readonly threads?: number;
  /** Bound on padded tokens per run; default 4096. Memory grows with it. */
  readonly maxBatchTokens?: number;
  /** Keep one activation per layer and compute the rest again on the way back: less memory, a third more time. */
  readonly gradientCheckpointing?: boolean;
  /** Where graphs run; default "cpu". A device that is missing is an error with the cure. */
  readonly device?: Device;
  /** How graphs are cut into runs; default: "device" on "cuda", else "host". */
  readonly form?: EngineForm;
  /** How decoding takes the weights; default "auto", by the model's size. */
  readonly weightRoute?: WeightRoute;
  /** Bound on the bytes of keys and values, of rows that decode and of kept prefixes; default 1 GiB. More rows wait. */
  readonly maxKvBytes?: number;
}

const DEFAULT_MAX_BATCH_TOKENS = 4096;
const NOTHING_COUNTED: SampleCounts = {
  prefilledTokens: 0,
  reusedTokens: 0,
  evictedBlocks: 0,
  queuedRows: 0,
  rowSteps: 0,
  idleRowSteps: 0,
};

/**
 * Starts the worker and waits until its weights are there. Close the engine, or its thread keeps the process alive.
 * @throws {EngineError} WEIGHTS_REJECTED or CHECKPOINT_CORRUPT when the model cannot be made or read
 */
export async function createOnnxEngine(options: OnnxEngineOptions): Promise<OnnxEngine> {
  const engine = new OnnxEngine({
    model: options.model,
    seed: options.seed,
    threads: options.threads ?? 1,
    optimization: "all",
    maxBatchTokens: options.maxBatchTokens ?? DEFAULT_MAX_BATCH_TOKENS,
    gradientCheckpointing: options.gradientCheckpointing ?? false,
    device: options.device ?? "cpu",
    ...(options.form === undefined ? {} : { form: options.form }),
    ...(options.weightRoute === undefined ? {} : { weightRoute: options.weightRoute }),
    ...(options.maxKvBytes === undefined ? {} : { maxKvBytes: options.maxKvBytes }),
  });
  await engine.ready();
  return engine;
}

interface Pending {
  readonly resolve: (answer: EngineAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** Made by `createOnnxEngine`; exported for tests, which end its worker on purpose. */
export class OnnxEngine implements Engine {
  readonly worker: Worker;
  /** Of the device's form alone. */
  readonly runUpdates?: (updates: readonly Update[]) => Promise<UpdateReport[]>;
  readonly #pending = new Map<number, Pending>();
  readonly #ready: Promise<EngineAnswer>;
  readonly #exited: Promise<void>;
  #policyVersion: PolicyVersion = 0;
  #counts = NOTHING_COUNTED;
  #nextId = READY_ID + 1;
  /** Why no call can be answered any more. */
  #gone: Error | null = null;

  constructor(options: LocalEngineOptions) {
    this.worker = startThread(moduleBeside("./session/session-worker", import.meta.url), options);
    const form = options.form ?? defaultForm(options.device ?? "cpu");
    if (form === "device") this.runUpdates = (updates) => this.#runUpdates(updates);
    this.#ready = new Promise((resolve, reject) => {
      this.#pending.set(READY_ID, { resolve, reject });
    });
    this.worker.on("message", (message: AnswerMessage) => this.#settle(message));
    this.worker.on("error", (error) => this.#lose("failed", error));
    this.#exited = new Promise((resolve) => {
      this.worker.on("exit", (code) => {
        this.#lose(`ended with code ${code}`, undefined);
        resolve();
      });
    });
  }

  get policyVersion(): PolicyVersion {
    return this.#policyVersion;
  }

  /** As of the newest answer. */
  get counts(): SampleCounts {
    return this.#counts;
  }

  async ready(): Promise<void> {
    try {
      const answer = await this.#ready;
      if (answer.method === "ready") this.#policyVersion = answer.policyVersion;
    } catch (error) {
      await this.worker.terminate();
      throw error;
    }
  }

  async sample(requests: readonly SampleRequest[]): Promise<Completion[]> {
    const answer = await this.#call({ method: "sample", requests: packRequests(requests) });
    if (answer.method !== "sample") return wrongAnswer(answer);
    this.#counts = answer.counts;
    return unpackCompletions(answer.completions);
  }

  /** @param policy whose; "reference" is the one that `holdReference` froze */
  async logprobs(
    sequences: readonly ScoredSequence[],
    policy: "current" | "reference" = "current",
  ): Promise<Float32Array[]> {
    const answer = await this.#call({ method: "logprobs", sequences: packSequences(sequences), policy });
    return answer.method === "logprobs" ? unpackRagged(answer.logprobs) : wrongAnswer(answer);
  }

  async forwardBackward(batch: TrainingBatch, loss: LossSpec): Promise<LossReport> {
    const answer = await this.#call({ method: "forwardBackward", rows: packRows(batch.rows), loss });
    return answer.method === "forwardBackward" ? answer.report : wrongAnswer(answer);
  }

  async optimStep(step: OptimStep): Promise<OptimReport> {
    const answer = await this.#call({ method: "optimStep", step });
    if (answer.method !== "optimStep") return wrongAnswer(answer);
    this.#policyVersion = answer.report.policyVersion;
    return answer.report;
  }

  async #runUpdates(updates: readonly Update[]): Promise<UpdateReport[]> {
    const answer = await this.#call({ method: "runUpdates", updates: packUpdates(updates) });
    if (answer.method !== "runUpdates") return wrongAnswer(answer);
    this.#policyVersion = answer.reports.at(-1)?.optim.policyVersion ?? this.#policyVersion;
    return [...answer.reports];
  }

  async save(directory: string, what: "weights" | "state" | "merged"): Promise<void> {
    await this.#call({ method: "save", directory, what });
  }

  async load(directory: string, what: "weights" | "state"): Promise<void> {
    const answer = await this.#call({ method: "load", directory, what });
    if (answer.method === "load") this.#policyVersion = answer.policyVersion;
  }

  /** As `LocalEngine.holdReference`: adapters of a directory, or with null the base alone, frozen beside the policy. */
  async holdReference(directory: string | null): Promise<void> {
    await this.#call({ method: "holdReference", directory });
  }

  /** Waits for the calls in flight, then ends the thread. A second call does nothing. */
  async close(): Promise<void> {
    if (this.#gone === null) await this.#call({ method: "close" });
    await this.#exited;
  }

  #call(call: EngineCall): Promise<EngineAnswer> {
    if (this.#gone !== null) return Promise.reject(this.#gone);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.worker.postMessage({ id, call }, buffersOf(call));
    });
  }

  #settle(message: AnswerMessage): void {
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if ("error" in message) {
      this.#policyVersion = message.policyVersion ?? this.#policyVersion;
      pending?.reject(unpackError(message.error));
    } else pending?.resolve(message.answer);
  }

  #lose(how: string, cause: unknown): void {
    this.#gone ??= fail("ENGINE_UNREACHABLE", `the engine's worker thread ${how}; restart from the last checkpoint`, {
      cause,
      retryable: false,
    });
    for (const pending of this.#pending.values()) pending.reject(this.#gone);
    this.#pending.clear();
  }
}

function wrongAnswer(answer: EngineAnswer): never {
  throw fail("INTERNAL_FAULT", `the engine's worker answered ${answer.method} to another call`);
}
