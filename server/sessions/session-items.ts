// What clients ask of a session and what it answers, in world terms: the codecs make the first and read the second.

import type { AnchorgymError } from "../../proto/errors.ts";
import type { StepRecord } from "./step-record.ts";
import type { SubmittedActions } from "./submitted-action.ts";

export type SessionStatus = "ACTIVE" | "ENDED" | "FAILED" | "SUSPENDED" | "CLOSED";

/** One step as a client asked for it. */
export interface SubmittedStep {
  readonly epoch: number;
  readonly seq: number;
  readonly actions: SubmittedActions;
  /** Hex; "": no precondition. */
  readonly expectedFullHash: string;
}

export interface SubmittedBranch {
  readonly epoch: number;
  readonly seq: number;
  readonly candidates: readonly SubmittedActions[];
}

export interface SubmittedCommit {
  readonly epoch: number;
  readonly seq: number;
  readonly branchIndex: number;
  /** Hex, of the chosen outcome. */
  readonly fullHash: string;
}

export type StepAnswer =
  | { readonly record: StepRecord; readonly replayed: boolean }
  | { readonly error: AnchorgymError };
export type BranchAnswer = { readonly candidates: readonly StepAnswer[] } | { readonly error: AnchorgymError };
export type Settle = (answer: StepAnswer) => void;
export type SettleBranch = (answer: BranchAnswer) => void;
