import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { huggingFaceTokenizer, loadTokenizer } from "../../../client/prompt/tokenizer.ts";
import {
  saveWordTokenizer,
  WORD_TOKENIZER_CONFIG,
  WordTokenizer,
  wordTokenizerJson,
} from "../../../client/prompt/word-tokenizer.ts";

const json = wordTokenizerJson({
  words: [
    "drawer 1",
    "drawer 10",
    "mug 2",
    "mug",
    "drawer",
    "go",
    "to",
    "take",
    "look at",
    "There's",
    ".",
    ",",
    "=",
    "c++ 1",
    "in/on",
    "-=",
  ],
  specialTokens: ["<task>", "<obs>"],
});
const fast = new WordTokenizer(json);
const library = huggingFaceTokenizer(JSON.parse(JSON.stringify(json)), WORD_TOKENIZER_CONFIG);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tokenizer-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe("word-level tokenizer", () => {
  it("reads an entity as one token, other words and signs as one each", () => {
    expect(fast.decode(fast.encode("go to drawer 10, take mug 2."))).toBe("go to drawer 10 , take mug 2 .");
    expect(fast.encode("go to drawer 10").length).toBe(3);
    expect(fast.encode("look at mug").length).toBe(2);
    expect(fast.encode("There's drawer").length).toBe(2);
  });

  it.each([
    ["drawer 11", 1, "a number beyond the vocabulary"],
    ["drawers", 1, "a longer word"],
    ["drawer 10th", 2, "an entity inside a longer word"],
    ["zebra", 1, "a foreign word"],
  ])("reads %s as %i tokens with an <unk> among them: %s", (text, count) => {
    const tokens = fast.encode(text);
    expect(tokens.length).toBe(count);
    expect(tokens).toContain(fast.specialTokenId("unk"));
  });

  it("gives pad, eos and unk the first ids, and names what it lacks", () => {
    expect(["pad", "eos", "unk", "<task>"].map((name) => fast.specialTokenId(name))).toEqual([0, 1, 2, 3]);
    expect(() => fast.specialTokenId("bos")).toThrow(/CONFIG_INVALID.*bos/);
  });

  it("encodes any text as the library encodes it with the same file", () => {
    const pieces = fc.constantFrom(
      "drawer", "drawer 1", "drawer 10", "drawer 100", "mug 2", "look at", "look attic", "There's", "'", "<obs>", "<", ">", "<task>",
      "c++ 1", "in/on", "in/once", "-=", "-==", " ", "  ", "\n", "\u00a0", "\ufeff", "\u0085", "9", "x", "é", "漢", "🙂", ".", ",", "=", "_",
    ); // biome-ignore format: a list of pieces
    const texts = fc.oneof(
      fc.array(pieces, { maxLength: 12 }).map((list) => list.join("")),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(Array.from(fast.encode(text))).toEqual(Array.from(library.encode(text)));
      }),
      { numRuns: 1500 },
    );
  });

  it("decodes any tokens as the library decodes them, with and without special tokens", () => {
    const ids = fc.array(fc.integer({ min: 0, max: fast.vocabularySize - 1 }), { maxLength: 12 });
    fc.assert(
      fc.property(ids, fc.boolean(), (tokens, skipSpecialTokens) => {
        expect(fast.decode(tokens, { skipSpecialTokens })).toBe(library.decode(tokens, { skipSpecialTokens }));
      }),
    );
    expect(library.vocabularySize).toBe(fast.vocabularySize);
    expect(library.specialTokenId("eos")).toBe(fast.specialTokenId("eos"));
  });

  it("is a file that comes back as the same tokenizer", async () => {
    await saveWordTokenizer(folder, json);
    expect(JSON.parse(await readFile(join(folder, "tokenizer.json"), "utf8"))).toEqual(json);
    const loaded = await loadTokenizer(folder);
    expect(loaded).toBeInstanceOf(WordTokenizer);
    expect(loaded.encode("<task> take mug 2")).toEqual(fast.encode("<task> take mug 2"));
  });

  it("refuses entries that it would read as several tokens", () => {
    for (const word of ["", " mug", "mug\n", "<task>", "mug <obs>"])
      expect(() => wordTokenizerJson({ words: [word], specialTokens: ["<task>", "<obs>"] })).toThrow(/CONFIG_INVALID/);
    expect(() => wordTokenizerJson({ words: ["mug 1", "mug 1 x"], specialTokens: [] })).toThrow(/mug 1 x/);
    expect(() => wordTokenizerJson({ words: [], specialTokens: ["task"] })).toThrow(/CONFIG_INVALID/);
  });

  it("names the folder that holds no tokenizer", async () => {
    await expect(loadTokenizer(folder)).rejects.toThrow(/CONFIG_INVALID.*tokenizer\.json/);
  });
});
