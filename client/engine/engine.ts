// The policy and its optimiser behind the six primitives of the Tinker API. Rollouts, evaluation and training know this
// file and no concrete engine; the embedded one lives in `onnx/`, a scripted one in `scripted/`.
// All log-probabilities are natural logs. Axis suffixes: T token, N scored target.

/** Counts completed optimiser steps; 0 is the policy as initialised or loaded. */
export type PolicyVersion = number;

export interface SampleRequest {
  readonly prompt_T: Int32Array;
  /** Bound on the completion, in tokens. */
  readonly maxTokens: number;
  /** The completion ends with the first of these, which stays in it. Not consulted when `choices_C` is given. */
  readonly stopTokens: readonly number[];
  /** Above 0. Logprobs belong to the tempered distribution, the one drawn from. */
  readonly temperature: number;
  /** Take the most probable token (lowest id on ties); logprobs are still those of the tempered distribution. */
  readonly greedy: boolean;
  /**
   * Seeds this row's own stream of uniforms, one number per drawn token. The completion is a function of weights, prompt,
   * settings and this seed alone: never of the rows that happen to share its batch.
   */
  readonly seed: number;
  /** Draw among the k most probable tokens (equal ones stay); absent or 0: all. Applied after the temperature. */
  readonly topK?: number;
  /** Nucleus, in (0, 1]: a token stays if the mass strictly above it is below this. Applied after `topK`. */
  readonly topP?: number;
  /** In [0, 1): a token stays if it has at least this share of the most probable one's mass. Applied last. */
  readonly minP?: number;
  /**
   * Above 0, default 1: logits of tokens in the prompt or the completion so far are divided by it where positive and
   * multiplied where negative, before the temperature. Teacher forcing does not know it: only `untemperedLogprobs_T`
   * can then be compared with `logprobs`.
   */
  readonly repetitionPenalty?: number;
  /** The completion ends with the first token after which its text holds one of these; the token stays. */
  readonly stopStrings?: readonly string[];
  /**
   * Constrained decoding: the completion is exactly one of these token sequences (none a prefix of another, at least
   * one). Tokens that only one remaining choice allows are forced, cost no model call and carry no loss.
   */
  readonly choices_C?: readonly Int32Array[];
}

export interface Completion {
  readonly tokens_T: Int32Array;
  /** 1 where the token was drawn from at least two possibilities, 0 where it was forced. Only drawn tokens train. */
  readonly drawn_T: Uint8Array;
  /** Of each token under the distribution it was drawn from (tempered, restricted to what was allowed); 0 where forced. */
  readonly logprobs_T: Float32Array;
  /** Of each token under softmax(logits), whatever the settings. Absent where an engine does not report it. */
  readonly untemperedLogprobs_T?: Float32Array;
  /**
   * Token ids that were allowed where it was drawn, ascending; null: the whole vocabulary, or a forced token. What
   * top-k, top-p and min-p left is listed too, so that training scores the distribution that was drawn from.
   */
  readonly allowed_T: readonly (Int32Array | null)[];
  readonly stopReason: "stop-token" | "stop-string" | "choice" | "max-tokens";
  readonly policyVersion: PolicyVersion;
}

/** A sequence whose targets are scored by teacher forcing. */
export interface ScoredSequence {
  readonly tokens_T: Int32Array;
  /** Positions p, ascending, 1 <= p < T: token p is predicted from tokens [0, p). */
  readonly targets_N: Int32Array;
  /** As `Completion.allowed_T`, per target; absent: the whole vocabulary everywhere. */
  readonly allowed_N?: readonly (Int32Array | null)[];
  readonly inverseTemperature: number;
}

/** One sequence with what its loss needs, one number per target. */
export interface TrainingRow extends ScoredSequence {
  /** Weight of each target in the summed loss: every aggregation (token mean, sequence mean, ...) is a weight pattern. */
  readonly weights_N: Float64Array;
  readonly advantages_N: Float64Array;
  /** Logprobs at sampling; the ratio is exp(new - behaviour). */
  readonly behaviourLogprobs_N: Float32Array;
  /** Logprobs of the frozen reference policy; absent when the loss has neither a KL term nor a log-ratio to it. */
  readonly referenceLogprobs_N?: Float32Array;
  /** What a regression loss fits the row's log-ratio to; other losses do not look at it. */
  readonly regression?: RegressionTarget;
}
export interface RegressionTarget {
  /** Rows of one group answer one prompt and are compared in pairs. */
  readonly group: number;
  readonly reward: number;
  /** Value of the prompt under the best policy, estimated beforehand ("a-star"). */
  readonly value: number;
}
export interface TrainingBatch {
  readonly rows: readonly TrainingRow[];
}

