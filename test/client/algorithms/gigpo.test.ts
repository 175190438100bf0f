// The properties of specs/gigpo.md section 11, and the switches that the golden files do not reach.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AdvantageRow } from "../../../client/advantage/rows.ts";
import { configureAlgorithm } from "../../../client/algorithms/registry.ts";
import { rowBatches, sum, valuesBy } from "./row-batches.ts";

const gigpo = (config: object = {}) => configureAlgorithm({ name: "gigpo", ...config });
const ANCHORS = ["observation", "semantic", "full", "hierarchical"] as const;
const isLastOf = (rows: readonly AdvantageRow[], i: number) =>
  rows[i + 1]?.trajectory !== rows[i]!.trajectory || rows[i + 1]?.group !== rows[i]!.group;

function row(trajectory: string, step: number, semantic: string, full: string, reward: number): AdvantageRow {
  const anchors = { observation: "o", semantic, full };
  const flags = { valid: true, admissible: true, terminated: false, truncated: false };
  return { group: "g", trajectory, step, anchors, reward, ...flags };
}

describe("GiGPO", () => {
  test.each(ANCHORS)("shuffling the rows permutes the result, to the last bit (anchor %s)", (anchor) => {
    const algorithm = gigpo({ anchor });
    fc.assert(
      fc.property(rowBatches, fc.integer(), (rows, seed) => {
        const order = rows.map((_, i) => i).sort((a, b) => ((a * 7919 + seed) % 101) - ((b * 7919 + seed) % 101));
        const straight = algorithm.advantage(rows);
        const shuffled = algorithm.advantage(order.map((i) => rows[i]!));
        expect([...shuffled.advantage]).toEqual(order.map((i) => straight.advantage[i]));
        expect([...shuffled.stepAdvantage]).toEqual(order.map((i) => straight.stepAdvantage[i]));
        expect(shuffled.diagnostics).toMatchObject({
          "advantage/singleton_anchor_frac": straight.diagnostics["advantage/singleton_anchor_frac"],
        });
      }),
    );
  });

  test("one constant added to the last reward of every trajectory of a group leaves A_E as it was", () => {
    const algorithm = gigpo();
    fc.assert(
      fc.property(rowBatches, fc.constantFrom(-3, 0.5, 8), (rows, constant) => {
        const raised = rows.map((row, i) => (isLastOf(rows, i) ? { ...row, reward: row.reward + constant } : row));
        const before = algorithm.advantage(rows).episodeAdvantage;
        const after = algorithm.advantage(raised).episodeAdvantage;
        before.forEach((value, i) => {
          expect(after[i]).toBeCloseTo(value, 6);
        });
      }),
    );
  });

  test("with `mean`, A_E sums to 0 over trajectories and A_S over each step group", () => {
    const algorithm = gigpo({ normalization: "mean" });
    fc.assert(
      fc.property(rowBatches, (rows) => {
        const { episodeAdvantage, stepAdvantage } = algorithm.advantage(rows);
        const firsts = rows.map((_, i) => i).filter((i) => rows[i]!.step === 0);
        const perGroup = valuesBy(
          firsts.map((i) => rows[i]!),
          ({ group }) => group,
          firsts.map((i) => episodeAdvantage[i]!),
        );
        for (const values of perGroup.values()) expect(sum(values)).toBeCloseTo(0, 9);
        const perAnchor = valuesBy(rows, (row) => `${row.group}/${row.anchors!.semantic}`, stepAdvantage);
        for (const values of perAnchor.values()) expect(sum(values)).toBeCloseTo(0, 9);
      }),
    );
  });

  test.each(["meanStd", "mean"])("omega = 0 equals GRPO on trajectories (%s)", (normalization) => {
    const grpo = configureAlgorithm({ name: "grpo", normalization });
    const episodeOnly = gigpo({ normalization, omega: 0 });
    fc.assert(
      fc.property(rowBatches, (rows) => {
        expect([...episodeOnly.advantage(rows).advantage]).toEqual([...grpo.advantage(rows).advantage]);
      }),
    );
  });

  test("scaling rewards and penalty scales `mean` and leaves `meanStd` unchanged up to epsilon", () => {
    fc.assert(
      fc.property(rowBatches, fc.constantFrom(2, 16, 1024), (rows, scale) => {
        const scaled = rows.map((row) => ({ ...row, reward: row.reward * scale }));
        const penalty = (coefficient: number) => ({ invalidActionPenalty: { coefficient } });
        const mean = gigpo({ normalization: "mean", ...penalty(0.1) }).advantage(rows).advantage;
        const meanScaled = gigpo({ normalization: "mean", ...penalty(0.1 * scale) }).advantage(scaled).advantage;
        mean.forEach((value, i) => {
          expect(meanScaled[i]! / scale).toBeCloseTo(value, 9);
        });
        const std = gigpo({ epsilon: 1e-12, ...penalty(0.1) }).advantage(rows).advantage;
        const stdScaled = gigpo({ epsilon: 1e-12, ...penalty(0.1 * scale) }).advantage(scaled).advantage;
        std.forEach((value, i) => {
          expect(stdScaled[i]).toBeCloseTo(value, 6);
        });
      }),
    );
  });

  test("a group without spread gives exact zeros", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0, 9.025, 2.0390682574579038, -7.3),
        fc.integer({ min: 1, max: 40 }),
        (reward, size) => {
          const rows = Array.from({ length: size }, (_, t) => row(`t${t}`, 0, "s", "f", reward));
          for (const normalization of ["meanStd", "mean"]) {
            expect([...gigpo({ normalization }).advantage(rows).advantage]).toEqual(Array(size).fill(0));
          }
        },
      ),
    );
  });

  test("a trajectory carries one A_E, and visits of one state at one time with one future carry one A_S", () => {
    fc.assert(
      fc.property(rowBatches, (rows) => {
        const { episodeAdvantage } = gigpo().advantage(rows);
        for (const values of valuesBy(rows, (row) => `${row.group}/${row.trajectory}`, episodeAdvantage).values()) {
          expect(new Set(values).size).toBe(1);
        }
      }),
    );
  });

  test("a lone trajectory has A_E = 0, a lone row A_S = 0", () => {
    const rows = [row("a", 0, "s0", "f", 0), row("a", 1, "s1", "f", 10)];
    const { advantage, diagnostics } = gigpo().advantage(rows);
    expect([...advantage]).toEqual([0, 0]);
    expect(diagnostics["advantage/lone_group_frac"]).toBe(1);
    expect(diagnostics["advantage/singleton_anchor_frac"]).toBe(1);
  });

  test("an empty batch has no advantages and finite diagnostics", () => {
    const { advantage, diagnostics } = gigpo().advantage([]);
    expect(advantage).toHaveLength(0);
    expect(Object.values(diagnostics).every(Number.isFinite)).toBe(true);
  });

  test("the discounted penalty reaches earlier steps in `reward`, and the row alone in `row`", () => {
    const late = { ...row("a", 1, "s1", "f", 0), valid: false };
    const rows = [row("a", 0, "s", "f", 0), late, row("b", 0, "s", "f", 0)];
    const settings = { normalization: "mean", omega: 1, gamma: 0.5 };
    const inReward = gigpo({ ...settings, invalidActionPenalty: { coefficient: 1 } }).advantage(rows);
    expect([...inReward.stepAdvantage]).toEqual([-0.25, 0, 0.25]);
    const onRow = gigpo({ ...settings, invalidActionPenalty: { coefficient: 1, apply: "row" } }).advantage(rows);
    expect([...onRow.stepAdvantage]).toEqual([0, 0, 0]);
  });

  test("`validity: admissible` also charges actions that the world refused", () => {
    const rows = [{ ...row("a", 0, "s", "f", 0), admissible: false }, row("b", 0, "s", "f", 0)];
    expect(gigpo({ normalization: "mean" }).advantage(rows).diagnostics["advantage/invalid_row_frac"]).toBe(0);
    const strict = gigpo({ normalization: "mean", validity: "admissible" }).advantage(rows);
    expect(strict.episodeAdvantage[0]).toBeCloseTo(-0.05, 12);
    expect(strict.diagnostics["advantage/penalty_only_group_frac"]).toBe(1);
  });

  test("`repeatedVisits: first` keeps a trajectory's later visits out of mean and deviation", () => {
    // Trajectory a visits s twice with returns 4 and 4; b once with 0: means 8/3 and 2.
    const rows = [row("a", 0, "s", "f", 0), row("a", 1, "s", "f", 4), row("b", 0, "s", "f", 0)];
    const settings = { normalization: "mean", gamma: 1 };
    const all = gigpo(settings).advantage(rows).stepAdvantage;
    expect(all[2]).toBeCloseTo(-8 / 3, 12);
    expect([...gigpo({ ...settings, repeatedVisits: "first" }).advantage(rows).stepAdvantage]).toEqual([2, 2, -2]);
  });

  describe("hierarchical anchors", () => {
    const settings = { normalization: "mean", gamma: 1, anchor: "hierarchical" };
    test("a full-state group of two trajectories decides, else the semantic group, else 0", () => {
      const rows = [
        row("a", 0, "s0", "f0", 1), // f0 is shared by a and b
        row("b", 0, "s0", "f0", 0),
        row("c", 0, "s0", "f9", 5), // alone in full, shares s0
        row("d", 0, "s7", "f7", 2), // shares nothing
      ];
      const { stepAdvantage, diagnostics } = gigpo(settings).advantage(rows);
      expect([...stepAdvantage]).toEqual([0.5, -0.5, 3, 0]);
      expect(diagnostics).toMatchObject({
        "advantage/hierarchical_full_frac": 0.5,
        "advantage/hierarchical_semantic_frac": 0.25,
        "advantage/hierarchical_unmatched_frac": 0.25,
        "advantage/singleton_anchor_full_frac": 0.5,
        "advantage/singleton_anchor_semantic_frac": 0.25,
        "advantage/singleton_anchor_observation_frac": 0,
      });
    });

    test("a loop of one trajectory is no group", () => {
      const rows = [row("a", 0, "s", "f", 0), row("a", 1, "s", "f", 6), row("b", 0, "z", "y", 0)];
      expect([...gigpo(settings).advantage(rows).stepAdvantage]).toEqual([0, 0, 0]);
      expect([...gigpo({ ...settings, anchor: "full", gamma: 0.5 }).advantage(rows).stepAdvantage]).toEqual([
        -1.5, 1.5, 0,
      ]);
    });

    test("rows without hashes are refused by name", () => {
      const bare = { ...row("a", 0, "s", "f", 0), anchor: "s" };
      const { anchors: _, ...rest } = bare;
      expect(() => gigpo(settings).advantage([rest])).toThrow(/row 0: anchors\.full: missing; hierarchical/);
    });
  });

  test("similar observations share a cluster inside a group, never across groups", () => {
    const texts = ["You see a cup on the shelf.", "You see a cup on the shelf!", "Nothing happens."];
    const rows = ["g", "h"].flatMap((group, g) =>
      texts.map((anchor, t) => ({ ...row(`t${t}`, 0, "s", "f", t + 10 * g), group, anchor })),
    );
    const config = {
      anchor: "observation",
      grouping: "similarity",
      similarity: { threshold: 0.9 },
      normalization: "mean",
    };
    expect([...gigpo(config).advantage(rows).stepAdvantage]).toEqual([-0.5, 0.5, 0, -0.5, 0.5, 0]);
  });

  test("a reward that is not finite is refused with its row", () => {
    expect(() => gigpo().advantage([row("a", 0, "s", "f", 1), row("b", 0, "s", "f", Number.NaN)])).toThrow(
      /row 1: reward: NaN is not finite/,
    );
  });
});
