// A wrong place in a configuration file, as data: where, what was found, what was expected, and what cures it.
// All problems of a file are collected and told at once; one error carries them.

import type { AnchorgymError } from "../../proto/errors.ts";
import { fail } from "../../proto/errors.ts";

export interface ConfigProblem {
  /** Keys from the root; empty: the file as a whole. */
  readonly path: readonly (string | number)[];
  /** From 1; undefined where the text has no such place. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** What is wrong, what was expected and what cures it, without the place. */
  readonly sentence: string;
}

/** `training.clipLow`, `environment.servers.addresses[1]`. */
export function pathText(path: readonly (string | number)[]): string {
  return path.map((key, i) => (typeof key === "number" ? `[${key}]` : i === 0 ? key : `.${key}`)).join("");
}

/** A value as a reader of the file would write it, cut where it is long. */
export function valueText(value: unknown): string {
  if (value === undefined) return "nothing";
  // JSON has no word for NaN and infinity, and would show them as null.
  const json = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
  return json.length > 60 ? `${json.slice(0, 57)}...` : json;
}

/** One error for all problems, in the order of the text; the caller throws it. */
export function configError(file: string, problems: readonly ConfigProblem[]): AnchorgymError {
  const lines = [...problems]
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
    .map((problem) => {
      const place = problem.line === undefined ? file : `${file}:${problem.line}:${problem.column}`;
      const path = pathText(problem.path);
      return path === "" ? `${place}: ${problem.sentence}` : `${place}: ${path}: ${problem.sentence}`;
    });
  // A value may break two rules of a field that say the same.
  const different = [...new Set(lines)];
  const count = different.length === 1 ? "1 problem" : `${different.length} problems`;
  return fail("CONFIG_INVALID", `${count} in ${file}\n${different.map((line) => `  ${line}`).join("\n")}`);
}
