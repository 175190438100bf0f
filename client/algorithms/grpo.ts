// GRPO over episodes: every step carries A = (R - mean) / (std + epsilon) of its trajectory in its group. Equal to GiGPO
// with omega 0. Statistics run over trajectories, not rows, unless a switch says otherwise. arXiv 2402.03300.

import { z } from "zod";
import { episodeAdvantages } from "../advantage/episode-advantage.ts";
import type { AdvantageRow } from "../advantage/rows.ts";
import type { AdvantageResult, Algorithm } from "./algorithm.ts";
import {
  episodeDiagnostics,
  fillFromPreset,
  groupFields,
  indexedReturns,
  normalizationField,
} from "./group-settings.ts";

export const grpoConfigSchema = z
  .strictObject({
    name: z.literal("grpo").optional(),
    ...groupFields,
    normalization: normalizationField.default("meanStd"),
  })
  .transform(({ name: _, ...given }) => ({ ...given, ...fillFromPreset(given) }));

export type GrpoConfig = Readonly<z.output<typeof grpoConfigSchema>>;

export const grpo: Algorithm<GrpoConfig> = {
  name: "grpo",
  sampler: "independent",
  configSchema: grpoConfigSchema,
  groupKey: (row) => [row.group],
  advantage: grpoAdvantages,
  loss: { kind: "policyGradient", ratio: "token", aggregation: "tokenMean" },
  router: () => "policy",
};

/** The episode level alone; step returns are not looked at, so their discount does not matter. */
export function grpoAdvantages(rows: readonly AdvantageRow[], config: GrpoConfig): AdvantageResult {
  const indexed = indexedReturns(rows, { ...config, gamma: 1 });
  const episode = episodeAdvantages(indexed.index, indexed.returns, config);
  return {
    advantage: episode.episodeAdvantage.slice(),
    episodeAdvantage: episode.episodeAdvantage,
    stepAdvantage: new Float64Array(rows.length),
    diagnostics: episodeDiagnostics(indexed, episode),
  };
}
