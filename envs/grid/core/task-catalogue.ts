// Tasks by split and index with stable ids, for worlds whose splits are functions from an index to a problem. Holds the most
// recent tasks, so that asking twice costs one generation; which tasks are held never shows.

import { inlineTaskOf } from "../../core/inline-task.ts";
import { taskDigest } from "../../core/state-hash.ts";
import type { Json, Split, Task } from "../../core/types.ts";

/** A problem as its split makes it: all of a task but its name and its digest. */
export interface Problem<Data> {
  readonly title: string;
  readonly tags: readonly string[];
  readonly maxTurns: number;
  /** Plain JSON, answers included: what the digest is taken over. */
  readonly data: Data;
}

export interface SplitSource<Data> {
  readonly split: Split;
  problem(index: number): Problem<Data>;
}

export interface TaskCatalogue<Data> {
  readonly splits: readonly Split[];
  task(split: string, index: number): Task<Data>;
  taskById(taskId: string): Task<Data> | undefined;
  /** A problem of no split, named by its digest. */
  inlineTask(problem: Problem<Data>): Task<Data>;
}

const HELD_TASKS = 1024;

/** A catalogue over splits. @throws {Error} (from `task`) for an unknown split or an index outside it. */
export function taskCatalogue<Data extends Json>(
  name: string,
  version: string,
  sources: readonly SplitSource<Data>[],
): TaskCatalogue<Data> {
  const bySplit = new Map(sources.map((source) => [source.split.name, source]));
  const held = new Map<string, Task<Data>>();

  const task = (split: string, index: number): Task<Data> => {
    const source = bySplit.get(split);
    if (source === undefined) {
      throw new Error(`${name}: unknown split "${split}"; splits are ${[...bySplit.keys()].join(", ")}`);
    }
    const count = source.split.taskCount ?? 2 ** 32;
    if (!Number.isInteger(index) || index < 0 || index >= count) {
      throw new Error(`${name}: split "${split}" has tasks 0 to ${count - 1}, got ${index}`);
    }
    const taskId = `${name}/${version}/${split}/${index}`;
    const known = held.get(taskId);
    if (known !== undefined) return known;
    const problem = source.problem(index);
    const made: Task<Data> = { taskId, split, index, ...problem, contentDigest: taskDigest(problem.data) };
    if (held.size >= HELD_TASKS) held.delete(held.keys().next().value as string);
    held.set(taskId, made);
    return made;
  };

  return {
    splits: sources.map((source) => source.split),
    task,
    inlineTask: (problem) => inlineTaskOf({ name, version }, problem, taskDigest(problem.data)),
    taskById(taskId) {
      const [givenName, givenVersion, split, index, ...rest] = taskId.split("/");
      if (givenName !== name || givenVersion !== version || rest.length > 0) return undefined;
      const source = bySplit.get(split ?? "");
      if (source === undefined || index === undefined || !/^(0|[1-9]\d{0,9})$/.test(index)) return undefined;
      return Number(index) < (source.split.taskCount ?? 2 ** 32) ? task(source.split.name, Number(index)) : undefined;
    },
  };
}
