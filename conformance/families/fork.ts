import type { Rule } from "../rule.ts";

export const forkRules: readonly Rule[] = [];
