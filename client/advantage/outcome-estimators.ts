// Estimators over one scalar reward per completion that need no steps: Pass@k, groups of siblings with a lone-member
// rule, and the token advantages of REINFORCE++. Sources: specs/algorithms.md section 2; specs/at-grpo.md 2.1;
// Pass@k (arXiv 2503.19595); REINFORCE++ (arXiv 2501.03262).

import { discountedReturns } from "./returns.ts";
import { center, hasNoSpread, type NormalizationRule, normalized, sampleStd, whiten } from "./statistics.ts";

/**
 * Only the best completion gets (best - second) / (std + epsilon), or best - second under `mean`; the first on ties, which
 * then get 0. All zeros for a lone completion or without spread.
 */
export function passAtK(rewards: ArrayLike<number>, rule: NormalizationRule): Float64Array {
  const advantages = new Float64Array(rewards.length);
  if (rewards.length < 2 || hasNoSpread(rewards)) return advantages;
  const ranked = Array.from(rewards, (reward, k) => ({ reward, k })).sort((a, b) => b.reward - a.reward || a.k - b.k);
  const gap = ranked[0]!.reward - ranked[1]!.reward;
  advantages[ranked[0]!.k] = rule.normalization === "mean" ? gap : gap / (sampleStd(rewards) + rule.epsilon);
  return advantages;
}

/** `released`: raw scores, divided by 1 + epsilon under meanStd, when all groups of the batch are lone; else 0. */
export type SingletonRule = "zero" | "released";

/** Each group of rewards related to itself. */
export function groupAdvantages(
  groups: readonly ArrayLike<number>[],
  rule: NormalizationRule & { readonly singleton: SingletonRule },
): readonly Float64Array[] {
  const passRaw = rule.singleton === "released" && groups.every((group) => group.length < 2);
  const scale = rule.normalization === "mean" ? 1 : 1 / (1 + rule.epsilon);
  return groups.map((group) => (passRaw ? Float64Array.from(group, (x) => x * scale) : normalized(group, rule)));
}

export interface WhitenedRule {
  readonly gamma: number;
  readonly whitenEpsilon: number;
}

/** REINFORCE++: the reward on the last unmasked token, discounted to every token, whitened over the batch. */
export function reinforcePlusPlus(
  rewards_B: readonly number[],
  mask_BT: readonly ArrayLike<number>[],
  rule: WhitenedRule,
): readonly Float64Array[] {
  const returns_BT = rewards_B.map((reward, b) => {
    const tokenRewards_T = new Float64Array(mask_BT[b]!.length);
    for (let t = tokenRewards_T.length - 1; t >= 0; t--) {
      if (mask_BT[b]![t]) {
        tokenRewards_T[t] = reward;
        break;
      }
    }
    return discountedReturns(tokenRewards_T, rule.gamma);
  });
  return whiten(returns_BT, mask_BT, rule.whitenEpsilon);
}

/** Its baseline variant: reward less the mean of the group (all rows), on every token, whitened over the batch. */
export function reinforcePlusPlusBaseline(
  rewards_B: readonly number[],
  mask_BT: readonly ArrayLike<number>[],
  rule: Pick<WhitenedRule, "whitenEpsilon">,
): readonly Float64Array[] {
  const centered = center(rewards_B);
  const tokens_BT = mask_BT.map((mask_T, b) => new Float64Array(mask_T.length).fill(centered[b]!));
  return whiten(tokens_BT, mask_BT, rule.whitenEpsilon);
}
