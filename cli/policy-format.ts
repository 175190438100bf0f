// How a policy reads and speaks: its tokenizer, the form of its prompts, its decoding. A policy from scratch gets a
// word-level tokenizer of the world's own vocabulary; a checkpoint brings its own files, which are copied on unchanged.

import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunConfig } from "../client/config/run-config.ts";
import { isAdapterDirectory, loadAdapterConfig } from "../client/engine/onnx/model/adapter-files.ts";
import { resolveBase } from "../client/engine/onnx/model/open-model.ts";
import { resolveModel } from "../client/engine/weights/hub.ts";
import { ANSWER_TAGS } from "../client/prompt/action-parser.ts";
import { BELIEF_ROLES, BELIEF_WORDS, beliefSummary } from "../client/prompt/belief-summary.ts";
import { HISTORY_TEXTS, historyWindow } from "../client/prompt/history-window.ts";
import type { PromptForm } from "../client/prompt/prompt-form.ts";
import type { Tokenizer } from "../client/prompt/tokenizer.ts";
import { loadTokenizer } from "../client/prompt/tokenizer.ts";
import { saveWordTokenizer, WordTokenizer, wordTokenizerJson } from "../client/prompt/word-tokenizer.ts";
import type { Decoding } from "../client/rollout/collect.ts";

export interface PolicyTokenizer {
  readonly tokenizer: Tokenizer;
  /** Adds the tokenizer's files to a checkpoint. */
  exportTo(directory: string): Promise<void>;
}

/**
 * For a policy from scratch.
 * @param vocabulary every word and entity name that the world can say
 * @param constrained free text is answered between tags, which must then be words: put together from signs they would
 *   come back with spaces inside, and no answer would ever parse
 */
export function tokenizerOfVocabulary(
  vocabulary: readonly string[],
  form: "belief" | "history",
  constrained: boolean,
): PolicyTokenizer {
  const words = constrained ? vocabulary : [...vocabulary, ...ANSWER_TAGS];
  const json =
    form === "belief"
      ? wordTokenizerJson({ words: [...words, ...BELIEF_WORDS], specialTokens: BELIEF_ROLES })
      : wordTokenizerJson({ words: [...words, ...HISTORY_TEXTS.flatMap(wordsOf), ...DIGITS], specialTokens: [] });
  return { tokenizer: new WordTokenizer(json), exportTo: (directory) => saveWordTokenizer(directory, json) };
}

/** Step numbers of the history form. */
const DIGITS = Array.from({ length: 100 }, (_, number) => String(number));
const wordsOf = (text: string) => text.match(/[\p{L}\p{N}_]+(?:'[\p{L}\p{N}_]+)*|[^\p{White_Space}]/gu) ?? [];

const TOKENIZER_FILES = [
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
  "merges.txt",
  "chat_template.jinja",
  "generation_config.json",
] as const;

const hasTokenizer = (directory: string) => existsSync(join(directory, "tokenizer.json"));

/** Adapters of other tools come without a tokenizer: theirs is the base's. */
async function tokenizerDirectory(source: string): Promise<string> {
  const directory = await resolveModel(source);
  if (hasTokenizer(directory) || !isAdapterDirectory(directory)) return directory;
  return resolveBase(directory, (await loadAdapterConfig(directory)).base);
}

/** The tokenizer's files of a model, and what belongs to speaking with it; read now, written as often as wanted. */
export interface TokenizerFiles {
  /** False: there is no tokenizer.json, which everything here needs. */
  readonly isWhole: boolean;
  exportTo(directory: string): Promise<void>;
}

/** Of a folder of adapters: its own files, else those of the base's folder. */
export function adapterTokenizerFiles(directory: string, base: string): Promise<TokenizerFiles> {
  return tokenizerFiles(hasTokenizer(directory) ? directory : base);
}

async function tokenizerFiles(directory: string): Promise<TokenizerFiles> {
  const files = await Promise.all(
    TOKENIZER_FILES.map(async (name) => {
      const path = join(directory, name);
      return { name, text: existsSync(path) ? await readFile(path, "utf8") : null };
    }),
  );
  return {
    isWhole: hasTokenizer(directory),
    exportTo: async (target) => {
      for (const { name, text } of files) if (text !== null) await writeFile(join(target, name), text);
    },
  };
}

/**
 * @param source a folder, or a name on the hub
 * @throws {ConfigError} CONFIG_INVALID when the folder holds no tokenizer.
 */
export async function tokenizerOfCheckpoint(source: string): Promise<PolicyTokenizer> {
  const directory = await tokenizerDirectory(source);
  const tokenizer = await loadTokenizer(directory);
  // Read now: a run prunes the checkpoint that it started from.
  const { exportTo } = await tokenizerFiles(directory);
  return { tokenizer, exportTo };
}

export function promptFormOf({ prompt, decoding }: RunConfig["policy"], tokenizer: Tokenizer): PromptForm {
  const { form, maxTokens, historyLength } = prompt;
  const { hiddenActions, constrained } = decoding;
  if (form === "belief") return beliefSummary(tokenizer, { maxTokens }) as PromptForm;
  const answerForm = constrained ? "plain" : "tags";
  return historyWindow(tokenizer, { maxTokens, historyLength, hiddenActions, answerForm }) as PromptForm;
}

export function decodingOf({ decoding }: RunConfig["policy"], greedy: boolean): Decoding {
  return { ...decoding, greedy };
}
