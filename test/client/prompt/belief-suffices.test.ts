// The summary against generated households: enough to solve them, short enough to be cheap, no word unknown.

import { describe, expect, it } from "vitest";
import { BELIEF_ROLES, BELIEF_WORDS, beliefSummary, beliefText } from "../../../client/prompt/belief-summary.ts";
import { readHouseholdText } from "../../../client/prompt/household-text.ts";
import { WordTokenizer, wordTokenizerJson } from "../../../client/prompt/word-tokenizer.ts";
import { RandomStream } from "../../../client/random.ts";
import { SINGLE_AGENT } from "../../../envs/core/types.ts";
import { householdWorld } from "../../../envs/household/household-world.ts";
import { householdOutcome } from "../../doubles/household-transcript.ts";
import { readSummary } from "../../doubles/summary-reader.ts";

const world = householdWorld;
const tokenizer = new WordTokenizer(
  wordTokenizerJson({ words: [...(world.vocabulary?.() ?? []), ...BELIEF_WORDS], specialTokens: BELIEF_ROLES }),
);
const form = beliefSummary(tokenizer, { maxTokens: 64 });
const EPISODES = 60;
const STEPS = 50;

type State = ReturnType<typeof world.reset>;

function outcomeOf(state: State) {
  const texts = world.observe(state, SINGLE_AGENT).blocks.map((block) => ("text" in block ? block.text : block.json));
  return householdOutcome(texts.join("\n"), world.admissibleActions(state, SINGLE_AGENT));
}

function playAll(split: string) {
  const lengths: number[] = [];
  let [solved, unknown, misread] = [0, 0, 0];
  for (let index = 0; index < EPISODES; index++) {
    const random = new RandomStream(index);
    let state = world.reset(world.task(split, index), index, world.parseOptions(""));
    let outcome = outcomeOf(state);
    let memory = form.begin(outcome);
    for (let step = 0; step < STEPS && !state.isOver; step++) {
      const { tokens_T } = form.render(memory);
      lengths.push(tokens_T.length);
      unknown += tokens_T.filter((token) => token === tokenizer.specialTokenId("unk")).length;
      misread += readHouseholdText(outcome.observation).understood ? 0 : 1;
      const action = readSummary(beliefText(memory), outcome.admissible, random);
      const transition = world.step(state, new Map([[SINGLE_AGENT, { text: action }]]));
      state = transition.state;
      outcome = outcomeOf(state);
      memory = form.advance(memory, action, outcome);
      if (transition.endReason === "GOAL_REACHED") solved++;
    }
  }
  return { lengths: lengths.sort((a, b) => a - b), solved, unknown, misread };
}

describe.each(["train", "valid_unseen"])("belief summary on households of %s", (split) => {
  const { lengths, solved, unknown, misread } = playAll(split);

  it("lets an agent that reads nothing else solve nearly all of them", () => {
    expect(solved / EPISODES).toBeGreaterThanOrEqual(0.95);
  });

  it("takes at most 27 tokens on average and fewer than 48 in 95 of 100 prompts", () => {
    expect(lengths.reduce((sum, length) => sum + length, 0) / lengths.length).toBeLessThanOrEqual(27);
    expect(lengths[Math.floor(lengths.length * 0.95)]).toBeLessThan(48);
  });

  it("understands every sentence and knows every word", () => {
    expect({ unknown, misread }).toEqual({ unknown: 0, misread: 0 });
  });
});
