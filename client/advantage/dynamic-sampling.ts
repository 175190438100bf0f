// Which groups are worth training on, and the length penalty that goes with it: groups whose returns are all equal carry
// no signal and are dropped, surplus groups are cut. Everything dropped is counted by the caller, from the result.
// Source: DAPO (arXiv 2503.14476); specs/gigpo.md section 3.

import { hasNoSpread } from "./statistics.ts";

/** Returns before penalties of the members of a group; a lone member has no spread. */
export function carriesSignal(returns_G: ArrayLike<number>): boolean {
  return !hasNoSpread(returns_G);
}

export interface GroupSelection<Group> {
  /** At most `wanted`, in the given order. */
  readonly kept: readonly Group[];
  /** Without spread. */
  readonly dropped: readonly Group[];
  /** With spread, beyond what was wanted. */
  readonly surplus: readonly Group[];
}

/** The first `wanted` groups with spread. Fewer are kept when there are fewer: the caller samples again or goes on. */
export function selectGroups<Group>(
  groups: readonly Group[],
  returnsOf: (group: Group) => ArrayLike<number>,
  wanted: number,
): GroupSelection<Group> {
  const informative = groups.filter((group) => carriesSignal(returnsOf(group)));
  return {
    kept: informative.slice(0, wanted),
    dropped: groups.filter((group) => !carriesSignal(returnsOf(group))),
    surplus: informative.slice(wanted),
  };
}

export interface OverlongRule {
  /** L, tokens. */
  readonly maxLength: number;
  /** c, tokens: the penalty grows over the last c tokens before L. */
  readonly cache: number;
  /** p > 0 at L; longer completions pay no more. */
  readonly penalty: number;
}

/** min(0, -(|y| - (L - c)) / c * p), at least -p. Added to the reward. */
export function overlongPenalty(length: number, { maxLength, cache, penalty }: OverlongRule): number {
  const excess = Math.min(cache, Math.max(0, length - (maxLength - cache)));
  return excess === 0 ? 0 : (-excess / cache) * penalty;
}
