// Frozen lists of strings are encoded once: the text must be that of an equal list that is not frozen, on every use.

import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "../../../envs/core/canonical-json.ts";
import type { Json } from "../../../envs/core/types.ts";

test("a frozen list reads like an equal list that is not frozen, first and later", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" }).filter((text) => text.isWellFormed())), (rows) => {
      const plain = canonicalJson({ rows, z: 1 });
      const frozen = Object.freeze([...rows]);
      expect(canonicalJson({ rows: frozen, z: 1 })).toBe(plain);
      expect(canonicalJson({ z: 1, rows: frozen })).toBe(plain);
    }),
  );
});

test("a frozen list of objects is read anew each time, because its objects may change", () => {
  const inner = { x: 1 };
  const list = Object.freeze([inner]);
  expect(canonicalJson(list)).toBe('[{"x":1}]');
  inner.x = 2;
  expect(canonicalJson(list)).toBe('[{"x":2}]');
});

test("a frozen list with a lone surrogate is refused every time", () => {
  const list = Object.freeze(["fine", "\ud800"]);
  expect(() => canonicalJson([list])).toThrow("$[0][1]");
  expect(() => canonicalJson([list])).toThrow("$[0][1]");
});

/** Freezes every object and list inside. */
function deepFrozen(value: unknown): unknown {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(deepFrozen);
  return value;
}

test("a value frozen throughout reads like an equal value that is not, first, later and inside another", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
      const plain = canonicalJson(structuredClone(value) as Json);
      const frozen = deepFrozen(structuredClone(value)) as Json;
      expect(canonicalJson(frozen)).toBe(plain);
      expect(canonicalJson(frozen)).toBe(plain);
      expect(canonicalJson({ b: [frozen], a: 0 })).toBe(`{"a":0,"b":[${plain}]}`);
    }),
  );
});

test("a frozen object is read anew while something inside it may change", () => {
  const inner = { x: 1 };
  const body = Object.freeze({ deep: Object.freeze([inner]), name: "n" });
  expect(canonicalJson(body)).toBe('{"deep":[{"x":1}],"name":"n"}');
  inner.x = 2;
  expect(canonicalJson(body)).toBe('{"deep":[{"x":2}],"name":"n"}');
});
