import type { Rule } from "../rule.ts";

export const resumeRules: readonly Rule[] = [];
