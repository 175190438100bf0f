// Runs rules against one address, one after the other, and says for each whether it holds. An exception that is neither a
// Violation nor NotApplicable counts as a violation too: a server that breaks the kit's call has broken the rule.

import { exec } from "node:child_process";
import type { Environment } from "../proto/gen/anchorgym/v1/Environment.ts";
import type { ListEnvironmentsResponse } from "../proto/gen/anchorgym/v1/ListEnvironmentsResponse.ts";
import { NotApplicable, type Rule, Violation } from "./rule.ts";
import { Subject } from "./subject.ts";
import { Wire, type WireSecurity } from "./wire.ts";

const RULE_LIMIT_MS = 90_000;
const RESTART_LIMIT_MS = 60_000;

export interface RunOptions {
  readonly address: string;
  /** Default: the first environment that the server lists. */
  readonly environment?: string;
  /** Of every group of that environment; default: the environment's own. */
  readonly optionsJson?: string;
  /** Shell command that ends with the server serving again at the same address. */
  readonly restart?: string | (() => Promise<void>);
  readonly rules: readonly Rule[];
  readonly onVerdict?: (verdict: Verdict) => void;
  readonly security?: WireSecurity;
}

export interface Verdict {
  readonly id: string;
  readonly sentence: string;
  readonly result: "passed" | "failed" | "skipped";
  /** What was seen, or why nothing was checked; empty when the rule holds. */
  readonly detail: string;
}

export interface Report {
  readonly address: string;
  readonly environment: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly rules: readonly Verdict[];
}

function restarter(command: string): () => Promise<void> {
  return () =>
    new Promise((resolve, reject) => {
      exec(command, { timeout: RESTART_LIMIT_MS }, (error, _out, stderr) => {
        if (error === null) resolve();
        else reject(new Error(`the restart command failed: ${error.message}\n${stderr}`));
      });
    });
}

async function within<Result>(work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Violation(`no verdict within ${RULE_LIMIT_MS} ms`)), RULE_LIMIT_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function judge(rule: Rule, subject: Subject): Promise<Verdict> {
  const { id, sentence } = rule;
  try {
    await within(rule.check(subject));
    return { id, sentence, result: "passed", detail: "" };
  } catch (thrown) {
    const detail = thrown instanceof Error ? thrown.message : String(thrown);
    return { id, sentence, result: thrown instanceof NotApplicable ? "skipped" : "failed", detail };
  } finally {
    await subject.cleanUp();
  }
}

function choose(environments: readonly Environment[], name: string | undefined): Environment {
  const chosen = name === undefined ? environments[0] : environments.find((candidate) => candidate.name === name);
  if (chosen !== undefined) return chosen;
  const served = environments.map((candidate) => candidate.name).join(", ");
  throw new Error(`the server has no environment ${JSON.stringify(name ?? "")}; it serves: ${served}`);
}

/** @throws {CallRefused} when the server does not answer its catalogue; {Error} when it has no such environment. */
export async function runRules(options: RunOptions): Promise<Report> {
  const { address, rules } = options;
  const wire = new Wire(address, options.security);
  try {
    const listed = await wire.call<ListEnvironmentsResponse>("CatalogService", "ListEnvironments", {});
    const environment = choose(listed.environments, options.environment);
    if (listed.limits == null) throw new Error("ListEnvironments answers no limits");
    const restart = typeof options.restart === "string" ? restarter(options.restart) : options.restart;
    const subject = new Subject(wire, environment, listed.limits, restart, options.optionsJson ?? "");
    const verdicts: Verdict[] = [];
    for (const rule of rules) {
      const verdict = await judge(rule, subject);
      verdicts.push(verdict);
      options.onVerdict?.(verdict);
    }
    const count = (result: Verdict["result"]): number => verdicts.filter((verdict) => verdict.result === result).length;
    return {
      address,
      environment: environment.name,
      passed: count("passed"),
      failed: count("failed"),
      skipped: count("skipped"),
      rules: verdicts,
    };
  } finally {
    wire.close();
  }
}
