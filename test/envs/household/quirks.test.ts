// Each quirk of the original in both modes: kept by "faithful", repaired by "fixed".

import { describe, expect, test } from "vitest";
import { Player, sketched } from "./small-worlds.ts";

const NOTHING = "Nothing happens.";
const target = { object: "Mug", receptacle: "Shelf" };

describe("Q1: going to a second receptacle at the same place", () => {
  const data = sketched({ target, receptacles: ["Shelf 1 1", "Drawer 1! 1", "Desk 1 2"], objects: [] });

  test("is refused", () => {
    const player = new Player(data, "faithful");
    player.say("go to shelf 1");
    expect(player.admissible).not.toContain("go to drawer 1");
    expect(player.say("go to drawer 1")).toBe(NOTHING);
    expect(player.say("examine drawer 1")).toBe("The drawer 1 is closed.");
  });

  test("arrives and changes nothing when fixed; a place of one receptacle stays refused", () => {
    const player = new Player(data, "fixed");
    player.say("go to shelf 1");
    const { facts } = player;
    expect(player.admissible).toContain("go to drawer 1");
    expect(player.say("go to drawer 1")).toBe("You arrive at drawer 1. The drawer 1 is closed.");
    expect(player.facts).toBe(facts);
    player.say("go to desk 1");
    expect(player.say("go to desk 1")).toBe(NOTHING);
  });
});

describe("Q2: examining an object that is not in the hand", () => {
  const data = sketched({
    target,
    receptacles: ["Desk 1 1 mug-1", "Cabinet 1! 1 mug-2"],
    objects: ["Mug 1 1", "Mug 2 1"],
  });

  test("is refused", () => {
    const player = new Player(data, "faithful");
    expect(player.play("go to desk 1", "examine mug 1")).toBe(NOTHING);
  });

  test("works for what one can see when fixed", () => {
    const player = new Player(data, "fixed");
    expect(player.play("go to desk 1", "examine mug 1")).toBe("This is a normal mug 1. In it, you see nothing.");
    expect(player.say("examine mug 2")).toBe(NOTHING);
    expect(player.play("open cabinet 1", "examine mug 2")).toBe("This is a normal mug 2. In it, you see nothing.");
  });
});

describe("Q3: using a lamp", () => {
  const data = sketched({ target, receptacles: ["Cabinet 1! 1 desklamp-1"], objects: ["DeskLamp 1 1"] });

  test("works through a closed door and never turns it off", () => {
    const player = new Player(data, "faithful");
    expect(player.play("go to cabinet 1", "use desklamp 1")).toBe("You turn on the desklamp 1.");
    expect(player.say("use desklamp 1")).toBe("You turn on the desklamp 1.");
  });

  test("needs an open door and turns off again when fixed", () => {
    const player = new Player(data, "fixed");
    expect(player.play("go to cabinet 1", "use desklamp 1")).toBe(NOTHING);
    expect(player.play("open cabinet 1", "use desklamp 1")).toBe("You turn on the desklamp 1.");
    const { changes } = player.facts;
    expect(player.say("use desklamp 1")).toBe("You turn off the desklamp 1.");
    expect(changes.filter((change) => !player.facts.changes.includes(change))).toEqual(["+on desklamp 1"]);
  });
});

describe("Q4: taking an object that two receptacles list", () => {
  const data = sketched({
    family: "pick_heat_then_place_in_recep",
    target: { object: "Mug", receptacle: "CoffeeMachine" },
    receptacles: ["CounterTop 1 1 mug-1", "CoffeeMachine 1 2 mug-1", "Microwave 1! 3"],
    objects: ["Mug 1 1"],
  });
  const take = ["go to countertop 1", "take mug 1 from countertop 1"];

  test("leaves it listed in the other, so that it may win in the hand", () => {
    const player = new Player(data, "faithful");
    expect(player.play(...take, "go to coffeemachine 1")).toBe(
      "You arrive at coffeemachine 1. On the coffeemachine 1, you see a mug 1.",
    );
    player.play("go to microwave 1", "heat mug 1 with microwave 1");
    expect(player.won).toBe(true);
  });

  test("removes it from both when fixed", () => {
    const player = new Player(data, "fixed");
    expect(player.play(...take, "go to coffeemachine 1")).toBe(
      "You arrive at coffeemachine 1. On the coffeemachine 1, you see nothing.",
    );
    player.play("go to microwave 1", "heat mug 1 with microwave 1");
    expect(player.won).toBe(false);
    player.play("go to coffeemachine 1", "move mug 1 to coffeemachine 1");
    expect(player.won).toBe(true);
  });
});

describe("Q5: a type that fits nowhere", () => {
  const data = sketched({ target, receptacles: ["Bed 1 1 teddybear-1", "Desk 1 1"], objects: ["TeddyBear 1 1"] });

  test("fills the hand for good", () => {
    const player = new Player(data, "faithful");
    expect(player.play("go to bed 1", "take teddybear 1 from bed 1", "move teddybear 1 to bed 1")).toBe(NOTHING);
  });

  test("fits where it started when fixed, and nowhere else", () => {
    const player = new Player(data, "fixed");
    player.play("go to bed 1", "take teddybear 1 from bed 1");
    expect(player.say("move teddybear 1 to desk 1")).toBe(NOTHING);
    expect(player.say("move teddybear 1 to bed 1")).toBe("You move the teddybear 1 to the bed 1.");
  });
});

describe("Q6: slicing behind a closed door", () => {
  const data = sketched({
    target,
    receptacles: ["CounterTop 1 1 knife-1", "Fridge 1! 1 apple-1"],
    objects: ["Knife 1 1", "Apple 1 1"],
  });
  const slice = ["go to countertop 1", "take knife 1 from countertop 1", "slice apple 1 with knife 1"];

  test("works", () => {
    expect(new Player(data, "faithful").play(...slice)).toBe("You sliced the apple 1 with the knife 1.");
  });

  test("needs the object in sight when fixed", () => {
    const player = new Player(data, "fixed");
    expect(player.play(...slice)).toBe(NOTHING);
    expect(player.play("open fridge 1", "slice apple 1 with knife 1")).toBe("You sliced the apple 1 with the knife 1.");
  });
});

describe("Q7: looking around", () => {
  const data = sketched({ target, receptacles: ["Desk 1 1 mug-1", "Drawer 1! 1"], objects: ["Mug 1 1"] });

  test("shows the receptacles without their contents", () => {
    const player = new Player(data, "faithful");
    expect(player.play("go to desk 1", "look")).toBe(
      "You are facing the desk 1, and drawer 1. Next to it, you see nothing.",
    );
  });

  test("shows what one sees of each when fixed", () => {
    const player = new Player(data, "fixed");
    expect(player.play("go to desk 1", "look")).toBe(
      "You are facing the desk 1, and drawer 1. On the desk 1, you see a mug 1. The drawer 1 is closed.",
    );
  });
});
