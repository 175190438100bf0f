// Text to tokens and back, for any folder that holds a Hugging Face `tokenizer.json`. Word-level files that this project
// wrote take a fast path (word-tokenizer.ts); every other file runs on @huggingface/tokenizers.
// It adds no special tokens of its own and truncates nothing: prompt forms decide what a prompt holds.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { fail } from "../../proto/errors.ts";
import { isWordTokenizerJson, WordTokenizer } from "./word-tokenizer.ts";

export interface Tokenizer {
  /** Highest token id plus one. */
  readonly vocabularySize: number;
  /** Without special tokens of a template. The array belongs to the tokenizer (it may be cached): never write to it. */
  encode(text: string): Int32Array;
  decode(tokens_T: ArrayLike<number>, options?: { readonly skipSpecialTokens?: boolean }): string;
  /**
   * @param name a role ("pad", "eos", "unk", "bos") as `tokenizer_config.json` assigns it, or the token's own text
   * @throws {ConfigError} CONFIG_INVALID when the tokenizer has no such token
   */
  specialTokenId(name: string): number;
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
  return {
    vocabularySize,
    encode: (text) => Int32Array.from(inner.encode(text, { add_special_tokens: false }).ids),
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
