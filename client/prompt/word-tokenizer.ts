// A word-level tokenizer over a closed vocabulary, for policies that are trained from scratch on one world: "drawer 10"
// is one token, other words and signs are one each, anything else is <unk>. It is a real Hugging Face `tokenizer.json`
// (model WordLevel, pre-tokenizer Split) that other tools load; this file's own encoder is a fast path with the same
// result, proven in the tests. It refuses entries that its own pattern would split all the same.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fail } from "../../proto/errors.ts";

/** Ids 0, 1 and 2 of every word-level vocabulary. */
export const BASE_SPECIAL_TOKENS = ["<pad>", "<eos>", "<unk>"] as const;

export interface WordVocabulary {
  /** Entities ("drawer 10"), words and signs; duplicates are dropped, order gives the ids. */
  readonly words: readonly string[];
  /** Beyond pad, eos and unk, for example the roles of a prompt form; each like `<task>`. */
  readonly specialTokens: readonly string[];
}

/** The part of a Hugging Face tokenizer file that a word-level tokenizer uses. */
export interface WordTokenizerJson {
  readonly version: "1.0";
  readonly truncation: null;
  readonly padding: null;
  readonly added_tokens: readonly {
    readonly id: number;
    readonly content: string;
    readonly single_word: false;
    readonly lstrip: false;
    readonly rstrip: false;
    readonly normalized: false;
    readonly special: true;
  }[];
  readonly normalizer: null;
  readonly pre_tokenizer: {
    readonly type: "Split";
    readonly pattern: { readonly Regex: string };
    readonly behavior: "Removed";
    readonly invert: true;
  };
  readonly post_processor: null;
  readonly decoder: null;
  readonly model: {
    readonly type: "WordLevel";
    readonly vocab: Readonly<Record<string, number>>;
    readonly unk_token: "<unk>";
  };
}

const WORD_CHARACTER = "[\\p{L}\\p{N}_]";
/** A word with inner apostrophes, or one sign. */
const SIMPLE_PATTERN = `${WORD_CHARACTER}+(?:'${WORD_CHARACTER}+)*|[^\\p{White_Space}]`;
const CACHED_TEXTS = 65_536;

/**
 * The tokenizer file of a vocabulary: pad, eos, unk, the other special tokens, then the words.
 * @throws {ConfigError} CONFIG_INVALID naming the entry that is no token
 */
export function wordTokenizerJson(vocabulary: WordVocabulary): WordTokenizerJson {
  const special = [...new Set([...BASE_SPECIAL_TOKENS, ...vocabulary.specialTokens])];
  const odd = special.find((token) => !/^<[a-z_]+>$/.test(token));
  if (odd !== undefined) throw fail("CONFIG_INVALID", `special token ${JSON.stringify(odd)} is not like <task>`);
  const words = [...new Set(vocabulary.words)];
  const pattern = splitPattern(words);
  const whole = new RegExp(pattern, "gu");
  for (const word of words) {
    const isOneToken = word !== "" && word === word.trim() && word.match(whole)?.join("\n") === word;
    if (!isOneToken || special.some((token) => word.includes(token)))
      throw fail("CONFIG_INVALID", `vocabulary entry ${JSON.stringify(word)} would not be read as one token`);
  }
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: special.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: { type: "Split", pattern: { Regex: pattern }, behavior: "Removed", invert: true },
    post_processor: null,
    decoder: null,
    model: {
      type: "WordLevel",
      vocab: Object.fromEntries([...special, ...words].map((token, id) => [token, id])),
      unk_token: "<unk>",
    },
  };
}

/** What `tokenizer_config.json` says beside a word-level tokenizer. */
export const WORD_TOKENIZER_CONFIG = {
  tokenizer_class: "PreTrainedTokenizerFast",
  pad_token: "<pad>",
  eos_token: "<eos>",
  unk_token: "<unk>",
  clean_up_tokenization_spaces: false,
} as const;

/** Without it other tools take the ids that end and fill a generation from the architecture's defaults. */
const WORD_GENERATION_CONFIG = {
  eos_token_id: BASE_SPECIAL_TOKENS.indexOf("<eos>"),
  pad_token_id: BASE_SPECIAL_TOKENS.indexOf("<pad>"),
} as const;

