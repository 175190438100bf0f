// What of a loss and a batch decides the arithmetic, and so is part of a graph's key. Coefficients are inputs.

import type { LossSpec } from "../../engine.ts";

export type LossForm = PlainForm | PolicyGradientForm;

/** What the batch decides. */
export interface SharedForm {
  /** Logits of tokens that were not allowed are shut out. */
  readonly masked: boolean;
  /** Few targets per row: the last layer computes them alone. */
  readonly sparse: boolean;
  /** Targets that meet the vocabulary at a time; 0: all at once. */
  readonly chunkRows: number;
  /** Equal parts of the tokens, each of which attends to those up to its own end alone; rows are padded to whole parts. */
  readonly attentionParts: number;
}
/** "none": logprobs alone, no gradients. "linear": the loss is the logprob, all else is in the weights. */
interface PlainForm extends SharedForm {
  readonly name: "none" | "cross-entropy" | "linear";
}
export interface PolicyGradientForm extends SharedForm {
  readonly name: "policy-gradient";
  readonly ratio: "token" | "action" | "sequence";
  readonly dualClip: boolean;
  readonly kl: "k1" | "k2" | "k3" | null;
  /** The entropy is part of the loss, not only of the report. */
  readonly entropy: boolean;
}

export function lossForm(loss: LossSpec | null, shared: SharedForm): LossForm {
  if (loss === null) return { name: "none", ...shared };
  switch (loss.name) {
    case "cross-entropy":
      return { name: "cross-entropy", ...shared };
    case "rebel":
    case "a-star":
      return { name: "linear", ...shared };
    case "policy-gradient":
      return {
        name: "policy-gradient",
        ...shared,
        ratio: loss.ratio ?? "token",
        dualClip: loss.dualClip !== null,
        kl: loss.klCoefficient === 0 ? null : loss.klEstimator,
        entropy: loss.entropyCoefficient !== 0,
      };
  }
}

/** Numbers of logits that are made at once without a second thought: 64 MB, of which a step holds about five. */
const FEW_LOGITS = 2 ** 24;
/** Logits of one turn of the chunked head. */
const TURN_LOGITS = 2 ** 23;

/** @returns 0 where all logits of so many targets fit */
export function chunkRowsFor(targetCount: number, vocabSize: number): number {
  if (targetCount * vocabSize <= FEW_LOGITS) return 0;
  return Math.max(16, 2 ** Math.floor(Math.log2(TURN_LOGITS / vocabSize)));
}

/** More parts spare more of the scores and cut more of everything else: they pay for long rows. */
export function attentionPartsFor(tokenCount: number): number {
  if (tokenCount < 96) return 1;
  return tokenCount < 384 ? 2 : 4;
}
