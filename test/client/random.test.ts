import { expect, test } from "vitest";
import { deriveSeed, RandomStream } from "../../client/random.ts";

test("derived seeds equal the published vectors of the protocol", () => {
  expect(deriveSeed(7, "replica/3")).toBe(5735628752712839);
  expect(deriveSeed(0, "replica/0")).toBe(3355409825077887);
  expect(() => deriveSeed(-1, "x")).toThrow(RangeError);
});

test("drawing from a split stream moves nothing in its parent", () => {
  const plain = new RandomStream(5);
  const parent = new RandomStream(5);
  const child = parent.split("child");
  for (let i = 0; i < 10; i++) child.real();
  expect([parent.real(), parent.int(1000)]).toEqual([plain.real(), plain.int(1000)]);
  expect(new RandomStream(5).split("a").real()).not.toBe(new RandomStream(5).split("b").real());
});

test("a shuffle is a permutation and depends on the seed alone", () => {
  const items = Array.from({ length: 50 }, (_, i) => i);
  const once = new RandomStream(9).shuffled(items);
  expect(once).toEqual(new RandomStream(9).shuffled(items));
  expect([...once].sort((a, b) => a - b)).toEqual(items);
  expect(once).not.toEqual(items);
});
