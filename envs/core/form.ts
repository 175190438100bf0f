// Forms: what a JSON value from outside must look like, read strictly. The JSON Schema that the catalogue publishes and the
// check come from one description, so they cannot part. Texts come out in NFC; half a surrogate pair is refused, because
// nothing that holds one can be hashed. Not a general validator: it has what tasks and tool arguments need.

import type { Json } from "./types.ts";

export type JsonSchema = { readonly [keyword: string]: Json };

/** A value that does not fit its form. */
export class FormError extends Error {
  override readonly name = "FormError";
  /** Where: "receptacles[2].name"; "" is the whole. */
  readonly path: string;

  constructor(path: string, sentence: string, options?: ErrorOptions) {
    super(`${path === "" ? "the value" : path} ${sentence}`, options);
    this.path = path;
  }
}

const misfit = (path: string, sentence: string, cause: unknown): FormError => new FormError(path, sentence, { cause });

export interface Form<Value> {
  readonly schema: JsonSchema;
  /** @throws {FormError} */
  read(value: unknown, path: string): Value;
  /** Set by `optional`: the field may be left out and then has this value. */
  readonly absent?: { readonly value: Value };
}

const MAX_SHOWN = 60;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}

/** @param expects completes "must be ..." where the pattern refuses */
export function text(
  limits: { maxLength: number; pattern?: RegExp; expects?: string },
  description = "",
): Form<string> {
  const { maxLength, pattern, expects = "a text of the schema's pattern" } = limits;
  return {
    schema: {
      type: "string",
      maxLength,
      ...(pattern === undefined ? {} : { pattern: pattern.source }),
      ...(description === "" ? {} : { description }),
    },
    read(value, path) {
      if (typeof value !== "string") throw new FormError(path, `must be a text, is ${shown(value)}`);
      if (!value.isWellFormed()) throw new FormError(path, "must be well-formed: it holds half a surrogate pair");
      // JSON Schema counts code points.
      if (value.length > maxLength && [...value].length > maxLength) {
        throw new FormError(path, `must have at most ${maxLength} characters`);
      }
      const normal = value.normalize("NFC");
      if (pattern?.test(normal) === false) throw new FormError(path, `must be ${expects}, is ${shown(value)}`);
      return normal;
    },
  };
}

export function integer(minimum: number, maximum: number, description = ""): Form<number> {
  return {
    schema: { type: "integer", minimum, maximum, ...(description === "" ? {} : { description }) },
    read(value, path) {
      const fits = Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum;
      if (!fits) throw new FormError(path, `must be an integer from ${minimum} to ${maximum}, is ${shown(value)}`);
      return (value as number) + 0; // -0 is 0
    },
  };
}

export function flag(description = ""): Form<boolean> {
  return {
    schema: { type: "boolean", ...(description === "" ? {} : { description }) },
    read(value, path) {
      if (typeof value !== "boolean") throw new FormError(path, `must be true or false, is ${shown(value)}`);
      return value;
    },
  };
}

export function choice<const Value extends string>(values: readonly Value[], description = ""): Form<Value> {
  return {
    schema: { enum: values, ...(description === "" ? {} : { description }) },
    read(value, path) {
      const found = values.find((candidate) => candidate === value);
      if (found === undefined) throw new FormError(path, `must be one of ${values.join(", ")}, is ${shown(value)}`);
      return found;
    },
  };
}

export function nullable<Value>(form: Form<Value>): Form<Value | null> {
  return {
    schema: { anyOf: [form.schema, { type: "null" }] },
    read: (value, path) => (value === null ? null : form.read(value, path)),
  };
}

export function listOf<Item>(
  item: Form<Item>,
  limits: { readonly min: number; readonly max: number },
  description = "",
): Form<readonly Item[]> {
  const { min, max } = limits;
  return {
    schema: {
      type: "array",
      items: item.schema,
      minItems: min,
      maxItems: max,
      ...(description === "" ? {} : { description }),
    },
    read(value, path) {
      if (!Array.isArray(value)) throw new FormError(path, `must be a list, is ${shown(value)}`);
      if (value.length < min || value.length > max) {
        throw new FormError(path, `must have ${min} to ${max} entries, has ${value.length}`);
      }
      return value.map((entry, index) => item.read(entry, `${path}[${index}]`));
    },
  };
}

/** A field that may be left out. @param value what it then is; undefined is no value of the schema's */
export function optional<Value, Absent extends NoInfer<Value> | undefined>(
  form: Form<Value>,
  value: Absent,
): Form<Value | Absent> {
  return {
    schema: value === undefined ? form.schema : { ...form.schema, default: value as Json },
    read: form.read,
    absent: { value },
  };
}

export type Fields = Readonly<Record<string, Form<unknown>>>;
export type RecordOf<Of extends Fields> = {
  readonly [Name in keyof Of]: Of[Name] extends Form<infer Value> ? Value : never;
};

/** An object with these fields and no others. */
export function record<Of extends Fields>(
  fields: Of,
  words: { readonly description?: string; readonly examples?: readonly Json[] } = {},
): Form<RecordOf<Of>> {
  const names = Object.keys(fields);
  const { description, examples } = words;
  return {
    schema: {
      type: "object",
      properties: Object.fromEntries(names.map((name) => [name, fields[name]?.schema ?? {}])),
      required: names.filter((name) => fields[name]?.absent === undefined),
      additionalProperties: false,
      ...(description === undefined ? {} : { description }),
      ...(examples === undefined ? {} : { examples }),
    },
    read(value, path) {
      const known = names.length === 0 ? "none" : names.join(", ");
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        throw new FormError(path, `must be an object (fields: ${known}), is ${shown(value)}`);
      }
      const at = (name: string): string => (path === "" ? name : `${path}.${name}`);
      const unknown = Object.keys(value).find((name) => !Object.hasOwn(fields, name));
      if (unknown !== undefined) {
        throw new FormError(path, `has no field ${shown(unknown)}; its fields are: ${known}`);
      }
      const given = value as Readonly<Record<string, unknown>>;
      const read = names.map((name): [string, unknown] => {
        const form = fields[name] as Form<unknown>;
        if (Object.hasOwn(given, name)) return [name, form.read(given[name], at(name))];
        if (form.absent === undefined) throw new FormError(at(name), "is missing");
        return [name, form.absent.value];
      });
      return Object.fromEntries(read) as RecordOf<Of>;
    },
  };
}

/** Reads a JSON text. @throws {FormError} when it is too large, no JSON, or does not fit */
export function readJson<Value>(form: Form<Value>, json: string, maxBytes: number): Value {
  const sizeBytes = Buffer.byteLength(json);
  if (sizeBytes > maxBytes) throw new FormError("", `must have at most ${maxBytes} bytes, has ${sizeBytes}`);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw misfit("", `must be JSON: ${(cause as Error).message.slice(0, 2 * MAX_SHOWN)}`, cause);
  }
  return form.read(value, "");
}

/** Runs a check of the world's own; what it throws becomes the fault of the value at `path`. @throws {FormError} */
export function checkedAt<Result>(path: string, check: () => Result): Result {
  try {
    return check();
  } catch (cause) {
    if (cause instanceof FormError) throw cause;
    throw misfit(path, `cannot be played: ${cause instanceof Error ? cause.message : cause}`, cause);
  }
}
