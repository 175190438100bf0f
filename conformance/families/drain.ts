import type { Rule } from "../rule.ts";

export const drainRules: readonly Rule[] = [];
