// `import` on a game written here in PDDL: what comes out is a worlds file that the loader of recorded games reads, and a
// refused game is named without hindering its neighbours.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { runCommandLine } from "../../cli/program.ts";
import { taskDigest } from "../../envs/core/state-hash.ts";
import { householdWorld } from "../../envs/household/household-world.ts";
import { recordedGame } from "../../envs/household/trace-world.ts";
import { identityBody } from "../../envs/household/world-data.ts";

const PROBLEM = `(define (problem p) (:domain alfred)
(:objects loc_bar_1 - location loc_bar_2 - location loc_bar_3 - location)
(:init
(receptacleType Desk_bar_1 DeskType) (receptacleType Shelf_bar_1 ShelfType)
(objectType Mug_bar_1 MugType) (objectType Mug_bar_2 MugType)
(canContain DeskType MugType) (canContain ShelfType MugType)
(pickupable Mug_bar_1) (pickupable Mug_bar_2) (cleanable Mug_bar_1)
(atLocation agent1 loc_bar_3)
(inReceptacle Mug_bar_1 Desk_bar_1) (inReceptacle Mug_bar_2 Desk_bar_1)
(receptacleAtLocation Desk_bar_1 loc_bar_1) (receptacleAtLocation Shelf_bar_1 loc_bar_2)
(objectAtLocation Mug_bar_1 loc_bar_1) (objectAtLocation Mug_bar_2 loc_bar_1))
(:goal (and (exists (?r - receptacle) (exists (?o - object) (and (inReceptacle ?o ?r) (objectType ?o MugType)
(receptacleType ?r ShelfType)))))))`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "anchorgym-import-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = undefined;
});

function game(trial: string, fields: object): string {
  const directory = join(folder, "pick_and_place_simple-Mug-None-Shelf-308", trial);
  mkdirSync(directory, { recursive: true });
  const path = join(directory, "game.tw-pddl");
  writeFileSync(
    path,
    JSON.stringify({ pddl_problem: PROBLEM, grammar: "Your task is to: put a mug in shelf.", ...fields }),
  );
  return path;
}

async function run(...words: readonly string[]): Promise<{ code: number; errors: string }> {
  let errors = "";
  const spy = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    errors += String(text);
    return true;
  });
  try {
    const code = await runCommandLine(["import", "household", ...words], (text) => {
      errors += text;
    });
    return { code, errors };
  } finally {
    spy.mockRestore();
  }
}

test("a game becomes a line that the loader of recorded games reads", async () => {
  const out = join(folder, "worlds.jsonl");
  expect((await run(game("trial_1", { walkthrough: ["go to desk 1"] }), "--out", out)).code).toBe(0);
  const { id, data, optimalSteps, walkthrough } = recordedGame(JSON.parse(readFileSync(out, "utf8")));
  expect([id, optimalSteps]).toEqual(["pick_and_place_simple-Mug-None-Shelf-308/trial_1", 4]);
  expect(walkthrough).toEqual(["go to desk 1"]);
  expect(data).toMatchObject({ family: "pick_and_place_simple", room: "Bedroom", floorPlan: 308, startLoc: 1 });
  // Ids in ascending order get numbers from the class's count down; so do places.
  expect(data.objects.map(({ name, flags, loc }) => [name, flags, loc])).toEqual([
    ["mug 2", "PC", 3],
    ["mug 1", "P", 3],
  ]);
  expect(data.receptacles.map(({ name, loc, contents }) => [name, loc, contents])).toEqual([
    ["desk 1", 3, ["mug 2", "mug 1"]],
    ["shelf 1", 2, []],
  ]);
});

test("a game becomes a task by value, which is the same problem", async () => {
  const [worlds, tasks] = [join(folder, "worlds.jsonl"), join(folder, "tasks.jsonl")];
  expect((await run(game("trial_1", {}), "--out", worlds)).code).toBe(0);
  expect((await run(game("trial_1", {}), "--inline", "--out", tasks)).code).toBe(0);
  const { data } = recordedGame(JSON.parse(readFileSync(worlds, "utf8")));
  const task = householdWorld.inlineTask?.(readFileSync(tasks, "utf8").trim());
  expect(task?.contentDigest).toBe(taskDigest(identityBody(data)));
  expect(task?.data).toEqual(data);
});

test("a refused game is named, its neighbours are imported, and the exit code is 1", async () => {
  const out = join(folder, "worlds.jsonl");
  const bad = game("trial_2", { solvable: false });
  const { code, errors } = await run(game("trial_1", {}), bad, "--out", out);
  expect(code).toBe(1);
  expect(errors).toContain(`refused ${bad}: the game is marked as unsolvable`);
  expect(errors).toContain("1 games imported, 1 refused");
  expect(readFileSync(out, "utf8").trim().split("\n")).toHaveLength(1);
});

test("a file that is not there is a usage error", async () => {
  const { code, errors } = await run(join(folder, "nowhere/game.tw-pddl"));
  expect(errors).toContain("cannot be read (ENOENT)");
  expect(code).toBe(2);
});
