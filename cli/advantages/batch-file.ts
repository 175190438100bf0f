// Reads the rows that other trainers hand to `anchorgym advantages`: {"batches": [{"config": {...}, "rows": [...]}]}.
// A row is an object, or an array in the order of "rowFields". Every refusal names batch, row, field and the cure; fields
// that nothing reads are ignored and counted, unless they look like a misspelt one.

import type { AdvantageRow } from "../../client/advantage/rows.ts";
import { didYouMean } from "../../client/config/did-you-mean.ts";

export interface InputBatch {
  readonly config: Readonly<Record<string, unknown>>;
  readonly rows: readonly AdvantageRow[];
}
export interface InputFile {
  readonly batches: readonly InputBatch[];
  /** Names of row fields that nothing reads. */
  readonly ignoredFields: readonly string[];
}

/** Wrong input, with its place and cure; the command exits with 2. */
export class InputError extends Error {
  override readonly name = "InputError";
}

/** Returned, for the caller to throw. */
export function inputError(place: string, sentence: string, cause?: unknown): InputError {
  return new InputError(`${place}: ${sentence}`, { cause });
}

type Fields = Readonly<Record<string, unknown>>;

const FIELDS = [
  "group",
  "trajectory",
  "step",
  "anchor",
  "anchors",
  "next",
  "nextAnchors",
  "reward",
  "valid",
  "admissible",
  "terminated",
  "truncated",
] as const;

/** @throws {InputError} */
export function parseInputFile(text: string, source: string): InputFile {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw inputError(source, `not JSON (${(error as Error).message}); expected one JSON object`, error);
  }
  if (!isRecord(parsed) || !Array.isArray(parsed["batches"])) {
    throw inputError(source, 'expected {"batches": [{"config": {...}, "rows": [...]}]}');
  }
  const ignored = new Set<string>();
  const batches = parsed["batches"].map((batch: unknown, b) => {
    const place = `batches[${b}]`;
    if (!isRecord(batch)) throw inputError(place, 'expected an object with "rows" and perhaps "config"');
    return parseBatch(batch, batch["rowFields"] ?? (parsed as Fields)["rowFields"], place, ignored);
  });
  return { batches, ignoredFields: [...ignored] };
}

function parseBatch(batch: Fields, rowFields: unknown, place: string, ignored: Set<string>): InputBatch {
  const config = batch["config"] ?? {};
  if (!isRecord(config)) throw inputError(`${place}.config`, "expected an object of settings, or nothing");
  const rows = batch["rows"];
  if (!Array.isArray(rows)) throw inputError(`${place}.rows`, "expected a list of rows");
  return {
    config,
    rows: rows.map((row, r) =>
      parseRow(asRecord(row, rowFields, `${place}.rows[${r}]`), `${place}.rows[${r}]`, ignored),
    ),
  };
}

function asRecord(row: unknown, rowFields: unknown, place: string): Fields {
  if (isRecord(row)) return row;
  if (!Array.isArray(row)) throw inputError(place, "expected an object, or a list in the order of rowFields");
  if (!Array.isArray(rowFields))
    throw inputError(place, 'a list needs "rowFields": ["group", ...] in the batch or the file');
  if (row.length !== rowFields.length) {
    throw inputError(place, `has ${row.length} values for ${rowFields.length} rowFields; give one for each`);
  }
  return Object.fromEntries(rowFields.map((field, i) => [String(field), row[i]]));
}

function parseRow(row: Fields, place: string, ignored: Set<string>): AdvantageRow {
  noteUnknown(row, place, ignored);
  const anchor = optionalText(row, "anchor", place);
  const next = optionalText(row, "next", place);
  const anchors = parseAnchors(row["anchors"], `${place}.anchors`);
  const nextAnchors = parseAnchors(row["nextAnchors"], `${place}.nextAnchors`);
  return {
    group: name(row, "group", place),
    trajectory: name(row, "trajectory", place),
    step: number(row, "step", place, Number.isSafeInteger, "an integer, counted within the trajectory"),
    reward: number(row, "reward", place, Number.isFinite, "a finite number, of this step alone"),
    valid: flag(row, "valid", place, true),
    admissible: flag(row, "admissible", place, true),
    terminated: flag(row, "terminated", place, false),
    truncated: flag(row, "truncated", place, false),
    ...(anchor === undefined ? {} : { anchor }),
    ...(next === undefined ? {} : { next }),
    ...(anchors === undefined ? {} : { anchors }),
    ...(nextAnchors === undefined ? {} : { nextAnchors }),
  };
}

function noteUnknown(row: Fields, place: string, ignored: Set<string>): void {
  for (const field of Object.keys(row)) {
    if ((FIELDS as readonly string[]).includes(field) || ignored.has(field)) continue;
    const meant = didYouMean(field, FIELDS);
    if (meant !== undefined && !(meant in row)) {
      throw inputError(`${place}.${field}`, `unknown field; did you mean "${meant}"?`);
    }
    ignored.add(field);
  }
}

function name(row: Fields, field: string, place: string): string {
  const value = row[field];
  if (typeof value === "string" || typeof value === "number") return String(value);
  throw inputError(`${place}.${field}`, `expected a text that names the ${field}; got ${shown(value)}`);
}

function number(
  row: Fields,
  field: string,
  place: string,
  accepts: (value: number) => boolean,
  expectation: string,
): number {
  const value = row[field];
  if (typeof value === "number" && accepts(value)) return value;
  throw inputError(`${place}.${field}`, `expected ${expectation}; got ${shown(value)}`);
}

function flag(row: Fields, field: string, place: string, otherwise: boolean): boolean {
  const value = row[field];
  if (value === undefined) return otherwise;
  if (value === true || value === 1) return true;
  if (value === false || value === 0) return false;
  throw inputError(
    `${place}.${field}`,
    `expected true or false, or leave it out for ${otherwise}; got ${shown(value)}`,
  );
}

function optionalText(row: Fields, field: string, place: string): string | undefined {
  const value = row[field];
  if (value === undefined || typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  throw inputError(`${place}.${field}`, `expected a text, or leave it out; got ${shown(value)}`);
}

function parseAnchors(value: unknown, place: string): AdvantageRow["anchors"] {
  if (value === undefined) return undefined;
  if (!isRecord(value)) {
    throw inputError(place, `expected {"observation", "semantic", "full"}; got ${shown(value)}`);
  }
  return {
    observation: name(value, "observation", place),
    semantic: name(value, "semantic", place),
    full: name(value, "full", place),
  };
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : (JSON.stringify(value) ?? String(value)).slice(0, 60);
}

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
