import type { Rule } from "../rule.ts";

export const branchRules: readonly Rule[] = [];
