// Dr. GRPO: A = R - mean, which removes the difficulty bias of the deviation; the loss divides by a constant instead of
// the completion's length, which removes the length bias. arXiv 2503.20783.

import { z } from "zod";
import type { Algorithm } from "./algorithm.ts";
import { fillFromPreset, groupFields } from "./group-settings.ts";
import { type GrpoConfig, grpoAdvantages } from "./grpo.ts";

export const drGrpoConfigSchema = z
  .strictObject({ name: z.literal("dr-grpo").optional(), ...groupFields })
  .transform(({ name: _, ...given }) => ({ ...given, ...fillFromPreset(given), normalization: "mean" as const }));

export const drGrpo: Algorithm<GrpoConfig> = {
  name: "dr-grpo",
  sampler: "independent",
  configSchema: drGrpoConfigSchema,
  groupKey: (row) => [row.group],
  advantage: grpoAdvantages,
  loss: { kind: "policyGradient", ratio: "token", aggregation: "constantNorm" },
  router: () => "policy",
};
