// The history window: one fresh message per step with the task, the last k observations and actions, the present
// observation, the admissible actions and the answer format. The form of the GiGPO reference implementation
// (arXiv 2505.10978, langfengQ/verl-agent), in our own words. For policies that can read and format.
// Too long: the oldest pairs go first, then the middle of the observation; the actions are never cut.

import type { Outcome } from "../transport/world-service.ts";
import type { Prompt } from "../types.ts";
import type { AnswerForm } from "./action-parser.ts";
import { concatTokens, type PromptForm, PromptTooLongError, withoutMiddle } from "./prompt-form.ts";
import type { Tokenizer } from "./tokenizer.ts";

export interface HistoryMemory {
  /** The task sentence where the first text has one, else that text. */
  readonly task: string;
  readonly stepCount: number;
  /** Newest last, at most k: the step's number, what was seen before it, what was done. */
  readonly pairs: readonly { readonly seq: number; readonly observation: string; readonly action: string }[];
  readonly observation: string;
  readonly admissible: readonly string[];
}

export interface HistoryWindowOptions {
  readonly maxTokens: number;
  /** k, observation and action pairs shown; default 2, 0 for none. */
  readonly historyLength?: number;
  /** Actions that are not shown (they stay legal); default `help`. */
  readonly hiddenActions?: readonly string[];
  /** How the policy is asked to answer; default tags. */
  readonly answerForm?: AnswerForm;
  /** Put around the message: a chat template's opening and closing. */
  readonly frame?: { readonly before: string; readonly after: string };
}

const ANSWER_REQUEST: Readonly<Record<AnswerForm, string>> = {
  tags: "Think first, inside <think> and </think>. Then write exactly one of the possible actions inside <action> and </action>.",
  plain: "Answer with exactly one of the possible actions and nothing else.",
};

export function historyWindow(tokenizer: Tokenizer, options: HistoryWindowOptions): PromptForm<HistoryMemory> {
  const { maxTokens, historyLength = 2, hiddenActions = ["help"], answerForm = "tags" } = options;
  const frame = options.frame ?? { before: "", after: "" };
  return {
    name: "history-window",
    begin: (initial: Outcome): HistoryMemory => ({
      task: /Your task is to: (.+)/.exec(initial.observation)?.[1] ?? initial.observation,
      stepCount: 0,
      pairs: [],
      observation: initial.observation,
      admissible: initial.admissible,
    }),
    advance: (memory: HistoryMemory, action: string, outcome: Outcome): HistoryMemory => {
      const pair = { seq: memory.stepCount + 1, observation: memory.observation, action };
      return {
        task: memory.task,
        stepCount: memory.stepCount + 1,
        pairs: historyLength === 0 ? [] : [...memory.pairs, pair].slice(-historyLength),
        observation: outcome.observation,
        admissible: outcome.admissible,
      };
    },
    render: (memory: HistoryMemory): Prompt => {
      const shown = memory.admissible.filter((action) => !hiddenActions.includes(action));
      const first = memory.stepCount === 0;
      const head = tokenizer.encode(
        first
          ? `${frame.before}You act in a text world, one action at a time.\n`
          : `${frame.before}You act in a text world, one action at a time.\nTask: ${memory.task}\n` +
              `Steps taken so far: ${memory.stepCount}\n`,
      );
      const pairs = memory.pairs.map(({ seq, observation, action }) =>
        tokenizer.encode(`Step ${seq}\nYou saw: ${observation}\nYou did: ${action}\n`),
      );
      const opening = tokenizer.encode(first ? "" : `Step ${memory.stepCount + 1}\nYou see: `);
      const observation = tokenizer.encode(memory.observation);
      const tail = tokenizer.encode(
        `\nPossible actions:\n${shown.join("\n")}\n${ANSWER_REQUEST[answerForm]}\n${frame.after}`,
      );
      return bounded(head, pairs, opening, observation, tail, maxTokens);
    },
  };
}

/** Sentences of this form, from which a word-level vocabulary can be made. */
export const HISTORY_TEXTS: readonly string[] = [
  "You act in a text world, one action at a time. Task: Steps taken so far: Step You saw: You did: You see: Possible actions:",
  ANSWER_REQUEST.plain,
];

function bounded(
  head: Int32Array,
  pairs: readonly Int32Array[],
  opening: Int32Array,
  observation: Int32Array,
  tail: Int32Array,
  maxTokens: number,
): Prompt {
  const fullLength = concatTokens([head, ...pairs, opening, observation, tail]).length;
  const fixed = head.length + opening.length + tail.length;
  if (fixed > maxTokens)
    throw new PromptTooLongError(`task and possible actions take ${fixed} tokens, more than the bound of ${maxTokens}`);
  let kept = pairs;
  const pairTokens = (): number => kept.reduce((sum, pair) => sum + pair.length, 0);
  while (kept.length > 0 && fixed + pairTokens() + observation.length > maxTokens) kept = kept.slice(1);
  const shownObservation = withoutMiddle(observation, maxTokens - fixed - pairTokens());
  const tokens_T = concatTokens([head, ...kept, opening, shownObservation, tail]);
  return { tokens_T, cutTokenCount: fullLength - tokens_T.length };
}
