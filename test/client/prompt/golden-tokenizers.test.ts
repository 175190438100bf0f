// Tokenizers and chat templates against those of the reference, string by string. The fixtures are no part of the repository.
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type ChatTemplate, chatTemplate, loadChatTemplate } from "../../../client/prompt/chat-template.ts";
import { loadTokenizer } from "../../../client/prompt/tokenizer.ts";
import { WordTokenizer, wordTokenizerJson } from "../../../client/prompt/word-tokenizer.ts";

const models = fileURLToPath(new URL("../../../../shared/data/models", import.meta.url));
const isThere = existsSync(models);
if (!isThere) console.info("skipped: ../shared/data/models is not there, so no golden tokenizers are compared");

// biome-ignore lint/suspicious/noExplicitAny: the fixtures' JSON, described in their README
const golden = (kind: string, name: string): any =>
  JSON.parse(readFileSync(`${models}/golden/${kind}/${name}.json`, "utf8"));

describe.skipIf(!isThere).each(["qwen2", "qwen3", "llama3"])("%s", (name) => {
  test("every text gives the reference's tokens, and the tokens its text", async () => {
    const tokenizer = await loadTokenizer(`${models}/tiny-${name}`);
    const { cases, partial_decode: partial, size_with_added: size } = golden("tokenizer", name);
    expect(tokenizer.vocabularySize).toBe(size);
    expect(cases.length).toBeGreaterThan(40);
    for (const { text, ids, tokens, ids_with_special, decoded, decoded_skip_special } of cases) {
      expect([...tokenizer.encode(text)], text).toEqual(ids);
      expect(ids.map((id: number) => tokenizer.tokenText?.(id))).toEqual(tokens);
      expect([...tokenizer.encode(text, { addSpecialTokens: true })]).toEqual(ids_with_special);
      expect(tokenizer.decode(ids)).toBe(decoded);
      expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe(decoded_skip_special);
    }
    for (const { ids, decoded } of partial) expect(tokenizer.decode(ids)).toBe(decoded);
  });

  test("every conversation renders, encodes and masks as the reference does", async () => {
    const folders = name === "qwen3" ? ["tiny-qwen3", "tiny-qwen3-sharded"] : [`tiny-${name}`];
    for (const folder of folders) {
      const tokenizer = await loadTokenizer(`${models}/${folder}`);
      const chat = (await loadChatTemplate(`${models}/${folder}`, tokenizer)) as ChatTemplate;
      let masked = 0;
      for (const { messages, tools, cases } of golden("chat", name).conversations) {
        for (const { options, text, ids, assistant_mask: mask } of cases) {
          const { add_generation_prompt: addGenerationPrompt, ...variables } = options;
          const encoded = chat.encode(messages, { addGenerationPrompt, variables, ...(tools ? { tools } : {}) });
          expect(encoded.text).toBe(text);
          expect([...encoded.tokens_T]).toEqual(ids);
          if (mask === undefined) continue;
          expect([...(encoded.assistantMask_T as Uint8Array)]).toEqual(mask);
          masked += mask.filter((value: number) => value === 1).length;
        }
      }
      expect(masked).toBeGreaterThan(20);
    }
  });
});

test("a folder without a template has none, a broken template is refused by its file's name", async () => {
  const directory = await mkdtemp(join(tmpdir(), "chat-"));
  try {
    const tokenizer = new WordTokenizer(wordTokenizerJson({ words: ["a"], specialTokens: [] }));
    expect(await loadChatTemplate(directory, tokenizer)).toBeNull();
    await writeFile(join(directory, "chat_template.jinja"), "{% if %}");
    await expect(loadChatTemplate(directory, tokenizer)).rejects.toThrow(/chat_template\.jinja.*does not parse/);
    await writeFile(join(directory, "chat_template.jinja"), "{{ raise_exception('no such role') }}");
    const chat = (await loadChatTemplate(directory, tokenizer)) as ChatTemplate;
    expect(() => chat.render([])).toThrow(/chat_template\.jinja.*no such role/);
    await writeFile(join(directory, "tokenizer_config.json"), "{");
    await expect(loadChatTemplate(directory, tokenizer)).rejects.toThrow(/tokenizer_config\.json is not JSON/);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("special tokens are the configuration's, given as text or as an object", () => {
  const tokenizer = new WordTokenizer(wordTokenizerJson({ words: ["a"], specialTokens: [] }));
  const config = { bos_token: "<s>", eos_token: { content: "</s>" } };
  const chat = chatTemplate("{{ bos_token }}{{ messages[0].content }}{{ eos_token }}", config, tokenizer, "here");
  expect(chat.render([{ role: "user", content: "x" }])).toBe("<s>x</s>");
});
