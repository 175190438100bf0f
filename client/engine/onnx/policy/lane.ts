// What sampling does with its rows, whatever kind they are: a row's prompt is read, its first token drawn, and then it
// goes on in the lane of its kind until it ends. A row that fails ends, too, and alone.

import type { Completion, PolicyVersion } from "../../engine.ts";
import type { Block } from "./prefix-cache.ts";

export interface SampledRow {
  /** What is read before the first draw. */
  readonly prefix_T: Int32Array;
  /** Tokens of prompt and completion, at most. */
  readonly longest: number;
  /** What ended the row before its end; null: nothing has. */
  failure: unknown;
  readonly hasEnded: boolean;
  /** Draws from the logits of what comes next. @throws {EngineError} GENERATION_FAILED when they are not finite */
  draw(logits_V: Float32Array): void;
  /** Of a row that has ended without a failure. */
  completion(policyVersion: PolicyVersion): Completion;
}

/** How many rows, the most tokens that one of them may come to hold, and those of all of them together. */
export interface LaneLoad {
  rows: number;
  longest: number;
  total: number;
}

/** Rows of one kind that go on together. */
export interface Lane<Row extends SampledRow> {
  /** True: rows come with nothing read and nothing drawn, and without blocks; the lane's runs read their prompts. */
  readonly readsPrompts: boolean;
  readonly active: readonly Row[];
  /** Tokens whose keys and values such rows hold in this lane. */
  tokensOf(load: LaneLoad): number;
  /** Takes a row whose first token is drawn, with the blocks of its prefix; or as `readsPrompts` says. */
  add(row: Row, blocks: readonly Block[], load: LaneLoad): void;
  /** One run for every active row. */
  run(): Promise<void>;
  /** Rows that have ended leave. */
  sweep(): void;
}

/** What goes wrong with a row is the row's own. */
export function attempt(row: SampledRow, work: () => void): void {
  try {
    work();
  } catch (error) {
    row.failure = error;
  }
}
