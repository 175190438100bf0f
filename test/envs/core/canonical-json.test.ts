// Canonical JSON against the published vectors, against another implementation of RFC 8785, and what it must refuse.

import { readFileSync } from "node:fs";
import canonicalize from "canonicalize";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../../envs/core/canonical-json.ts";
import type { Json } from "../../../envs/core/types.ts";

interface Vectors {
  readonly cases: readonly { readonly name: string; readonly json: string; readonly canonical: string }[];
  readonly refusedJson: readonly { readonly name: string; readonly json: string }[];
  readonly refusedNumbers: readonly string[];
}
const vectors = JSON.parse(
  readFileSync(new URL("../../../proto/vectors/canonical-json.json", import.meta.url), "utf8"),
) as Vectors;

describe("the published vectors", () => {
  test.each(vectors.cases)("$name", ({ json, canonical }) => {
    expect(canonicalJson(JSON.parse(json) as Json)).toBe(canonical);
  });

  test.each(vectors.refusedJson)("refused: $name", ({ json }) => {
    expect(() => canonicalJson(JSON.parse(json) as Json)).toThrow(TypeError);
  });

  test.each(vectors.refusedNumbers)("refused: %s", (text) => {
    expect(() => canonicalJson([Number(text)])).toThrow(`$[0]: ${text} has no canonical JSON form`);
  });
});

test("every JSON value reads as another implementation of RFC 8785 writes it", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary", maxDepth: 3 }), (value) => {
      expect(canonicalJson(value as Json)).toBe(canonicalize(value));
    }),
  );
});

test("the order in which keys were set does not show, and parsing gives the value back", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      expect(canonicalJson(reversed as Json)).toBe(canonicalJson(value as Json));
    }),
  );
});

class Point {
  readonly x = 1;
}

test.each<[string, unknown, string]>([
  ["undefined in a list", ["a", undefined], "$[1]: a undefined"],
  ["undefined in an object", { a: { b: undefined } }, "$.a.b: a undefined"],
  ["a hole in a list", new Array(1), "$[0]: a undefined"],
  ["a big integer", [1n], "$[0]: a bigint"],
  ["a function", { f: () => 1 }, "$.f: a function"],
  ["a symbol", Symbol("s"), "$: a symbol"],
  ["a date", { at: new Date(0) }, "$.at: only plain objects"],
  ["an instance of a class", new Point(), "$: only plain objects"],
  ["a map", new Map(), "$: only plain objects"],
  ["a typed array", new Uint8Array(2), "$: only plain objects"],
  ["a lone surrogate deep inside", { a: ["\ud800"] }, "$.a[0]: a lone surrogate"],
])("%s is refused, with its path", (_name, value, message) => {
  expect(() => canonicalJson(value as Json)).toThrow(message);
});

test("an object without a prototype is plain", () => {
  expect(canonicalJson(Object.assign(Object.create(null) as object, { b: 1, a: 2 }) as Json)).toBe('{"a":2,"b":1}');
});
