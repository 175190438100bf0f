// Passes over micro-batches: what the learner asks of the graphs, whichever form they have. The host's form is one run per
// micro-batch; the device's form (device-passes.ts) is one run for all of them.

import type { LossSpec, ScoredSequence } from "../../engine.ts";
import type { DecoderConfig } from "../model/config.ts";
import type { Model } from "../model/model.ts";
import type { HostTensors } from "../session/graph-session.ts";
import type { SessionCache } from "../session/session-cache.ts";
import { isMasked, isSparse, longest, paddedLength, type ScoredRow, sequenceInputs, targetCountOf } from "./batch.ts";
import type { GradientSums } from "./gradient-sums.ts";
import { attentionPartsFor, chunkRowsFor, lossForm, type SharedForm } from "./loss-form.ts";
import { buildLossGraph, PER_TARGET } from "./loss-graph.ts";

export type MicroBatch<Row extends ScoredSequence = ScoredSequence> = readonly ScoredRow<Row>[];

/** Whose weights: those that train, the frozen base alone, or other adapters over the base. */
export type PassPolicy = "current" | "base" | Float32Array;

export interface Pass<Row extends ScoredSequence> {
  /** Null: logprobs alone. */
  readonly loss: LossSpec | null;
  /** Inputs of the loss. @param chunkRows of the graph's form */
  readonly lossInputs: (batch: MicroBatch<Row>, chunkRows: number) => HostTensors;
  readonly policy: PassPolicy;
}

/** Per target of one micro-batch: `logprobs`, `loss` and its parts, each [N]. */
export type PerTarget = Readonly<Record<string, Float32Array | undefined>>;

export interface Passes {
  /**
   * What the graph gives for each micro-batch, in order.
   * @param gradients added to, in the order of the micro-batches; null where the pass has no loss
   */
  run<Row extends ScoredSequence>(
    batches: readonly MicroBatch<Row>[],
    pass: Pass<Row>,
    gradients: GradientSums | null,
  ): Promise<readonly PerTarget[]>;
}

export class HostPasses implements Passes {
  readonly #model: Model;
  readonly #sessions: SessionCache;
  readonly #recomputes: boolean;

  constructor(model: Model, sessions: SessionCache, recomputes: boolean) {
    this.#model = model;
    this.#sessions = sessions;
    this.#recomputes = recomputes;
  }

  async run<Row extends ScoredSequence>(
    batches: readonly MicroBatch<Row>[],
    { loss, lossInputs, policy }: Pass<Row>,
    gradients: GradientSums | null,
  ): Promise<readonly PerTarget[]> {
    const results: PerTarget[] = [];
    for (const batch of batches) {
      const { config } = this.#model;
      const shared = sharedForm(batch, config.vocabSize);
      const form = lossForm(loss, shared);
      const graphConfig = policyConfig(config, policy);
      const key = JSON.stringify([form, graphConfig.lora ?? null]);
      const session = await this.#sessions.get(key, () => buildLossGraph(graphConfig, form, this.#recomputes));
      const outputs = await session.run({
        ...policyInputs(this.#model, policy, paddedLength(batch, shared)),
        ...sequenceInputs(batch, config.vocabSize, shared),
        ...lossInputs(batch, shared.chunkRows),
      });
      gradients?.add(outputs);
      results.push(perTargetOf(outputs));
    }
    return results;
  }
}

/** Everything but the gradients, which are large. */
function perTargetOf(outputs: HostTensors): PerTarget {
  return Object.fromEntries(PER_TARGET.map((name) => [name, outputs[name]?.data as Float32Array | undefined]));
}

/** What a micro-batch decides of the graph's form. */
export function sharedForm(batch: MicroBatch, vocabSize: number): SharedForm {
  const chunkRows = chunkRowsFor(targetCountOf(batch, 0), vocabSize);
  const attentionParts = attentionPartsFor(longest(batch));
  return { masked: isMasked(batch), sparse: isSparse(batch), chunkRows, attentionParts };
}

export function policyConfig(config: DecoderConfig, policy: PassPolicy): DecoderConfig {
  const { lora: _, ...base } = config;
  return policy === "base" ? base : config;
}

/** Weights and rotary tables. */
export function policyInputs(model: Model, policy: PassPolicy, positionCount: number): HostTensors {
  return { ...model.inputs(positionCount), ...(policy instanceof Float32Array ? model.adapterInputs(policy) : {}) };
}
