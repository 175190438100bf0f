// Chat messages to prompt text by the Jinja template that a checkpoint brings: `chat_template.jinja`, else the
// `chat_template` of tokenizer_config.json (a string, or a list of named ones of which "default" is taken).
//   const chat = await loadChatTemplate(directory, tokenizer);   // null: the folder has no template
//   chat.render(messages, { addGenerationPrompt: true })          // text
//   chat.encode(messages, options)                                // { text, tokens_T, assistantMask_T }
// It adds nothing to what the template writes, and refuses a template that does not parse or render, by the file's name.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Template } from "@huggingface/jinja";
import { fail } from "../../proto/errors.ts";
import type { Tokenizer } from "./tokenizer.ts";

export interface ChatMessage {
  readonly role: string;
  readonly content: string;
  /** Whatever else the template looks at (tool calls, names). */
  readonly [key: string]: unknown;
}

export interface ChatOptions {
  /** Ends with the opening of the assistant's turn; default false. */
  readonly addGenerationPrompt?: boolean;
  readonly tools?: readonly object[];
  /** Further variables of the template, under the template's own names (`enable_thinking`). */
  readonly variables?: Readonly<Record<string, unknown>>;
}

export interface EncodedChat {
  readonly text: string;
  /** Nothing is added in front: a template that wants a BOS token writes it. */
  readonly tokens_T: Int32Array;
  /**
   * 1 on the tokens of what the assistant says, closing token included (a token counts if its first byte lies there).
   * Null where the tokenizer does not tell where its tokens begin, which only byte-level ones do.
   */
  readonly assistantMask_T: Uint8Array | null;
}

export interface ChatTemplate {
  /** @throws {ConfigError} CONFIG_INVALID with the template's own complaint (many refuse an unknown role) */
  render(messages: readonly ChatMessage[], options?: ChatOptions): string;
  encode(messages: readonly ChatMessage[], options?: ChatOptions): EncodedChat;
}

/** Stands for a message's content where its place in the text is sought: a character of the private use area. */
const PLACEHOLDER = "\u{F8FE}\u{F8FF}\u{F8FE}";
const CONFIG = "tokenizer_config.json";
const TEMPLATE = "chat_template.jinja";

/** @returns null where the folder has no template. @throws {ConfigError} CONFIG_INVALID naming the file that is none */
export async function loadChatTemplate(directory: string, tokenizer: Tokenizer): Promise<ChatTemplate | null> {
  const configText = await textOf(join(directory, CONFIG));
  const config = configText === null ? {} : parsedConfig(configText, join(directory, CONFIG));
  const own = await textOf(join(directory, TEMPLATE));
  const source = own ?? templateOf(config);
  if (source === null) return null;
  return chatTemplate(source, config, tokenizer, join(directory, own === null ? CONFIG : TEMPLATE));
}

/**
 * @param config of tokenizer_config.json, whose special tokens a template may write
 * @param place named in errors
 */
export function chatTemplate(
  source: string,
  config: Readonly<Record<string, unknown>>,
  tokenizer: Tokenizer,
  place: string,
): ChatTemplate {
  const guarded = <Result>(what: string, run: () => Result): Result => {
    try {
      return run();
    } catch (cause) {
      const sentence = cause instanceof Error ? cause.message : String(cause);
      throw fail("CONFIG_INVALID", `${place}: the chat template does not ${what}: ${sentence}`, { cause });
    }
  };
  const template = guarded("parse", () => new Template(source));
  const tokens = specialTokens(config);
  const render = (messages: readonly ChatMessage[], options: ChatOptions = {}): string =>
    guarded("render", () =>
      template.render({
        ...tokens,
        messages,
        add_generation_prompt: options.addGenerationPrompt ?? false,
        ...(options.tools === undefined ? {} : { tools: options.tools }),
        ...options.variables,
      }),
    );
  return {
    render,
    encode: (messages, options) => {
      const text = render(messages, options);
      const tokens_T = tokenizer.encode(text).slice();
      return { text, tokens_T, assistantMask_T: assistantMask(messages, text, tokens_T) };
    },
  };

  function assistantMask(messages: readonly ChatMessage[], text: string, tokens_T: Int32Array): Uint8Array | null {
    const starts = tokenizer.byteOffsets?.(text, tokens_T) ?? null;
    if (starts === null) return null;
    const mask_T = new Uint8Array(tokens_T.length);
    messages.forEach((message, i) => {
      if (message.role !== "assistant") return;
      const probe = render(messages.with(i, { ...message, content: PLACEHOLDER }));
      const [before, after] = probe.split(PLACEHOLDER);
      if (before === undefined || after === undefined || !text.startsWith(before)) return;
      // A generation prompt may follow in the text, not in the probe.
      const end = text.indexOf(after, before.length);
      if (end < 0) return;
      const [from, to] = [byteLength(text.slice(0, before.length)), byteLength(text.slice(0, end))];
      starts.forEach((start, t) => {
        const isClosing = start === to && tokenizer.isSpecial?.(tokens_T[t] as number) === true;
        if ((start >= from && start < to) || isClosing) mask_T[t] = 1;
      });
    });
    return mask_T;
  }

  function byteLength(prefix: string): number {
    return Buffer.byteLength(tokenizer.normalize?.(prefix) ?? prefix, "utf8");
  }
}

/** `bos_token`, `eos_token`, ...: strings, or objects with their content. */
function specialTokens(config: Readonly<Record<string, unknown>>): Record<string, string> {
  const entries = Object.entries(config).flatMap(([key, value]): [string, string][] => {
    if (!key.endsWith("_token")) return [];
    if (typeof value === "string") return [[key, value]];
    const content = (value as { readonly content?: unknown } | null)?.content;
    return typeof content === "string" ? [[key, content]] : [];
  });
  return Object.fromEntries(entries);
}

function templateOf(config: Readonly<Record<string, unknown>>): string | null {
  const stored = config["chat_template"];
  if (typeof stored === "string") return stored;
  if (!Array.isArray(stored)) return null;
  const named = stored as readonly { readonly name?: string; readonly template?: string }[];
  return named.find(({ name }) => name === "default")?.template ?? null;
}

function parsedConfig(text: string, path: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw fail("CONFIG_INVALID", `${path} is not JSON`, { cause });
  }
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
