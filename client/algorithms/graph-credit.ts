// Graph credit: the step level of GiGPO on returns that count distance to success over the states that a group has seen,
// A = stepWeight * A_S + episodeWeight * A_E. The penalty comes off the finished return. GraphGPO, arXiv 2605.26684.

import { z } from "zod";
import { episodeAdvantages } from "../advantage/episode-advantage.ts";
import { graphReturns } from "../advantage/graph-credit.ts";
import { isInvalid } from "../advantage/penalties.ts";
import { type AdvantageRow, type AnchorLevel, RowError } from "../advantage/rows.ts";
import { stepAdvantages } from "../advantage/step-advantage.ts";
import { choice, flag, real } from "../config/fields.ts";
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

export const graphCreditConfigSchema = z
  .strictObject({
    name: z.literal("graph-credit").optional(),
    ...groupFields,
    gamma: real({ min: 0, above: true, max: 1, doc: "Discount per step of distance; the paper: 0.1." }).default(0.1),
    normalization: normalizationField.default("meanStd"),
    normalizeDistance: flag({ doc: "Pay for the progress of a step, not for the place reached." }).default(false),
    anchor: choice(["state", "semantic", "observation", "full"], { doc: "What identifies a state." }).optional(),
    stepWeight: real({ min: 0, max: 100, doc: "Weight of the step level." }).default(1),
    episodeWeight: real({ min: 0, max: 100, doc: "Weight of the episode level." }).default(1),
  })
  .transform(({ name: _, ...given }) => {
    const anchor = given.anchor ?? PRESETS[given.preset].anchor;
    return { ...given, ...fillFromPreset(given), anchor: anchorLevel(anchor) };
  });

export type GraphCreditConfig = Readonly<z.output<typeof graphCreditConfigSchema>>;

export const graphCredit: Algorithm<GraphCreditConfig> = {
  name: "graph-credit",
  sampler: "independent",
  configSchema: graphCreditConfigSchema,
  groupKey: (row) => [row.group],
  advantage: graphCreditAdvantages,
  loss: { kind: "policyGradient", ratio: "token", aggregation: "tokenMean" },
  router: () => "policy",
};

function graphCreditAdvantages(rows: readonly AdvantageRow[], config: GraphCreditConfig): AdvantageResult {
  const indexed = indexedReturns(rows, { ...config, gamma: 1 });
  const { index, returns } = indexed;
  const anchors = anchorPartition(rows, index, config.anchor, EXACT_GROUPING);
  const nodeOf = (row: number) => rows[row]!.anchors?.[config.anchor] ?? rows[row]!.anchor!;
  const { graphReturn } = graphReturns(index, nodeOf, (row) => nextOf(rows[row]!, row, config.anchor), config);
  const { coefficient } = config.invalidActionPenalty;
  const stepReturn = graphReturn.map(
    (value, row) => value - (isInvalid(rows[row]!, config.validity) ? coefficient : 0),
  );
  const { stepAdvantage, zeroSpreadBucketCount } = stepAdvantages(index, anchors, stepReturn, {
    ...config,
    repeatedVisits: "all",
  });
  const episode = episodeAdvantages(index, returns, config);
  return {
    advantage: stepAdvantage.map(
      (value, row) => config.stepWeight * value + config.episodeWeight * episode.episodeAdvantage[row]!,
    ),
    episodeAdvantage: episode.episodeAdvantage,
    stepAdvantage,
    diagnostics: {
      ...episodeDiagnostics(indexed, episode),
      ...anchorDiagnostics(rows, index, anchors, new Map([[config.anchor, anchors]])),
      "advantage/zero_spread_step_group_frac": zeroSpreadBucketCount / Math.max(anchors.count, 1),
      "advantage/step_abs_mean": meanAbsolute(stepAdvantage),
    },
  };
}

function nextOf(row: AdvantageRow, number: number, level: AnchorLevel): string {
  const next = row.next ?? row.nextAnchors?.[level];
  if (next !== undefined) return next;
  throw new RowError(
    number,
    "next",
    'missing; give the state after the action, "success" after the last step of a win',
  );
}