/** What to minimise: data, never a closure, because it crosses threads and wires. All losses are weighted sums. */
export type LossSpec =
  | { readonly name: "cross-entropy" }
  | {
      readonly name: "policy-gradient";
      /**
       * token (default): each target's own. action: all targets of a row together, exp of the summed differences.
       * sequence: exp of their mean, with the gradient through each target alone (GSPO).
       */
      readonly ratio?: "token" | "action" | "sequence";
      /** ratio = exp(new - behaviour) per token; l = max(-A r, -A clip(r, 1 - clipLow, 1 + clipHigh)). */
      readonly clipLow: number;
      readonly clipHigh: number;
      /** l = min(l, -A dualClip) where A < 0; null: off. Above 1. */
      readonly dualClip: number | null;
      readonly klCoefficient: number;
      readonly klEstimator: "k1" | "k2" | "k3";
      readonly entropyCoefficient: number;
    }
  /**
   * Log-ratios of rows to the reference, in pairs of a group, on differences of reward (REBEL). A row counts with the
   * weight of its targets, equal over a group.
   */
  | { readonly name: "rebel"; readonly eta: number }
  /** beta times a row's log-ratio to the reference on reward - value (A*-PO). */
  | { readonly name: "a-star"; readonly beta: number };

/** Weighted sums over the batch's targets; add reports of micro-batches part by part. */
export interface LossReport {
  readonly loss: number;
  /** Named parts, for example policy, kl, entropy, ratio, clipped: each sum of weight times value. */
  readonly parts: Readonly<Record<string, number>>;
  readonly weightSum: number;
  readonly targetCount: number;
}

export interface OptimStep {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled; norms and biases are not decayed unless `decaysAll`. */
  readonly weightDecay: number;
  /** As implementations with one group of parameters do; default false. */
  readonly decaysAll?: boolean;
  /** Global L2 bound; 0: no clipping. */
  readonly maxGradNorm: number;
}
export interface OptimReport {
  /** Global L2 norm before clipping, float64. */
  readonly gradNorm: number;
  readonly clipped: boolean;
  readonly policyVersion: PolicyVersion;
}

/** A batch and the optimiser's step that takes its gradients. */
export interface Update {
  readonly batch: TrainingBatch;
  readonly loss: LossSpec;
  readonly step: OptimStep;
}
export interface UpdateReport {
  readonly loss: LossReport;
  readonly optim: OptimReport;
}

/** What a sampler counted since it was made; how much was reused or waited depends on timing, completions do not. */
export interface SampleCounts {
  /** Prompt tokens that were computed. */
  readonly prefilledTokens: number;
  /** Prompt tokens whose keys and values were there already, of an equal prefix. */
  readonly reusedTokens: number;
  /** Pieces of kept prefixes that went for want of room. */
  readonly evictedBlocks: number;
  /** Rows that waited for room. */
  readonly queuedRows: number;
  /** Decoding steps times rows, and those spent on rows that had ended. */
  readonly rowSteps: number;
  readonly idleRowSteps: number;
}

/** All that a reference policy has to do. */
export interface Scorer {
  /** Teacher-forced logprobs, one array per sequence, one number per target. */
  logprobs(sequences: readonly ScoredSequence[]): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** All that rollouts and evaluation need. */
export interface Sampler extends Scorer {
  readonly policyVersion: PolicyVersion;
  /** Absent where the sampler does not count. */
  readonly counts?: SampleCounts;
  /** One completion per request, in order. Calls may overlap; each is answered when its own rows have ended. */
  sample(requests: readonly SampleRequest[]): Promise<Completion[]>;
}

export interface Trainer {
  /** Adds the gradients of the weighted loss to those already accumulated. */
  forwardBackward(batch: TrainingBatch, loss: LossSpec): Promise<LossReport>;
  /** Clips, applies AdamW, clears the gradients and raises the policy version. @throws {EngineError} LOSS_NOT_FINITE */
  optimStep(step: OptimStep): Promise<OptimReport>;
  /**
   * `forwardBackward` and `optimStep` of each, in order, with the same results. Offered where many at once are cheaper than
   * one by one, because weights cross a bus; absent: call the two. Where a gradient is not finite the updates before it
   * stand, and nothing of it is left. @throws {EngineError} LOSS_NOT_FINITE
   */
  runUpdates?(updates: readonly Update[]): Promise<UpdateReport[]>;
  /**
   * Hugging Face layout, written whole or not at all; "state" adds moments and policy version for an exact resume. Of a
   * model with adapters both hold the adapters alone (PEFT's layout), "merged" the whole model; else it is as "weights".
   */
  save(directory: string, what: "weights" | "state" | "merged"): Promise<void>;
  /** "weights": a fresh optimiser where none is stored. @throws {EngineError} CHECKPOINT_CORRUPT when "state" is not all there */
  load(directory: string, what: "weights" | "state"): Promise<void>;
}

export interface Engine extends Sampler, Trainer {}
