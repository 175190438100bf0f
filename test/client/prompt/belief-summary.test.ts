import { describe, expect, it } from "vitest";
import { BELIEF_ROLES, BELIEF_WORDS, beliefSummary, beliefText } from "../../../client/prompt/belief-summary.ts";
import { advanceBelief, beginBelief, type HouseholdBelief } from "../../../client/prompt/household-belief.ts";
import { parseHouseholdTask } from "../../../client/prompt/household-task.ts";
import { readHouseholdText } from "../../../client/prompt/household-text.ts";
import { WordTokenizer, wordTokenizerJson } from "../../../client/prompt/word-tokenizer.ts";
import { householdOpening, householdOutcome } from "../../doubles/household-transcript.ts";

const KITCHEN = ["countertop 1", "drawer 2", "drawer 1", "microwave 1", "shelf 2", "shelf 1", "sinkbasin 1"];

type Scene = readonly [action: string, observation: string, offered: readonly string[]];

function play(goal: string, scenes: readonly Scene[], receptacles = KITCHEN): HouseholdBelief {
  return scenes.reduce(
    (belief, [action, observation, offered]) => advanceBelief(belief, action, householdOutcome(observation, offered)),
    beginBelief(householdOpening(receptacles, goal)),
  );
}

describe("belief summary", () => {
  it("opens with the task and the first unseen receptacle of each class", () => {
    expect(beliefText(play("put a hot mug in shelf.", []))).toBe(
      "<task> hot mug shelf <hold> nothing <at> room " +
        "<unseen> countertop 1 drawer 1 microwave 1 shelf 1 sinkbasin 1 <act>",
    );
  });

  it("shows a closed door here, and keeps the receptacle unseen until it was open", () => {
    const arrived: Scene = [
      "go to drawer 1",
      "You arrive at drawer 1. The drawer 1 is closed.",
      ["examine drawer 1", "open drawer 1"],
    ];
    const opened: Scene = [
      "open drawer 1",
      "You open the drawer 1. The drawer 1 is open. In it, you see a fork 1, and a spoon 2.",
      ["examine drawer 1", "close drawer 1"],
    ];
    const left: Scene = [
      "go to countertop 1",
      "You arrive at countertop 1. On the countertop 1, you see nothing.",
      ["examine countertop 1"],
    ];
    expect(beliefText(play("put a mug in shelf.", [arrived]))).toContain("<at> drawer 1 closed");
    expect(beliefText(play("put a mug in shelf.", [arrived, left]))).toContain("<unseen> drawer 1 ");
    const after = beliefText(play("put a mug in shelf.", [arrived, opened]));
    expect(after).toContain("<at> drawer 1 <unseen>");
    expect(after).toContain("<unseen> countertop 1 drawer 2 ");
  });

  it("shows targets here and elsewhere, and stops listing unseen places once one is known", () => {
    const found: Scene = [
      "go to countertop 1",
      "You arrive at countertop 1. On the countertop 1, you see a knife 1, a mug 2, and a mug 1.",
      ["examine countertop 1", "take mug 2 from countertop 1"],
    ];
    const away: Scene = [
      "go to shelf 1",
      "You arrive at shelf 1. On the shelf 1, you see nothing.",
      ["examine shelf 1"],
    ];
    expect(beliefText(play("put a mug in shelf.", [found]))).toBe(
      "<task> put mug shelf <hold> nothing <at> countertop 1 <here> mug 1 mug 2 <did> go countertop 1 <act>",
    );
    expect(beliefText(play("put a mug in shelf.", [found, away]))).toBe(
      "<task> put mug shelf <hold> nothing <at> shelf 1 <seen> mug 1 countertop 1 mug 2 countertop 1 " +
        "<did> go countertop 1 go shelf 1 <act>",
    );
  });

  it("follows the hand and what was done to the object in it", () => {
    const take: Scene = [
      "take mug 1 from countertop 1",
      "You pick up the mug 1 from the countertop 1.",
      ["examine mug 1"],
    ];
    const heat: Scene = ["heat mug 1 with microwave 1", "You heat the mug 1 using the microwave 1.", []];
    const cool: Scene = ["cool mug 1 with fridge 1", "You cool the mug 1 using the fridge 1.", []];
    const clean: Scene = ["clean mug 1 with sinkbasin 1", "You clean the mug 1 using the sinkbasin 1.", []];
    const put: Scene = ["move mug 1 to shelf 2", "You move the mug 1 to the shelf 2.", []];
    const goal = "put a cool mug in shelf.";
    expect(beliefText(play(goal, [take]))).toContain("<hold> mug 1 <at>");
    expect(beliefText(play(goal, [take, heat]))).toContain("<hold> mug 1 hot <at>");
    expect(beliefText(play(goal, [take, heat, cool, clean]))).toContain("<hold> mug 1 cool clean <at>");
    expect(beliefText(play(goal, [take, put]))).toContain("<hold> nothing");
    expect(beliefText(play(goal, [take, heat, put]))).toContain("<seen> mug 1 hot shelf 2");
    expect(beliefText(play(goal, [take, put]))).toContain("<did> take mug 1 move mug 1 <act>");
  });

  it("reads the hand from inventory and properties from examine, and survives what says nothing", () => {
    const scenes: Scene[] = [
      ["inventory", "You are carrying: a mug 1.", []],
      ["examine mug 1", "This is a hot and clean mug 1.", []],
      ["look", "You are facing the shelf 2, and shelf 1. Next to it, you see nothing.", []],
      ["help", "Available commands:\n  look:   look around\n", []],
      ["examine mug 1", "There's nothing special about mug 1.", []],
    ];
    const belief = play("put a mug in shelf.", scenes);
    expect(belief).toMatchObject({ held: "mug 1", unread: "" });
    expect(belief.properties.get("mug 1")).toEqual(["hot", "clean"]);
    expect(play("put a mug in shelf.", [["inventory", "You are not carrying anything.", []]]).held).toBeUndefined();
  });

  it("marks an action that did nothing, and changes nothing else", () => {
    const before = play("put a mug in shelf.", []);
    const after = play("put a mug in shelf.", [
      ["go to moon 1", "Nothing happens.", householdOpening(KITCHEN, "").admissible],
    ]);
    expect(after).toEqual({ ...before, lastActions: ["go to moon 1"], nothingHappened: true });
    expect(beliefText(after)).toContain("<did> go moon 1 nothing <act>");
  });

  it("knows receptacles that share this place from the offered actions, doors and contents among them", () => {
    const offered = [
      "examine drawer 1",
      "examine drawer 2",
      "examine shelf 1",
      "open drawer 2",
      "close drawer 1",
      "take mug 1 from shelf 1",
    ];
    const belief = play("put a mug in drawer.", [
      ["go to drawer 1", "You arrive at drawer 1. The drawer 1 is open. In it, you see nothing.", offered],
    ]);
    expect(belief.here).toEqual(["drawer 2", "drawer 1", "shelf 1"]);
    expect(belief.inspected).toEqual(new Set(["drawer 1", "shelf 1"]));
    expect(beliefText(belief)).toContain("<at> drawer 1 <here> mug 1 ");
  });

  it("names a closed neighbour while something is missing, because go to cannot reach it", () => {
    const belief = play("put a pen in shelf.", [
      [
        "go to drawer 1",
        "You arrive at drawer 1. The drawer 1 is closed.",
        ["examine drawer 1", "examine drawer 2", "open drawer 1", "open drawer 2"],
      ],
    ]);
    expect(beliefText(belief)).toContain("<at> drawer 1 closed <beside> drawer 2 <unseen> countertop 1 microwave 1");
  });

  it("says where the wanted object in the hand must go next, and nothing of what does not matter then", () => {
    const take: Scene = [
      "take mug 1 from countertop 1",
      "You pick up the mug 1 from the countertop 1.",
      ["examine countertop 1"],
    ];
    const heat: Scene = [
      "heat mug 1 with microwave 1",
      "You heat the mug 1 using the microwave 1.",
      ["examine microwave 1"],
    ];
    const goal = "heat some mug and put it in drawer.";
    expect(beliefText(play(goal, [take]))).toBe(
      "<task> hot mug drawer <hold> mug 1 <at> room <tool> microwave 1 <goal> drawer 1 <did> take mug 1 <act>",
    );
    expect(beliefText(play(goal, [take, heat]))).toContain("<hold> mug 1 hot <at> room <goal> drawer 1 <did>");
    const put: Scene = ["move mug 1 to shelf 2", "You move the mug 1 to the shelf 2.", []];
    const takeOther: Scene = ["take mug 2 from countertop 1", "You pick up the mug 2 from the countertop 1.", []];
    expect(beliefText(play("put two mug in shelf.", [take, put, takeOther]))).toContain(
      "<hold> mug 2 <at> room <done> mug 1 shelf 2 <goal> shelf 2 <did>",
    );
  });

  it("infers nothing from absent actions while the hand is full", () => {
    const belief = play("put two mug in shelf.", [
      [
        "take mug 1 from countertop 1",
        "You pick up the mug 1 from the countertop 1.",
        ["examine countertop 1", "examine sinkbasin 1"],
      ],
    ]);
    expect(belief.inspected.size).toBe(0);
  });

  it("counts two of a kind in the one receptacle that holds most of them", () => {
    const put = (mug: string, shelf: string): Scene => [
      `move ${mug} to ${shelf}`,
      `You move the ${mug} to the ${shelf}.`,
      [],
    ];
    const one = beliefText(play("find two mug and put them in shelf.", [put("mug 1", "shelf 2")]));
    expect(one).toContain("<done> mug 1 shelf 2 <unseen>");
    const apart = beliefText(play("put two mug in shelf.", [put("mug 1", "shelf 2"), put("mug 2", "shelf 1")]));
    expect(apart).toContain("<seen> mug 2 shelf 1 <done> mug 1 shelf 2 <did>");
    expect(apart).not.toContain("<unseen>");
  });

  it("remembers the lamp, where it is and whether it is on, and searches for it otherwise", () => {
    const goal = "examine the pen with the desklamp.";
    const pen: Scene = ["take pen 1 from shelf 1", "You pick up the pen 1 from the shelf 1.", []];
    const lamp: Scene = [
      "go to countertop 1",
      "You arrive at countertop 1. On the countertop 1, you see a desklamp 1.",
      [],
    ];
    const on: Scene = ["use desklamp 1", "You turn on the desklamp 1.", []];
    const off: Scene = ["use desklamp 1", "You turn off the desklamp 1.", []];
    expect(beliefText(play(goal, [pen]))).toContain("<unseen>");
    expect(beliefText(play(goal, [pen, lamp]))).toContain("<goal> desklamp 1 countertop 1 <did>");
    expect(beliefText(play(goal, [pen, lamp, on]))).toContain("<goal> desklamp 1 countertop 1 on <did>");
    expect(beliefText(play(goal, [pen, lamp, on, off]))).toContain("<goal> desklamp 1 countertop 1 <did>");
  });

  it("drops a target that is no longer where it was", () => {
    const seen: Scene = ["go to shelf 1", "You arrive at shelf 1. On the shelf 1, you see a mug 1.", []];
    const gone: Scene = ["examine shelf 1", "On the shelf 1, you see nothing.", []];
    expect(play("put a mug in drawer.", [seen]).targets.size).toBe(1);
    expect(play("put a mug in drawer.", [seen, gone]).targets.size).toBe(0);
  });

  it("understands the v0 wording too", () => {
    const scenes: Scene[] = [
      ["go to shelf 1", "You arrive at loc 12. On the shelf 1, you see a mug 1.", []],
      ["take mug 1 from shelf 1", "You pick up the mug 1 from the shelf 1.", []],
      ["put mug 1 in/on countertop 1", "You put the mug 1 in/on the countertop 1.", []],
    ];
    expect(play("put a mug in drawer.", scenes.slice(0, 1)).place).toBe("shelf 1");
    expect([...play("put a mug in drawer.", scenes).targets]).toEqual([["mug 1", "countertop 1"]]);
  });

  it("keeps a sentence that it does not know as the observation, and a task in free words as words", () => {
    const strange = play("put a mug in shelf.", [["dance", "The lights flicker. You arrive at shelf 1.", []]]);
    expect(beliefText(strange)).toMatch(/<obs> The lights flicker\. You arrive at shelf 1\. <act>$/);
    expect(strange.place).toBeUndefined();
    expect(beliefText(play("Carry the cup over.", []))).toMatch(/^<task> Carry the cup over\. <hold>/);
    expect(beginBelief(householdOutcome("")).receptacles).toEqual([]);
  });

  it("does not change the memory that it was given", () => {
    const before = play("put a mug in shelf.", []);
    const copy = structuredClone(before);
    advanceBelief(before, "go to shelf 1", householdOutcome("You arrive at shelf 1. On the shelf 1, you see a mug 1."));
    expect(before).toEqual(copy);
  });
});

