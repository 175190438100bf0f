import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { similarityClusters } from "../../../client/advantage/similarity-clusters.ts";
import { codePoints, ratioBound, similarityRatio } from "../../../client/advantage/text-similarity.ts";

const text = fc.string({ unit: fc.constantFrom("a", "b", "c", " ", "😀"), maxLength: 30 });

/** Ratcliff-Obershelp by its definition, trying every start: the independent reading. */
function matchedCount(a: readonly string[], b: readonly string[]): number {
  let best = { i: 0, j: 0, size: 0 };
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < b.length; j++) {
      let size = 0;
      while (i + size < a.length && j + size < b.length && a[i + size] === b[j + size]) size++;
      if (size > best.size) best = { i, j, size };
    }
  }
  if (best.size === 0) return 0;
  const { i, j, size } = best;
  return size + matchedCount(a.slice(0, i), b.slice(0, j)) + matchedCount(a.slice(i + size), b.slice(j + size));
}

describe("text similarity", () => {
  test("equals the definition tried by force on short texts", () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [x, y] = [[...a], [...b]];
        const length = x.length + y.length;
        expect(similarityRatio(a, b)).toBeCloseTo(length === 0 ? 1 : (2 * matchedCount(x, y)) / length, 12);
      }),
    );
  });

  test("is 1 for equal texts of any length, never above its bound, and not symmetric", () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(similarityRatio(a, a)).toBe(1);
        expect(similarityRatio(a, b)).toBeLessThanOrEqual(ratioBound(codePoints(a), codePoints(b)));
      }),
    );
    expect(similarityRatio("x".repeat(500), "x".repeat(500))).toBe(1);
    expect([similarityRatio("tide", "diet"), similarityRatio("diet", "tide")]).toEqual([0.25, 0.5]);
  });

  test("autojunk ignores characters that are frequent in long texts", () => {
    const long = "ab".repeat(120);
    const inserted = `${long.slice(0, 120)}c${long.slice(120)}`;
    expect(similarityRatio(inserted, long)).toBeLessThan(0.6);
    expect(similarityRatio(inserted, long, false)).toBeGreaterThan(0.99);
  });
});

describe("similarity clusters", () => {
  test("first fit: a text joins the first cluster that is alike, representatives never change", () => {
    const rule = { threshold: 0.6, autojunk: true };
    // "abcd" opens; "abce" is alike to it; "zzce" is alike to "abce" but not to the representative.
    expect([...similarityClusters(["abcd", "abce", "zzce", "abcd"], rule)]).toEqual([0, 0, 1, 0]);
  });
});
