// data/golden/grpo.json: group-relative estimators on scalar rewards, turn-level GAE, token losses with gradients,
// regression losses and one AT-GRPO tree. `published` are float32 results of pettingllms-ai/PettingLLMs at a054fb1.

import { describe, expect, test } from "vitest";
import { carriesSignal, type OverlongRule, overlongPenalty } from "../../client/advantage/dynamic-sampling.ts";
import {
  groupAdvantages,
  passAtK,
  reinforcePlusPlus,
  reinforcePlusPlusBaseline,
  type SingletonRule,
} from "../../client/advantage/outcome-estimators.ts";
import { prefixTreeAdvantages } from "../../client/advantage/prefix-tree.ts";
import { gaeAcrossTurns } from "../../client/advantage/returns.ts";
import type { AdvantageRow } from "../../client/advantage/rows.ts";
import {
  type SiblingRow,
  siblingAdvantages,
  siblingReward,
  siblingWinners,
} from "../../client/advantage/sibling-groups.ts";
import { type Normalization, normalized } from "../../client/advantage/statistics.ts";
import { configureAlgorithm } from "../../client/algorithms/registry.ts";
import { type PolicyGradientSpec, policyGradientLoss } from "../../client/loss/reference-loss.ts";
import { aStarLoss, optimalValue, rebelLoss } from "../../client/loss/regression.ts";
import { describeGolden, expectClose } from "./golden-data.ts";

interface GrpoGolden {
  tolerance: { published: number; expected: number };
  estimators: {
    name: "grpo" | "drGrpo" | "rloo" | "passAtK";
    rewards: number[];
    config: { normalization?: Normalization; epsilon?: number };
    expected: number[];
    published?: number[];
  }[];
  singletons: {
    about: string;
    groups: number[][];
    config: { normalization: Normalization; singleton: SingletonRule };
    expected: number[][];
  }[];
  whitened: {
    name: "reinforcePlusPlus" | "reinforcePlusPlusBaseline";
    rewards: number[];
    mask: number[][];
    config: { gamma?: number; whitenEpsilon: number };
    expected: number[][];
  }[];
  gaeAcrossTurns: {
    rewards: number[];
    values: number[];
    gamma: number;
    lambda: number;
    terminated: boolean;
    bootstrap: number;
    expected: { advantage: number[]; valueTarget: number[] };
  }[];
  dapo: {
    dynamicSampling: { groups: number[][]; keep: boolean[] };
    overlong: OverlongRule & { cases: { length: number; expected: number }[] };
  };
  prefixTree: { tokens: number[][]; sequenceAdvantage: number[]; expected: number[][] };
  loss: Record<"logp" | "old" | "ref" | "advantages" | "mask", number[][]> & {
    cases: {
      name: string;
      config: PolicyGradientSpec;
      expected: { loss: number; policyLoss: number; kl: number; clipFraction: number; gradient: number[][] };
    }[];
    dualClip: Record<"logp" | "old" | "advantages", number[][]> & { expected: { loss: number; gradient: number[][] } };
  };
  regression: [
    { name: "rebel"; eta: number; logRatio: number[]; rewards: number[]; expected: { loss: number } },
    {
      name: "aStarPo";
      beta1: number;
      beta2: number;
      offlineRewards: number[];
      reward: number;
      logRatio: number;
      expected: { value: number; target: number; loss: number };
    },
  ];
  atGrpo: {
    alpha: number;
    rows: SiblingRow[];
    expected: { reward: number[]; winner: number[]; advantage: Record<Normalization, number[]> };
  };
}

/** One-step episodes of one group, for estimators that are algorithms of the registry. */
const episodes = (rewards: readonly number[]): AdvantageRow[] =>
  rewards.map((reward, i) => ({
    group: "G",
    trajectory: String(i),
    step: 0,
    reward,
    valid: true,
    admissible: true,
    terminated: true,
    truncated: false,
  }));

