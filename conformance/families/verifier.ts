import type { Rule } from "../rule.ts";

export const verifierRules: readonly Rule[] = [];
