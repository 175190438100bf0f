// HGPO: step advantages over contexts of 0..K earlier anchors, averaged with weights that grow with the context; the
// episode enters only as an optional item of weight 1. arXiv 2602.22817; specs/algorithms.md section 3.

import { z } from "zod";
import { contextAdvantages } from "../advantage/context-advantage.ts";
import { episodeAdvantages } from "../advantage/episode-advantage.ts";
import type { AdvantageRow } from "../advantage/rows.ts";
import { choice, flag, integer, real } from "../config/fields.ts";
import type { AdvantageResult, Algorithm } from "./algorithm.ts";
import { anchorDiagnostics, anchorLevel, anchorPartition, EXACT_GROUPING } from "./anchor-grouping.ts";
import {
  episodeDiagnostics,
  fillFromPreset,
  groupFields,
  indexedReturns,
  meanAbsolute,
  normalizationField,
  PRESETS,
} from "./group-settings.ts";

export const hgpoConfigSchema = z
  .strictObject({
    name: z.literal("hgpo").optional(),
    ...groupFields,
    gamma: real({ min: 0, max: 1, doc: "Discount of step returns." }).default(0.95),
    normalization: normalizationField.default("meanStd"),
    anchor: choice(["state", "semantic", "observation", "full"], { doc: "What identifies a state." }).optional(),
    history: integer({ min: 0, max: 64, doc: "K: earlier anchors in the longest context." }).default(2),
    alpha: real({ min: 0, max: 10, doc: "Weights are (c + 2)^alpha; 0: all contexts alike." }).default(1),
    baseGroup: flag({ doc: "The episode advantage joins the mean with weight 1." }).default(false),
  })
  .transform(({ name: _, ...given }) => {
    const anchor = given.anchor ?? PRESETS[given.preset].anchor;
    const filled = fillFromPreset(given);
    // All statistics of HGPO run over rows, those of its base item too, whatever the preset.
    const episodeStatistics = given.episodeStatistics ?? ("rows" as const);
    return { ...given, ...filled, episodeStatistics, anchor: anchorLevel(anchor) };
  });

export type HgpoConfig = Readonly<z.output<typeof hgpoConfigSchema>>;

export const hgpo: Algorithm<HgpoConfig> = {
  name: "hgpo",
  sampler: "independent",
  configSchema: hgpoConfigSchema,
  groupKey: (row) => [row.group],
  advantage: hgpoAdvantages,
  loss: { kind: "policyGradient", ratio: "token", aggregation: "tokenMean" },
  router: () => "policy",
};

function hgpoAdvantages(rows: readonly AdvantageRow[], config: HgpoConfig): AdvantageResult {
  const indexed = indexedReturns(rows, config);
  const { index, returns } = indexed;
  const episode = episodeAdvantages(index, returns, config);
  const anchors = anchorPartition(rows, index, config.anchor, EXACT_GROUPING);
  const base = config.baseGroup ? episode.episodeAdvantage : undefined;
  const advantage = contextAdvantages(index, anchors, returns.stepReturn, config, base);
  return {
    advantage,
    episodeAdvantage: episode.episodeAdvantage,
    stepAdvantage: config.baseGroup ? contextAdvantages(index, anchors, returns.stepReturn, config) : advantage.slice(),
    diagnostics: {
      ...episodeDiagnostics(indexed, episode),
      ...anchorDiagnostics(rows, index, anchors, new Map([[config.anchor, anchors]])),
      "advantage/step_abs_mean": meanAbsolute(advantage),
    },
  };
}
