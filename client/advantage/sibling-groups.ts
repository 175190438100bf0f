// Advantages of K siblings that answered one prompt in a tree of agents and turns, and which of them goes on.
// Keys are tuples: (env, agent, turn) is AT-GRPO, `released` the key of its public code, which shares one baseline among
// K problems, and (env, agent) is Dr. MAS. Source: specs/at-grpo.md sections 2, 2.1, 3, 8; specs/algorithms.md section 4.

import { groupAdvantages, type SingletonRule } from "./outcome-estimators.ts";
import type { NormalizationRule } from "./statistics.ts";

/** One candidate answer of one agent at one turn. */
export interface SiblingRow {
  readonly env: number;
  readonly turn: number;
  readonly agent: string;
  readonly candidate: number;
  /** Reward of the state that the team reached. */
  readonly team: number;
  /** Reward of the answer alone. */
  readonly local: number;
}

export type SiblingKey = "env-agent-turn" | "released" | "env-agent";

export interface SiblingRule extends NormalizationRule {
  readonly groupKey: SiblingKey;
  readonly singleton: SingletonRule;
  /** Siblings per prompt, K; the released key divides the environment number by it. */
  readonly samples: number;
}

/** Eq. 3 of AT-GRPO (arXiv 2510.11062): alpha * team + local. */
export function siblingReward(row: SiblingRow, alpha: number): number {
  return alpha * row.team + row.local;
}

function keyOf(row: SiblingRow, rule: Pick<SiblingRule, "groupKey" | "samples">): readonly (string | number)[] {
  switch (rule.groupKey) {
    case "env-agent-turn":
      return [row.env, row.agent, row.turn];
    case "released":
      return [Math.floor(row.env / rule.samples), row.agent, row.turn];
    case "env-agent":
      return [row.env, row.agent];
  }
}

/** Row numbers grouped by tuple keys, in order of appearance; tuples are equal when their parts are. */
export function groupByTuple(keys: readonly (readonly (string | number)[])[]): readonly (readonly number[])[] {
  interface Node {
    readonly children: Map<string | number, Node>;
    readonly rows: number[];
  }
  const newNode = (): Node => ({ children: new Map(), rows: [] });
  const root = newNode();
  const groups: number[][] = [];
  keys.forEach((parts, row) => {
    let node = root;
    for (const part of parts) {
      let child = node.children.get(part);
      if (child === undefined) {
        child = newNode();
        node.children.set(part, child);
      }
      node = child;
    }
    if (node.rows.length === 0) groups.push(node.rows);
    node.rows.push(row);
  });
  return groups;
}

export interface SiblingAdvantages {
  readonly advantage: Float64Array;
  /** Group number of each row. */
  readonly group: Int32Array;
}

/** @param rewards per row, from `siblingReward`. */
export function siblingAdvantages(
  rows: readonly SiblingRow[],
  rewards: ArrayLike<number>,
  rule: SiblingRule,
): SiblingAdvantages {
  const groups = groupByTuple(rows.map((row) => keyOf(row, rule)));
  const advantage = new Float64Array(rows.length);
  const group = new Int32Array(rows.length);
  const related = groupAdvantages(
    groups.map((members) => members.map((row) => rewards[row]!)),
    rule,
  );
  groups.forEach((members, g) => {
    members.forEach((row, k) => {
      advantage[row] = related[g]![k]!;
      group[row] = g;
    });
  });
  return { advantage, group };
}

/** 1 for the candidate that goes on at each (env, turn, agent): the largest reward, the smallest candidate on ties. */
export function siblingWinners(rows: readonly SiblingRow[], rewards: ArrayLike<number>): Uint8Array {
  const winners = new Uint8Array(rows.length);
  for (const members of groupByTuple(rows.map((row) => [row.env, row.turn, row.agent]))) {
    const isBetter = (a: number, b: number) =>
      rewards[a]! > rewards[b]! || (rewards[a] === rewards[b] && rows[a]!.candidate < rows[b]!.candidate);
    winners[members.reduce((best, row) => (isBetter(row, best) ? row : best))] = 1;
  }
  return winners;
}
