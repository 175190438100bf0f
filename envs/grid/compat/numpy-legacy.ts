// numpy's legacy stream (`np.random.seed` and friends, class RandomState): the Mersenne Twister with masked rejection.
// Its bounds draw nothing where only one value is possible, unlike Python's.

import { MersenneTwister } from "./mersenne-twister.ts";

/** A stream equal, draw by draw, to `numpy.random.RandomState(seed)` for an integer seed below 2^32. */
export class NumpyLegacyRandom {
  readonly #twister: MersenneTwister;

  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
      throw new RangeError(`seed ${seed} is outside [0, 2^32)`);
    this.#twister = MersenneTwister.fromWord(seed);
  }

  uint32(): number {
    return this.#twister.uint32();
  }

  rand(): number {
    return this.#twister.real53();
  }

  /** An integer in [0, bound). */
  randint(bound: number): number {
    return this.#masked(bound - 1);
  }

  /** `choice(population, count, replace=False)`: the first items of a shuffled copy. */
  choiceWithoutReplacement<T>(items: readonly T[], count: number): T[] {
    const pool = [...items];
    for (let i = pool.length - 1; i > 0; i--) {
      const j = this.#masked(i);
      [pool[i], pool[j]] = [pool[j] as T, pool[i] as T];
    }
    return pool.slice(0, count);
  }

  /** An integer in [0, range], both included; range 0 draws nothing. */
  #masked(range: number): number {
    if (range === 0) return 0;
    const mask = 0xffffffff >>> Math.clz32(range);
    let draw = (this.#twister.uint32() & mask) >>> 0;
    while (draw > range) draw = (this.#twister.uint32() & mask) >>> 0;
    return draw;
  }
}
