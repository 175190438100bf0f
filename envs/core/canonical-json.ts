// Canonical JSON as RFC 8785 (JCS) defines it: the text that identity hashes are taken over. Stricter than JSON.stringify:
// undefined, NaN, infinities, lone surrogates, sparse arrays and objects that are not plain are refused, never coerced.
// A hash is asked for at every step, so encoding keeps no path; where a value is refused, a second walk finds its place.

import type { Json } from "./types.ts";

/**
 * The canonical text of a JSON value: keys sorted by UTF-16 code units, no spaces, ECMAScript numbers.
 * @throws {TypeError} naming the path of the first value that JSON cannot hold.
 */
export function canonicalJson(value: Json): string {
  const text = encode(value);
  if (text === undefined) throw new TypeError(refusal(value, "$"));
  return text;
}

/** The text, or undefined where the value or something in it is refused. */
function encode(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return encodeString(value);
    case "number":
      if (!Number.isFinite(value)) return undefined;
      return value === 0 ? "0" : String(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value)) return encodeArray(value);
      return encodeObject(value);
    default:
      return undefined;
  }
}

function encodeString(value: string): string | undefined {
  return value.isWellFormed() ? JSON.stringify(value) : undefined;
}

/**
 * Texts of frozen values whose parts cannot change either: worlds share them (a map's rows, the view of a board) among states, and
 * the full and the semantic state of one step share theirs.
 */
const frozenTexts = new WeakMap<object, string>();

function isSettled(value: unknown): boolean {
  return typeof value !== "object" || value === null || frozenTexts.has(value);
}

function encodeArray(values: readonly unknown[]): string | undefined {
  const frozen = Object.isFrozen(values);
  if (frozen) {
    const known = frozenTexts.get(values);
    if (known !== undefined) return known;
  }
  let settled = frozen;
  let text = "[";
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const part = encode(value);
    if (part === undefined) return undefined;
    text += i === 0 ? part : `,${part}`;
    settled &&= isSettled(value);
  }
  text += "]";
  if (settled) frozenTexts.set(values, text);
  return text;
}

function encodeObject(value: object): string | undefined {
  const frozen = Object.isFrozen(value);
  if (frozen) {
    const known = frozenTexts.get(value);
    if (known !== undefined) return known;
  }
  if (!isPlain(value)) return undefined;
  const record = value as Record<string, unknown>;
  const keys = sortedKeys(record);
  let settled = frozen;
  let text = "{";
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    const name = encodeKey(key);
    const inner = record[key];
    const part = encode(inner);
    if (name === undefined || part === undefined) return undefined;
    text += i === 0 ? name + part : `,${name}${part}`;
    settled &&= isSettled(inner);
  }
  text += "}";
  if (settled) frozenTexts.set(value, text);
  return text;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Bodies use few keys, again and again; keys beyond the bound (those of a user's data) are encoded each time. */
const keyTexts = new Map<string, string>();
const KNOWN_KEYS = 1024;

/** The key with its colon. */
function encodeKey(key: string): string | undefined {
  const known = keyTexts.get(key);
  if (known !== undefined) return known;
  const text = encodeString(key);
  if (text === undefined) return undefined;
  const withColon = `${text}:`;
  if (keyTexts.size < KNOWN_KEYS) keyTexts.set(key, withColon);
  return withColon;
}

/** The default sort of strings is by UTF-16 code units, as RFC 8785 section 3.2.3 demands; most bodies are in order already. */
function sortedKeys(record: Record<string, unknown>): string[] {
  const keys = Object.keys(record);
  for (let i = 1; i < keys.length; i++) {
    if ((keys[i - 1] as string) > (keys[i] as string)) return keys.sort();
  }
  return keys;
}

/** Why and where the first refused value is refused, in the order in which the text would hold it. */
function refusal(value: unknown, path: string): string | undefined {
  if (typeof value !== "object" || value === null) {
    if (encode(value) !== undefined) return undefined;
    if (typeof value === "string") return `${path}: a lone surrogate has no canonical JSON form`;
    const what = typeof value === "number" ? String(value) : `a ${typeof value}`;
    return `${path}: ${what} has no canonical JSON form`;
  }
  if (Array.isArray(value)) {
    // By index: a hole of a sparse array is refused as undefined.
    for (let i = 0; i < value.length; i++) {
      const found = refusal(value[i], `${path}[${i}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!isPlain(value)) return `${path}: only plain objects have a canonical JSON form`;
  const record = value as Record<string, unknown>;
  for (const key of sortedKeys(record)) {
    const found = refusal(key, `${path} key`) ?? refusal(record[key], `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
