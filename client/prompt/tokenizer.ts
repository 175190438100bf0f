// Text to tokens and back, for any folder that holds a Hugging Face `tokenizer.json`. Word-level files that this project
// wrote take a fast path (word-tokenizer.ts); every other file runs on @huggingface/tokenizers.
// It adds no special tokens of its own and truncates nothing: prompt forms decide what a prompt holds.
// API: loadTokenizer(directory) -> { encode, decode, specialTokenId, tokenText, ... }; templates: chat-template.ts.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { fail } from "../../proto/errors.ts";
import { isWordTokenizerJson, WordTokenizer } from "./word-tokenizer.ts";

export interface Tokenizer {
  /** Highest token id plus one. */
  readonly vocabularySize: number;
  /**
   * Without the special tokens of a post-processor, unless `addSpecialTokens` (what a plain call of other libraries
   * gives). The array belongs to the tokenizer (it may be cached): never write to it.
   */
  encode(text: string, options?: { readonly addSpecialTokens?: boolean }): Int32Array;
  decode(tokens_T: ArrayLike<number>, options?: { readonly skipSpecialTokens?: boolean }): string;
  /**
   * @param name a role ("pad", "eos", "unk", "bos") as `tokenizer_config.json` assigns it, or the token's own text
   * @throws {ConfigError} CONFIG_INVALID when the tokenizer has no such token
   */
  specialTokenId(name: string): number;
  /** The token as tokenizer.json spells it; undefined for an id that it does not have. */
  tokenText?(id: number): string | undefined;
  /** Whether tokenizer.json lists the id among its added tokens, special or not. */
  isSpecial?(id: number): boolean;
  /** The text as the tokenizer reads it (NFC where the file says so). */
  normalize?(text: string): string;
  /** Where each token of `encode(text)` begins in the UTF-8 of the normalised text; null where tokens do not tell. */
  byteOffsets?(text: string, tokens_T: ArrayLike<number>): Int32Array | null;
}

/**
 * The tokenizer of a model folder (`tokenizer.json`, and `tokenizer_config.json` where there is one).
 * @throws {ConfigError} CONFIG_INVALID naming the file that is missing or no tokenizer
 */
export async function loadTokenizer(directory: string): Promise<Tokenizer> {
  const tokenizerJson = await readJson(join(directory, "tokenizer.json"));
  if (tokenizerJson === undefined)
    throw fail(
      "CONFIG_INVALID",
      `no tokenizer.json in ${directory}: point at a model folder in the Hugging Face layout`,
    );
  const configJson = (await readJson(join(directory, "tokenizer_config.json"))) ?? {};
  return isWordTokenizerJson(tokenizerJson)
    ? new WordTokenizer(tokenizerJson)
    : huggingFaceTokenizer(tokenizerJson, configJson);
}

/** The general path: any tokenizer that the library understands. @throws {ConfigError} CONFIG_INVALID otherwise */
export function huggingFaceTokenizer(tokenizerJson: object, configJson: object): Tokenizer {
  let inner: HuggingFaceTokenizer;
  try {
    inner = new HuggingFaceTokenizer(tokenizerJson, configJson);
  } catch (error) {
    throw fail("CONFIG_INVALID", "tokenizer.json is not a tokenizer that @huggingface/tokenizers reads", {
      cause: error,
    });
  }
  const vocabularySize = Math.max(-1, ...inner.get_vocab(true).values()) + 1;
  const roles = configJson as Readonly<Record<string, unknown>>;
  const added = inner.get_added_tokens_decoder();
  const normalize = (text: string): string => inner.normalizer?.normalize(text) ?? text;
  return {
    vocabularySize,
    encode: (text, options) =>
      Int32Array.from(inner.encode(text, { add_special_tokens: options?.addSpecialTokens ?? false }).ids),
    decode: (tokens_T, options) =>
      tokens_T.length === 0
        ? ""
        : inner.decode(Array.from(tokens_T), { skip_special_tokens: options?.skipSpecialTokens ?? false }),
    specialTokenId: (name) => {
      const assigned = roles[`${name}_token`];
      const content =
        typeof assigned === "object" && assigned !== null && "content" in assigned ? assigned.content : assigned;
      const id = inner.token_to_id(typeof content === "string" ? content : name);
      if (id === undefined) throw fail("CONFIG_INVALID", `the tokenizer has no special token ${JSON.stringify(name)}`);
      return id;
    },
    tokenText: (id) => inner.id_to_token(id),
    isSpecial: (id) => added.has(id),
    normalize,
    byteOffsets: (text, tokens_T) => {
      const offsets_T = new Int32Array(tokens_T.length);
      let at = 0;
      for (let t = 0; t < tokens_T.length; t++) {
        offsets_T[t] = at;
        const token = inner.id_to_token(tokens_T[t] as number) ?? "";
        // A byte-level vocabulary spells each byte as one character; added tokens stand for themselves.
        at += added.has(tokens_T[t] as number) ? Buffer.byteLength(token, "utf8") : [...token].length;
      }
      return at === Buffer.byteLength(normalize(text), "utf8") ? offsets_T : null;
    },
  };
}

async function readJson(path: string): Promise<object | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as object;
  } catch (error) {
    throw fail("CONFIG_INVALID", `${path} is not JSON`, { cause: error });
  }
}
