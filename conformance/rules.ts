// All rules, in the order in which they run: from what a server says of itself to what it survives.

import { agentTokenRules } from "./families/agent-token.ts";
import { branchRules } from "./families/branch.ts";
import { catalogueRules } from "./families/catalogue.ts";
import { determinismRules } from "./families/determinism.ts";
import { drainRules } from "./families/drain.ts";
import { exactlyOnceRules } from "./families/exactly-once.ts";
import { forkRules } from "./families/fork.ts";
import { groupRules } from "./families/group.ts";
import { hashRules } from "./families/hash.ts";
import { inlineTaskRules } from "./families/inline-task.ts";
import { leaseRules } from "./families/lease.ts";
import { outcomeRules } from "./families/outcome.ts";
import { requestRules } from "./families/request.ts";
import { resumeRules } from "./families/resume.ts";
import { securityRules } from "./families/security.ts";
import { streamRules } from "./families/stream.ts";
import { toolRules } from "./families/tool.ts";
import { transcriptRules } from "./families/transcript.ts";
import { verifierRules } from "./families/verifier.ts";
import type { Profile, Rule } from "./rule.ts";

export const RULES: readonly Rule[] = [
  ...catalogueRules,
  ...determinismRules,
  ...hashRules,
  ...transcriptRules,
  ...groupRules,
  ...inlineTaskRules,
  ...exactlyOnceRules,
  ...requestRules,
  ...leaseRules,
  ...resumeRules,
  ...branchRules,
  ...forkRules,
  ...outcomeRules,
  ...toolRules,
  ...streamRules,
  ...verifierRules,
  ...drainRules,
  ...agentTokenRules,
  ...securityRules,
];

/** The full profile holds the core one. */
export function rulesOf(profile: Profile): readonly Rule[] {
  return profile === "full" ? RULES : RULES.filter((rule) => rule.profile === "core");
}
