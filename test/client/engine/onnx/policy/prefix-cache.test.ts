// The store of kept prefixes: within its bound at every moment, and the least recently used goes first.
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Block, PrefixCache } from "../../../../../client/engine/onnx/policy/prefix-cache.ts";

const block = (id: number, length: number, slots: Float32Array): Block => ({
  id,
  start: 0,
  length,
  width: length,
  slots,
  logits_V: null,
});

test("never holds more than its limit, and keeps the newest prompt whole where it fits", () => {
  const action = fc.oneof(
    // A path of names a, ab, abc, ... is a prompt's blocks.
    fc.record({ read: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 4 }) }),
    fc.record({ limit: fc.integer({ min: 0, max: 40 }) }),
    fc.constant("clear" as const),
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      let limit = 160;
      const cache = new PrefixCache(limit);
      const added = new Set<string>();
      let id = 0;
      for (const one of actions) {
        if (one === "clear") {
          cache.clear();
          for (const name of added) expect(cache.get(name)).toBeUndefined();
          added.clear();
        } else if ("limit" in one) {
          limit = 4 * one.limit;
          cache.limit(limit);
        } else {
          const names = one.read.map((_, n) => one.read.slice(0, n + 1).join(""));
          for (const name of names) {
            if (cache.get(name) === undefined) cache.add(name, block(id++, 2, cache.slots(2)));
            added.add(name);
          }
          cache.use(names);
          if (limit >= 8 * names.length) for (const name of names) expect(cache.get(name)).toBeDefined();
        }
        expect(cache.bytes).toBeLessThanOrEqual(limit);
        const held = [...added].filter((name) => cache.get(name) !== undefined);
        expect(cache.bytes).toBeGreaterThanOrEqual(8 * held.length);
      }
    }),
    // The second prompt's blocks are the oldest when the last one, which begins with them, needs room.
    { examples: [[[{ limit: 8 }, { read: [1, 0] }, { read: [0] }, { read: [1, 0, 0, 0] }]]] },
  );
});

test("the least recently used goes first, and a block that is read again is recent", () => {
  const cache = new PrefixCache(24);
  for (const [id, name] of ["a", "b", "c"].entries()) cache.add(name, block(id, 2, new Float32Array(2)));
  cache.use(["a"]);
  cache.add("d", block(3, 2, new Float32Array(2)));
  expect(["a", "b", "c", "d"].map((name) => cache.get(name)?.id)).toEqual([0, undefined, 2, 3]);
  expect(cache.evictions).toBe(1);
});

test("arrays of cleared blocks serve the next ones, and go before blocks do", () => {
  const cache = new PrefixCache(16);
  const slots = new Float32Array(2);
  cache.add("a", block(0, 2, slots));
  cache.clear();
  expect(cache.bytes).toBe(8);
  expect(cache.slots(2)).toBe(slots);
  cache.add("a", block(1, 2, slots));
  cache.clear();
  cache.add("b", block(2, 4, cache.slots(4)));
  expect([cache.bytes, cache.evictions, cache.get("b")?.id]).toEqual([16, 0, 2]);
});