describeGolden<GrpoGolden>("grpo.json", (golden) => {
  const { expected: exact, published: loose } = golden.tolerance;
  const rule = (config: { normalization?: Normalization; epsilon?: number }) => ({
    normalization: config.normalization ?? ("meanStd" as const),
    epsilon: config.epsilon ?? 1e-6,
  });

  test.each(golden.estimators)("$name of $rewards, $config", ({ name, rewards, config, expected, published }) => {
    const algorithm = { grpo: "grpo", drGrpo: "dr-grpo", rloo: "rloo" } as const;
    const advantages =
      name === "passAtK"
        ? passAtK(rewards, rule(config))
        : configureAlgorithm({ name: algorithm[name], ...(name === "grpo" ? config : {}) }).advantage(episodes(rewards))
            .advantage;
    expectClose(advantages, expected, exact);
    if (published) expectClose(advantages, published, loose);
    if (name === "grpo") expectClose(normalized(rewards, rule(config)), expected, exact);
  });

  test.each(golden.singletons)("$about", ({ groups, config, expected }) => {
    const advantages = groupAdvantages(groups, { ...rule(config), singleton: config.singleton });
    expected.forEach((values, g) => {
      expectClose(advantages[g]!, values, exact);
    });
  });

  test.each(golden.whitened)("$name", ({ name, rewards, mask, config, expected }) => {
    const advantages =
      name === "reinforcePlusPlus"
        ? reinforcePlusPlus(rewards, mask, { ...config, gamma: config.gamma! })
        : reinforcePlusPlusBaseline(rewards, mask, config);
    expected.forEach((values, b) => {
      expectClose(advantages[b]!, values, exact);
    });
  });

  test.each(golden.gaeAcrossTurns)("GAE across turns, terminated $terminated", (given) => {
    const result = gaeAcrossTurns({ ...given, rewards_S: given.rewards, values_S: given.values });
    expectClose(result.advantages_S, given.expected.advantage, exact);
    expectClose(result.targets_S, given.expected.valueTarget, exact);
  });

  test("DAPO keeps groups with spread and penalises overlong completions", () => {
    expect(golden.dapo.dynamicSampling.groups.map(carriesSignal)).toEqual(golden.dapo.dynamicSampling.keep);
    const { cases, ...overlong } = golden.dapo.overlong;
    expectClose(
      cases.map(({ length }) => overlongPenalty(length, overlong)),
      cases.map(({ expected }) => expected),
      exact,
    );
  });

  test("prefix tree", () => {
    const { tokens, sequenceAdvantage, expected } = golden.prefixTree;
    const advantages = prefixTreeAdvantages(tokens, sequenceAdvantage);
    expected.forEach((values, b) => {
      expectClose(advantages[b]!, values, exact);
    });
  });

  describe("token losses", () => {
    const { logp, old, ref, advantages, mask, cases, dualClip } = golden.loss;
    const input = { logp_BT: logp, old_BT: old, ref_BT: ref, advantages_BT: advantages, mask_BT: mask };
    test.each(cases)("$name", ({ config, expected }) => {
      const result = policyGradientLoss(input, config);
      const { loss, policyLoss, kl, clipFraction } = expected;
      expectClose(
        [result.loss, result.policyLoss, result.kl, result.clipFraction],
        [loss, policyLoss, kl, clipFraction],
        exact,
      );
      expected.gradient.forEach((values, b) => {
        expectClose(result.gradient_BT[b]!, values, exact, `gradient ${b}`);
      });
    });

    test("dual clip bounds the loss of a negative advantage", () => {
      const result = policyGradientLoss(
        { logp_BT: dualClip.logp, old_BT: dualClip.old, advantages_BT: dualClip.advantages, mask_BT: [[1]] },
        { ratio: "token", clipLow: 0.2, clipHigh: 0.2, dualClip: 3, klCoefficient: 0, aggregation: "tokenMean" },
      );
      expectClose([result.loss], [dualClip.expected.loss], exact);
      expectClose(result.gradient_BT[0]!, dualClip.expected.gradient[0]!, exact);
    });
  });

  test("regression losses", () => {
    const [rebel, aStar] = golden.regression;
    expectClose([rebelLoss(rebel.logRatio, rebel.rewards, rebel.eta)], [rebel.expected.loss], exact);
    const value = optimalValue(aStar.offlineRewards, aStar.beta1);
    const loss = aStarLoss(aStar.logRatio, aStar.reward, value, aStar.beta2);
    const { expected } = aStar;
    expectClose([value, aStar.reward - value, loss], [expected.value, expected.target, expected.loss], exact);
  });

  test.each(["meanStd", "mean"] as const)("AT-GRPO tree, %s", (normalization) => {
    const { rows, alpha, expected } = golden.atGrpo;
    const rewards = rows.map((row) => siblingReward(row, alpha));
    expectClose(rewards, expected.reward, exact);
    expect([...siblingWinners(rows, rewards)]).toEqual(expected.winner);
    const siblings = {
      groupKey: "env-agent-turn",
      singleton: "zero",
      samples: 4,
      normalization,
      epsilon: 1e-6,
    } as const;
    expectClose(siblingAdvantages(rows, rewards, siblings).advantage, expected.advantage[normalization], exact);
  });
});
