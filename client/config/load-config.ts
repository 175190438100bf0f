// YAML text -> checked, frozen RunConfig. Tells every problem of the file at once, each with its line, its path, what was
// found, what was expected and the cure. Reads no file and no environment variable: the caller brings the text.

import { z } from "zod";
import type { ConfigProblem } from "./config-problem.ts";
import { configError, valueText } from "./config-problem.ts";
import { didYouMean } from "./did-you-mean.ts";
import type { RunConfig } from "./run-config.ts";
import { runConfigSchema } from "./run-config.ts";
import type { YamlText } from "./yaml-document.ts";
import { readYaml } from "./yaml-document.ts";

type Path = readonly (string | number)[];

export interface LoadOptions {
  /** Schema of each algorithm's own fields (without `name`), by algorithm name. */
  readonly algorithms: Readonly<Record<string, z.ZodType>>;
  /** Values that the command line sets over the text, by dotted path. */
  readonly overrides?: Readonly<Record<string, unknown>>;
  /** Further checks of a configuration whose fields are right, for what only the caller knows. */
  readonly check?: (config: RunConfig) => readonly PlacedProblem[];
}

/** A problem of a field; its line is found here. */
export type PlacedProblem = Pick<ConfigProblem, "path" | "sentence">;

/** @throws {ConfigError} CONFIG_INVALID with all problems of the text. */
export function loadConfig(text: string, file: string, options: LoadOptions): RunConfig {
  const yaml = readYaml(text, options.overrides);
  if (yaml.problems.length > 0) throw configError(file, yaml.problems);
  const parsed = runConfigSchema.safeParse(yaml.value);
  const problems = parsed.success
    ? []
    : parsed.error.issues.flatMap((issue) => explain(issue, [], yaml, runConfigSchema));
  const algorithm = checkAlgorithm(yaml, options.algorithms);
  problems.push(...algorithm.problems);
  if (!parsed.success || problems.length > 0) throw configError(file, problems);
  const config = deepFreeze({ ...parsed.data, algorithm: { ...algorithm.fields, name: parsed.data.algorithm.name } });
  const further = (options.check?.(config) ?? []).map((problem) => ({ ...problem, ...yaml.placeOf(problem.path) }));
  if (further.length > 0) throw configError(file, further);
  return config;
}

function checkAlgorithm(yaml: YamlText, schemas: LoadOptions["algorithms"]) {
  const nothing = { fields: {}, problems: [] as ConfigProblem[] };
  const section = (yaml.value as { algorithm?: unknown } | null)?.algorithm;
  if (typeof section !== "object" || section === null || Array.isArray(section)) return nothing;
  const { name, ...own } = section as Record<string, unknown>;
  if (typeof name !== "string") return nothing;
  const schema = schemas[name];
  if (schema === undefined) {
    const names = Object.keys(schemas);
    const path = ["algorithm", "name"];
    const sentence = `${valueText(name)} is no algorithm; expected one of ${names.join(", ")}${hint(name, names)}`;
    return { fields: {}, problems: [{ path, ...yaml.placeOf(path), sentence }] };
  }
  const parsed = schema.safeParse(own);
  if (parsed.success) return { fields: parsed.data as Record<string, unknown>, problems: [] };
  return { fields: {}, problems: parsed.error.issues.flatMap((issue) => explain(issue, ["algorithm"], yaml, schema)) };
}

/** One issue of the schema library as problems of the file. Other configuration files of the product use it, too. */
export function explain(issue: z.core.$ZodIssue, prefix: Path, yaml: YamlText, schema: z.ZodType): ConfigProblem[] {
  const inside = issue.path.filter((key): key is string | number => typeof key !== "symbol");
  const path = [...prefix, ...inside];
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(schema, inside);
    return issue.keys.map((key) => ({
      path: [...path, key],
      ...yaml.placeOfKey(path, key),
      sentence: `no such field${hint(key, known)}${known.length > 0 ? `; known here: ${known.join(", ")}` : ""}`,
    }));
  }
  const value = valueAt(yaml.value, path);
  const found = value === undefined ? "is missing" : `found ${valueText(value)}`;
  const word = typeof value === "string" && issue.code === "invalid_value" ? hint(value, issue.values.map(String)) : "";
  return [{ path, ...yaml.placeOf(path), sentence: `${found}, ${expectation(issue.message)}${word}` }];
}

/** The schema library's own wording ("Too big: expected number to be <=1, received 3") reduced to what is expected. */
function expectation(message: string): string {
  return message
    .replace(/^(Invalid input|Invalid option|Too big|Too small|Invalid string): /, "")
    .replace(/, received [^;]*$/, "")
    .replace(/^expected (object|record)$/, "expected a mapping of fields");
}

function hint(word: string, candidates: readonly string[]): string {
  const meant = didYouMean(word, candidates);
  return meant === undefined ? "" : `; did you mean "${meant}"?`;
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const key of path) value = (value as Record<string | number, unknown> | null | undefined)?.[key];
  return value;
}

/** Names that the schema knows at `path`: read from its JSON Schema, which has one shape whatever wraps the object. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  let node: JsonSchemaNode | undefined = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
  }) as JsonSchemaNode;
  for (const key of path) {
    const parent: JsonSchemaNode | undefined = objectIn(node);
    node = typeof key === "number" ? parent?.items : parent?.properties?.[key];
  }
  return Object.keys(objectIn(node)?.properties ?? {});
}

interface JsonSchemaNode {
  readonly properties?: Readonly<Record<string, JsonSchemaNode>>;
  readonly items?: JsonSchemaNode;
  readonly anyOf?: readonly JsonSchemaNode[];
  readonly allOf?: readonly JsonSchemaNode[];
}

function objectIn(node: JsonSchemaNode | undefined): JsonSchemaNode | undefined {
  if (node === undefined || node.properties || node.items) return node;
  return [...(node.anyOf ?? []), ...(node.allOf ?? [])].map(objectIn).find((part) => part?.properties);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
