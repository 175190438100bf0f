// From configuration to anchor groups: which key of a row stands for its state, exact or similar, and the counts that
// tell how well rows meet under each anchor. Source: specs/gigpo.md 1.7, 1.8; `hierarchical` is ours.

import { loneKeyFraction, loneRowFraction, type Partition, partitionWithinGroups } from "../advantage/partition.ts";
import { type AdvantageRow, type AnchorLevel, RowError, type RowIndex } from "../advantage/rows.ts";
import { type SimilarityRule, similarityPartition } from "../advantage/similarity-clusters.ts";

export interface GroupingRule {
  readonly grouping: "exact" | "similarity";
  readonly similarity: SimilarityRule;
}

/** Equal hashes and nothing else: the rule of algorithms without a similarity setting. */
export const EXACT_GROUPING: GroupingRule = { grouping: "exact", similarity: { threshold: 0.95, autojunk: true } };

/** `state` is the paper's word for the semantic state (specs/gigpo.md 1.7). */
export function anchorLevel<Level extends string>(anchor: Level | "state"): Exclude<Level, "state"> | "semantic" {
  return anchor === "state" ? "semantic" : (anchor as Exclude<Level, "state">);
}

/** All anchors that rows may carry, coarse to fine in the eyes of the world. */
export const ANCHOR_LEVELS = ["observation", "semantic", "full"] as const satisfies readonly AnchorLevel[];

/** Rows grouped by one anchor. @throws {RowError} when a row has neither this anchor nor a single one. */
export function anchorPartition(
  rows: readonly AdvantageRow[],
  index: RowIndex,
  level: AnchorLevel,
  rule: GroupingRule,
): Partition {
  if (rule.grouping === "similarity") {
    const textOf = (row: number) => {
      const text = rows[row]!.anchor;
      if (text !== undefined) return text;
      throw new RowError(
        row,
        "anchor",
        "similarity compares observation texts; give the text as anchor, or group exactly",
      );
    };
    return similarityPartition(index, textOf, rule.similarity);
  }
  return partitionWithinGroups(index, (row) => anchorOf(rows[row]!, row, level));
}

function anchorOf(row: AdvantageRow, number: number, level: AnchorLevel): string {
  const anchor = row.anchors?.[level] ?? row.anchor;
  if (anchor !== undefined) return anchor;
  throw new RowError(number, `anchors.${level}`, "missing; give the state's hash, or one anchor for all levels");
}

/** Rows grouped by an anchor that must be there by its own name. @throws {RowError} when a row lacks it. */
export function namedAnchorPartition(rows: readonly AdvantageRow[], index: RowIndex, level: AnchorLevel): Partition {
  return partitionWithinGroups(index, (row) => {
    const anchor = rows[row]!.anchors?.[level];
    if (anchor !== undefined) return anchor;
    throw new RowError(
      row,
      `anchors.${level}`,
      "missing; hierarchical anchors compare full and semantic hashes of each row",
    );
  });
}

/** Share of lone rows under each anchor that every row carries, and sizes under the anchor in use. */
export function anchorDiagnostics(
  rows: readonly AdvantageRow[],
  index: RowIndex,
  used: Partition,
  known: ReadonlyMap<AnchorLevel, Partition>,
): Record<string, number> {
  const diagnostics: Record<string, number> = {
    "advantage/singleton_anchor_frac": loneRowFraction(used),
    "advantage/step_group_size_mean": used.count === 0 ? 0 : used.rows.length / used.count,
    "advantage/step_group_count": used.count,
  };
  const carriesAll = rows.length > 0 && rows.every((row) => row.anchors !== undefined);
  if (carriesAll) {
    for (const level of ANCHOR_LEVELS) {
      const partition = known.get(level);
      diagnostics[`advantage/singleton_anchor_${level}_frac`] =
        partition === undefined
          ? loneKeyFraction(index, (row) => rows[row]!.anchors![level])
          : loneRowFraction(partition);
    }
  }
  return diagnostics;
}
