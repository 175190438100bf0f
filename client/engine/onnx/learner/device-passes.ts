// The device's form of training (device-graphs.ts), fed and read: all micro-batches of a pass in one run, and all updates of
// one form in one run. Results are the host's form's; what differs is how often weights and gradients leave the device.

import type { LossSpec, OptimStep, ScoredSequence } from "../../engine.ts";
import type { Model } from "../model/model.ts";
import { viewOf } from "../model/parameters.ts";
import { f32, type HostTensor, type HostTensors, i32 } from "../session/graph-session.ts";
import type { SessionCache } from "../session/session-cache.ts";
import type { AdamMoments } from "./adamw.ts";
import { graphNumbers, STEP_NUMBER_COUNT } from "./adamw-graph.ts";
import { compactInputs, paddedLength, targetCountOf } from "./batch.ts";
import { buildPassGraph, buildUpdatesGraph, momentName, updatedName } from "./device-graphs.ts";
import type { GradientSums } from "./gradient-sums.ts";
import { lossForm, type SharedForm } from "./loss-form.ts";
import { PER_TARGET } from "./loss-graph.ts";
import { packPages } from "./pages.ts";
import {
  type MicroBatch,
  type Pass,
  type Passes,
  type PerTarget,
  policyConfig,
  policyInputs,
  sharedForm,
} from "./passes.ts";

/** One update of a run. */
export interface DeviceUpdate<Row extends ScoredSequence> {
  /** At least one. */
  readonly batches: readonly MicroBatch<Row>[];
  readonly step: OptimStep;
}

export interface DeviceUpdates {
  /** Of every micro-batch of the updates that were tried. */
  readonly perTarget: readonly PerTarget[];
  /** Sums of squares of each parameter's gradient, one array per update that was tried: all but the last are finite. */
  readonly squares: readonly Float64Array[];
}

export class DevicePasses implements Passes {
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
    pass: Pass<Row>,
    gradients: GradientSums | null,
  ): Promise<readonly PerTarget[]> {
    if (batches.length === 0) return [];
    const { config } = this.#model;
    const shared = this.formOf(batches);
    const form = lossForm(pass.loss, shared);
    const graphConfig = policyConfig(config, pass.policy);
    const key = JSON.stringify(["pass", form, graphConfig.lora ?? null]);
    const session = await this.#sessions.get(key, () => buildPassGraph(graphConfig, form, this.#recomputes));
    const outputs = await session.run(this.#inputs(batches, pass, shared));
    gradients?.add(outputs);
    return splitTargets(outputs, batches, shared);
  }

  /** The form that serves all of the micro-batches; updates of one form share a run. */
  formOf(batches: readonly MicroBatch[]): SharedForm {
    const forms = batches.map((batch) => sharedForm(batch, this.#model.config.vocabSize));
    return {
      masked: forms.some(({ masked }) => masked),
      sparse: forms.some(({ sparse }) => sparse),
      chunkRows: Math.max(...forms.map(({ chunkRows }) => chunkRows)),
      attentionParts: Math.max(...forms.map(({ attentionParts }) => attentionParts)),
    };
  }

  /** Updates weights and moments in place, as far as gradients are finite. @param updates all of one form */
  async update<Row extends ScoredSequence>(
    updates: readonly DeviceUpdate<Row>[],
    loss: LossSpec,
    lossInputs: (batch: MicroBatch<Row>, chunkRows: number) => HostTensors,
    moments: AdamMoments,
  ): Promise<DeviceUpdates> {
    const { config, trainable } = this.#model;
    const batches = updates.flatMap((update) => update.batches);
    const shared = this.formOf(batches);
    const form = lossForm(loss, shared);
    const key = JSON.stringify(["updates", form]);
    const session = await this.#sessions.get(key, () => buildUpdatesGraph(config, form, this.#recomputes));
    const firstBatches = Int32Array.of(0, ...updates.map((update) => update.batches.length));
    for (let k = 1; k < firstBatches.length; k++)
      firstBatches[k] = (firstBatches[k] as number) + (firstBatches[k - 1] as number);
    const numbers = updates.flatMap(({ step }, k) => graphNumbers(step, moments.updateCount + k + 1));
    const places = trainable.table.specs.flatMap((spec) => [
      { name: spec.name, array: trainable.flat, spec },
      { name: momentName("first", spec.name), array: moments.first, spec },
      { name: momentName("second", spec.name), array: moments.second, spec },
    ]);
    const outputs = await session.run({
      ...this.#inputs(batches, { loss, lossInputs, policy: "current" }, shared),
      ...Object.fromEntries(places.map(({ name, array, spec }) => [name, f32(viewOf(array, spec), spec.shape)])),
      first_batches: i32(firstBatches, [firstBatches.length]),
      step_numbers: {
        dtype: "float64",
        shape: [updates.length, STEP_NUMBER_COUNT],
        data: Float64Array.from(numbers),
      },
    });
    for (const { name, array, spec } of places) {
      viewOf(array, spec).set((outputs[updatedName(name)] as HostTensor).data as Float32Array);
    }
    const { data, shape } = outputs["squares"] as HostTensor;
    const [tried, width] = shape as readonly [number, number];
    const squares = Array.from({ length: tried }, (_, k) =>
      (data as Float64Array).subarray(k * width, (k + 1) * width),
    );
    moments.updateCount += squares.filter((of) => of.every(Number.isFinite)).length;
    const triedBatches = updates.slice(0, tried).flatMap((update) => update.batches);
    return { perTarget: splitTargets(outputs, triedBatches, shared), squares };
  }

  #inputs<Row extends ScoredSequence>(
    batches: readonly MicroBatch<Row>[],
    { lossInputs, policy }: Pass<Row>,
    shared: SharedForm,
  ): HostTensors {
    const { config } = this.#model;
    const pages = batches.map((batch) => ({
      ...compactInputs(batch, config.vocabSize, shared),
      ...lossInputs(batch, shared.chunkRows),
    }));
    return {
      ...policyInputs(this.#model, policy, Math.max(...batches.map((batch) => paddedLength(batch, shared)))),
      ...packPages(pages),
    };
  }
}

/** What a run gives for all targets, by micro-batch. */
function splitTargets(outputs: HostTensors, batches: readonly MicroBatch[], shared: SharedForm): PerTarget[] {
  let end = 0;
  return batches.map((batch) => {
    const start = end;
    end += targetCountOf(batch, shared.chunkRows);
    return Object.fromEntries(
      PER_TARGET.map((name) => [name, (outputs[name]?.data as Float32Array | undefined)?.subarray(start, end)]),
    );
  });
}
