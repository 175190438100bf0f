// The oracle's distance against exhaustive search, its play over many generated tasks, and that situations which the
// semantic hash holds to be equal are equally far from the goal.

import { describe, expect, test } from "vitest";
import { RandomStream } from "../../../envs/core/random.ts";
import { admissibleCommands } from "../../../envs/household/admissible.ts";
import { semanticFacts } from "../../../envs/household/canonical.ts";
import { houseOf } from "../../../envs/household/episode.ts";
import { goalHolds } from "../../../envs/household/goals.ts";
import { parseCommand } from "../../../envs/household/grammar/commands.ts";
import type { House, Quirks } from "../../../envs/household/house.ts";
import { createHousehold, householdWorld } from "../../../envs/household/household-world.ts";
import { distance, nextCommand } from "../../../envs/household/oracle.ts";
import { perform } from "../../../envs/household/rules.ts";
import type { Facts } from "../../../envs/household/state.ts";
import { CHAINED_FAMILIES } from "../../../envs/household/world-data.ts";
import { Player, searchDistance, sketched, successors, tinyHousehold } from "./small-worlds.ts";

const afterCommand = (house: House, facts: Facts, text: string): Facts =>
  perform(house, facts, parseCommand(house, text)!)!.facts;

describe.each<Quirks>(["faithful", "fixed"])("with %s quirks", (quirks) => {
  test("the distance equals breadth-first search, from the start and from wherever play leads", () => {
    const random = new RandomStream(11);
    const differences: string[] = [];
    for (let world = 0; world < 60; world++) {
      const data = tinyHousehold(random);
      const house = houseOf(data, { dialect: "v2", quirks });
      let facts = house.start;
      for (let visit = 0; visit < 3; visit++) {
        const found = searchDistance(house, facts, 12);
        if (distance(house, facts) !== found) {
          differences.push(
            `${JSON.stringify(data)} at ${facts.at} hold ${facts.hold} ${facts.changes}: ${distance(house, facts)} != ${found}`,
          );
        }
        for (let step = 0; step < 5; step++) {
          const next = successors(house, facts);
          facts = next.length > 0 ? random.pick(next) : facts;
        }
      }
    }
    expect(differences).toEqual([]);
  });

  test("on generated tasks of every split it wins in exactly the distance, within the limit less a margin", () => {
    for (const split of ["train", "valid_seen", "valid_unseen"]) {
      for (let index = 0; index < 50; index++) {
        const task = householdWorld.task(split, index);
        const house = houseOf(task.data, { dialect: "v2", quirks });
        let facts = house.start;
        const total = distance(house, facts);
        expect(total, task.taskId).toBeGreaterThan(0);
        expect(total).toBeLessThanOrEqual(task.maxTurns - 10);
        for (let left = total; left > 0; left--) {
          expect(goalHolds(house, facts), task.taskId).toBe(false);
          facts = afterCommand(house, facts, nextCommand(house, facts)!);
          expect(distance(house, facts)).toBe(left - 1);
        }
        expect(goalHolds(house, facts), task.taskId).toBe(true);
        expect(nextCommand(house, facts)).toBeUndefined();
      }
    }
  });

  test("no command changes the distance by more than the step that undoes it could", () => {
    const random = new RandomStream(8);
    for (let index = 0; index < 12; index++) {
      const house = houseOf(householdWorld.task("train", 1000 + index).data, { dialect: "v2", quirks });
      let facts = house.start;
      for (let step = 0; step < 20; step++) {
        const next = afterCommand(house, facts, random.pick(admissibleCommands(house, facts)));
        expect(distance(house, next)).toBeGreaterThanOrEqual(distance(house, facts) - 1);
        facts = next;
      }
    }
  });
});

test.each([
  ["published families", householdWorld, 10],
  ["chained families", createHousehold({ families: CHAINED_FAMILIES, receptacleScale: 0.5 }), 3],
])("equal semantic facts are equally far from the goal: %s", (_, world, count) => {
  const random = new RandomStream(13);
  let meetings = 0;
  for (let index = 0; index < count; index++) {
    const house = houseOf(world.task("train", 2000 + index).data, { dialect: "v2", quirks: "faithful" });
    const distanceOf = new Map<string, number>();
    for (let walk = 0; walk < 10; walk++) {
      let facts = house.start;
      for (let step = 0; step < 20 && !goalHolds(house, facts); step++) {
        const key = semanticFacts(house, facts).join("\n");
        const known = distanceOf.get(key);
        if (known !== undefined) meetings++;
        expect(distance(house, facts), key).toBe(known ?? distance(house, facts));
        distanceOf.set(key, distance(house, facts));
        const best = nextCommand(house, facts);
        const commands = admissibleCommands(house, facts);
        facts = afterCommand(house, facts, best !== undefined && random.chance(0.5) ? best : random.pick(commands));
      }
    }
  }
  expect(meetings).toBeGreaterThan(20 * count);
});

test("a hand that is full for good is infinitely far, and ties go to the smallest command", () => {
  const data = sketched({
    target: { object: "Mug", receptacle: "Shelf" },
    receptacles: ["Bed 1 1 teddybear-1", "Desk 1 2 mug-1", "Desk 2 3 mug-2", "Shelf 1 4"],
    objects: ["TeddyBear 1 1", "Mug 1 2", "Mug 2 3"],
  });
  const player = new Player(data);
  expect(nextCommand(player.house, player.facts)).toBe("go to desk 1");
  player.play("go to bed 1", "take teddybear 1 from bed 1");
  expect(distance(player.house, player.facts)).toBe(Number.POSITIVE_INFINITY);
  expect(nextCommand(player.house, player.facts)).toBeUndefined();
});
