// The kit judges rightly: our server keeps every rule, and each rule notices a server that breaks it, by its own name.

import { afterEach, describe, expect, it } from "vitest";
import { RULES } from "../../conformance/rules.ts";
import { runRules } from "../../conformance/run-rules.ts";
import { startMutant } from "../doubles/mutant-server.ts";
import { closeAll } from "../doubles/running-server.ts";
import { FULL_MUTANTS } from "./full-mutants.ts";
import { CORE_MUTANTS } from "./mutants.ts";
import { TASK_AND_TOOL_MUTANTS } from "./task-and-tool-mutants.ts";
import { startTrueServer } from "./true-server.ts";

afterEach(closeAll);

const MUTANTS = { ...CORE_MUTANTS, ...TASK_AND_TOOL_MUTANTS, ...FULL_MUTANTS };
/** What our own server gives no occasion for; each entry is a debt. */
const SKIPPED: readonly string[] = [];

const complaints = (rules: readonly { readonly id: string; readonly result: string }[]) =>
  rules.filter(({ id, result }) => result !== (SKIPPED.includes(id) ? "skipped" : "passed"));

describe("the conformance kit", () => {
  it("finds nothing to say against our own server", async () => {
    const { address, restart } = await startTrueServer();
    const { rules } = await runRules({ address, restart, rules: RULES });
    expect(complaints(rules)).toEqual([]);
  });

  // Leases do not depend on the world, and wait.
  const quick = RULES.filter(({ id }) => !id.startsWith("LEA") && id !== "RES-3");
  it.each(["tally", "tally-sequential", "sums", "corridor-two"])(
    "finds nothing broken in %s: two agents, one step, or tools",
    async (environment) => {
      const { address, restart } = await startTrueServer();
      const { passed, rules } = await runRules({ address, environment, restart, rules: quick });
      expect(rules.filter(({ result }) => result === "failed")).toEqual([]);
      expect(passed).toBeGreaterThan(80);
    },
  );

  it("finds nothing to say against the double that passes everything on", async () => {
    const { address: target, restart } = await startTrueServer();
    const { rules } = await runRules({ address: await startMutant(target, {}), restart, rules: RULES });
    expect(complaints(rules)).toEqual([]);
  });

  it("has a wrong server for every rule", () => {
    expect(Object.keys(MUTANTS).sort()).toEqual(RULES.map(({ id }) => id).sort());
  });

  it("gives each rule a name of its own and a sentence", () => {
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
    for (const { sentence } of RULES) expect(sentence).toMatch(/^[A-Za-z`_].{20,}\.$/);
  });
});

describe("a server that breaks one rule is caught by it", () => {
  const cases = RULES.flatMap((rule) =>
    (MUTANTS[rule.id] ?? []).map((mutation, at) => [rule.id, at, rule, mutation] as const),
  );
  it.each(cases)("%s, mutant %i", async (id, _at, rule, mutation) => {
    const { address: target, restart } = await startTrueServer();
    const { rules } = await runRules({ address: await startMutant(target, mutation), restart, rules: [rule] });
    expect(rules[0]).toMatchObject({ id, result: "failed", sentence: rule.sentence });
    expect(rules[0]?.detail).not.toBe("");
  });
});
