// Random streams: the seeds they derive against the published vectors, independence of splits, and fair draws.

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { deriveSeed, RandomStream } from "../../../envs/core/random.ts";

const vectors = JSON.parse(
  readFileSync(new URL("../../../proto/vectors/derive-seed.json", import.meta.url), "utf8"),
) as {
  readonly cases: readonly { readonly seed: number; readonly label: string; readonly result: number }[];
  readonly refusedSeeds: readonly number[];
};

test.each(vectors.cases)("derive_seed($seed, $label) is as published", ({ seed, label, result }) => {
  expect(deriveSeed(seed, label)).toBe(result);
});

test.each(vectors.refusedSeeds)("seed %d is refused", (seed) => {
  expect(() => deriveSeed(seed, "x")).toThrow(RangeError);
});

test("a derived seed is itself a seed", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.string(), (seed, label) => {
      const derived = deriveSeed(seed, label);
      expect(Number.isSafeInteger(derived) && derived >= 0).toBe(true);
    }),
  );
});

const draws = (random: RandomStream) => Array.from({ length: 20 }, () => random.int(1_000_000));

test("equal seeds draw alike, other seeds and labels differently", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (seed) => {
      expect(draws(new RandomStream(seed))).toEqual(draws(new RandomStream(seed)));
      expect(draws(new RandomStream(seed).split("a"))).not.toEqual(draws(new RandomStream(seed).split("b")));
    }),
  );
});

test("what one stream draws moves neither its splits nor their draws", () => {
  const untouched = new RandomStream(5);
  const drawn = new RandomStream(5);
  draws(drawn);
  expect(draws(drawn.split("a"))).toEqual(draws(untouched.split("a")));
});

test("seeds that agree in their low 32 bits draw differently", () => {
  expect(draws(new RandomStream(7))).not.toEqual(draws(new RandomStream(7 + 2 ** 32)));
});

test("integers stay in range and come up equally often", () => {
  const random = new RandomStream(1);
  const counts = new Array<number>(6).fill(0);
  for (let i = 0; i < 60_000; i++) counts[random.int(6)]!++;
  // Six standard deviations of a binomial with p = 1/6 are 548.
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(548);
});

test("weights decide how often an item is drawn; nothing with weight zero is", () => {
  const random = new RandomStream(2);
  const counts = { a: 0, b: 0, c: 0 };
  const weight = { a: 1, b: 3, c: 0 };
  for (let i = 0; i < 40_000; i++) counts[random.weighted(["a", "b", "c"] as const, (item) => weight[item])]++;
  expect(counts.c).toBe(0);
  expect(Math.abs(counts.a - 10_000)).toBeLessThan(520);
});

test("a shuffle is a permutation and leaves its input alone", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.array(fc.nat()), (seed, items) => {
      const before = [...items];
      const shuffled = new RandomStream(seed).shuffled(items);
      expect(items).toEqual(before);
      expect(shuffled.toSorted((a, b) => a - b)).toEqual(before.toSorted((a, b) => a - b));
    }),
  );
});

test("there is nothing to draw from an empty list or from weights that are all zero", () => {
  const random = new RandomStream(3);
  expect(() => random.pick([])).toThrow(RangeError);
  expect(() => random.weighted(["a"], () => 0)).toThrow(RangeError);
  expect(() => random.weighted(["a"], () => Number.NaN)).toThrow(RangeError);
});
