// What the policy is told at each step: a pure reducer from outcomes to a memory, and a rendering of that memory as tokens
// within a length bound. A memory knows only what an agent has read or been offered, never the world's hidden state.
// Implementations: belief-summary.ts, history-window.ts. Forms hold no episode: one form serves thousands of them.

import type { Outcome } from "../transport/world-service.ts";
import type { Prompt } from "../types.ts";

/** Memories are immutable: forks and replays may share them. */
export interface PromptForm<Memory = unknown> {
  readonly name: string;
  /** @param initial outcome 0 of an episode */
  begin(initial: Outcome): Memory;
  /** @param action the text that was sent; @param outcome what it led to */
  advance(memory: Memory, action: string, outcome: Outcome): Memory;
  /** @throws {PromptTooLongError} when even the parts that cannot be cut exceed the bound */
  render(memory: Memory): Prompt;
}

/** The bound is too small for the fixed parts of a prompt: the episode breaks, and the bound or the form must change. */
export class PromptTooLongError extends Error {
  override readonly name = "PromptTooLongError";
}

export function concatTokens(parts: readonly Int32Array[]): Int32Array {
  const tokens_T = new Int32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    tokens_T.set(part, at);
    at += part.length;
  }
  return tokens_T;
}

/** The first and last tokens of a text that must shrink to `length`; the middle is what the reader misses least. */
export function withoutMiddle(tokens_T: Int32Array, length: number): Int32Array {
  if (tokens_T.length <= length) return tokens_T;
  const tail = Math.floor(length / 2);
  return concatTokens([tokens_T.subarray(0, length - tail), tokens_T.subarray(tokens_T.length - tail)]);
}
