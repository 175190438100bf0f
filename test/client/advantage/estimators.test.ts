// Estimators and helpers by hand-sized examples; the golden files hold them to other people's numbers.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { carriesSignal, overlongPenalty, selectGroups } from "../../../client/advantage/dynamic-sampling.ts";
import { type GraphRule, graphReturns, SUCCESS_NODE } from "../../../client/advantage/graph-credit.ts";
import { groupAdvantages, passAtK } from "../../../client/advantage/outcome-estimators.ts";
import { prefixTreeAdvantages } from "../../../client/advantage/prefix-tree.ts";
import { discountedReturns, gaeAcrossTurns } from "../../../client/advantage/returns.ts";
import { type AdvantageRow, indexRows } from "../../../client/advantage/rows.ts";
import { groupByTuple, type SiblingRow, siblingWinners } from "../../../client/advantage/sibling-groups.ts";

const numbers = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { maxLength: 12 });

describe("returns", () => {
  test("R_t = r_t + gamma R_{t+1}", () => {
    fc.assert(
      fc.property(numbers, fc.constantFrom(0, 0.5, 0.95, 1), (rewards, gamma) => {
        const returns = discountedReturns(rewards, gamma);
        rewards.forEach((reward, t) => {
          expect(returns[t]).toBeCloseTo(reward + gamma * (returns[t + 1] ?? 0), 9);
        });
      }),
    );
  });

  test("GAE with lambda 1 and zero values is the discounted return, with lambda 0 the one-step error", () => {
    const rewards_S = [1, 0, 2];
    const zero = gaeAcrossTurns({ rewards_S, values_S: [0, 0, 0], gamma: 0.9, lambda: 1, bootstrap: 0 });
    expect([...zero.advantages_S]).toEqual([...discountedReturns(rewards_S, 0.9)]);
    const values_S = [0.5, 1, 2];
    const one = gaeAcrossTurns({ rewards_S, values_S, gamma: 0.5, lambda: 0, bootstrap: 4 });
    expect([...one.advantages_S]).toEqual([1, 0, 2]);
    expect([...one.targets_S]).toEqual([1.5, 1, 4]);
  });
});

describe("outcome estimators", () => {
  test("Pass@k rewards the best by its lead, and nobody on a tie", () => {
    const rule = { normalization: "mean", epsilon: 1e-6 } as const;
    expect([...passAtK([1, 5, 3], rule)]).toEqual([0, 2, 0]);
    expect([...passAtK([5, 5, 3], rule)]).toEqual([0, 0, 0]);
    expect([...passAtK([5], rule)]).toEqual([0]);
  });

  test("the released lone-member rule passes raw rewards only when all groups are lone", () => {
    const rule = { normalization: "mean", epsilon: 1e-6, singleton: "released" } as const;
    expect(groupAdvantages([[5], [2]], rule).map((group) => [...group])).toEqual([[5], [2]]);
    expect(groupAdvantages([[5], [0, 1]], rule).map((group) => [...group])).toEqual([[0], [-0.5, 0.5]]);
  });

  test("tokens share the mean advantage of the completions with their prefix", () => {
    const advantages = prefixTreeAdvantages([[7, 1], [7, 2], [8]], [3, -1, 0]);
    expect(advantages.map((tokens) => [...tokens])).toEqual([[1, 3], [1, -1], [0]]);
  });
});

describe("dynamic sampling", () => {
  test("keeps the first groups with spread and names what it drops", () => {
    const groups = [[0, 0], [0, 1], [1, 1], [2, 0], [5, 6], [3]];
    const { kept, dropped, surplus } = selectGroups(groups, (returns) => returns, 2);
    expect({ kept, dropped, surplus }).toEqual({
      kept: [
        [0, 1],
        [2, 0],
      ],
      dropped: [[0, 0], [1, 1], [3]],
      surplus: [[5, 6]],
    });
    expect(carriesSignal([0.1 + 0.2, 0.3])).toBe(false);
  });

  test("the length penalty grows linearly over the cache and stops at its bound", () => {
    const rule = { maxLength: 20, cache: 4, penalty: 2 };
    expect([10, 16, 18, 20, 30].map((length) => overlongPenalty(length, rule))).toEqual([0, 0, -1, -2, -2]);
  });
});

describe("graph credit", () => {
  const edge = (trajectory: string, step: number, anchor: string, next: string): AdvantageRow => ({
    group: "g",
    trajectory,
    step,
    anchor,
    next,
    reward: 0,
    valid: true,
    admissible: true,
    terminated: false,
    truncated: false,
  });

  const creditOf = (rows: readonly AdvantageRow[], rule: GraphRule) =>
    graphReturns(
      indexRows(rows),
      (row) => rows[row]!.anchor!,
      (row) => rows[row]!.next!,
      rule,
    );

  test("distances count steps to success over the edges of all trajectories", () => {
    const rows = [
      edge("a", 0, "A", "B"),
      edge("a", 1, "B", SUCCESS_NODE),
      edge("b", 0, "C", "A"),
      edge("b", 1, "A", "D"),
    ];
    const { distances, graphReturn } = creditOf(rows, { gamma: 0.5, normalizeDistance: false });
    expect(Object.fromEntries(distances[0]!)).toEqual({ success: 0, B: 1, A: 2, C: 3, D: 4 });
    expect([...graphReturn]).toEqual([5, 10, 2.5, 10 * 0.5 ** 4]);
  });

  test("without any success all distances are equal", () => {
    const rows = [edge("a", 0, "A", "B"), edge("b", 0, "A", "C")];
    const { graphReturn } = creditOf(rows, { gamma: 0.5, normalizeDistance: false });
    expect([...graphReturn]).toEqual([5, 5]);
  });
});

describe("sibling groups", () => {
  test("tuple keys are compared by their parts, never as joined text", () => {
    const keys = [
      ["a", "bc"],
      ["ab", "c"],
      ["a", "bc"],
      [1, "x"],
      ["1", "x"],
    ];
    expect(groupByTuple(keys)).toEqual([[0, 2], [1], [3], [4]]);
  });

  test("the largest reward goes on, the smallest candidate on ties", () => {
    const rows = [2, 0, 1].map(
      (candidate): SiblingRow => ({ env: 0, turn: 0, agent: "a", candidate, team: 0, local: 0 }),
    );
    expect([...siblingWinners(rows, [1, 1, 0])]).toEqual([0, 1, 0]);
  });
});
