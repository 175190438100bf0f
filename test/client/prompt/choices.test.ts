import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Completion } from "../../../client/engine/engine.ts";
import { parseChoice, parseText, spokenAction } from "../../../client/prompt/action-parser.ts";
import { encodeChoices, forceChoice } from "../../../client/prompt/choices.ts";
import { WordTokenizer, wordTokenizerJson } from "../../../client/prompt/word-tokenizer.ts";

const words = ["go", "to", "look", "at", "mug 1", "mug 2", "desk 1", "take", "from"];
const tokenizer = new WordTokenizer(wordTokenizerJson({ words, specialTokens: [] }));
const eos = tokenizer.specialTokenId("eos");

function completion(tokens_T: Int32Array): Completion {
  return {
    tokens_T,
    drawn_T: new Uint8Array(tokens_T.length),
    logprobs_T: new Float32Array(tokens_T.length),
    allowed_T: [],
    stopReason: "choice",
    policyVersion: 0,
  };
}

describe("encodeChoices", () => {
  it("gives distinct sequences, none a prefix of another, that read back as their actions", () => {
    const action = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 4 }).map((list) => list.join(" "));
    fc.assert(
      fc.property(fc.uniqueArray(action, { minLength: 1, maxLength: 12 }), (actions) => {
        const choices = encodeChoices(tokenizer, actions, eos);
        expect(choices.actions_C).toEqual(actions);
        const texts = choices.tokens_C.map((tokens_T) => `${tokens_T.join(" ")} `);
        for (const [i, a] of texts.entries())
          for (const [j, b] of texts.entries()) expect(i !== j && b.startsWith(a)).toBe(false);
        for (const [at, tokens_T] of choices.tokens_C.entries())
          expect(parseChoice(choices, completion(tokens_T))).toEqual({ parsed: true, action: actions[at] });
      }),
    );
  });

  it("ends only those choices with eos that another one continues", () => {
    const { tokens_C } = encodeChoices(tokenizer, ["look", "look at mug 1", "go to desk 1"], eos);
    expect(tokens_C.map((tokens_T) => tokens_T.at(-1) === eos)).toEqual([true, false, false]);
  });

  it("counts actions that the vocabulary cannot tell apart, and offers the first", () => {
    const choices = encodeChoices(tokenizer, ["go to sofa", "go to bed", "look"], eos);
    expect(choices).toMatchObject({ actions_C: ["go to sofa", "look"], aliasCount: 1 });
  });

  it("refuses a completion that is no choice", () => {
    const choices = encodeChoices(tokenizer, ["look"], eos);
    expect(parseChoice(choices, completion(tokenizer.encode("go")))).toMatchObject({
      parsed: false,
      reason: "NOT_A_CHOICE",
    });
  });
});

describe("forceChoice", () => {
  it("draws exactly where the remaining choices differ, from the tokens that they allow", () => {
    const choices = encodeChoices(tokenizer, ["look", "take mug 1 from desk 1", "take mug 2 from desk 1"], eos);
    const forced = forceChoice(choices, 2);
    const id = (word: string): number => tokenizer.encode(word)[0] as number;
    expect(Array.from(forced.drawn_T)).toEqual([1, 1, 0, 0]);
    expect(forced.allowed_T).toEqual([
      Int32Array.from([id("look"), id("take")]).sort(),
      Int32Array.from([id("mug 1"), id("mug 2")]).sort(),
      null,
      null,
    ]);
  });

  it("draws nothing when there is one choice", () => {
    expect(forceChoice(encodeChoices(tokenizer, ["look at mug 1"], eos), 0).drawn_T).toEqual(new Uint8Array(3));
  });
});

describe("parseText", () => {
  const reading = {
    vocabularySize: 0,
    encode: () => new Int32Array(0),
    specialTokenId: () => 0,
  };
  it.each([
    ["<think>hm</think><action> go to desk 1 </action>", { parsed: true, action: "go to desk 1" }],
    ["<action>a</action> <action>b</action>", { parsed: true, action: "a" }],
    ["go to desk 1", { parsed: false, reason: "NO_TAGS" }],
    ["<action>go", { parsed: false, reason: "TAG_NOT_CLOSED" }],
    ["</action><action>go", { parsed: false, reason: "TAG_NOT_CLOSED" }],
    ["<action> </action>", { parsed: false, reason: "EMPTY" }],
    ["", { parsed: false, reason: "NO_TAGS" }],
  ])("reads %j", (text, expected) => {
    expect(parseText({ ...reading, decode: () => text }, completion(new Int32Array(0)), "tags")).toMatchObject(
      expected,
    );
  });

  it("takes the whole text as the action when asked to", () => {
    const plain = (text: string) =>
      parseText({ ...reading, decode: () => text }, completion(new Int32Array(0)), "plain");
    expect(plain(" look ")).toEqual({ parsed: true, action: "look" });
    expect(plain("  ")).toMatchObject({ parsed: false, reason: "EMPTY" });
  });

  it("speaks the end of a text without action, and never nothing", () => {
    expect(spokenAction({ parsed: false, reason: "NO_TAGS", text: `${"x".repeat(300)}end` })).toMatch(/^x{97}end$/);
    expect(spokenAction({ parsed: false, reason: "NO_TAGS", text: "" })).not.toBe("");
  });
});
