// Admissible actions as token sequences, for decoding constrained to them and for teacher forcing under the same constraint.
// The sequences are distinct and none is a prefix of another. An action whose tokens equal those of an earlier one (two
// names outside the vocabulary) cannot be told apart by the policy: it is left out and counted.

import type { Tokenizer } from "./tokenizer.ts";

export interface Choices {
  /** Text of each choice, as the world offered it. */
  readonly actions_C: readonly string[];
  readonly tokens_C: readonly Int32Array[];
  /** Actions left out because the vocabulary cannot tell them from another. */
  readonly aliasCount: number;
}

/**
 * @param actions what the world offers, in its order
 * @param eosTokenId ends a choice that would be a prefix of another
 */
export function encodeChoices(tokenizer: Tokenizer, actions: readonly string[], eosTokenId: number): Choices {
  const actions_C: string[] = [];
  const tokens_C: Int32Array[] = [];
  for (const action of actions) {
    const tokens_T = tokenizer.encode(action);
    if (tokens_T.length === 0 || tokens_C.some((other) => sameTokens(other, tokens_T))) continue;
    actions_C.push(action);
    tokens_C.push(tokens_T);
  }
  return {
    actions_C,
    tokens_C: tokens_C.map((tokens_T) =>
      tokens_C.some((other) => other.length > tokens_T.length && startsWith(other, tokens_T))
        ? Int32Array.of(...tokens_T, eosTokenId)
        : tokens_T,
    ),
    aliasCount: actions.length - actions_C.length,
  };
}

/** Index of the choice that a completion spells; -1 if none. */
export function choiceIndex(choices: Choices, tokens_T: Int32Array): number {
  return choices.tokens_C.findIndex((choice) => sameTokens(choice, tokens_T));
}

/** How a constrained decoder would have written one choice: what it drew, what was forced, what else was allowed. */
export interface ForcedChoice {
  readonly tokens_T: Int32Array;
  /** 1 where at least two tokens were possible. */
  readonly drawn_T: Uint8Array;
  /** Ascending token ids where drawn, null where forced. */
  readonly allowed_T: readonly (Int32Array | null)[];
}

/** For imitation: the label `index` with the masks that decoding under these choices would apply. */
export function forceChoice(choices: Choices, index: number): ForcedChoice {
  const tokens_T = choices.tokens_C[index];
  if (tokens_T === undefined) throw new RangeError(`choice ${index} of ${choices.tokens_C.length} does not exist`);
  const drawn_T = new Uint8Array(tokens_T.length);
  const allowed_T: (Int32Array | null)[] = [];
  let remaining: readonly Int32Array[] = choices.tokens_C;
  tokens_T.forEach((token, position) => {
    const next = new Set(remaining.map((choice) => choice[position] as number));
    drawn_T[position] = next.size > 1 ? 1 : 0;
    allowed_T.push(next.size > 1 ? Int32Array.from(next).sort() : null);
    remaining = remaining.filter((choice) => choice[position] === token);
  });
  return { tokens_T, drawn_T, allowed_T };
}

function sameTokens(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && startsWith(a, b);
}

function startsWith(long_T: Int32Array, short_T: Int32Array): boolean {
  for (let at = 0; at < short_T.length; at++) if (long_T[at] !== short_T[at]) return false;
  return true;
}
