// Options of a world as a table: one row per option with its values, default and meaning. The JSON schema, the strict parser and
// the part of a state's identity that options take are all made from the table.

import type { Json } from "../../core/types.ts";

interface ChoiceOption {
  readonly kind: "choice";
  readonly values: readonly string[];
  readonly initial: string;
  readonly about: string;
}
interface IntegerOption {
  readonly kind: "integer";
  readonly minimum: number;
  readonly maximum: number;
  readonly initial: number;
  readonly about: string;
}
interface BooleanOption {
  readonly kind: "boolean";
  readonly initial: boolean;
  readonly about: string;
}
export type OptionRow = ChoiceOption | IntegerOption | BooleanOption;
export type OptionTable = Readonly<Record<string, OptionRow>>;

/** The parsed form of a table: unions of its strings, numbers, booleans. */
export type OptionValues<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends { readonly values: readonly (infer Value)[] }
    ? Value
    : Table[Name] extends { readonly kind: "integer" }
      ? number
      : boolean;
};

/** The JSON Schema of a table's options, as the catalogue publishes it. */
export function optionsSchemaJson(table: OptionTable): string {
  const properties: Record<string, Json> = {};
  for (const [name, row] of Object.entries(table)) {
    const shared = { default: row.initial, description: row.about };
    if (row.kind === "choice") properties[name] = { ...shared, enum: row.values };
    else if (row.kind === "integer")
      properties[name] = { ...shared, type: "integer", minimum: row.minimum, maximum: row.maximum };
    else properties[name] = { ...shared, type: "boolean" };
  }
  return JSON.stringify({ type: "object", properties, additionalProperties: false });
}

/**
 * Reads options strictly; an empty string means all defaults.
 * @throws {Error} naming the world, the option and what it expects.
 */
export function parseOptionTable<Table extends OptionTable>(
  world: string,
  table: Table,
  optionsJson: string,
): OptionValues<Table> {
  const given = readObject(world, optionsJson);
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(table, name)) {
      throw new Error(`${world}: unknown option "${name}"; known options are ${Object.keys(table).join(", ")}`);
    }
  }
  const values: Record<string, Json> = {};
  for (const [name, row] of Object.entries(table)) {
    const value = Object.hasOwn(given, name) ? given[name] : row.initial;
    if (!fits(row, value)) {
      throw new Error(`${world}: option "${name}" expects ${expectation(row)}, got ${JSON.stringify(value)}`);
    }
    values[name] = value as Json;
  }
  return Object.freeze(values) as OptionValues<Table>;
}

function readObject(world: string, optionsJson: string): Record<string, unknown> {
  if (optionsJson.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(optionsJson);
  } catch (cause) {
    throw new Error(`${world}: options are not JSON; pass an object such as {} or an empty string`, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`${world}: options must be a JSON object, got ${JSON.stringify(value)}`);
  }
  return value as Record<string, unknown>;
}

function fits(row: OptionRow, value: unknown): boolean {
  if (row.kind === "choice") return typeof value === "string" && row.values.includes(value);
  if (row.kind === "boolean") return typeof value === "boolean";
  return Number.isInteger(value) && (value as number) >= row.minimum && (value as number) <= row.maximum;
}

function expectation(row: OptionRow): string {
  if (row.kind === "choice") return `one of ${row.values.join(", ")}`;
  if (row.kind === "boolean") return "true or false";
  return `an integer from ${row.minimum} to ${row.maximum}`;
}

const identities = new WeakMap<object, Json>();

/** The options that differ from their defaults: what the full state carries of them; null when none does. */
export function optionIdentity(table: OptionTable, options: Readonly<Record<string, string | number | boolean>>): Json {
  const known = identities.get(options);
  if (known !== undefined) return known;
  const entries = Object.entries(table)
    .filter(([name, row]) => options[name] !== row.initial)
    .map(([name]): [string, Json] => [name, options[name] as Json]);
  const identity: Json = entries.length === 0 ? null : Object.fromEntries(entries);
  identities.set(options, identity);
  return identity;
}
