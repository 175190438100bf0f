// A lake by value: its map, and what of a catalogue task's data a caller wants to say.

import { checkedAt, choice, integer, listOf, optional, readJson, record, text } from "../../core/form.ts";
import { MAX_INLINE_TASK_BYTES } from "../../core/inline-task.ts";
import type { Problem } from "../core/task-catalogue.ts";
import { type LakeTaskData, lakeProblem } from "./tasks.ts";

const MAX_SIDE = 64;
const row = text({ maxLength: MAX_SIDE, pattern: /^[SFHG]+$/, expects: "a row of S, F, H and G" });

export const LAKE_FORM = record(
  {
    rows: listOf(row, { min: 1, max: MAX_SIDE }, "S start, F ice, H hole, G goal; one S, one G, a way between them"),
    maxSteps: optional(integer(1, 100_000, "moves of an episode"), 100),
    preset: optional(choice(["anchorgym", "ragen"], "text, parser and limits"), "anchorgym"),
    playSeed: optional(integer(-1, Number.MAX_SAFE_INTEGER, "seed of slipping; -1: that of the group"), -1),
  },
  {
    description: "A frozen lake.",
    examples: [{ rows: ["SFF", "FHF", "FFG"] }, { rows: ["SFFG"], maxSteps: 8 }],
  },
);

/** @throws {FormError} */
export function readInlineLake(json: string): Problem<LakeTaskData> {
  const data = readJson(LAKE_FORM, json, MAX_INLINE_TASK_BYTES);
  return checkedAt("rows", () => lakeProblem(data, []));
}
