// The kit judges rightly: our server keeps every rule, and each rule notices a server that breaks it, by its own name.

import { afterEach, describe, expect, it } from "vitest";
import type { Rule } from "../../conformance/rule.ts";
import { rulesOf } from "../../conformance/rules.ts";
import { runRules } from "../../conformance/run-rules.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";
import { startMutant } from "../doubles/mutant-server.ts";
import { closeAll, startServer } from "../doubles/running-server.ts";
import { CORE_MUTANTS } from "./mutants.ts";

afterEach(closeAll);

const RULES = rulesOf("core");
const MUTANTS = CORE_MUTANTS;

/** Two environments, so that their order can be wrong; short leases, so that they end within the test. */
async function startTrueServer(): Promise<string> {
  const worlds = [corridorWorld(), corridorWorld({ name: "corridor-two" })];
  const server = await startServer(worlds as never, { minLeaseTtlMs: 1_000 });
  return server.address;
}

async function verdictOf(rule: Rule, address: string) {
  const { rules } = await runRules({ address, rules: [rule] });
  return rules[0]!;
}

describe("the conformance kit", () => {
  it("finds nothing to say against our own server", async () => {
    const { rules } = await runRules({ address: await startTrueServer(), rules: RULES });
    expect(rules.filter(({ result }) => result !== "passed")).toEqual([]);
  });

  it("finds nothing to say against the double that passes everything on", async () => {
    const address = await startMutant(await startTrueServer(), {});
    const { rules } = await runRules({ address, rules: RULES });
    expect(rules.filter(({ result }) => result !== "passed")).toEqual([]);
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
    const address = await startMutant(await startTrueServer(), mutation);
    const verdict = await verdictOf(rule, address);
    expect(verdict).toMatchObject({ id, result: "failed", sentence: rule.sentence });
    expect(verdict.detail).not.toBe("");
  });
});
