// A map by value: rows with S and G, or rows and two cell numbers as catalogue tasks have them.

import { checkedAt, choice, FormError, integer, listOf, optional, readJson, record, text } from "../../core/form.ts";
import { MAX_INLINE_TASK_BYTES } from "../../core/inline-task.ts";
import type { Problem } from "../core/task-catalogue.ts";
import { type MazeTaskData, mazeProblem } from "./tasks.ts";

const MAX_SIDE = 64;
const row = text({ maxLength: MAX_SIDE, pattern: /^[.#SG]+$/, expects: "a row of . # S and G" });
const cell = (what: string) =>
  optional(
    integer(0, MAX_SIDE * MAX_SIDE - 1, `cell of the ${what}, row by row from 0; left out where the rows mark it`),
    undefined,
  );

export const MAZE_FORM = record(
  {
    rows: listOf(row, { min: 1, max: MAX_SIDE }, ". free, # blocked, S start, G goal; the goal can be reached"),
    start: cell("start"),
    goal: cell("goal"),
    maxSteps: optional(integer(1, 100_000, "moves of an episode"), 100),
    preset: optional(choice(["anchorgym", "pettingllms"], "text, parser and limits"), "anchorgym"),
  },
  {
    description: "A map with a start and a goal.",
    examples: [{ rows: ["S..", ".#.", "..G"] }, { rows: ["...", ".#."], start: 0, goal: 5, maxSteps: 10 }],
  },
);

/** @throws {FormError} */
export function readInlineMaze(json: string): Problem<MazeTaskData> {
  const { rows, start, goal, ...rest } = readJson(MAZE_FORM, json, MAX_INLINE_TASK_BYTES);
  const cells = rows.join("");
  const data = {
    ...rest,
    rows: rows.map((text) => text.replace(/[SG]/g, ".")),
    start: placeOf("start", "S", start, cells),
    goal: placeOf("goal", "G", goal, cells),
  };
  if (data.start === data.goal) throw new FormError("goal", "must be another cell than the start");
  return checkedAt("rows", () => mazeProblem(data, []));
}

function placeOf(name: "start" | "goal", mark: string, given: number | undefined, cells: string): number {
  const marks = cells.split(mark).length - 1;
  if (given !== undefined && marks === 0) return given;
  if (given === undefined && marks === 1) return cells.indexOf(mark);
  const seen = given === undefined ? `the rows hold ${marks}` : "both are given";
  throw new FormError(name, `must be given once, by one ${mark} in the rows or as a cell number; ${seen}`);
}
