// FrozenLake: the world contract, slipping, and the expert.

import { describe, expect, test } from "vitest";
import {
  frozenLakeExpert,
  frozenLakeWorld,
  renderFrozenLake,
} from "../../../envs/grid/frozen-lake/frozen-lake-world.ts";
import { distanceToGoal, parseLake, slippedDirection, slips } from "../../../envs/grid/frozen-lake/lake.ts";
import { describeWorldContract } from "../compliance/world-contract.ts";
import { stripAnsi } from "./strip-ansi.ts";

const TASKS = [
  ["train", 0],
  ["train", 1],
  ["train", 2],
  ["valid", 0],
] as const;

describeWorldContract("frozen-lake that never slips", {
  world: frozenLakeWorld,
  tasks: TASKS,
  optionsJson: ['{"slippery":false}', '{"slippery":false,"observation":"coord"}'],
  expert: frozenLakeExpert,
});
describeWorldContract("slippery frozen-lake", {
  world: frozenLakeWorld,
  tasks: [...TASKS, ["ragen", 3]],
  optionsJson: ["", '{"form":"plan","maxTurns":50}'],
});

describe("slipping", () => {
  test("goes aside with the probabilities of the rule, to the two neighbours of the meant direction", () => {
    for (const move of [0, 1, 2, 3] as const) {
      const counts = [0, 0, 0, 0];
      for (let i = 0; i < 1000; i++) counts[slippedDirection(move, 0.8, i / 1000)]!++;
      expect(counts[move]).toBe(800);
      expect(counts.filter((count) => count === 100)).toHaveLength(2);
      const opposite = ([1, 0, 3, 2] as const)[move];
      expect(counts[opposite]).toBe(0);
      expect(slips(move, 0.8).reduce((sum, [, prob]) => sum + prob, 0)).toBeCloseTo(1, 12);
    }
  });

  test("different seeds of a reset slip differently on our tasks and alike on RAGEN's", () => {
    const walk = (split: string, seed: number) => {
      let state = frozenLakeWorld.reset(
        frozenLakeWorld.task(split, 5),
        seed,
        frozenLakeWorld.parseOptions('{"preset":"anchorgym"}'),
      );
      const path = [];
      for (let i = 0; i < 30 && state.endReason === undefined; i++) {
        state = frozenLakeWorld.step(state, new Map([["", { text: i % 2 === 0 ? "left" : "right" }]])).state;
        path.push(state.player);
      }
      return path.join();
    };
    expect(new Set([1, 2, 3, 4, 5, 6].map((seed) => walk("train", seed))).size).toBeGreaterThan(1);
    expect(new Set([1, 2, 3, 4, 5, 6].map((seed) => walk("ragen", seed))).size).toBe(1);
  });
});

test("every generated lake has a way to the goal, and no map is held out and trained on", () => {
  const maps = (split: string) =>
    Array.from({ length: 200 }, (_, index) => frozenLakeWorld.task(split, index).data.rows);
  for (const rows of [...maps("train"), ...maps("valid"), ...maps("ragen")]) {
    const lake = parseLake(rows, "generated");
    expect(distanceToGoal(lake)[lake.start]).toBeGreaterThan(0);
  }
  const trained = new Set(maps("train").map((rows) => rows.join()));
  expect(maps("valid").filter((rows) => trained.has(rows.join()))).toEqual([]);
});

test("without slipping the expert needs as many moves as breadth-first search", () => {
  const options = frozenLakeWorld.parseOptions('{"slippery":false}');
  for (let index = 0; index < 60; index++) {
    let state = frozenLakeWorld.reset(frozenLakeWorld.task("train", index), 0, options);
    const { lake } = state.arena;
    while (state.endReason === undefined) {
      state = frozenLakeWorld.step(state, new Map([["", { text: frozenLakeExpert.act(state) ?? "" }]])).state;
    }
    expect(state.steps).toBe(distanceToGoal(lake)[lake.start]);
  }
});

test("a malformed map is refused by row, and colours keep the cells", () => {
  expect(() => parseLake(["SF", "FX"], "map")).toThrow("map: row 2");
  expect(() => parseLake(["SH", "HG"], "map")).toThrow("cannot be reached");
  const state = frozenLakeWorld.reset(frozenLakeWorld.task("train", 0), 0, frozenLakeWorld.parseOptions(""));
  expect(stripAnsi(renderFrozenLake(state))).toBe(
    (frozenLakeWorld.observe(state, "").blocks[0] as { text: string }).text,
  );
});
