// The anchor report: on groups written by hand its shares are counted by hand; on explorers it finds what the specification
// found; equal arguments give equal figures.

import { describe, expect, test } from "vitest";
import { type AnchorKey, anchorReport } from "../../cli/anchors/anchor-report.ts";
import { type AnchorStep, anchorSteps } from "../../cli/anchors/anchor-steps.ts";
import { playScriptedGroups } from "../../cli/anchors/scripted-groups.ts";

interface Sketch {
  readonly trajectory: string;
  readonly step: number;
  /** Observation, list, semantic, full. */
  readonly keys: readonly [string, string, string, string];
  readonly distance: number;
  readonly nextDistance: number;
  readonly reward?: number;
}

const stepOf = ({ trajectory, step, keys, distance, nextDistance, reward = 0 }: Sketch): AnchorStep => {
  const [observation, listAnchor, semantic, full] = keys;
  const verdict = { reward, valid: true, admissible: true, terminated: reward > 0, truncated: false };
  return {
    row: { group: "g", trajectory, step, anchors: { observation, semantic, full }, ...verdict },
    listAnchor,
    wireFull: `${full} turn ${step}`,
    distance,
    nextDistance,
  };
};

describe("groups written by hand", () => {
  // Both start alike and read "kitchen" twice: a at s then at t, b at s then at u, which is as far as t.
  const steps = [
    { trajectory: "a", step: 1, keys: ["kitchen", "k1", "s", "S"], distance: 3, nextDistance: 2 },
    { trajectory: "a", step: 2, keys: ["kitchen", "k2", "t", "T"], distance: 2, nextDistance: 0, reward: 1 },
    { trajectory: "b", step: 1, keys: ["kitchen", "k1", "s", "S"], distance: 3, nextDistance: 3 },
    { trajectory: "b", step: 2, keys: ["kitchen", "k3", "s", "V"], distance: 3, nextDistance: 3 },
    { trajectory: "b", step: 3, keys: ["hall", "k4", "u", "U"], distance: 3, nextDistance: 3 },
  ] as const satisfies readonly Sketch[];
  const { keys, ...counts } = anchorReport(steps.map(stepOf));
  const of = (key: AnchorKey) => keys.find((each) => each.key === key)!;

  test("steps, trajectories and groups are counted", () => {
    expect(counts).toEqual({ steps: 5, trajectories: 2, groups: 1 });
  });

  test.each<[AnchorKey, number, number, number]>([
    ["observation", 4 / 5, 1, 1],
    ["observation+admissible", 2 / 5, 0, 0],
    ["full+turn", 2 / 5, 0, 0],
    ["full", 2 / 5, 0, 0],
    ["semantic", 3 / 5, 0, 0],
    ["hierarchical", 3 / 5, 0, 0],
  ])("%s covers %d, mixes states in %d and distances in %d", (key, coverage, mixing, mixingDistance) => {
    expect(of(key)).toMatchObject({ coverage, mixing, mixingDistance });
  });

  test("the deviation of the distance inside the mixing group", () => {
    expect(of("observation").distanceSigma).toBeCloseTo(Math.sqrt(3) / 4, 12);
    expect(of("semantic").distanceSigma).toBe(0);
  });

  test("the signal is positive where the state is the same: a moved on from s, b did not", () => {
    // From s only a moved: residuals 2/3, -1/3, -1/3; a's advantage is positive, b's two are negative and equal.
    expect(of("semantic").signal.semantic).toBeGreaterThan(0.9);
  });
});

describe("explorers with mistakes", () => {
  const request = { policy: "explorer", split: "train", groups: 24, groupSize: 8, optionsJson: "", seed: 1 } as const;
  const groups = playScriptedGroups({ ...request, noise: 0.2, invalid: 0.05 });
  const report = anchorReport(anchorSteps(groups, ""));
  const of = (key: AnchorKey) => report.keys.find((each) => each.key === key)!;

  test("equal arguments give equal episodes, and members of a group differ", () => {
    expect(playScriptedGroups({ ...request, noise: 0.2, invalid: 0.05 })).toEqual(groups);
    expect(playScriptedGroups({ ...request, noise: 0.2, invalid: 0.05, seed: 2 })).not.toEqual(groups);
    for (const { actions_G } of groups) expect(new Set(actions_G.map(String)).size).toBeGreaterThan(1);
    expect(report).toMatchObject({ groups: 24, trajectories: 192 });
  });

  test("a semantic group has one distance, by the oracle; texts mix states", () => {
    for (const key of ["full", "full+turn", "semantic", "hierarchical"] as const) {
      expect(of(key)).toMatchObject({ mixing: 0, mixingDistance: 0, distanceSigma: 0 });
    }
    expect(of("observation").mixing).toBeGreaterThan(0.3);
    expect(of("observation+admissible").mixing).toBeGreaterThan(0.1);
  });

  test("coverage falls from the coarsest key to the finest, and hierarchical covers what semantic does", () => {
    const coverages = (["observation", "observation+admissible", "full", "full+turn"] as const).map(
      (key) => of(key).coverage,
    );
    expect(coverages).toEqual(coverages.toSorted((a, b) => b - a));
    expect(of("semantic").coverage).toBeGreaterThan(2 * of("full").coverage);
    expect(of("hierarchical").coverage).toBe(of("semantic").coverage);
  });

  test("the semantic anchor tells more of true progress than the text", () => {
    expect(of("semantic").signal.semantic).toBeGreaterThan(of("observation").signal.semantic);
  });
});
