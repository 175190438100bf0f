// Updates are the same whether an engine takes them one by one or many per call.
import { describe, expect, test } from "vitest";
import type { Trainer, Update, UpdateReport } from "../../../client/engine/engine.ts";
import { runUpdates, UPDATES_PER_CALL } from "../../../client/train/updates.ts";

const STEP = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 0 };
const updates = Array.from({ length: 2 * UPDATES_PER_CALL + 3 }, (_, i) => ({
  batch: { rows: [] },
  loss: { name: "cross-entropy" } as const,
  step: { ...STEP, learningRate: i },
}));

/** Notes what it is asked; an update's loss is its number. */
class NotingTrainer implements Trainer {
  readonly calls: string[] = [];
  #version = 0;

  async forwardBackward() {
    this.calls.push("gradients");
    return { loss: this.#version, parts: {}, weightSum: 0, targetCount: 0 };
  }
  async optimStep({ learningRate }: typeof STEP) {
    this.calls.push(`step ${learningRate}`);
    return { gradNorm: 0, clipped: false, policyVersion: ++this.#version };
  }
  async save(): Promise<void> {}
  async load(): Promise<void> {}
}

class ManyAtOnce extends NotingTrainer {
  readonly sizes: number[] = [];

  async runUpdates(taken: readonly Update[]): Promise<UpdateReport[]> {
    this.sizes.push(taken.length);
    const reports = [];
    for (const { step } of taken)
      reports.push({ loss: await this.forwardBackward(), optim: await this.optimStep(step) });
    return reports;
  }
}

async function reportsOf(trainer: Trainer) {
  const reports = [];
  for await (const { update, report } of runUpdates(trainer, updates)) {
    reports.push([update.step.learningRate, report.loss.loss, report.optim.policyVersion]);
  }
  return reports;
}

describe("updates", () => {
  test("each is reported with its own update, in order, whichever way the engine takes them", async () => {
    const [single, many] = [new NotingTrainer(), new ManyAtOnce()];
    expect(await reportsOf(single)).toEqual(updates.map((_, i) => [i, i, i + 1]));
    expect(await reportsOf(many)).toEqual(await reportsOf(new NotingTrainer()));
    expect(many.calls).toEqual(single.calls);
    expect(many.sizes).toEqual([UPDATES_PER_CALL, UPDATES_PER_CALL, 3]);
  });

  test("without runUpdates no update is made before the one before it is through", async () => {
    const trainer = new NotingTrainer();
    function* lazily() {
      for (const update of updates) {
        expect(trainer.calls.length).toBe(2 * update.step.learningRate);
        yield update;
      }
    }
    for await (const _ of runUpdates(trainer, lazily()));
    expect(trainer.calls.length).toBe(2 * updates.length);
  });
});
