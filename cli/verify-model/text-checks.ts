// Tokenizers and chat templates: ids, token texts, decoded texts and rendered conversations must be equal.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadChatTemplate } from "../../client/prompt/chat-template.ts";
import { loadTokenizer } from "../../client/prompt/tokenizer.ts";
import type { Fixture } from "./fixtures.ts";
import type { Ledger } from "./ledger.ts";

interface GoldenTokenizer {
  readonly checkpoint: string;
  readonly size_with_added: number;
  readonly added_tokens?: Readonly<Record<string, number>>;
  readonly cases: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly tokens: readonly string[];
    readonly ids_with_special: readonly number[];
    readonly decoded: string;
    readonly decoded_skip_special: string;
  }[];
  readonly partial_decode?: readonly { readonly ids: readonly number[]; readonly decoded: string }[];
}

interface GoldenChat {
  readonly checkpoint: string;
  readonly conversations: readonly {
    readonly name: string;
    readonly messages: readonly { readonly role: string; readonly content: string }[];
    readonly tools?: readonly object[];
    readonly cases: readonly {
      readonly options: Readonly<Record<string, unknown>>;
      readonly text: string;
      readonly ids: readonly number[];
      readonly assistant_mask?: readonly number[];
    }[];
  }[];
}

/** Variants of a checkpoint (its shards) are held to the same texts. */
function foldersOf(checkpoint: string, fixtures: readonly Fixture[]): readonly Fixture[] {
  return fixtures.filter(
    ({ name, directory }) =>
      (name === checkpoint || name.startsWith(`${checkpoint}-`)) && existsSync(join(directory, "tokenizer.json")),
  );
}

export async function checkTokenizer(ledger: Ledger, file: string, fixtures: readonly Fixture[]): Promise<void> {
  const golden = JSON.parse(readFileSync(file, "utf8")) as GoldenTokenizer;
  for (const { name, directory } of foldersOf(golden.checkpoint, fixtures)) {
    const tokenizer = await loadTokenizer(directory);
    ledger.equal("tokenizer", `${name} size`, tokenizer.vocabularySize, golden.size_with_added);
    for (const [token, id] of Object.entries(golden.added_tokens ?? {})) {
      ledger.equal("tokenizer", `${name} ${token}`, tokenizer.specialTokenId(token), id);
    }
    for (const { text, ids, tokens, ids_with_special, decoded, decoded_skip_special } of golden.cases) {
      const place = `${name} ${JSON.stringify(text)}`;
      ledger.equal("tokenizer", place, [...tokenizer.encode(text)], ids);
      const texts = ids.map((id) => tokenizer.tokenText?.(id));
      ledger.equal("tokenizer", `${place} token texts`, texts, tokens);
      const withSpecial = [...tokenizer.encode(text, { addSpecialTokens: true })];
      ledger.equal("tokenizer", `${place} with special tokens`, withSpecial, ids_with_special);
      ledger.equal("tokenizer", `${place} decoded`, tokenizer.decode(ids), decoded);
      const plain = tokenizer.decode(ids, { skipSpecialTokens: true });
      ledger.equal("tokenizer", `${place} decoded without special tokens`, plain, decoded_skip_special);
    }
    for (const { ids, decoded } of golden.partial_decode ?? []) {
      ledger.equal("tokenizer", `${name} part of a character`, tokenizer.decode(ids), decoded);
    }
  }
}

export async function checkChat(ledger: Ledger, file: string, fixtures: readonly Fixture[]): Promise<void> {
  const golden = JSON.parse(readFileSync(file, "utf8")) as GoldenChat;
  for (const { name: folder, directory } of foldersOf(golden.checkpoint, fixtures)) {
    const chat = await loadChatTemplate(directory, await loadTokenizer(directory));
    ledger.equal("chat template", `${folder} has one`, chat !== null, true);
    if (chat === null) continue;
    for (const { name, messages, tools, cases } of golden.conversations) {
      for (const [i, { options, text, ids, assistant_mask: mask }] of cases.entries()) {
        const place = `${folder} ${name} ${i}`;
        const { add_generation_prompt: addGenerationPrompt, ...variables } = options;
        const encoded = chat.encode(messages, {
          addGenerationPrompt: addGenerationPrompt === true,
          variables,
          ...(tools === undefined ? {} : { tools }),
        });
        ledger.equal("chat template", `${place} text`, encoded.text, text);
        ledger.equal("chat template", `${place} ids`, [...encoded.tokens_T], ids);
        if (mask === undefined) continue;
        ledger.equal("chat template", `${place} mask`, [...(encoded.assistantMask_T ?? [])], mask);
      }
    }
  }
}
