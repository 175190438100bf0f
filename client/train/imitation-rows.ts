// Demonstrations -> rows of cross-entropy: at each demonstrated step the prompt is what the policy would be asked, the
// target what the expert would answer. Under constrained decoding only the tokens where the admissible actions branch are
// targets, each among the tokens that sampling would allow: exactly the distribution that rollouts draw from.

import type { TrainingRow } from "../engine/engine.ts";
import { ANSWER_TAGS, type AnswerForm } from "../prompt/action-parser.ts";
import { encodeChoices, forceChoice } from "../prompt/choices.ts";
import { concatTokens, type PromptForm, PromptTooLongError } from "../prompt/prompt-form.ts";
import type { Tokenizer } from "../prompt/tokenizer.ts";
import { offered } from "../rollout/collect.ts";
import type { ActionValidity, Outcome } from "../transport/world-service.ts";
import type { Prompt } from "../types.ts";
import type { DemonstrationEpisode } from "./demonstrations.ts";

export interface ImitationFormat {
  readonly form: PromptForm;
  readonly tokenizer: Tokenizer;
  readonly eosTokenId: number;
  /** Answers are choices among the admissible actions; otherwise free text of `answerForm`, closed by the end token. */
  readonly constrained: boolean;
  readonly answerForm: AnswerForm;
  readonly temperature: number;
  /** Admissible actions that the policy is not offered. */
  readonly hiddenActions: readonly string[];
}

export interface ImitationRows {
  /** Weights are those of a batch of one row; `imitation.ts` scales them. */
  readonly rows: readonly TrainingRow[];
  /** Steps where the expert had no plan. */
  readonly unlabelledCount: number;
  /** Labels that were not among the admissible actions, or that the vocabulary cannot spell. */
  readonly impossibleLabelCount: number;
  /** Decisions with one admissible action: nothing to learn. */
  readonly forcedCount: number;
  /** Decisions whose prompt does not fit its bound: the policy could not be asked them either. */
  readonly longPromptCount: number;
  /** Rows whose prompt was shortened to fit. */
  readonly cutPromptCount: number;
}

export function imitationRows(episodes: readonly DemonstrationEpisode[], format: ImitationFormat): ImitationRows {
  const rows: TrainingRow[] = [];
  let [unlabelledCount, impossibleLabelCount, forcedCount, longPromptCount, cutPromptCount] = [0, 0, 0, 0, 0];
  for (const episode of episodes) {
    let outcome = asOutcome(episode.initial, 0);
    let memory = format.form.begin(outcome);
    for (const [i, step] of episode.steps.entries()) {
      if (step.label === null) unlabelledCount++;
      else {
        const answer = encodeAnswer(step.label, outcome, format);
        const prompt = answer === null ? null : renderOrNull(format.form, memory);
        const row = answer === null || prompt === null ? null : rowOf(prompt.tokens_T, answer, 1 / format.temperature);
        if (answer === null) impossibleLabelCount++;
        else if (prompt === null) longPromptCount++;
        else if (row === null) forcedCount++;
        else {
          rows.push(row);
          if (prompt.cutTokenCount > 0) cutPromptCount++;
        }
      }
      outcome = asOutcome(step, i + 1);
      memory = format.form.advance(memory, step.action, outcome);
    }
  }
  return { rows, unlabelledCount, impossibleLabelCount, forcedCount, longPromptCount, cutPromptCount };
}

function renderOrNull(form: PromptForm, memory: unknown): Prompt | null {
  try {
    return form.render(memory);
  } catch (error) {
    if (error instanceof PromptTooLongError) return null;
    throw error;
  }
}

interface Answer {
  readonly tokens_T: Int32Array;
  readonly drawn_T: Uint8Array;
  readonly allowed_T: readonly (Int32Array | null)[];
}

function encodeAnswer(label: string, outcome: Outcome, format: ImitationFormat): Answer | null {
  if (format.constrained) {
    const choices = encodeChoices(format.tokenizer, offered(outcome, format), format.eosTokenId);
    const index = choices.actions_C.indexOf(label);
    return index < 0 ? null : forceChoice(choices, index);
  }
  const text = format.answerForm === "tags" ? ANSWER_TAGS.join(label) : label;
  const tokens_T = concatTokens([format.tokenizer.encode(text), Int32Array.of(format.eosTokenId)]);
  return { tokens_T, drawn_T: new Uint8Array(tokens_T.length).fill(1), allowed_T: Array.from(tokens_T, () => null) };
}

/** null when every token of the answer was forced. */
function rowOf(prompt_T: Int32Array, answer: Answer, inverseTemperature: number): TrainingRow | null {
  const drawn = [...answer.drawn_T.keys()].filter((t) => answer.drawn_T[t] === 1);
  const last = drawn.at(-1);
  if (last === undefined) return null;
  return {
    tokens_T: concatTokens([prompt_T, answer.tokens_T.subarray(0, last + 1)]),
    targets_N: Int32Array.from(drawn, (t) => prompt_T.length + t),
    allowed_N: drawn.map((t) => answer.allowed_T[t] ?? null),
    inverseTemperature,
    weights_N: new Float64Array(drawn.length).fill(1),
    advantages_N: new Float64Array(drawn.length),
    behaviourLogprobs_N: new Float32Array(drawn.length),
  };
}

/** A demonstrated moment as the outcome that a prompt form reads; hashes and rewards are not part of a demonstration. */
export function asOutcome(
  moment: { readonly observation: string; readonly admissible: readonly string[]; readonly validity?: string },
  seq: number,
): Outcome {
  return {
    seq,
    observation: moment.observation,
    admissible: moment.admissible,
    tools: [],
    admissibleComplete: true,
    reward: 0,
    rewardComponents: [],
    validity: (moment.validity ?? "") as ActionValidity,
    terminated: false,
    truncated: false,
    endReason: undefined,
    score: undefined,
    actingAgents: [""],
    normalizedAction: "",
    anchors: { observation: "", semantic: "", full: "" },
  };
}
