// A rule of the protocol as the kit sees it: a name, a sentence, and a check that talks to a server and throws Violation
// when the sentence is not true. A check that cannot be made on this server throws NotApplicable with the reason.

import type { Subject } from "./subject.ts";

/** What a server has to offer at least, and everything. */
export type Profile = "core" | "full";

export interface Rule {
  /** Family and number: "ONE-3". Stable: tests, reports and issues name it. */
  readonly id: string;
  /** What must be true, as a sentence. */
  readonly sentence: string;
  readonly profile: Profile;
  /** @throws {Violation} what was seen instead. @throws {NotApplicable} why nothing was seen. */
  readonly check: (subject: Subject) => Promise<void>;
}

/** The rule is broken; the message says what was seen. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/** This server or this invocation offers nothing to check the rule on. Reported, never counted as passed. */
export class NotApplicable extends Error {
  override readonly name = "NotApplicable";
}

/** @throws {Violation} with `seen` unless the condition holds. */
export function demand(condition: boolean, seen: string | (() => string)): asserts condition {
  if (!condition) throw new Violation(typeof seen === "string" ? seen : seen());
}

/** @throws {Violation} unless the two texts are equal; shows the place of the first difference. */
export function demandEqual(actual: string, expected: string, what: string): void {
  if (actual === expected) return;
  let at = 0;
  while (at < actual.length && actual[at] === expected[at]) at++;
  const from = Math.max(0, at - 40);
  const cut = (text: string): string => JSON.stringify(text.slice(from, at + 80));
  throw new Violation(`${what}: expected ${cut(expected)}, seen ${cut(actual)} (first difference at character ${at})`);
}

export function rule(id: string, profile: Profile, sentence: string, check: Rule["check"]): Rule {
  return { id, profile, sentence, check };
}
