// A person at the keyboard, played by a stream: Tab offers what is admissible, "?" lists it, numbers and words act, and the
// end of input ends the sitting.

import { PassThrough } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { completions, Person, PersonLeft } from "../../cli/person.ts";
import { playInteractive } from "../../cli/play-interactive.ts";
import { deriveSeed, RandomStream } from "../../envs/core/random.ts";
import type { World } from "../../envs/core/world.ts";
import { sokobanWorld } from "../../envs/grid/sokoban/sokoban-world.ts";
import { householdWorld, oracle } from "../../envs/household/household-world.ts";

function sitting(lines: readonly string[], asTerminal = false) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const person = new Person(Object.assign(input, { isTTY: asTerminal }), output);
  input.write(lines.map((line) => `${line}\n`).join(""));
  return { person, input, read: () => String(output.read() ?? "") };
}

test("completion offers what begins with the line, and blanks count", () => {
  const admissible = ["go to bed 1", "go to desk 1", "look"];
  expect(completions(admissible, "go to d")).toEqual(["go to desk 1"]);
  expect(completions(admissible, "  go to ")).toEqual(["go to bed 1", "go to desk 1"]);
  expect(completions(admissible, "")).toEqual(admissible);
  expect(completions(admissible, "fly")).toEqual([]);
});

test("Tab completes in a terminal", async () => {
  const { person, input } = sitting([], true);
  const question = { title: "step 1", shown: "a room", admissible: ["go to desk 1", "look"], lastValidity: "" };
  const answer = person.ask(question);
  input.write("go\t");
  await setImmediate();
  input.write("\r");
  expect(await answer).toBe("go to desk 1");
  person.close();
});

test("the question mark lists, a number chooses, empty lines are asked again", async () => {
  const { person, read } = sitting(["?", "", "2"]);
  const question = {
    title: "step 1",
    shown: "a room",
    admissible: ["go to desk 1", "look"],
    lastValidity: "NO_EFFECT",
  };
  expect(await person.ask(question)).toBe("look");
  const shown = read();
  expect(shown).toContain("(NO_EFFECT)\n\na room\n");
  expect(shown).toContain("  1  go to desk 1\n  2  look\n");
  person.close();
});

test("a person who plays the oracle's commands wins, after one that does nothing", async () => {
  const seed = 3;
  const index = new RandomStream(deriveSeed(seed, "interactive/tasks")).int(2 ** 31);
  const options = householdWorld.parseOptions("");
  let state = householdWorld.reset(householdWorld.task("train", index), 0, options);
  const commands: string[] = [];
  while (!state.isOver) {
    commands.push(oracle.act(state)!);
    state = householdWorld.step(state, new Map([["", { text: commands.at(-1)! }]])).state;
  }
  const { person, read } = sitting(["fly away", ...commands]);
  const request = { world: householdWorld as World, split: "train", episodes: 1, optionsJson: "", seed };
  expect(await playInteractive(request, person)).toEqual([1]);
  const shown = read();
  expect(shown).toContain("(NOT_ADMISSIBLE)\n\nNothing happens.");
  expect(shown).toContain(`GOAL_REACHED after ${commands.length + 1} steps, score 1`);
  person.close();
});

test("a level is printed in colour, and the end of input is a leave, not a hang", async () => {
  const { person, input, read } = sitting([]);
  const request = { world: sokobanWorld as World, split: "train", episodes: 1, optionsJson: "", seed: 1 };
  const played = playInteractive(request, person);
  input.end();
  await expect(played).rejects.toThrow(PersonLeft);
  expect(read()).toContain("\u001b[");
});
