// The household as a world: the contract with its defaults and with every option, rewards, ends and options.

import { expect, test } from "vitest";
import { fullStateHash } from "../../../envs/core/state-hash.ts";
import { houseOf } from "../../../envs/household/episode.ts";
import { createHousehold, householdWorld, oracle, taskFor } from "../../../envs/household/household-world.ts";
import { distance } from "../../../envs/household/oracle.ts";
import { findWorld, WORLDS } from "../../../envs/worlds.ts";
import { describeWorldContract } from "../compliance/world-contract.ts";
import { sketched } from "./small-worlds.ts";

describeWorldContract("household", {
  world: householdWorld,
  tasks: [
    ["train", 0],
    ["train", 123_456_789],
    ["valid_seen", 7],
    ["valid_unseen", 999],
  ],
  optionsJson: [
    "",
    '{"dialect": "v0", "quirks": "fixed", "maxSteps": 25}',
    '{"reward": {"win": 10, "invalid": -0.1, "step": -0.01, "shaping": "distance", "gamma": 0.95}}',
  ],
  expert: oracle,
});

const data = sketched({
  target: { object: "Mug", receptacle: "Shelf" },
  receptacles: ["Desk 1 1 mug-1", "Shelf 1 2"],
  objects: ["Mug 1 1"],
});
const task = taskFor(
  { ...data, humanGoals: ["one", "two", "three"] },
  { taskId: "t", split: "s", index: 0, maxSteps: 5 },
);
const say = (text: string) => new Map([["", { text }]]);

test("the goal terminates with the win once, the step limit truncates with the limit's count", () => {
  const options = householdWorld.parseOptions('{"reward": {"win": 10, "invalid": -1, "step": -0.5}}');
  let state = householdWorld.reset(task, 0, options);
  const rewards: number[] = [];
  for (const text of ["go to desk 1", "nonsense", "take mug 1 from desk 1", "go to shelf 1"]) {
    const transition = householdWorld.step(state, say(text));
    rewards.push(transition.agents.get("")!.reward);
    state = transition.state;
  }
  expect(rewards).toEqual([-0.5, -1.5, -0.5, -0.5]);
  const won = householdWorld.step(state, say("move mug 1 to shelf 1"));
  expect(won.endReason).toBe("GOAL_REACHED");
  expect(won.agents.get("")).toMatchObject({ reward: 9.5, terminated: true, truncated: false });
  const late = householdWorld.step(state, say("look"));
  expect(late).toMatchObject({ endReason: "MAX_TURNS", score: 0 });
  expect(late.agents.get("")).toMatchObject({ truncated: true, validity: "VALID" });
  expect(() => householdWorld.step(late.state, say("look"))).toThrow(/ended after 5 steps/);
});

test("shaping adds up to the distance that was covered", () => {
  const options = householdWorld.parseOptions('{"reward": {"shaping": "distance"}}');
  let state = householdWorld.reset(task, 0, options);
  let total = 0;
  for (const text of ["go to desk 1", "take mug 1 from desk 1", "go to shelf 1", "move mug 1 to shelf 1"]) {
    const transition = householdWorld.step(state, say(text));
    total += transition.agents.get("")!.reward;
    state = transition.state;
  }
  expect(total).toBe(4 + 1);
});

test("human goals are drawn by seed, change the full hash and leave template worlds alone", () => {
  const human = householdWorld.parseOptions('{"goalLanguage": "human"}');
  const texts = Array.from({ length: 40 }, (_, seed) => {
    const [block] = householdWorld.observe(householdWorld.reset(task, seed, human), "").blocks;
    return block !== undefined && "text" in block ? block.text.split("task is to: ")[1] : undefined;
  });
  expect(new Set(texts)).toEqual(new Set(["one", "two", "three"]));
  const generated = householdWorld.task("train", 5);
  expect(householdWorld.canonical(householdWorld.reset(generated, 1, human)).full).toEqual(
    householdWorld.canonical(householdWorld.reset(generated, 1, householdWorld.parseOptions(""))).full,
  );
});

