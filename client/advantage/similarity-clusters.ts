// Clusters of similar texts by first fit: a text joins the first cluster whose representative (its first member, never
// replaced) is at least `threshold` alike, else it opens one. Order dependent and not transitive, so texts are taken in
// canonical row order. Source: specs/gigpo.md 1.8.

import { type Partition, partitionWithinGroups } from "./partition.ts";
import type { RowIndex } from "./rows.ts";
import { codePoints, type IndexedText, indexText, ratioBound, ratioOf } from "./text-similarity.ts";

export interface SimilarityRule {
  /** In (0, 1). */
  readonly threshold: number;
  readonly autojunk: boolean;
}

/** Cluster number of each text, numbered in order of appearance. */
export function similarityClusters(texts: readonly string[], rule: SimilarityRule): Int32Array {
  const assign = clusterAssigner(rule);
  return Int32Array.from(texts, assign);
}

/** Rows clustered by text inside their groups. */
export function similarityPartition(index: RowIndex, textOf: (row: number) => string, rule: SimilarityRule): Partition {
  let group = -1;
  let assign = clusterAssigner(rule);
  return partitionWithinGroups(index, (row) => {
    if (index.groupOfRow[row] !== group) {
      group = index.groupOfRow[row]!;
      assign = clusterAssigner(rule);
    }
    return assign(textOf(row));
  });
}

/** Clusters only grow at the end, so a text seen before belongs where it belonged: each distinct text is compared once. */
function clusterAssigner(rule: SimilarityRule): (text: string) => number {
  const representatives: IndexedText[] = [];
  const known = new Map<string, number>();
  return (text) => {
    const seen = known.get(text);
    if (seen !== undefined) return seen;
    const points = codePoints(text);
    let cluster = representatives.findIndex(
      (representative) =>
        ratioBound(points, representative.points) >= rule.threshold &&
        ratioOf(points, representative) >= rule.threshold,
    );
    if (cluster < 0) cluster = representatives.push(indexText(text, rule.autojunk)) - 1;
    known.set(text, cluster);
    return cluster;
  };
}
