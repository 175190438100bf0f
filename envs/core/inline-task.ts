// Tasks by value: a problem that a caller sends becomes a task whose name and digest derive from its canonical data.

import type { StateHash, Task } from "./types.ts";

/** Bound of a task's JSON text. */
export const MAX_INLINE_TASK_BYTES = 65_536;

/** Where inline tasks stand in the catalogue's terms; no world may have a split of this name. */
const INLINE_SPLIT = "inline";

/** @param contentDigest as the world's catalogue computes it for the same data */
export function inlineTaskOf<Data>(
  world: { readonly name: string; readonly version: string },
  problem: Pick<Task<Data>, "title" | "tags" | "maxTurns" | "data">,
  contentDigest: StateHash,
): Task<Data> {
  const { title, tags, maxTurns, data } = problem;
  const taskId = `${world.name}/${world.version}/${INLINE_SPLIT}/${contentDigest}`;
  return { taskId, split: INLINE_SPLIT, index: 0, title, tags, maxTurns, contentDigest, data };
}
