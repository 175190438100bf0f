// GiGPO: group-in-group policy optimisation. A = A_E + omega * A_S: the episode against its group, the step against the
// steps that started from the same anchor state. Paper semantics by default, the reference's by preset or switch.
// arXiv 2505.10978, Eq. 2-8; specs/gigpo.md. The anchor `hierarchical` is ours.

import { z } from "zod";
import { episodeAdvantages } from "../advantage/episode-advantage.ts";
import type { Partition } from "../advantage/partition.ts";
import type { AdvantageRow, AnchorLevel, RowIndex } from "../advantage/rows.ts";
import { hierarchicalStepAdvantages, type StepAdvantages, stepAdvantages } from "../advantage/step-advantage.ts";
import { choice, flag, real } from "../config/fields.ts";
import type { AdvantageResult, Algorithm } from "./algorithm.ts";
import { anchorDiagnostics, anchorLevel, anchorPartition, namedAnchorPartition } from "./anchor-grouping.ts";
import {
  episodeDiagnostics,
  fillFromPreset,
  groupFields,
  indexedReturns,
  meanAbsolute,
  normalizationField,
  PRESETS,
} from "./group-settings.ts";

export const gigpoConfigSchema = z
  .strictObject({
    name: z.literal("gigpo").optional(),
    ...groupFields,
    gamma: real({ min: 0, max: 1, doc: "Discount of step returns." }).default(0.95),
    omega: real({ min: 0, max: 100, doc: "Weight of the step level; 0: episode level only." }).default(1),
    normalization: normalizationField.default("meanStd"),
    anchor: choice(["state", "semantic", "observation", "full", "hierarchical"], {
      doc: "What identifies a state; state is another word for semantic.",
    }).optional(),
    grouping: choice(["exact", "similarity"], { doc: "Equal anchors, or similar observation texts." }).default("exact"),
    similarity: z
      .strictObject({
        threshold: real({ min: 0, above: true, max: 0.999999, doc: "Ratio that joins a cluster, in (0, 1)." }).default(
          0.95,
        ),
        autojunk: flag({ doc: "Drop frequent characters of long texts, as the reference does." }).default(true),
      })
      .prefault({}),
    repeatedVisits: choice(["all", "first"], { doc: "Which visits of a trajectory enter mean and std." }).default(
      "all",
    ),
  })
  .transform(({ name: _, ...given }) => {
    const anchor = given.anchor ?? PRESETS[given.preset].anchor;
    return { ...given, ...fillFromPreset(given), anchor: anchorLevel(anchor) };
  })
  .superRefine((config, context) => {
    if (config.grouping === "similarity" && config.anchor !== "observation") {
      const message = `expected "observation" with grouping "similarity", which compares texts; got "${config.anchor}"`;
      context.addIssue({ code: "custom", path: ["anchor"], message });
    }
  });

/** Every switch of specs/gigpo.md 1.6 with its value. */
export type GigpoConfig = Readonly<z.output<typeof gigpoConfigSchema>>;

interface StepLevel extends StepAdvantages {
  readonly diagnostics: Readonly<Record<string, number>>;
}

export const gigpo: Algorithm<GigpoConfig> = {
  name: "gigpo",
  sampler: "independent",
  configSchema: gigpoConfigSchema,
  groupKey: (row) => [row.group],
  advantage: gigpoAdvantages,
  loss: { kind: "policyGradient", ratio: "token", aggregation: "tokenMean" },
  router: () => "policy",
};

/** Eq. 8 for every row; O(rows) with exact anchors. */
function gigpoAdvantages(rows: readonly AdvantageRow[], config: GigpoConfig): AdvantageResult {
  const indexed = indexedReturns(rows, config);
  const episode = episodeAdvantages(indexed.index, indexed.returns, config);
  const step = stepLevel(rows, indexed.index, indexed.returns.stepReturn, config);
  const { episodeAdvantage } = episode;
  const { stepAdvantage } = step;
  return {
    advantage: episodeAdvantage.map((value, row) => value + config.omega * stepAdvantage[row]!),
    episodeAdvantage,
    stepAdvantage,
    diagnostics: {
      ...episodeDiagnostics(indexed, episode),
      ...step.diagnostics,
      "advantage/step_abs_mean": meanAbsolute(stepAdvantage),
    },
  };
}

function stepLevel(
  rows: readonly AdvantageRow[],
  index: RowIndex,
  stepReturn: Float64Array,
  config: GigpoConfig,
): StepLevel {
  if (config.anchor === "hierarchical") {
    const full = namedAnchorPartition(rows, index, "full");
    const semantic = namedAnchorPartition(rows, index, "semantic");
    const step = hierarchicalStepAdvantages(index, full, semantic, stepReturn, config);
    const known = new Map<AnchorLevel, Partition>([
      ["full", full],
      ["semantic", semantic],
    ]);
    const rowCount = Math.max(index.rowCount, 1);
    return {
      ...step,
      diagnostics: {
        ...anchorDiagnostics(rows, index, semantic, known),
        "advantage/zero_spread_step_group_frac": step.zeroSpreadBucketCount / Math.max(full.count + semantic.count, 1),
        "advantage/hierarchical_full_frac": step.fullRowCount / rowCount,
        "advantage/hierarchical_semantic_frac": step.semanticRowCount / rowCount,
        "advantage/hierarchical_unmatched_frac": step.unmatchedRowCount / rowCount,
      },
    };
  }
  const partition = anchorPartition(rows, index, config.anchor, config);
  const step = stepAdvantages(index, partition, stepReturn, config);
  const known = new Map<AnchorLevel, Partition>(config.grouping === "exact" ? [[config.anchor, partition]] : []);
  return {
    ...step,
    diagnostics: {
      ...anchorDiagnostics(rows, index, partition, known),
      "advantage/zero_spread_step_group_frac": step.zeroSpreadBucketCount / Math.max(partition.count, 1),
    },
  };
}
