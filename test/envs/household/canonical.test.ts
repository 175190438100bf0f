// Canonical facts: the changes kept along the way equal a comparison with the start made afresh, lists are sorted, and
// the semantic facts hold what matters for the task and nothing else.

import { expect, test } from "vitest";
import { RandomStream } from "../../../envs/core/random.ts";
import { admissibleCommands } from "../../../envs/household/admissible.ts";
import { episodeFacts, fullFacts, semanticFacts } from "../../../envs/household/canonical.ts";
import { houseOf } from "../../../envs/household/episode.ts";
import { parseCommand } from "../../../envs/household/grammar/commands.ts";
import type { House } from "../../../envs/household/house.ts";
import { householdWorld } from "../../../envs/household/household-world.ts";
import { DEFAULT_OPTIONS } from "../../../envs/household/options.ts";
import { perform } from "../../../envs/household/rules.ts";
import { type Facts, PROPERTY } from "../../../envs/household/state.ts";
import { Player, sketched, tinyHousehold } from "./small-worlds.ts";

/** Every fact but place and hand, written out from the sets. */
function allFacts({ receptacles, things }: House, facts: Facts): ReadonlySet<string> {
  const name = (id: number) => things[id]!.name;
  return new Set([
    ...receptacles.filter(({ id }) => facts.open[id]).map((receptacle) => `open ${receptacle.name}`),
    ...receptacles.flatMap((each) => facts.contents[each.id]!.ids.map((id) => `in ${name(id)}|${each.name}`)),
    ...receptacles.flatMap((each) => facts.takenFrom[each.id]!.map((id) => `notin ${name(id)}|${each.name}`)),
    ...facts.objectsAt.flatMap((ids, place) => ids.map((id) => `objat ${name(id)}|${place}`)),
    ...things.flatMap(({ id }) =>
      Object.entries(PROPERTY)
        .filter(([, bit]) => facts.properties[id]! & bit)
        .map(([property]) => `${property} ${name(id)}`),
    ),
  ]);
}

test.each(["faithful", "fixed"] as const)("with %s quirks the changes equal a comparison with the start", (quirks) => {
  const random = new RandomStream(17);
  for (let world = 0; world < 30; world++) {
    const data = world % 3 === 0 ? householdWorld.task("train", world).data : tinyHousehold(random);
    const house = houseOf(data, { dialect: "v2", quirks });
    const episode = episodeFacts({ ...DEFAULT_OPTIONS, quirks }, 50, world % 2 ? "find it." : undefined);
    const start = allFacts(house, house.start);
    let facts = house.start;
    for (let step = 0; step < 60; step++) {
      const text = random.pick(admissibleCommands(house, facts).filter((each) => !each.startsWith("examine")));
      facts = perform(house, facts, parseCommand(house, text)!)!.facts;
      const now = allFacts(house, facts);
      const came = [...now].filter((fact) => !start.has(fact)).map((fact) => `+${fact}`);
      const went = [...start].filter((fact) => !now.has(fact)).map((fact) => `-${fact}`);
      expect(facts.changes).toEqual([...came, ...went].sort());
      for (const lines of [fullFacts(house, facts, episode), semanticFacts(house, facts)]) {
        expect(lines).toEqual([...new Set(lines)].sort());
      }
    }
  }
});

test("going back leaves no trace in the full facts", () => {
  const data = sketched({
    target: { object: "Mug", receptacle: "Shelf" },
    receptacles: ["Cabinet 1! 1 mug-1", "Shelf 1 2"],
    objects: ["Mug 1 1"],
  });
  const player = new Player(data, "fixed");
  player.play("go to cabinet 1", "open cabinet 1", "take mug 1 from cabinet 1");
  expect(player.facts.changes).toEqual(["+open cabinet 1", "-in mug 1|cabinet 1"]);
  player.play("move mug 1 to cabinet 1", "close cabinet 1");
  expect(player.facts.changes).toEqual([]);
});

test("the semantic facts name targets, the asked property, lit lamps and the doors that matter", () => {
  const data = sketched({
    family: "pick_heat_then_place_in_recep",
    target: { object: "Mug", receptacle: "Cabinet" },
    receptacles: ["Cabinet 1! 1", "Cabinet 2! 2 plate-1", "Drawer 1! 3 spoon-1", "Microwave 1! 4", "Shelf 1 5 mug-1"],
    objects: ["Plate 1 2", "Spoon 1 3", "Mug 1 5"],
  });
  const player = new Player(data);
  const semantic = () => semanticFacts(player.house, player.facts);
  expect(semantic()).toEqual(["at 99", "in mug 1|shelf 1", "quirks faithful"]);
  player.play("go to drawer 1", "open drawer 1", "take spoon 1 from drawer 1");
  expect(semantic()).toEqual(["at 3", "hold spoon 1", "in mug 1|shelf 1", "open drawer 1", "quirks faithful"]);
  player.play(
    "move spoon 1 to drawer 1",
    "go to cabinet 1",
    "open cabinet 1",
    "go to shelf 1",
    "take mug 1 from shelf 1",
  );
  expect(semantic()).toEqual(["at 5", "hold mug 1", "open cabinet 1", "quirks faithful"]);
  player.play("go to microwave 1", "heat mug 1 with microwave 1");
  expect(semantic()).toEqual(["at 4", "hold mug 1", "hot mug 1", "open cabinet 1", "quirks faithful"]);
});
