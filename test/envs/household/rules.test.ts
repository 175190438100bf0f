// The rules on households small enough to read: commands and their texts, what each command demands, the goal of each
// family, and that the admissible list is exactly what is allowed.

import { describe, expect, test } from "vitest";
import { RandomStream } from "../../../envs/core/random.ts";
import { admissibleCommands } from "../../../envs/household/admissible.ts";
import { houseOf } from "../../../envs/household/episode.ts";
import { parseCommand } from "../../../envs/household/grammar/commands.ts";
import { introText } from "../../../envs/household/render.ts";
import { perform } from "../../../envs/household/rules.ts";
import { Player, sketched, successors, tinyHousehold } from "./small-worlds.ts";

const NOTHING = "Nothing happens.";

const kitchen = sketched({
  target: { object: "Apple", receptacle: "Fridge" },
  receptacles: [
    "CounterTop 1 1 apple-1,bowl-1,fork-1,knife-1,mug-10,mug-2,pan-1",
    "Fridge 1! 2 apple-2",
    "Microwave 1! 3",
    "SinkBasin 1 4",
    "Drawer 2! 5 spoon-1",
    "Drawer 10! 5",
    "SideTable 1 6 desklamp-1",
  ],
  objects: [
    "Apple 1 1",
    "Apple 2 2",
    "Bowl 1 1",
    "Fork 1 1",
    "Knife 1 1",
    "Mug 10 1",
    "Mug 2 1",
    "Pan 1 1",
    "Spoon 1 5",
    "DeskLamp 1 6",
    "Window 1 7",
  ],
  inside: ["fork-1 bowl-1"],
});

describe("texts", () => {
  test("the intro lists receptacles by class, then number descending", () => {
    expect(introText(new Player(kitchen).house, "do it.")).toBe(
      "-= Welcome to TextWorld, ALFRED! =-\n\nYou are in the middle of a room. Looking quickly around you, you see " +
        "a countertop 1, a drawer 10, a drawer 2, a fridge 1, a microwave 1, a sidetable 1, and a sinkbasin 1.\n\n" +
        "Your task is to: do it.",
    );
  });

  test("one walk through the kitchen reads as the original would", () => {
    const player = new Player(kitchen);
    const walk: readonly (readonly [command: string, text: string])[] = [
      ["look", "You are in the middle of a room. Looking quickly around you, you see nothing."],
      ["inventory", "You are not carrying anything."],
      ["go to drawer 2", "You arrive at drawer 2. The drawer 2 is closed."],
      ["look", "You are facing the drawer 10, and drawer 2. Next to it, you see nothing."],
      ["open drawer 10", "You open the drawer 10. The drawer 10 is open. In it, you see nothing."],
      ["examine drawer 10", "The drawer 10 is open. In it, you see nothing."],
      ["close drawer 10", "You close the drawer 10."],
      [
        "go to countertop 1",
        "You arrive at countertop 1. On the countertop 1, you see a apple 1, a bowl 1, a fork 1, a knife 1, a mug 10, a mug 2, and a pan 1.",
      ],
      ["take bowl 1 from countertop 1", "You pick up the bowl 1 from the countertop 1."],
      ["inventory", "You are carrying: a bowl 1."],
      ["examine bowl 1", "This is a normal bowl 1. In it, you see a fork 1."],
      ["move bowl 1 to countertop 1", "You move the bowl 1 to the countertop 1."],
      ["take apple 1 from countertop 1", "You pick up the apple 1 from the countertop 1."],
      ["examine apple 1", "There's nothing special about apple 1."],
      ["go to microwave 1", "You arrive at microwave 1. The microwave 1 is closed."],
      ["heat apple 1 with microwave 1", "You heat the apple 1 using the microwave 1."],
      ["examine apple 1", "This is a hot apple 1."],
      ["go to sinkbasin 1", "You arrive at sinkbasin 1. On the sinkbasin 1, you see nothing."],
      ["clean apple 1 with sinkbasin 1", "You clean the apple 1 using the sinkbasin 1."],
      ["examine apple 1", "This is a hot and clean apple 1."],
      ["go to fridge 1", "You arrive at fridge 1. The fridge 1 is closed."],
      ["cool apple 1 with fridge 1", "You cool the apple 1 using the fridge 1."],
      ["examine apple 1", "This is a cool and clean apple 1."],
      ["open fridge 1", "You open the fridge 1. The fridge 1 is open. In it, you see a apple 2."],
      ["move apple 1 to fridge 1", "You move the apple 1 to the fridge 1."],
      ["examine fridge 1", "The fridge 1 is open. In it, you see a apple 2, and a apple 1."],
      ["go to sidetable 1", "You arrive at sidetable 1. On the sidetable 1, you see a desklamp 1."],
      ["use desklamp 1", "You turn on the desklamp 1."],
    ];
    expect(walk.map(([command]) => [command, player.say(command)])).toEqual(walk);
  });

  test.each([
    [[], "There's nothing special about apple 1."],
    [["cool"], "This is a cold apple 1."],
    [["clean"], "This is a clean apple 1."],
    [["slice"], "This is a sliced apple 1."],
    [["slice", "clean"], "This is a clean sliced apple 1."],
    [["slice", "heat"], "This is a hot sliced apple 1."],
    [["slice", "cool"], "This is a cool sliced apple 1."],
    [["slice", "clean", "heat"], "This is a hot and clean sliced apple 1."],
    [["slice", "clean", "cool"], "This is a cool and clean sliced apple 1."],
    [["heat", "cool"], "This is a cold apple 1."],
    [["cool", "heat"], "This is a hot apple 1."],
  ])("after %j an apple reads %s", (treatments, text) => {
    const player = new Player(kitchen);
    player.play("go to countertop 1", "take knife 1 from countertop 1");
    if (treatments.includes("slice")) {
      expect(player.say("slice apple 1 with knife 1")).toBe("You sliced the apple 1 with the knife 1.");
    }
    player.play("move knife 1 to countertop 1", "take apple 1 from countertop 1");
    const device = { clean: "sinkbasin 1", heat: "microwave 1", cool: "fridge 1" } as const;
    for (const treatment of treatments) {
      if (treatment === "slice") continue;
      const at = device[treatment as keyof typeof device];
      player.play(`go to ${at}`, `${treatment} apple 1 with ${at}`);
    }
    expect(player.say("examine apple 1")).toBe(text);
  });
});

