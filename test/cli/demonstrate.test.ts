// Demonstrations are a function of their arguments; experts reach the goal, and noise shows the way back.

import { describe, expect, it } from "vitest";
import { demonstrate } from "../../cli/demonstrate.ts";
import { formatDemonstrations, parseDemonstrations } from "../../client/train/demonstrations.ts";

const REQUEST = { environment: "household", optionsJson: "", split: "train", episodes: 12, noise: 0, seed: 3 } as const;

describe("demonstrations", () => {
  it("are equal for equal arguments, differ between seeds, and survive their file format", () => {
    const first = demonstrate({ ...REQUEST, policy: "explorer", noise: 0.3 });
    expect(demonstrate({ ...REQUEST, policy: "explorer", noise: 0.3 })).toEqual(first);
    expect(demonstrate({ ...REQUEST, policy: "explorer", noise: 0.3, seed: 4 })).not.toEqual(first);
    expect(parseDemonstrations(formatDemonstrations(first), "memory")).toEqual(first);
  });

  it.each(["oracle", "explorer"] as const)(
    "of the %s without noise reach every goal by labels that were admissible",
    (policy) => {
      const { episodes } = demonstrate({ ...REQUEST, policy });
      expect(episodes.map(({ score }) => score)).toEqual(Array(12).fill(1));
      for (const { initial, steps } of episodes) {
        let { admissible } = initial;
        for (const step of steps) {
          expect(admissible).toContain(step.label);
          expect(step.action).toBe(step.label);
          ({ admissible } = step);
        }
      }
    },
  );

  it.each(["sokoban", "plan-path", "sudoku"])("of the solver of %s reach every goal", (environment) => {
    const { episodes } = demonstrate({ ...REQUEST, environment, episodes: 6, policy: "oracle" });
    expect(episodes.map(({ score }) => score)).toEqual(Array(6).fill(1));
  });

  it("with noise execute other actions than the label, and keep the expert's label", () => {
    const { episodes } = demonstrate({ ...REQUEST, policy: "oracle", noise: 0.5 });
    const steps = episodes.flatMap((episode) => episode.steps);
    const strayed = steps.filter(({ action, label }) => action !== label).length / steps.length;
    expect(strayed).toBeGreaterThan(0.3);
    expect(strayed).toBeLessThan(0.6);
    expect(steps.every(({ label }) => label !== null)).toBe(true);
  });

  it.each([
    [{ environment: "househld" }, "no world is called"],
    [{ split: "trian" }, 'household has no split "trian"'],
  ])("%o is refused", (wrong, message) => {
    expect(() => demonstrate({ ...REQUEST, policy: "oracle", ...wrong })).toThrow(message);
  });
});
