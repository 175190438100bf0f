// The generator: the same task on any machine, the split of the floor plans, rooms like the original's, and its knobs.
// The figures of the original are those of 203 published games on training plans.

import { describe, expect, test } from "vitest";
import { RandomStream } from "../../../envs/core/random.ts";
import { houseOf } from "../../../envs/household/episode.ts";
import { DEFAULT_GENERATOR, type GeneratorOptions } from "../../../envs/household/generator/difficulty.ts";
import { fitRows } from "../../../envs/household/generator/fit.ts";
import { layoutOf } from "../../../envs/household/generator/layout.ts";
import {
  assertPlanAllowed,
  isUnseenPlan,
  PUBLISHED_UNSEEN_PLANS,
  planFor,
  plansOf,
} from "../../../envs/household/generator/plans.ts";
import { createHousehold, householdWorld } from "../../../envs/household/household-world.ts";
import { distance } from "../../../envs/household/oracle.ts";
import { type HouseholdData, ROOMS } from "../../../envs/household/world-data.ts";

const worldsOf = (split: string, count: number, world = householdWorld): readonly HouseholdData[] =>
  Array.from({ length: count }, (_, index) => world.task(split, index).data);

const shortest = (data: HouseholdData): number => {
  const house = houseOf(data, { dialect: "v2", quirks: "faithful" });
  return distance(house, house.start);
};

test("task ids name the same worlds as when these digests were published", () => {
  const digests = [
    ["train", 0],
    ["train", 2 ** 40],
    ["valid_seen", 1],
    ["valid_unseen", 2],
  ].map(([split, index]) => householdWorld.task(String(split), Number(index)).contentDigest.slice(0, 16));
  expect(digests).toEqual(["21cb2aea880bf4b8", "f7d9c2df215a992d", "4e9d9c55814fea0e", "de3df276d36d146e"]);
});

test("two worlds of the same knobs agree on every task, however often others were asked between", () => {
  const [one, two] = [createHousehold(), createHousehold()];
  for (let index = 0; index < 700; index++) one.task("train", index);
  for (const index of [0, 5, 699]) {
    expect(one.task("train", index)).toEqual(two.task("train", index));
    expect(one.task("train", index)).toBe(one.task("train", index));
  }
});

describe("floor plans", () => {
  test("plans 10, 219, 308 and 424 are drawn for valid_unseen alone, and refused elsewhere", () => {
    for (const split of ["train", "valid_seen"] as const) {
      for (const plan of PUBLISHED_UNSEEN_PLANS) {
        expect(() => assertPlanAllowed(plan, split)).toThrow(`floor plan ${plan} must not appear in split ${split}`);
      }
      const drawn = new Set(worldsOf(split, 1000).map(({ floorPlan }) => floorPlan));
      expect([...drawn].filter(isUnseenPlan)).toEqual([]);
      expect(drawn.size).toBeGreaterThan(100);
    }
    expect(() => assertPlanAllowed(1, "valid_unseen")).toThrow(/floor plan 1 /);
    expect(worldsOf("valid_unseen", 300).every(({ floorPlan }) => isUnseenPlan(floorPlan))).toBe(true);
  });

  test("the splits partition the plans of each room, and draws stay inside", () => {
    const random = new RandomStream(1);
    for (const room of ROOMS) {
      const [train, unseen] = [plansOf("train", room), plansOf("valid_unseen", room)];
      expect(train).toEqual(plansOf("valid_seen", room));
      expect([train.length, unseen.length]).toEqual([29, 11]);
      expect(train.filter((plan) => unseen.includes(plan))).toEqual([]);
      expect(unseen).toContain(planFor(random, "valid_unseen", room));
    }
  });

  test("receptacles, doors and shared places are a function of the plan", () => {
    const seen = new Map<number, string>();
    for (const { floorPlan, receptacles } of worldsOf("train", 1200)) {
      const places = receptacles.map(({ loc }) => receptacles.findIndex((other) => other.loc === loc));
      const layout = JSON.stringify(receptacles.map(({ name, openable }, at) => [name, openable, places[at]]));
      expect(seen.get(floorPlan) ?? layout).toBe(layout);
      seen.set(floorPlan, layout);
    }
    expect(new Set(seen.values()).size).toBe(seen.size);
    expect(layoutOf(10, DEFAULT_GENERATOR)).toEqual(layoutOf(10, DEFAULT_GENERATOR));
  });
});