describe("what a command demands", () => {
  test.each([
    ["a class without number", [], "go to fridge"],
    ["another case", [], "Go to fridge 1"],
    ["two spaces", [], "go to  fridge 1"],
    [
      "the other dialect's words",
      ["go to countertop 1", "take mug 2 from countertop 1"],
      "put mug 2 in/on countertop 1",
    ],
    ["to be there: open", [], "open fridge 1"],
    ["to be elsewhere: go", ["go to fridge 1"], "go to fridge 1"],
    ["a door", ["go to countertop 1"], "open countertop 1"],
    ["an open door: take", ["go to fridge 1"], "take apple 2 from fridge 1"],
    [
      "an open door: put",
      ["go to countertop 1", "take apple 1 from countertop 1", "go to fridge 1"],
      "move apple 1 to fridge 1",
    ],
    ["an empty hand", ["go to countertop 1", "take mug 2 from countertop 1"], "take apple 1 from countertop 1"],
    [
      "something that fits",
      ["go to countertop 1", "take mug 2 from countertop 1", "go to drawer 2", "open drawer 2"],
      "move mug 2 to drawer 2",
    ],
    ["something that can be taken", ["go to sidetable 1"], "take desklamp 1 from sidetable 1"],
    [
      "something heatable",
      ["go to countertop 1", "take pan 1 from countertop 1", "go to microwave 1"],
      "heat pan 1 with microwave 1",
    ],
    [
      "the right device",
      ["go to countertop 1", "take mug 2 from countertop 1", "go to fridge 1"],
      "heat mug 2 with fridge 1",
    ],
    ["the object in the hand", ["go to sinkbasin 1"], "clean fork 1 with sinkbasin 1"],
    ["a knife", ["go to countertop 1", "take fork 1 from countertop 1"], "slice apple 1 with fork 1"],
    ["a lamp to use", ["go to countertop 1"], "use mug 2"],
    ["a place where the lamp is", [], "use desklamp 1"],
    ["something in a receptacle", [], "go to window 1"],
  ])("%s", (_what, before, command) => {
    const player = new Player(kitchen);
    for (const earlier of before) expect(player.say(earlier), earlier).not.toBe(NOTHING);
    const facts = player.facts;
    expect(player.say(command)).toBe(NOTHING);
    expect(player.facts).toBe(facts);
  });

  test("dialect v0 has its own words and no help", () => {
    const player = new Player(kitchen, "faithful", "v0");
    expect(player.say("help")).toBe(NOTHING);
    expect(player.say("go to countertop 1")).toMatch(/^You arrive at loc 1\. On the countertop 1, you see /);
    player.say("take mug 2 from countertop 1");
    expect(player.say("move mug 2 to countertop 1")).toBe(NOTHING);
    expect(player.say("put mug 2 in/on countertop 1")).toBe("You put the mug 2 in/on the countertop 1.");
  });
});

