// Chained families: extensions that the default catalogue does not have. Their catalogues carry another version, their tasks
// are solvable, their words are known, and they need more steps than the families they are made of.

import { expect, test } from "vitest";
import { RandomStream } from "../../../envs/core/random.ts";
import { houseOf } from "../../../envs/household/episode.ts";
import { createExplorer } from "../../../envs/household/explorer.ts";
import type { Quirks } from "../../../envs/household/house.ts";
import { createHousehold, householdWorld, oracle } from "../../../envs/household/household-world.ts";
import { distance } from "../../../envs/household/oracle.ts";
import { householdVocabulary } from "../../../envs/household/words.ts";
import { CHAINED_FAMILIES, FAMILIES, goalSentences } from "../../../envs/household/world-data.ts";
import { searchDistance, successors, tinyHousehold } from "./small-worlds.ts";

const SEARCHED_WORLDS = process.env["ANCHORGYM_LONG"] === "1" ? 100 : 5;
const chained = createHousehold({ families: CHAINED_FAMILIES });
const options = chained.parseOptions("");

test("the default catalogue has none of them, and one that has them is another version", () => {
  const families = new Set(Array.from({ length: 300 }, (_, index) => householdWorld.task("train", index).data.family));
  expect([...families].filter((family) => !(FAMILIES as readonly string[]).includes(family))).toEqual([]);
  expect(householdWorld.description.version).toBe("1.0.0");
  expect(chained.description.version).toMatch(/^1\.0\.0\+[0-9a-f]{8}$/);
  const also = createHousehold({ families: [...FAMILIES, ...CHAINED_FAMILIES] });
  expect(also.description.version).not.toBe(chained.description.version);
});

test("each task is solved by the oracle in its distance, with every asked process on the way", () => {
  const seen = new Set<string>();
  for (let index = 0; index < 20; index++) {
    const task = chained.task(index % 2 === 0 ? "train" : "valid_unseen", index);
    const { family } = task.data;
    seen.add(family);
    let state = chained.reset(task, 0, options);
    const verbs = new Set<string>();
    let score: number | undefined;
    while (!state.isOver) {
      const text = oracle.act(state)!;
      verbs.add(text.split(" ")[0]!);
      ({ state, score } = chained.step(state, new Map([["", { text }]])));
    }
    expect(score, task.taskId).toBe(1);
    expect(task.tags).toContain(`distance:${state.turn}`);
    // Cooling may be done from the start: a target in a fridge is cool.
    for (const verb of ["clean", "heat"]) if (family.includes(verb)) expect(verbs, task.taskId).toContain(verb);
  }
  expect(seen).toEqual(new Set(CHAINED_FAMILIES));
});

test.each<Quirks>(["faithful", "fixed"])(
  "the distance equals breadth-first search with %s quirks",
  (quirks) => {
    const random = new RandomStream(19);
    for (let world = 0; world < SEARCHED_WORLDS; world++) {
      const house = houseOf(tinyHousehold(random, CHAINED_FAMILIES), { dialect: "v2", quirks });
      let facts = house.start;
      for (let visit = 0; visit < 2; visit++) {
        expect(distance(house, facts), `world ${world}`).toBe(searchDistance(house, facts, 15));
        for (let step = 0; step < 6; step++) {
          const next = successors(house, facts);
          facts = next.length > 0 ? random.pick(next) : facts;
        }
      }
    }
  },
  600_000,
);

test("the explorer does the whole chain too", () => {
  let solved = 0;
  for (let index = 0; index < 30; index++) {
    const explorer = createExplorer("prior", index);
    let state = chained.reset(chained.task("train", index), 0, options);
    let score: number | undefined;
    while (!state.isOver) {
      ({ state, score } = chained.step(state, new Map([["", { text: explorer.act(state) ?? "look" }]])));
    }
    solved += score!;
  }
  expect(solved).toBeGreaterThanOrEqual(28);
});

test("their goal sentences use no word that the vocabulary lacks", () => {
  const known = new Set(householdVocabulary());
  const target = { object: "Mug", receptacle: "Shelf", lamp: undefined };
  const words = CHAINED_FAMILIES.flatMap((family) => goalSentences(family, target)).flatMap(
    (goal) => goal.match(/\w+/g)!,
  );
  expect(words.filter((word) => !known.has(word) && !["mug", "shelf"].includes(word))).toEqual([]);
});
