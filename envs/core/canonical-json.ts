// Canonical JSON as RFC 8785 (JCS) defines it: the text that identity hashes are taken over. Stricter than JSON.stringify:
// undefined, NaN, infinities, lone surrogates, sparse arrays and objects that are not plain are refused, never coerced.

import type { Json } from "./types.ts";

/**
 * The canonical text of a JSON value: keys sorted by UTF-16 code units, no spaces, ECMAScript numbers.
 * @throws {TypeError} naming the path of the first value that JSON cannot hold.
 */
export function canonicalJson(value: Json): string {
  return encode(value, "$");
}

function encode(value: unknown, path: string): string {
  switch (typeof value) {
    case "string":
      return encodeString(value, path);
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`${path}: ${value} has no canonical JSON form`);
      return Object.is(value, -0) ? "0" : String(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value)) return encodeArray(value, path);
      return encodeObject(value, path);
    default:
      throw new TypeError(`${path}: a ${typeof value} has no canonical JSON form`);
  }
}

function encodeString(value: string, path: string): string {
  if (!value.isWellFormed()) throw new TypeError(`${path}: a lone surrogate has no canonical JSON form`);
  return JSON.stringify(value);
}

/** Texts of frozen lists of strings: such a list can never change, and worlds share theirs (a map's rows) among all states. */
const frozenTexts = new WeakMap<readonly unknown[], string>();

function encodeArray(values: readonly unknown[], path: string): string {
  const frozen = Object.isFrozen(values);
  if (frozen) {
    const known = frozenTexts.get(values);
    if (known !== undefined) return known;
  }
  let onlyStrings = true;
  let text = "[";
  for (let i = 0; i < values.length; i++) {
    if (i > 0) text += ",";
    const value = values[i];
    // Strings are by far the most frequent element (fact lists), so they skip the path bookkeeping.
    if (typeof value === "string" && value.isWellFormed()) {
      text += JSON.stringify(value);
    } else {
      onlyStrings = false;
      text += encode(value, `${path}[${i}]`);
    }
  }
  text += "]";
  if (frozen && onlyStrings) frozenTexts.set(values, text);
  return text;
}

function encodeObject(value: object, path: string): string {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`${path}: only plain objects have a canonical JSON form`);
  }
  const record = value as Record<string, unknown>;
  let text = "{";
  // The default sort of strings is by UTF-16 code units, as RFC 8785 section 3.2.3 demands.
  for (const key of sortedKeys(record)) {
    if (text.length > 1) text += ",";
    text += `${encodeString(key, `${path} key`)}:${encode(record[key], `${path}.${key}`)}`;
  }
  return `${text}}`;
}

/** Most bodies are written in order already, which is cheaper to see than to sort. */
function sortedKeys(record: Record<string, unknown>): string[] {
  const keys = Object.keys(record);
  for (let i = 1; i < keys.length; i++) {
    if ((keys[i - 1] as string) > (keys[i] as string)) return keys.sort();
  }
  return keys;
}