describe("belief summary as tokens", () => {
  const words = [...BELIEF_WORDS, ...KITCHEN, "mug", "shelf", "mug 1", "The", "end", "."];
  const tokenizer = new WordTokenizer(wordTokenizerJson({ words, specialTokens: BELIEF_ROLES }));
  const noise = play("put a mug in shelf.", [["wait", "The end. ".repeat(40), []]]);

  it("has one token per entity and none unknown", () => {
    const prompt = beliefSummary(tokenizer, { maxTokens: 64 }).render(play("put a hot mug in shelf.", []));
    expect(prompt.tokens_T.length).toBe(15);
    expect(prompt.tokens_T).not.toContain(tokenizer.specialTokenId("unk"));
    expect(prompt.cutTokenCount).toBe(0);
  });

  it("cuts the middle of a long observation first and counts what it cut", () => {
    const prompt = beliefSummary(tokenizer, { maxTokens: 40 }).render(noise);
    const whole = beliefSummary(tokenizer, { maxTokens: 1000 }).render(noise);
    expect(prompt.tokens_T.length).toBe(40);
    expect(prompt.cutTokenCount).toBe(whole.tokens_T.length - 40);
    expect(tokenizer.decode(prompt.tokens_T)).toMatch(/<unseen> countertop 1 drawer 1 .* <obs> The end .* \. <act>$/);
  });

  it("keeps task, hand and place to the last, and refuses to cut them", () => {
    const prompt = beliefSummary(tokenizer, { maxTokens: 9 }).render(noise);
    expect(tokenizer.decode(prompt.tokens_T)).toBe("<task> put mug shelf <hold> nothing <at> room <act>");
    expect(() => beliefSummary(tokenizer, { maxTokens: 8 }).render(noise)).toThrow(/more than 8/);
  });
});

