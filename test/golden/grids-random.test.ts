// The ported random generators against recorded draws of CPython 3.11 and numpy 2.4.6.

import { describe, expect, it } from "vitest";
import { NumpyLegacyRandom } from "../../envs/grid/compat/numpy-legacy.ts";
import { Pcg64, seedSequenceWords } from "../../envs/grid/compat/numpy-pcg64.ts";
import { PythonRandom } from "../../envs/grid/compat/python-random.ts";
import { hasGridFixtures, readText } from "../envs/grid/fixtures.ts";

interface Vector {
  readonly seed: number;
  readonly python: {
    bits32: number[];
    random: number[];
    below: [number, number][];
    uniform: [number, number, number];
    choice4: string[];
    sample2of4: number[][];
    sample1of5: number[];
    randint1to5: number[];
    shuffle20: number[];
    after: number;
  };
  readonly numpyLegacy?: {
    uint32: number[];
    rand: number[];
    randint: [number, number][];
    randintRange: number[];
    choiceNoReplace: number[];
    rand2: number[];
  };
  readonly pcg64: {
    raw64: string[];
    random: number[];
    integers4x2: number[];
    randomAfter: number;
    integersScalar: [number, number][];
    randomLast: number;
    choiceFH: string[];
    seedSequence64: string[];
  };
}

const times = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);

describe.skipIf(!hasGridFixtures())("recorded random draws", () => {
  const vectors = hasGridFixtures() ? (JSON.parse(readText("rng_vectors.json")) as Vector[]) : [];

  it.each(vectors)("Python's stream of seed $seed", ({ seed, python }) => {
    const stream = new PythonRandom(seed);
    expect(times(6, () => stream.getrandbits(32))).toEqual(python.bits32);
    expect(times(4, () => stream.random())).toEqual(python.random);
    for (const [bound, draw] of python.below) expect(stream.randbelow(bound)).toBe(draw);
    const [a, b, uniform] = python.uniform;
    expect(stream.uniform(a, b)).toBe(uniform);
    expect(times(6, () => stream.choice([..."ABCD"]))).toEqual(python.choice4);
    expect(times(4, () => stream.sample([10, 20, 30, 40], 2))).toEqual(python.sample2of4);
    expect(times(4, () => stream.sample([0, 1, 2, 3, 4], 1)[0])).toEqual(python.sample1of5);
    expect(times(4, () => stream.randint(1, 5))).toEqual(python.randint1to5);
    const items = Array.from({ length: 20 }, (_, i) => i);
    stream.shuffle(items);
    expect(items).toEqual(python.shuffle20);
    expect(stream.getrandbits(32)).toBe(python.after);
  });

  it.each(vectors.filter((row) => row.numpyLegacy !== undefined))("numpy's legacy stream of seed $seed", (row) => {
    const expected = row.numpyLegacy!;
    const stream = new NumpyLegacyRandom(row.seed);
    expect(times(4, () => stream.uint32())).toEqual(expected.uint32);
    expect(times(4, () => stream.rand())).toEqual(expected.rand);
    for (const [bound, draw] of expected.randint) expect(stream.randint(bound)).toBe(draw);
    expect(times(5, () => stream.randint(65535))).toEqual(expected.randintRange);
    const population = Array.from({ length: 6410 }, (_, i) => 500 + i);
    expect(stream.choiceWithoutReplacement(population, 4)).toEqual(expected.choiceNoReplace);
    expect(times(2, () => stream.rand())).toEqual(expected.rand2);
  });

  it.each(vectors)("numpy's PCG64 of seed $seed", ({ seed, pcg64 }) => {
    const raw = new Pcg64(seed);
    expect(times(4, () => String(raw.uint64()))).toEqual(pcg64.raw64);
    expect(seedSequenceWords(seed, 4).map(String)).toEqual(pcg64.seedSequence64);
    const stream = new Pcg64(seed);
    expect(times(4, () => stream.random())).toEqual(pcg64.random);
    expect(times(2, () => stream.integers(4))).toEqual(pcg64.integers4x2);
    expect(stream.random()).toBe(pcg64.randomAfter);
    for (const [bound, draw] of pcg64.integersScalar) expect(stream.integers(bound)).toBe(draw);
    expect(stream.random()).toBe(pcg64.randomLast);
    expect(times(8, () => (stream.random() < 0.9 ? "F" : "H"))).toEqual(pcg64.choiceFH);
  });
});