test("every world is sound: numbers are complete, the start is empty, targets in a fridge are cool", () => {
  for (const { receptacles, objects, startLoc, target } of worldsOf("train", 400)) {
    const names = [...receptacles, ...objects].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const list of [receptacles, objects]) {
      const counts = new Map<string, number>();
      for (const { type } of list) counts.set(type, (counts.get(type) ?? 0) + 1);
      for (const { name, type } of list) expect(Number(name.split(" ")[1])).toBeLessThanOrEqual(counts.get(type)!);
    }
    expect([...receptacles, ...objects].map(({ loc }) => loc)).not.toContain(startLoc);
    const chilled = new Set(receptacles.flatMap(({ type, contents }) => (type === "Fridge" ? contents : [])));
    for (const { name, type, cool } of objects) expect(cool).toBe(type === target.object && chilled.has(name));
    for (const { contents } of receptacles) {
      for (const name of contents) expect(objects.some((object) => object.name === name)).toBe(true);
    }
  }
});

test.each(fitRows(worldsOf("train", 2000)))("rooms like the original's: $statistic", ({ deviation, tolerance }) => {
  expect(Math.abs(deviation)).toBeLessThan(tolerance);
});

test("worlds of one room alone do not fit, and the report says where", () => {
  const rows = fitRows(worldsOf("train", 60, createHousehold({ rooms: ["Bathroom"], receptacleScale: 0.5 })));
  const failed = rows.filter(({ passed }) => !passed).map(({ statistic }) => statistic);
  expect(failed).toEqual(expect.arrayContaining(["Bathroom: receptacles", "Kitchen: receptacles", "task families"]));
});

describe("knobs", () => {
  const count = 60;
  const averages = (knobs: Partial<GeneratorOptions>) => {
    const worlds = worldsOf("train", count, createHousehold(knobs));
    const per = (of: (data: HouseholdData) => number) => worlds.reduce((sum, data) => sum + of(data), 0) / count;
    const isTarget = (data: HouseholdData, name: string) => name.startsWith(`${data.target.object.toLowerCase()} `);
    return {
      worlds,
      receptacles: per(({ receptacles }) => receptacles.length),
      objects: per(({ objects }) => objects.length),
      hidden: per((data) =>
        data.receptacles.some((each) => each.openable && each.contents.some((name) => isTarget(data, name))) ? 1 : 0,
      ),
      shared: per(({ receptacles }) => receptacles.length - new Set(receptacles.map(({ loc }) => loc)).size),
    };
  };
  const usual = averages({});

  test("rooms and families narrow the catalogue", () => {
    const { worlds } = averages({ rooms: ["Bathroom"], families: ["pick_two_obj_and_place"] });
    expect(worlds.every(({ room, family }) => room === "Bathroom" && family === "pick_two_obj_and_place")).toBe(true);
    const impossible = createHousehold({ rooms: ["Bathroom"], families: ["pick_heat_then_place_in_recep"] });
    expect(() => impossible.task("train", 0)).toThrow(/none of Bathroom poses any of pick_heat/);
  });

  test("receptacles and distractors scale, doors and shared places follow", () => {
    expect(averages({ receptacleScale: 0.4 }).receptacles).toBeLessThan(usual.receptacles * 0.7);
    expect(averages({ receptacleScale: 1.5 }).receptacles).toBeGreaterThan(usual.receptacles * 1.2);
    expect(averages({ distractorScale: 0.2 }).objects).toBeLessThan(usual.objects * 0.6);
    expect(averages({ behindDoorProb: 0 }).hidden).toBeLessThan(usual.hidden);
    expect(averages({ behindDoorProb: 1 }).hidden).toBeGreaterThan(usual.hidden);
    expect(averages({ sharedPlaces: false }).shared).toBe(0);
    expect(usual.shared).toBeGreaterThan(1);
  });

  test("the range of distances holds", () => {
    const { worlds } = averages({ minDistance: 6, maxDistance: 7 });
    expect(worlds.map(shortest).every((steps) => steps === 6 || steps === 7)).toBe(true);
  });

  test.each<[Partial<GeneratorOptions>, RegExp]>([
    [{ rooms: [] }, /rooms must name/],
    [{ families: [] }, /families must name/],
    [{ maxSteps: 3 }, /maxSteps must be an integer of at least 10/],
    [{ receptacleScale: -1 }, /receptacleScale must be in \[0, 2\]/],
    [{ targetCopies: 9 }, /targetCopies must be in \[1, 4\]/],
    [{ behindDoorProb: 1.5 }, /behindDoorProb must be in \[0, 1\]/],
    [{ minDistance: 9, maxDistance: 4 }, /minDistance must not exceed/],
  ])("%j is refused", (knobs, message) => {
    expect(() => createHousehold(knobs)).toThrow(message);
  });
});
