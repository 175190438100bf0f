// RLOO: A_i = R_i - mean of the other members of the group. A trajectory alone in its group has A = 0. The loss is the
// clipped token form, of which RLOO's unclipped one is the first, on-policy step. arXiv 2402.14740.

import { z } from "zod";
import { leaveOneOutAdvantages } from "../advantage/episode-advantage.ts";
import type { AdvantageRow } from "../advantage/rows.ts";
import { real } from "../config/fields.ts";
import type { AdvantageResult, Algorithm } from "./algorithm.ts";
import { dynamicSamplingField, episodeDiagnostics, indexedReturns, validityField } from "./group-settings.ts";

export const rlooConfigSchema = z
  .strictObject({
    name: z.literal("rloo").optional(),
    invalidActionPenalty: z
      .strictObject({ coefficient: real({ min: 0, doc: "Reward that an invalid action costs." }).default(0.1) })
      .prefault({}),
    validity: validityField,
    dynamicSampling: dynamicSamplingField,
  })
  .transform(({ name: _, ...given }) => given);

export type RlooConfig = Readonly<z.output<typeof rlooConfigSchema>>;

export const rloo: Algorithm<RlooConfig> = {
  name: "rloo",
  sampler: "independent",
  configSchema: rlooConfigSchema,
  groupKey: (row) => [row.group],
  advantage: rlooAdvantages,
  loss: { kind: "policyGradient", ratio: "token", aggregation: "tokenMean" },
  router: () => "policy",
};

function rlooAdvantages(rows: readonly AdvantageRow[], config: RlooConfig): AdvantageResult {
  const invalidActionPenalty = { ...config.invalidActionPenalty, apply: "reward" as const };
  const indexed = indexedReturns(rows, { validity: config.validity, invalidActionPenalty, gamma: 1 });
  const episode = leaveOneOutAdvantages(indexed.index, indexed.returns);
  return {
    advantage: episode.episodeAdvantage.slice(),
    episodeAdvantage: episode.episodeAdvantage,
    stepAdvantage: new Float64Array(rows.length),
    diagnostics: episodeDiagnostics(indexed, episode),
  };
}
