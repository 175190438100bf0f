// Which layouts are held out. A generator proposes, the layout's own hash decides whether it may be a training or a validation
// task: so no layout is in both, whatever the seeds, the indices and the number of tasks.

import { deriveSeed, RandomStream } from "../../core/random.ts";
import { taskDigest } from "../../core/state-hash.ts";
import type { Json, Split } from "../../core/types.ts";

/** About one layout in eight is held out. */
const HELD_OUT_BELOW = 32;
const MAX_PROPOSALS = 10_000;

export function isHeldOut(layout: Json): boolean {
  return Number.parseInt(taskDigest(layout).slice(0, 2), 16) < HELD_OUT_BELOW;
}

/** Unbounded: task i is generated from i. */
export const TRAIN_SPLIT: Split = { name: "train", kind: "train", taskCount: undefined };
/** Small enough to be listed whole, with digests, in a second or two. */
export const VALID_SPLIT: Split = { name: "valid", kind: "validation", taskCount: 500 };

/**
 * The first proposal for task `index` whose layout belongs to the split. Attempt a draws from its own stream, so a changed
 * generator shifts nothing else.
 * @throws {Error} when the generator proposes nothing of that split, which is a fault of the generator.
 */
export function proposeFor<Level>(
  world: string,
  split: Split,
  index: number,
  propose: (stream: RandomStream) => Level | undefined,
  layoutOf: (level: Level) => Json,
): Level {
  const base = new RandomStream(deriveSeed(index, `${world}/${split.name}`));
  for (let attempt = 0; attempt < MAX_PROPOSALS; attempt++) {
    const level = propose(base.split(`level/${attempt}`));
    if (level !== undefined && isHeldOut(layoutOf(level)) === (split.kind !== "train")) return level;
  }
  throw new Error(`${world}: no level for ${split.name}/${index} after ${MAX_PROPOSALS} proposals`);
}
