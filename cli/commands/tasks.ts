// `anchorgym tasks <env>`: the tasks of a built-in world as the catalogue lists them: stable ids, digests, titles and tags,
// never answers. Equal ids and digests on two machines mean equal tasks.

import { Command } from "commander";
import { textTable } from "../../client/observe/console.ts";
import type { Split, Task } from "../../envs/core/types.ts";
import { UsageError } from "../exit.ts";
import { builtInWorld } from "../experts.ts";
import { integerFlag } from "../flag-values.ts";

interface TaskFlags {
  readonly split?: string;
  readonly count: number;
  readonly offset: number;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ anchorgym tasks household --split valid_unseen --count 5
  $ anchorgym tasks sokoban --count 100 --json`;

/** An unbounded split has this many tasks on the wire. */
const UNBOUNDED_TASKS = 2 ** 32;

export function tasksCommand(): Command {
  return new Command("tasks")
    .description("list the tasks of a world: ids, splits, difficulty, digests, titles, tags")
    .argument("<env>", "world")
    .option("--split <name>", "one split; default: all of them")
    .option("--count <n>", "tasks of a split to list", integerFlag(0), 10)
    .option("--offset <n>", "first task of a split to list", integerFlag(0), 0)
    .option("--json", "one JSON object")
    .addHelpText("after", EXAMPLES)
    .action(listTasks);
}

function listTasks(name: string, { split: wanted, count, offset, json }: TaskFlags): void {
  const world = builtInWorld(name);
  const { version, splits } = world.description;
  const chosen = wanted === undefined ? splits : splits.filter((split) => split.name === wanted);
  if (chosen.length === 0) {
    const known = splits.map((split) => split.name).join(", ");
    throw new UsageError(`${name} has no split "${wanted}"; it has ${known}`);
  }
  const tasks = chosen.flatMap((split) => {
    const end = Math.min(offset + count, split.taskCount ?? UNBOUNDED_TASKS);
    return Array.from({ length: Math.max(0, end - offset) }, (_, i) => world.task(split.name, offset + i));
  });
  process.stdout.write(
    json
      ? `${JSON.stringify({ environment: name, version, splits: splits.map(splitEntry), tasks: tasks.map(taskEntry) })}\n`
      : `${textTable([HEAD, ...tasks.map(cells)])}\n${splits.map(splitLine).join("\n")}\n`,
  );
}

function splitEntry({ name, kind, taskCount }: Split): object {
  return { name, kind, taskCount: taskCount ?? null };
}

/** The answer and the goal state, which are in `data`, stay here. */
function taskEntry({ taskId, split, index, title, tags, maxTurns, contentDigest }: Task): object {
  return { taskId, split, index, difficulty: difficultyOf(tags), contentDigest, title, tags, maxTurns };
}

const HEAD = ["task", "difficulty", "digest", "steps", "title", "tags"];

function cells({ taskId, title, tags, maxTurns, contentDigest }: Task): string[] {
  const others = tags.filter((tag) => !tag.startsWith("difficulty:"));
  const difficulty = difficultyOf(tags) ?? "";
  return [taskId, difficulty, contentDigest.slice(0, 12), String(maxTurns), title.split("\n")[0]!, others.join(" ")];
}

function difficultyOf(tags: readonly string[]): string | null {
  return tags.find((tag) => tag.startsWith("difficulty:"))?.slice("difficulty:".length) ?? null;
}

function splitLine({ name, kind, taskCount }: Split): string {
  return `split ${name}: ${kind}, ${taskCount ?? "unbounded"}${taskCount === undefined ? "" : " tasks"}`;
}
