// Credit by distance to success on the graph that a group's trajectories draw: nodes are anchors, edges the steps taken,
// and the last step of every won episode leads to one virtual node "success". Nodes that never reach it are one step
// farther than the farthest that does. Source: GraphGPO (arXiv 2605.26684); specs/algorithms.md section 3.

import { type RowIndex, rowsOfGroup } from "./rows.ts";

/** The virtual end of a won episode, as `AdvantageRow.next` names it. */
export const SUCCESS_NODE = "success";

export interface GraphRule {
  readonly gamma: number;
  /** Pay for the progress of the step instead of for the place it reached. */
  readonly normalizeDistance: boolean;
}

export interface GraphReturns {
  /** 10 gamma^d(next), or 10 gamma^(d(next) - d(s) + 1), before penalties; per row. */
  readonly graphReturn: Float64Array;
  /** Steps to success of each node, per group in canonical order. */
  readonly distances: readonly ReadonlyMap<string, number>[];
}

/** Reward of success in the published recipe; returns scale with it. */
const SUCCESS_REWARD = 10;

/**
 * The return of every row from the graph of its group.
 * @param nodeOf state before the action of a row
 * @param nextOf state after it; `SUCCESS_NODE` after the last step of a won episode
 */
export function graphReturns(
  index: RowIndex,
  nodeOf: (row: number) => string,
  nextOf: (row: number) => string,
  rule: GraphRule,
): GraphReturns {
  const graphReturn = new Float64Array(index.rowCount);
  const distances: ReadonlyMap<string, number>[] = [];
  for (let g = 0; g < index.groupCount; g++) {
    const members = rowsOfGroup(index, g);
    const edges = Array.from(members, (row) => [nodeOf(row), nextOf(row)] as const);
    const distance = distancesToSuccess(edges);
    distances.push(distance);
    edges.forEach(([from, to], k) => {
      const reached = distance.get(to)!;
      const exponent = rule.normalizeDistance ? reached - distance.get(from)! + 1 : reached;
      graphReturn[members[k]!] = SUCCESS_REWARD * rule.gamma ** exponent;
    });
  }
  return { graphReturn, distances };
}

/** Breadth-first from success along reversed edges, each of weight 1. */
function distancesToSuccess(edges: readonly (readonly [string, string])[]): ReadonlyMap<string, number> {
  const sources = new Map<string, string[]>();
  for (const [from, to] of edges) {
    const list = sources.get(to);
    if (list === undefined) sources.set(to, [from]);
    else list.push(from);
  }
  const distance = new Map([[SUCCESS_NODE, 0]]);
  const queue = [SUCCESS_NODE];
  for (let head = 0; head < queue.length; head++) {
    const node = queue[head]!;
    for (const source of sources.get(node) ?? []) {
      if (distance.has(source)) continue;
      distance.set(source, distance.get(node)! + 1);
      queue.push(source);
    }
  }
  const farthest = distance.get(queue[queue.length - 1]!)!;
  for (const edge of edges) for (const node of edge) if (!distance.has(node)) distance.set(node, farthest + 1);
  return distance;
}