describe("goals", () => {
  const solve = (family: Parameters<typeof sketched>[0]["family"], target: object, ...commands: string[]) => {
    const player = new Player({ ...kitchen, family: family!, target: { ...kitchen.target, ...target } });
    const before = commands.slice(0, -1);
    for (const command of before) {
      expect(player.say(command), command).not.toBe(NOTHING);
      expect(player.won, `won too early, after ${command}`).toBe(false);
    }
    expect(player.say(commands.at(-1)!)).not.toBe(NOTHING);
    return player.won;
  };
  const fetchMug = ["go to countertop 1", "take mug 2 from countertop 1"];

  test("simple: an instance of the type in a receptacle of the type", () => {
    const target = { object: "Mug", receptacle: "SinkBasin", lamp: undefined };
    const commands = [...fetchMug, "go to sinkbasin 1", "move mug 2 to sinkbasin 1"];
    expect(solve("pick_and_place_simple", target, ...commands)).toBe(true);
  });

  test("look: holding the type where a lamp of the type is on", () => {
    const target = { object: "Mug", receptacle: undefined, lamp: "DeskLamp" };
    expect(solve("look_at_obj_in_light", target, ...fetchMug, "go to sidetable 1", "use desklamp 1")).toBe(true);
    expect(solve("look_at_obj_in_light", target, "go to sidetable 1", "use desklamp 1")).toBe(false);
  });

  test.each([
    ["clean", "pick_clean_then_place_in_recep", "sinkbasin 1"],
    ["heat", "pick_heat_then_place_in_recep", "microwave 1"],
    ["cool", "pick_cool_then_place_in_recep", "fridge 1"],
  ] as const)("%s: the processed object, placed", (verb, family, device) => {
    const target = { object: "Mug", receptacle: "SideTable", lamp: undefined };
    const place = ["go to sidetable 1", "move mug 2 to sidetable 1"];
    const process = [`go to ${device}`, `${verb} mug 2 with ${device}`];
    expect(solve(family, target, ...fetchMug, ...process, ...place)).toBe(true);
    expect(solve(family, target, ...fetchMug, ...place)).toBe(false);
  });

  test("two: two different objects in the same receptacle", () => {
    const target = { object: "Mug", receptacle: "SideTable", lamp: undefined };
    const first = [...fetchMug, "go to sidetable 1", "move mug 2 to sidetable 1"];
    const second = [
      "go to countertop 1",
      "take mug 10 from countertop 1",
      "go to sidetable 1",
      "move mug 10 to sidetable 1",
    ];
    expect(solve("pick_two_obj_and_place", target, ...first)).toBe(false);
    expect(solve("pick_two_obj_and_place", target, ...first, ...second)).toBe(true);
  });

  test("a goal that is undone holds no longer", () => {
    const player = new Player({ ...kitchen, target: { object: "Mug", receptacle: "SinkBasin", lamp: undefined } });
    player.play(...fetchMug, "go to sinkbasin 1", "move mug 2 to sinkbasin 1");
    expect(player.won).toBe(true);
    player.say("take mug 2 from sinkbasin 1");
    expect(player.won).toBe(false);
  });
});

test.each(["faithful", "fixed"] as const)(
  "with %s quirks the admissible list is sorted and exactly what is allowed",
  (quirks) => {
    const random = new RandomStream(3);
    for (let world = 0; world < 40; world++) {
      const dialect = random.pick(["v2", "v0"] as const);
      const house = houseOf(tinyHousehold(random), { dialect, quirks });
      const [rs, os] = [house.receptacles.map(({ name }) => name), house.things.map(({ name }) => name)];
      const conceivable = [
        ...["look", "inventory", "help"],
        ...rs.flatMap((r) => [`go to ${r}`, `open ${r}`, `close ${r}`, `examine ${r}`]),
        ...os.flatMap((o) => [`examine ${o}`, `use ${o}`, ...os.map((k) => `slice ${o} with ${k}`)]),
        ...os.flatMap((o) =>
          rs.flatMap((r) => [
            ...[`take ${o} from ${r}`, `move ${o} to ${r}`, `put ${o} in/on ${r}`],
            ...[`clean ${o} with ${r}`, `heat ${o} with ${r}`, `cool ${o} with ${r}`],
          ]),
        ),
      ].sort();
      let facts = house.start;
      for (let step = 0; step < 12; step++) {
        const allowed = conceivable.filter((text) => {
          const command = parseCommand(house, text);
          return command !== undefined && perform(house, facts, command) !== undefined;
        });
        expect(admissibleCommands(house, facts)).toEqual(allowed);
        facts = random.pick(successors(house, facts));
      }
    }
  },
);
