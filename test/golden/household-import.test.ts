// The importer on twelve published problems: each decodes to exactly the world that was recorded of it, is solved by the
// oracle, and replays. The problems are not part of the repository; without them these tests skip.

import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { taskDigest } from "../../envs/core/state-hash.ts";
import { decodeProblem, importAlfworldGame } from "../../envs/household/alfworld-game.ts";
import { houseOf } from "../../envs/household/episode.ts";
import { byDisplayOrder } from "../../envs/household/house.ts";
import { householdWorld } from "../../envs/household/household-world.ts";
import { distance } from "../../envs/household/oracle.ts";
import { recordedGames } from "../../envs/household/replay-traces.ts";
import { identityBody } from "../../envs/household/world-data.ts";

const DATA = new URL("../../../shared/data/household/", import.meta.url);
const present = existsSync(DATA);
if (!present) console.warn("skipping the import of published problems: ../shared/data/household is absent");

const textOf = (name: string) => gunzipSync(readFileSync(new URL(`${name}.jsonl.gz`, DATA))).toString("utf8");

interface Problem {
  readonly game: string;
  readonly pddl_problem: string;
  readonly task: string;
}

describe.skipIf(!present)("published problems", () => {
  const problems: readonly Problem[] = present
    ? textOf("problems")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Problem)
    : [];
  const games = present ? recordedGames({ name: "worlds.jsonl", text: textOf("worlds") }) : new Map();

  test("there are twelve, two of each family", () => {
    const families = problems.map(({ game }) => games.get(game).data.family);
    expect(families).toHaveLength(12);
    expect(new Set(families).size).toBe(6);
  });

  test.each(problems.map((problem) => [problem.game, problem] as const))("%s", (id, { pddl_problem, task }) => {
    const recorded = games.get(id);
    const file = JSON.stringify({
      solvable: true,
      pddl_problem,
      grammar: `{"task": [{"rhs": ${JSON.stringify(task)}}]}`,
      walkthrough: recorded.walkthrough ?? [],
    });
    const { data, walkthrough } = importAlfworldGame(file, `json_2.1.1/${id}/game.tw-pddl`);
    const sorted = { ...recorded.data, objects: recorded.data.objects.toSorted(byDisplayOrder) };
    expect(identityBody(data)).toEqual(identityBody(sorted));
    expect([data.room, data.floorPlan]).toEqual([recorded.data.room, recorded.data.floorPlan]);
    expect(walkthrough).toEqual(recorded.walkthrough);
    const house = houseOf(data, { dialect: "v2", quirks: "faithful" });
    expect(distance(house, house.start)).toBe(recorded.optimalSteps);
  });

  test("every recorded game is a task by value too, with the digest of its data", () => {
    expect(games.size).toBeGreaterThan(200);
    for (const [id, { data }] of games) {
      const { room, floorPlan, humanGoals } = data;
      const sent = JSON.stringify({ ...(identityBody(data) as object), room, floorPlan, humanGoals });
      const task = householdWorld.inlineTask?.(sent);
      expect(task?.contentDigest, id).toBe(taskDigest(identityBody(data)));
      expect(task?.data, id).toEqual(data);
    }
  });

  test.each<[string, (game: Record<string, unknown>) => Record<string, unknown>, string, RegExp]>([
    ["unsolvable games", (game) => ({ ...game, solvable: false }), "x-1/trial_1/game", /marked as unsolvable/],
    ["other files", () => ({}), "x-1/trial_1/game", /"pddl_problem" is missing/],
    ["games without a task line", (game) => ({ ...game, grammar: "" }), "x-1/trial_1/game", /no line "Your task/],
    ["paths without a floor plan", (game) => game, "game.tw-pddl", /names no floor plan/],
  ])("%s are refused with the path", (_, change, path, message) => {
    const { pddl_problem, task } = problems[0]!;
    const file = JSON.stringify(change({ pddl_problem, grammar: task }));
    expect(() => importAlfworldGame(file, path)).toThrow(message);
    expect(() => importAlfworldGame(file, path)).toThrow(path);
  });

  test.each([
    ["sliced tasks", /\(isClean \?o\)/, "(isSliced ?o)", /sliced objects/],
    ["movable tasks", /\(isClean \?o\)/, "(inReceptacleObject ?o ?m)", /movable receptacles/],
    ["other domains", /\(canContain \w+ \w+\)/, "(canContain ToiletType BedType)", /another domain/],
  ])("%s are refused", (_, from, to, message) => {
    const { pddl_problem, task } = problems.find(({ game }) => game.includes("pick_clean"))!;
    expect(() => decodeProblem(pddl_problem, task, 428)).not.toThrow();
    expect(() => decodeProblem(pddl_problem.replace(from, to), task, 428)).toThrow(message);
  });
});
