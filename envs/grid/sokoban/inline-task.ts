// A Sokoban level by value: its rows, and what of a catalogue task's data a caller wants to say. Whether it can be solved is the
// caller's business, as it is with level files.

import { checkedAt, choice, FormError, integer, listOf, optional, readJson, record, text } from "../../core/form.ts";
import { MAX_INLINE_TASK_BYTES } from "../../core/inline-task.ts";
import type { Problem } from "../core/task-catalogue.ts";
import { parseLevel } from "./level.ts";
import { SOKOBAN_PRESETS } from "./presets.ts";
import { type SokobanTaskData, sokobanProblem } from "./tasks.ts";

const MAX_SIDE = 32;
const row = text({ maxLength: MAX_SIDE, pattern: /^[# _.$*@+]+$/, expects: "a row of # _ . $ * @ + and blanks" });

export const SOKOBAN_FORM = record(
  {
    rows: listOf(
      row,
      { min: 3, max: MAX_SIDE },
      "# wall, blank or _ floor, . target, $ box, * box on target, @ player, + player on target; walls all around",
    ),
    maxSteps: optional(integer(1, 100_000, "moves of an episode"), 120),
    preset: optional(choice(SOKOBAN_PRESETS, "rules, text and parser"), "anchorgym"),
    pushes: optional(integer(-1, 1_000_000, "of a push-optimal solution; -1: unknown"), -1),
  },
  {
    description: "A Sokoban level.",
    examples: [{ rows: ["#####", "#@$.#", "#####"] }, { rows: ["######", "#    #", "# $@ #", "#.   #", "######"] }],
  },
);

/** @throws {FormError} */
export function readInlineLevel(json: string): Problem<SokobanTaskData> {
  const data = readJson(SOKOBAN_FORM, json, MAX_INLINE_TASK_BYTES);
  const level = checkedAt("rows", () => parseLevel(data.rows, "level"));
  if (level.boxes.every((box) => level.targets.includes(box))) {
    throw new FormError("rows", "is solved already; leave at least one box off its target");
  }
  return sokobanProblem(data, level.boxes.length, []);
}