test("options, dialect, quirks and turn belong to the full hash; only quirks to the semantic one", () => {
  const start = (optionsJson: string) =>
    householdWorld.canonical(householdWorld.reset(task, 0, householdWorld.parseOptions(optionsJson)));
  const variants = ["", '{"dialect":"v0"}', '{"quirks":"fixed"}', '{"maxSteps":7}', '{"reward":{"win":2}}'].map(start);
  const hashes = variants.map((canonical) => fullStateHash("household/1", task.contentDigest, canonical));
  expect(new Set(hashes).size).toBe(variants.length);
  expect(new Set(variants.map(({ semantic }) => JSON.stringify(semantic))).size).toBe(2);
});

test.each([
  ["{", /not JSON/],
  ["[]", /must be a JSON object/],
  ['{"dialect": "v3"}', /dialect must be one of v2, v0/],
  ['{"maxSteps": 0}', /maxSteps must be an integer from 1/],
  ['{"maxSteps": 2000}', /to 1000/],
  ['{"reward": {"shaping": "dense"}}', /reward.shaping must be one of none, distance/],
  ['{"reward": {"win": "1"}}', /reward.win must be a number/],
  ['{"reward": {"gamma": 2}}', /gamma must be in \[0, 1\]/],
  ['{"rewards": {}}', /unknown option "rewards"/],
])("options %s are refused with a sentence", (text, message) => {
  expect(() => householdWorld.parseOptions(text)).toThrow(message);
});

test("other knobs make another version, whose task ids the default world does not know", () => {
  const small = createHousehold({ receptacleScale: 0.5, distractorScale: 0.3, maxSteps: 20 });
  const { taskId, maxTurns, data: world } = small.task("train", 0);
  expect(taskId).toMatch(/^household\/1\.0\.0\+[0-9a-f]{8}\/train\/0$/);
  expect(maxTurns).toBe(20);
  expect(householdWorld.taskById(taskId)).toBeUndefined();
  expect(world.receptacles.length).toBeLessThan(30);
  expect(() => createHousehold({ distractorScale: 3 })).toThrow(/distractorScale must be in \[0, 2\]/);
});

test("the registry finds each world by its name and names the known ones otherwise", () => {
  for (const world of WORLDS) expect(findWorld(world.description.name)).toBe(world);
  expect(() => findWorld("kitchen")).toThrow(/"kitchen"; known worlds: household/);
});

test("tags tell how hard a task is, and change neither id nor digest", () => {
  const labels = new Set<string>();
  for (let index = 0; index < 60; index++) {
    const { tags, data: world } = householdWorld.task("train", index);
    const tag = (name: string) => tags.find((each) => each.startsWith(`${name}:`))?.slice(name.length + 1);
    const house = houseOf(world, { dialect: "v2", quirks: "faithful" });
    const steps = distance(house, house.start);
    expect(tag("distance")).toBe(String(steps));
    expect(tag("difficulty")).toBe(steps <= 5 ? "easy" : steps <= 7 ? "medium" : "hard");
    expect(tag("closed")).toBe(String(world.receptacles.filter(({ openable }) => openable).length));
    expect(tag("receptacles")).toBe(String(world.receptacles.length));
    labels.add(tag("difficulty")!);
  }
  expect(labels).toEqual(new Set(["easy", "medium", "hard"]));
  const fitsNowhere = sketched({
    target: { object: "TeddyBear", receptacle: "Shelf" },
    receptacles: ["Desk 1 1 teddybear-1", "Shelf 1 2"],
    objects: ["TeddyBear 1 1"],
  });
  const dead = taskFor(fitsNowhere, { taskId: "t", split: "s", index: 0, maxSteps: 5 });
  expect(dead.tags.some((each) => each.startsWith("difficulty:"))).toBe(false);
});
