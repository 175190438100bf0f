// A policy from scratch can say what is read of it: every action of a world, written between tags, comes back as itself.

import { describe, expect, it } from "vitest";
import { tokenizerOfVocabulary } from "../../cli/policy-format.ts";
import { ANSWER_TAGS, parseText } from "../../client/prompt/action-parser.ts";
import { SINGLE_AGENT } from "../../envs/core/types.ts";
import { householdWorld } from "../../envs/household/household-world.ts";

const vocabulary = householdWorld.vocabulary?.() ?? [];
const task = householdWorld.task("train", 1);
const state = householdWorld.reset(task, 1, householdWorld.parseOptions(""));

describe.each(["belief", "history"] as const)("the tokenizer of the %s form", (form) => {
  it("of free text reads an action between its tags back", () => {
    const { tokenizer } = tokenizerOfVocabulary(vocabulary, form, false);
    for (const action of householdWorld.admissibleActions(state, SINGLE_AGENT)) {
      const tokens_T = tokenizer.encode(ANSWER_TAGS.join(action));
      const completion = {
        tokens_T,
        drawn_T: new Uint8Array(tokens_T.length).fill(1),
        logprobs_T: new Float32Array(tokens_T.length),
        allowed_T: [],
        stopReason: "stop-token",
        policyVersion: 0,
      } as const;
      expect(parseText(tokenizer, completion, "tags")).toEqual({ parsed: true, action });
    }
  });

  it("under constrained decoding spends no tokens on tags", () => {
    const [free, constrained] = [false, true].map((flag) => tokenizerOfVocabulary(vocabulary, form, flag).tokenizer);
    expect(free!.vocabularySize - constrained!.vocabularySize).toBe(ANSWER_TAGS.length);
  });
});
