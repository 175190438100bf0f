// A completion becomes an action, or a reason why it is none. Reasons are values: the text still goes to the world, which
// judges it and counts the step, so that a policy learns from its own bad form.
// Constrained completions are choices by construction (choices.ts); free text comes with `<action>` tags or plain.

import type { Completion } from "../engine/engine.ts";
import { type Choices, choiceIndex } from "./choices.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** `tags`: the action stands between the first `<action>` and the `</action>` after it; `plain`: the whole text. */
export type AnswerForm = "tags" | "plain";

export const ANSWER_TAGS = ["<action>", "</action>"] as const;

export type ParsedAction =
  | { readonly parsed: true; readonly action: string }
  | { readonly parsed: false; readonly reason: UnparsedReason; readonly text: string };

export type UnparsedReason = "NO_TAGS" | "TAG_NOT_CLOSED" | "EMPTY" | "NOT_A_CHOICE";

/** Longest text that is sent for a completion that did not parse, in characters from its end. */
const UNPARSED_TAIL_CHARACTERS = 100;

export function parseChoice(choices: Choices, completion: Completion): ParsedAction {
  const action = choices.actions_C[choiceIndex(choices, completion.tokens_T)];
  return action === undefined ? { parsed: false, reason: "NOT_A_CHOICE", text: "" } : { parsed: true, action };
}

/** The action in the text of an unconstrained completion. Outer spaces go; nothing is lower-cased or repaired. */
export function parseText(tokenizer: Tokenizer, completion: Completion, form: AnswerForm): ParsedAction {
  const text = tokenizer.decode(completion.tokens_T, { skipSpecialTokens: true }).trim();
  if (form === "plain") return text === "" ? { parsed: false, reason: "EMPTY", text } : { parsed: true, action: text };
  const [open, close] = ANSWER_TAGS;
  const start = text.indexOf(open);
  if (start < 0) return { parsed: false, reason: "NO_TAGS", text };
  const end = text.indexOf(close, start);
  if (end < 0) return { parsed: false, reason: "TAG_NOT_CLOSED", text };
  const action = text.slice(start + open.length, end).trim();
  return action === "" ? { parsed: false, reason: "EMPTY", text } : { parsed: true, action };
}

/** What the world is told: the action, or the end of the text that held none. Never empty. */
export function spokenAction(result: ParsedAction): string {
  if (result.parsed) return result.action;
  const tail = result.text.slice(-UNPARSED_TAIL_CHARACTERS).trim();
  return tail === "" ? "(nothing)" : tail;
}