describe("household text", () => {
  it.each([
    ["put a clean plate in fridge.", { family: "clean", object: "plate", destination: "fridge" }],
    ["clean some plate and put it in fridge.", { family: "clean", object: "plate", destination: "fridge" }],
    ["put a hot cup in cabinet.", { family: "hot", object: "cup", destination: "cabinet" }],
    ["heat some cup and put it in cabinet.", { family: "hot", object: "cup", destination: "cabinet" }],
    ["put a cool pan in stoveburner.", { family: "cool", object: "pan", destination: "stoveburner" }],
    ["cool some pan and put it in stoveburner.", { family: "cool", object: "pan", destination: "stoveburner" }],
    ["put a pen in desk.", { family: "place", object: "pen", destination: "desk" }],
    ["put some pen on desk.", { family: "place", object: "pen", destination: "desk" }],
    ["put two pen in desk.", { family: "two", object: "pen", destination: "desk" }],
    ["find two pen and put them in desk.", { family: "two", object: "pen", destination: "desk" }],
    ["look at pen under the desklamp.", { family: "look", object: "pen", destination: "desklamp" }],
    ["examine the pen with the desklamp.", { family: "look", object: "pen", destination: "desklamp" }],
    ["bring me a pen.", undefined],
  ])("reads the goal %j", (sentence, expected) => {
    expect(parseHouseholdTask(sentence)).toEqual(expected);
  });

  it("understands a text only as a whole", () => {
    expect(readHouseholdText("You close the drawer 1.").understood).toBe(true);
    expect(readHouseholdText("You close the drawer 1. Boo.").understood).toBe(false);
    expect(readHouseholdText("This is a normal bowl 1. In it, you see a pen 1.")).toEqual({
      facts: [],
      understood: true,
    });
  });
});
