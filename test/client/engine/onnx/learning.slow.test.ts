// The engine learns: one batch by heart, and a two-armed bandit by trial. Fixed seeds and iterations, no clock.
import { expect, test } from "vitest";
import type { OptimStep, TrainingRow } from "../../../../client/engine/engine.ts";
import { RandomStream } from "../../../../client/random.ts";
import { randomTokens, scoredSequence, TINY, tinyEngine } from "./tiny-engine.ts";

const step: OptimStep = { learningRate: 1e-2, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 };
const SEEDS = Array.from({ length: 10 }, (_, seed) => seed);

test("cross-entropy learns one batch of random sequences by heart, from ten seeds", async () => {
  for (const seed of SEEDS) {
    const stream = new RandomStream(seed);
    const engine = await tinyEngine({ seed });
    const rows = Array.from({ length: 4 }, (): TrainingRow => {
      const tokens_T = randomTokens(stream, 8, TINY.vocabSize);
      const targets_N = Int32Array.of(2, 3, 4, 5, 6, 7);
      return {
        tokens_T,
        targets_N,
        inverseTemperature: 1,
        weights_N: new Float64Array(6).fill(1 / 24),
        advantages_N: new Float64Array(6),
        behaviourLogprobs_N: new Float32Array(6),
      };
    });
    let last = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 120; i++) {
      last = (await engine.forwardBackward({ rows }, { name: "cross-entropy" })).loss;
      await engine.optimStep(step);
    }
    expect(last, `seed ${seed}`).toBeLessThan(0.05);
    await engine.close();
  }
});

test("a two-armed bandit is learned from its own samples, from ten seeds", async () => {
  const arms = [Int32Array.of(7, 1), Int32Array.of(9, 1)];
  for (const seed of SEEDS) {
    const engine = await tinyEngine({ seed });
    let rewarded = 0;
    for (let i = 0; i < 40; i++) {
      const requests = Array.from({ length: 16 }, (_, row) => ({
        prompt_T: Int32Array.of(3, 4),
        maxTokens: 2,
        stopTokens: [],
        temperature: 1,
        greedy: false,
        seed: 1000 * (i + 1) + row,
        choices_C: arms,
      }));
      const completions = await engine.sample(requests);
      const rewards = completions.map((completion): number => (completion.tokens_T[0] === 9 ? 1 : 0));
      rewarded = rewards.reduce((a, c) => a + c, 0) / rewards.length;
      const rows = completions.map((completion, row) => ({
        ...scoredSequence(requests[row]!, completion),
        behaviourLogprobs_N: completion.logprobs_T.slice(0, 1),
        weights_N: Float64Array.of(1 / 16),
        advantages_N: Float64Array.of((rewards[row] as number) - rewarded),
      }));
      await engine.forwardBackward(
        { rows },
        {
          name: "policy-gradient",
          clipLow: 0.2,
          clipHigh: 0.2,
          dualClip: null,
          klCoefficient: 0,
          klEstimator: "k3",
          entropyCoefficient: 0,
        },
      );
      await engine.optimStep(step);
    }
    expect(rewarded, `seed ${seed}`).toBe(1);
    await engine.close();
  }
});
