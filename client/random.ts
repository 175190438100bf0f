// Named, seeded random streams of the learner: rollout seeds, draws of the sampler, shuffles of the training batches.
// Equal names give equal draws on any machine. Streams split by label, so a draw added in one place never shifts the
// draws of another. The worlds have their own copy (envs/core/random.ts): neither side imports the other.

import { hash } from "node:crypto";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";

/**
 * The first 53 bits, big-endian, of SHA-256 over "anchorgym-seed-v1\n" seed "\n" label (`protocol.md` section 7).
 * @param seed a non-negative integer below 2^53
 */
export function deriveSeed(seed: number, label: string): number {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`seed ${seed} is not an integer in [0, 2^53)`);
  const hex = hash("sha256", `anchorgym-seed-v1\n${seed}\n${label}`, "hex");
  return Number(BigInt(`0x${hex.slice(0, 14)}`) >> 3n);
}

/** A stream of draws. Mutable on purpose: its owner holds it for the length of one piece of work and stores the seed. */
export class RandomStream {
  readonly #seed: number;
  readonly #generator: RandomGenerator;

  /** @param seed a non-negative integer below 2^53 */
  constructor(seed: number) {
    this.#seed = seed;
    // The generator's own seeding takes 32 bits, which collide among 10^5 rows: fill all 128 bits of its state.
    const digest = Buffer.from(hash("sha256", `anchorgym-stream-v1\n${seed}`, "hex"), "hex");
    this.#generator = xoroshiro128plusFromState([0, 4, 8, 12].map((at) => digest.readInt32BE(at)));
  }

  /** An independent stream named by `label`; drawing from it moves nothing here. */
  split(label: string): RandomStream {
    return new RandomStream(deriveSeed(this.#seed, label));
  }

  /** An integer in [0, bound). */
  int(bound: number): number {
    return uniformInt(this.#generator, 0, bound - 1);
  }

  /** A real in [0, 1), 32 bits. */
  real(): number {
    return uniformInt(this.#generator, 0, 0xffffffff) / 2 ** 32;
  }

  /** A draw of the standard normal distribution (Box-Muller, one of the pair). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.real()));
    return radius * Math.cos(2 * Math.PI * this.real());
  }

  /** @throws {RangeError} when the list is empty. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError("cannot pick from an empty list");
    return items[this.int(items.length)] as T;
  }

  /** A new array in random order (Fisher-Yates). */
  shuffled<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      [result[i], result[j]] = [result[j] as T, result[i] as T];
    }
    return result;
  }
}
