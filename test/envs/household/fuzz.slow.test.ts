// Random and fuzzed actions on the household, and tasks that prove themselves: a short run by default, with ANCHORGYM_LONG=1 a
// million actions and a large sample of tasks.

import { expect, test } from "vitest";
import { RandomStream } from "../../../envs/core/random.ts";
import { type Action, SINGLE_AGENT } from "../../../envs/core/types.ts";
import { householdWorld, oracle } from "../../../envs/household/household-world.ts";

const LONG = process.env["ANCHORGYM_LONG"] === "1";
const ACTIONS = LONG ? 1_000_000 : 5_000;
const TASKS = LONG ? 20_000 : 200;
const TIMEOUT_MS = 1_800_000;

const OPTIONS = [
  "",
  '{"dialect":"v0"}',
  '{"quirks":"fixed","maxSteps":200}',
  '{"goalLanguage":"human","reward":{"invalid":-0.1,"step":-0.01,"shaping":"distance","gamma":0.95}}',
].map((text) => householdWorld.parseOptions(text));
const VERBS =
  "go to|take|from|move|put|in/on|to|open|close|examine|use|slice|with|clean|heat|cool|look|inventory|help".split("|");

/** Admissible commands, choices in and out of range, commands with words swapped or lost, and arbitrary code units. */
function fuzzed(random: RandomStream, admissible: readonly string[]): Action {
  switch (random.int(6)) {
    case 0:
      return { choice: random.int(100) };
    case 1:
    case 2:
      return { text: random.pick(admissible) };
    case 3: {
      const words = random.pick(admissible).split(" ");
      const other = random.pick(admissible).split(" ");
      return { text: words.with(random.int(words.length), random.pick([...other, ...VERBS, ""])).join(" ") };
    }
    case 4:
      return {
        text: Array.from({ length: random.int(6) }, () =>
          random.pick([...VERBS, ...random.pick(admissible).split(" ")]),
        ).join(" "),
      };
    default:
      return { text: Array.from({ length: random.int(20) }, () => String.fromCharCode(random.int(0x10000))).join("") };
  }
}

test(`${ACTIONS} random and fuzzed actions are outcomes, and score as documented`, { timeout: TIMEOUT_MS }, () => {
  const random = new RandomStream(11);
  const wrong: string[] = [];
  let [episodes, invalid] = [0, 0];
  for (let actions = 0; actions < ACTIONS; episodes++) {
    const options = OPTIONS[episodes % OPTIONS.length]!;
    let state = householdWorld.reset(householdWorld.task("train", episodes % 500), episodes, options);
    while (!state.isOver && actions < ACTIONS) {
      const admissible = householdWorld.admissibleActions(state, SINGLE_AGENT);
      const action = fuzzed(random, admissible);
      const said = "text" in action ? action.text.trim() : "choice" in action ? admissible[action.choice] : undefined;
      const transition = householdWorld.step(state, new Map([[SINGLE_AGENT, action]]));
      const { validity, reward } = transition.agents.get(SINGLE_AGENT)!;
      const isListed = said !== undefined && admissible.includes(said);
      const text = transition.state.text;
      const asDocumented = isListed
        ? validity === "VALID"
        : validity === "NOT_ADMISSIBLE" && text === "Nothing happens." && transition.state.facts === state.facts;
      if (!asDocumented || !Number.isFinite(reward)) wrong.push(`${JSON.stringify(action)}: ${validity}, ${text}`);
      if (!isListed) invalid++;
      state = transition.state;
      actions++;
    }
  }
  expect(wrong.slice(0, 5)).toEqual([]);
  expect(episodes).toBeGreaterThan(10);
  expect(invalid / ACTIONS).toBeGreaterThan(0.2);
});

test(`${TASKS} generated tasks prove themselves: the oracle wins in the steps that the tags say`, {
  timeout: TIMEOUT_MS,
}, () => {
  const options = householdWorld.parseOptions("");
  const failures: string[] = [];
  for (let i = 0; i < TASKS; i++) {
    const split = ["train", "valid_seen", "valid_unseen"][i % 3]!;
    const task = householdWorld.task(split, split === "train" ? i * 7_919 : i % 1_000);
    const distance = Number(task.tags.find((tag) => tag.startsWith("distance:"))!.slice("distance:".length));
    let state = householdWorld.reset(task, 0, options);
    let score: number | undefined;
    while (!state.isOver) {
      const text = oracle.act(state) ?? "look";
      ({ state, score } = householdWorld.step(state, new Map([[SINGLE_AGENT, { text }]])));
    }
    if (score !== 1 || state.turn !== distance || distance < 1)
      failures.push(`${task.taskId}: ${score} in ${state.turn}`);
  }
  expect(failures).toEqual([]);
});
