import { describe, expect, it } from "vitest";
import { type HistoryMemory, type HistoryWindowOptions, historyWindow } from "../../../client/prompt/history-window.ts";
import type { Tokenizer } from "../../../client/prompt/tokenizer.ts";
import type { Prompt } from "../../../client/types.ts";
import { householdOpening, householdOutcome } from "../../doubles/household-transcript.ts";

/** One token per character: every cut is visible in the text. */
const characters: Tokenizer = {
  vocabularySize: 0x10000,
  encode: (text) => Int32Array.from(text, (character) => character.charCodeAt(0)),
  decode: (tokens_T) => String.fromCharCode(...Array.from(tokens_T)),
  specialTokenId: () => 0,
};
const read = ({ tokens_T }: Prompt): string => characters.decode(tokens_T);

function play(options: Partial<HistoryWindowOptions>, steps: number, observation = (n: number) => `View ${n}.`) {
  const form = historyWindow(characters, { maxTokens: 100_000, ...options });
  let memory: HistoryMemory = form.begin(householdOpening(["shelf 1"], "put a mug in shelf."));
  for (let n = 1; n <= steps; n++)
    memory = form.advance(memory, `act ${n}`, householdOutcome(observation(n), ["go to shelf 1", "help", "look"]));
  return { memory, prompt: form.render(memory) };
}

describe("history window", () => {
  it("shows the whole first text, the actions without help and the answer format", () => {
    const text = read(play({}, 0).prompt);
    expect(text).toContain("Welcome to TextWorld");
    expect(text).toContain("Possible actions:\ngo to shelf 1\n");
    expect(text).toContain("<action>");
    expect(text).not.toContain("Steps taken");
  });

  it("shows the task, the step count and the last two pairs with their own step numbers", () => {
    const text = read(play({}, 5).prompt);
    expect(text).toContain("Task: put a mug in shelf.\nSteps taken so far: 5\n");
    expect(text).toContain(
      "Step 4\nYou saw: View 3.\nYou did: act 4\nStep 5\nYou saw: View 4.\nYou did: act 5\nStep 6\nYou see: View 5.",
    );
    expect(text).not.toContain("act 3");
    expect(text).not.toMatch(/^help$/m);
  });

  it("shows k pairs: none for 0, all that there are for many", () => {
    expect(read(play({ historyLength: 0 }, 3).prompt)).not.toContain("You did");
    expect(read(play({ historyLength: 9 }, 3).prompt).match(/You did/g)).toHaveLength(3);
  });

  it("drops the oldest pairs first, then the middle of the observation, and counts every token", () => {
    const observation = (n: number): string => `<${"abcdefghij".repeat(5)}${n}>`;
    const full = play({}, 3, observation).prompt.tokens_T.length;
    const onePair = play({ maxTokens: full - 1 }, 3, observation).prompt;
    expect(read(onePair)).not.toContain("act 2");
    expect(read(onePair)).toContain("act 3");
    expect(onePair.cutTokenCount).toBe(full - onePair.tokens_T.length);
    const pairLength = onePair.cutTokenCount;
    const cutMiddle = play({ maxTokens: full - 2 * pairLength - 20 }, 3, observation).prompt;
    expect(cutMiddle.tokens_T.length).toBe(full - 2 * pairLength - 20);
    expect(cutMiddle.cutTokenCount).toBe(2 * pairLength + 20);
    expect(read(cutMiddle)).toMatch(/You see: <abc[a-j]*3>\n/);
  });

  it("never cuts the actions: a bound below them is an error", () => {
    expect(() => play({ maxTokens: 60 }, 1)).toThrow(/possible actions take \d+ tokens/);
  });

  it("wraps the message in a chat template's frame", () => {
    const text = read(play({ frame: { before: "[user]", after: "[model]" }, answerForm: "plain" }, 1).prompt);
    expect(text).toMatch(/^\[user\]You act/);
    expect(text).toMatch(/nothing else\.\n\[model\]$/);
  });
});
