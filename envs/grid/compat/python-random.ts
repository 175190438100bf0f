// Python's `random.Random` as CPython draws it: seeding, getrandbits, random, uniform, choice, randint, sample, shuffle.
// Refuses bounds of 2^32 and more, which no upstream generator that we reproduce asks for.

import { MersenneTwister } from "./mersenne-twister.ts";

/** A stream equal, draw by draw, to `random.Random(seed)` for a non-negative integer seed below 2^53. */
export class PythonRandom {
  readonly #twister: MersenneTwister;

  constructor(seed: number) {
    if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`seed ${seed} is not an integer in [0, 2^53)`);
    const high = Math.floor(seed / 2 ** 32);
    this.#twister = MersenneTwister.fromKey(high === 0 ? [seed >>> 0] : [seed >>> 0, high]);
  }

  /** @param bits 1 to 32 */
  getrandbits(bits: number): number {
    return this.#twister.uint32() >>> (32 - bits);
  }

  random(): number {
    return this.#twister.real53();
  }

  uniform(a: number, b: number): number {
    return a + (b - a) * this.random();
  }

  /** An integer in [0, bound); draws even for a bound of 1. */
  randbelow(bound: number): number {
    if (!(bound >= 1 && bound < 2 ** 32)) throw new RangeError(`bound ${bound} is outside [1, 2^32)`);
    const bits = 32 - Math.clz32(bound);
    let draw = this.getrandbits(bits);
    while (draw >= bound) draw = this.getrandbits(bits);
    return draw;
  }

  /** An integer in [low, high], both included. */
  randint(low: number, high: number): number {
    return low + this.randbelow(high - low + 1);
  }

  choice<T>(items: readonly T[]): T {
    return items[this.randbelow(items.length)] as T;
  }

  /** `count` different items: CPython uses a pool for short populations and a set of indices for long ones. */
  sample<T>(items: readonly T[], count: number): T[] {
    const size = items.length;
    if (count > size) throw new RangeError(`cannot sample ${count} of ${size} items`);
    const setSize = count > 5 ? 21 + 4 ** Math.ceil(Math.log(count * 3) / Math.log(4)) : 21;
    const result: T[] = [];
    if (size <= setSize) {
      const pool = [...items];
      for (let i = 0; i < count; i++) {
        const j = this.randbelow(size - i);
        result.push(pool[j] as T);
        pool[j] = pool[size - i - 1] as T;
      }
      return result;
    }
    const selected = new Set<number>();
    while (result.length < count) {
      const j = this.randbelow(size);
      if (selected.has(j)) continue;
      selected.add(j);
      result.push(items[j] as T);
    }
    return result;
  }

  /** Shuffles in place, last position first. */
  shuffle(items: unknown[]): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.randbelow(i + 1);
      [items[i], items[j]] = [items[j], items[i]];
    }
  }
}
