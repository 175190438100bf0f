// An Engine whose policy is a table: one logit per (last prompt token, next token). It samples, differentiates and steps for
// real, in float64 and in microseconds, so that the loop can be tested whole: what it learns, saves and resumes.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type {
  Completion,
  Engine,
  LossReport,
  LossSpec,
  OptimReport,
  OptimStep,
  SampleRequest,
  ScoredSequence,
  TrainingBatch,
} from "../../client/engine/engine.ts";
import { RandomStream } from "../../client/random.ts";

export class TableEngine implements Engine {
  policyVersion = 0;
  logits = new Map<string, number>();
  #gradient = new Map<string, number>();
  /** Throws at this forwardBackward, counted from 1 over the engine's life: a crash in the middle of an iteration. */
  crashAtBatch = Number.POSITIVE_INFINITY;
  batches: TrainingBatch[] = [];
  losses: LossSpec[] = [];

  async sample(requests: readonly SampleRequest[]): Promise<Completion[]> {
    return requests.map((request) => this.#complete(request));
  }

  #complete({ prompt_T, choices_C, temperature, greedy, seed }: SampleRequest): Completion {
    const random = new RandomStream(seed);
    const tokens: number[] = [];
    const drawn: number[] = [];
    const logprobs: number[] = [];
    const allowed_T: (Int32Array | null)[] = [];
    let choices = [...(choices_C ?? [])];
    while (choices.length > 1 || tokens.length < choices[0]!.length) {
      const next = Int32Array.from(new Set(choices.map((choice) => choice[tokens.length]!))).sort();
      const context = tokens.at(-1) ?? prompt_T.at(-1)!;
      const probabilities = this.#probabilities(context, next, 1 / temperature);
      let at = greedy ? probabilities.indexOf(Math.max(...probabilities)) : -1;
      if (at < 0 && next.length > 1) {
        let rest = random.real();
        at = probabilities.findIndex((probability) => {
          rest -= probability;
          return rest < 0;
        });
      }
      const chosen = next[Math.max(0, at)]!;
      tokens.push(chosen);
      drawn.push(next.length > 1 ? 1 : 0);
      logprobs.push(next.length > 1 ? Math.log(probabilities[Math.max(0, at)]!) : 0);
      allowed_T.push(next.length > 1 ? next : null);
      choices = choices.filter((choice) => choice[tokens.length - 1] === chosen);
    }
    return {
      tokens_T: Int32Array.from(tokens),
      drawn_T: Uint8Array.from(drawn),
      logprobs_T: Float32Array.from(logprobs),
      allowed_T,
      stopReason: "choice",
      policyVersion: this.policyVersion,
    };
  }

  async logprobs(sequences: readonly ScoredSequence[]): Promise<Float32Array[]> {
    return sequences.map((sequence) => {
      return Float32Array.from(sequence.targets_N, (position, n) => {
        const { probabilities, chosen } = this.#at(sequence, position, n);
        return Math.log(probabilities[chosen]!);
      });
    });
  }

  async forwardBackward(batch: TrainingBatch, loss: LossSpec): Promise<LossReport> {
    this.batches.push(batch);
    this.losses.push(loss);
    if (this.batches.length >= this.crashAtBatch) throw new Error("crashed");
    let [total, weightSum, targetCount, ratioSum] = [0, 0, 0, 0];
    for (const row of batch.rows) {
      row.targets_N.forEach((position, n) => {
        const { probabilities, chosen, allowed, context } = this.#at(row, position, n);
        const logprob = Math.log(probabilities[chosen]!);
        const weight = row.weights_N[n]!;
        const ratio = Math.exp(logprob - row.behaviourLogprobs_N[n]!);
        const slope = loss.name === "cross-entropy" ? -1 : -row.advantages_N[n]! * ratio;
        total += weight * (loss.name === "cross-entropy" ? -logprob : slope);
        ratioSum += weight * ratio;
        weightSum += weight;
        targetCount++;
        allowed.forEach((token, k) => {
          const indicator = k === chosen ? 1 : 0;
          const key = `${context}>${token}`;
          const change = weight * slope * (indicator - probabilities[k]!) * row.inverseTemperature;
          this.#gradient.set(key, (this.#gradient.get(key) ?? 0) + change);
        });
      });
    }
    return { loss: total, parts: { policy: total, ratio: ratioSum }, weightSum, targetCount };
  }

  /** Plain gradient descent, a thousand times the rate, so that a few updates show. */
  async optimStep({ learningRate }: OptimStep): Promise<OptimReport> {
    let square = 0;
    for (const [key, value] of this.#gradient) {
      square += value * value;
      this.logits.set(key, (this.logits.get(key) ?? 0) - 1000 * learningRate * value);
    }
    this.#gradient = new Map();
    this.policyVersion++;
    return { gradNorm: Math.sqrt(square), clipped: false, policyVersion: this.policyVersion };
  }

  async save(directory: string): Promise<void> {
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, "table.json"), JSON.stringify([this.policyVersion, [...this.logits]]));
  }

  async load(directory: string): Promise<void> {
    const [policyVersion, logits] = JSON.parse(await readFile(join(directory, "table.json"), "utf8"));
    this.policyVersion = policyVersion;
    this.logits = new Map(logits);
  }

  async close(): Promise<void> {}

  #at(row: ScoredSequence, position: number, n: number) {
    const allowed = row.allowed_N?.[n] ?? Int32Array.of(row.tokens_T[position]!);
    const context = row.tokens_T[position - 1]!;
    const probabilities = this.#probabilities(context, allowed, row.inverseTemperature);
    return { allowed, context, probabilities, chosen: allowed.indexOf(row.tokens_T[position]!) };
  }

  #probabilities(context: number, allowed: Int32Array, inverseTemperature: number): number[] {
    const weights = Array.from(allowed, (token) =>
      Math.exp((this.logits.get(`${context}>${token}`) ?? 0) * inverseTemperature),
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    return weights.map((weight) => weight / sum);
  }
}