/** Writes `tokenizer.json`, `tokenizer_config.json` and `generation_config.json` into an existing folder. */
export async function saveWordTokenizer(directory: string, tokenizerJson: WordTokenizerJson): Promise<void> {
  await writeFile(join(directory, "tokenizer.json"), `${JSON.stringify(tokenizerJson, null, 1)}\n`);
  await writeFile(join(directory, "tokenizer_config.json"), `${JSON.stringify(WORD_TOKENIZER_CONFIG, null, 1)}\n`);
  await writeFile(join(directory, "generation_config.json"), `${JSON.stringify(WORD_GENERATION_CONFIG, null, 1)}\n`);
}

/** True for files of the exact form that `wordTokenizerJson` makes, whose encoding the fast path reproduces. */
export function isWordTokenizerJson(json: object): json is WordTokenizerJson {
  const { model, pre_tokenizer, normalizer, post_processor, decoder, added_tokens } =
    json as Partial<WordTokenizerJson>;
  return (
    model?.type === "WordLevel" &&
    model.unk_token === "<unk>" &&
    pre_tokenizer?.type === "Split" &&
    pre_tokenizer.invert === true &&
    pre_tokenizer.behavior === "Removed" &&
    typeof pre_tokenizer.pattern?.Regex === "string" &&
    [normalizer, post_processor, decoder].every((part) => part === null) &&
    Array.isArray(added_tokens) &&
    added_tokens.every(({ content }) => /^<[a-z_]+>$/.test(content))
  );
}

/** The fast path. Holds a cache of encoded texts: actions and prompt pieces repeat by the thousand. */
export class WordTokenizer {
  readonly vocabularySize: number;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #tokens: readonly string[];
  readonly #special: ReadonlySet<number>;
  readonly #unknownId: number;
  readonly #pattern: RegExp;
  readonly #cache = new Map<string, Int32Array>();

  constructor(json: WordTokenizerJson) {
    this.#ids = new Map(Object.entries(json.model.vocab));
    const tokens: string[] = [];
    for (const [token, id] of this.#ids) tokens[id] = token;
    this.#tokens = tokens;
    this.vocabularySize = tokens.length;
    this.#special = new Set(json.added_tokens.map(({ id }) => id));
    this.#unknownId = json.model.vocab[json.model.unk_token] ?? 0;
    const special = json.added_tokens.map(({ content }) => content).join("|");
    this.#pattern = new RegExp(`${special}|${json.pre_tokenizer.pattern.Regex}`, "gu");
  }

  encode(text: string): Int32Array {
    const cached = this.#cache.get(text);
    if (cached !== undefined) return cached;
    const parts = text.match(this.#pattern) ?? [];
    const tokens_T = Int32Array.from(parts, (part) => this.#ids.get(part) ?? this.#unknownId);
    if (this.#cache.size >= CACHED_TEXTS) this.#cache.clear();
    this.#cache.set(text, tokens_T);
    return tokens_T;
  }

  decode(tokens_T: ArrayLike<number>, options?: { readonly skipSpecialTokens?: boolean }): string {
    const ids = Array.from(tokens_T);
    const kept = options?.skipSpecialTokens === true ? ids.filter((id) => !this.#special.has(id)) : ids;
    return kept.map((id) => this.#tokens[id] ?? "<unk>").join(" ");
  }

  specialTokenId(name: string): number {
    const id = this.#ids.get(`<${name}>`) ?? this.#ids.get(name);
    if (id === undefined) throw fail("CONFIG_INVALID", `the tokenizer has no special token ${JSON.stringify(name)}`);
    return id;
  }
}

/**
 * Entries that are more than one word or sign come first, longest first ("name number" by the name alone, so that numbers
 * beyond the vocabulary are one <unk>); then any word; then any single sign.
 */
function splitPattern(words: readonly string[]): string {
  const simple = new RegExp(`^(?:${SIMPLE_PATTERN})$`, "u");
  const names = new Set<string>();
  const literals: string[] = [];
  for (const entry of words) {
    if (simple.test(entry)) continue;
    const numbered = /^(.*\p{L}) [0-9]+$/u.exec(entry);
    if (numbered === null) literals.push(entry);
    else names.add(numbered[1] as string);
  }
  const longestFirst = (a: string, b: string): number => b.length - a.length || (a < b ? -1 : 1);
  const numbered = names.size === 0 ? [] : [`(?:${[...names].sort(longestFirst).map(escaped).join("|")}) [0-9]+`];
  const wordEnd = new RegExp(`${WORD_CHARACTER}$`, "u");
  const boundary = `(?!${WORD_CHARACTER})`;
  return [
    ...numbered.map((alternative) => alternative + boundary),
    ...literals.sort(longestFirst).map((entry) => escaped(entry) + (wordEnd.test(entry) ? boundary : "")),
    SIMPLE_PATTERN,
  ].join("|");
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
