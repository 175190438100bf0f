// Tasks by value, over every world that takes them: the published examples can be played, the data of a catalogue task is
// that task, and whatever else is sent gets a sentence that names its place.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FormError } from "../../envs/core/form.ts";
import { MAX_INLINE_TASK_BYTES } from "../../envs/core/inline-task.ts";
import { fullStateHash, semanticStateHash } from "../../envs/core/state-hash.ts";
import type { Json, Task } from "../../envs/core/types.ts";
import type { World } from "../../envs/core/world.ts";
import { findWorld, WORLDS } from "../../envs/worlds.ts";

const worlds = WORLDS.filter((world) => world.inlineTask !== undefined);
const inline = (world: World, value: unknown): Task => world.inlineTask?.(JSON.stringify(value)) as Task;
const schemaOf = ({ description }: World) =>
  JSON.parse(description.taskSchemaJson ?? "") as { readonly examples: readonly Json[]; readonly type: string };

/** Everything that a client sees of a start. */
function startOf(world: World, task: Task): unknown {
  const state = world.reset(task, 11, world.parseOptions(""));
  const { stateSchema } = world.description;
  const canonical = world.canonical(state);
  return {
    full: fullStateHash(stateSchema, task.contentDigest, canonical),
    semantic: semanticStateHash(stateSchema, task.contentDigest, canonical),
    seen: world
      .initiallyActing(state)
      .map((agentId) => [world.observe(state, agentId), world.admissibleActions(state, agentId)]),
  };
}

test("the worlds that take tasks by value are all of this build", () => {
  expect(worlds.map(({ description }) => description.name)).toEqual(WORLDS.map(({ description }) => description.name));
});

describe.each(worlds.map((world) => [world.description.name, world] as const))("%s", (name, world) => {
  test("every published example is a task that starts, and has the same name when it is sent again", () => {
    const { examples, type } = schemaOf(world);
    expect(type).toBe("object");
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const task = inline(world, example);
      expect(task).toMatchObject({ split: "inline", index: 0 });
      expect(task.taskId).toBe(`${name}/${world.description.version}/inline/${task.contentDigest}`);
      expect(task.maxTurns).toBeGreaterThan(0);
      expect(startOf(world, inline(world, example))).toEqual(startOf(world, task));
      expect(world.taskById(task.taskId)).toBeUndefined();
    }
    expect(new Set(examples.map((example) => inline(world, example).contentDigest)).size).toBe(examples.length);
  });

  test("the data of a catalogue task gives its digest, its limits and its hashes", () => {
    for (const { name: split } of world.description.splits) {
      for (const index of [0, 1, 2, 5]) {
        const task = world.task(split, index);
        const sent = inline(world, task.data);
        expect(sent.contentDigest).toBe(task.contentDigest);
        expect(sent.maxTurns).toBe(task.maxTurns);
        expect(startOf(world, sent)).toEqual(startOf(world, task));
      }
    }
  });

  test("whatever JSON is sent is a task that starts or a form error with a sentence", () => {
    const { examples } = schemaOf(world);
    const told = (json: string): void => {
      try {
        startOf(world, world.inlineTask?.(json) as Task);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(FormError);
        const { message, path } = thrown as FormError;
        expect(message).toMatch(/^[a-zA-Z].{8,}/);
        expect(message.length).toBeLessThan(1_500);
        expect(message.startsWith(path === "" ? "the value" : path)).toBe(true);
      }
    };
    /** One place of an example replaced by something else, or left out. */
    const mutated = fc
      .tuple(
        fc.constantFrom(...examples),
        fc.infiniteStream(fc.nat(1_000)),
        fc.jsonValue({ maxDepth: 2 }),
        fc.boolean(),
      )
      .map(([example, stream, other, drops]) => {
        const copy = JSON.parse(JSON.stringify({ example })) as Record<string, unknown>;
        let at: Record<string, unknown> = copy;
        let key = "example";
        for (let depth = 0; depth < 5; depth++) {
          const inner = at[key];
          if (typeof inner !== "object" || inner === null) break;
          const keys = Object.keys(inner);
          const { value } = stream.next();
          if (keys.length === 0 || value % 4 === 0) break;
          at = inner as Record<string, unknown>;
          key = keys[value % keys.length] as string;
        }
        if (drops && at !== copy) {
          if (Array.isArray(at)) at.splice(Number(key), 1);
          else delete at[key];
        } else {
          at[key] = other;
        }
        return JSON.stringify(copy["example"]) ?? "null";
      });
    fc.assert(fc.property(fc.oneof(mutated, fc.json(), fc.string()), told), { numRuns: 300 });
    for (const json of ["", "[]", "null", '"\\ud800"', "[".repeat(60_000)]) {
      expect(() => world.inlineTask?.(json)).toThrow(FormError);
    }
  });

  test("a task of more bytes than the bound is refused without being read", () => {
    expect(() => world.inlineTask?.(" ".repeat(MAX_INLINE_TASK_BYTES + 1))).toThrow(/at most 65536 bytes, has 65537/);
  });
});

describe("a refused task names the place and the cure", () => {
  const household = {
    family: "pick_and_place_simple",
    target: { object: "Mug", receptacle: "Shelf" },
    receptacles: [{ name: "desk 1", contents: ["mug 1"] }, { name: "shelf 1" }],
  };
  test.each([
    ["household", { ...household, family: "dance" }, "family", /one of pick_and_place_simple/],
    ["household", { ...household, target: { object: "Mug" } }, "target.receptacle", /is missing/],
    ["household", { ...household, target: { object: "Egg", receptacle: "Shelf" } }, "target.object", /no object has/],
    [
      "household",
      { ...household, receptacles: [{ name: "cloud 9" }] },
      "receptacles[0].name",
      /no known class; known: armchair/,
    ],
    ["household", { ...household, receptacles: [{ name: "desk 1" }, { name: "desk 1" }] }, "", /one name twice/],
    [
      "household",
      {
        ...household,
        startLoc: 1,
        receptacles: [{ name: "desk 1", loc: 1, contents: ["mug 1"] }, { name: "shelf 1" }],
      },
      "",
      /start 1 is not an empty place/,
    ],
    [
      "household",
      { ...household, receptacles: [{ name: "shelf 1", contents: ["mug 1"] }] },
      "target",
      /reached already/,
    ],
    [
      "household",
      { ...household, objects: [{ name: "box 1", inside: ["vase 1"] }] },
      "objects[0].inside[0]",
      /no object/,
    ],
    ["sokoban", { rows: ["####", "#@ #", "####"] }, "rows", /0 boxes and 0 targets/],
    ["sokoban", { rows: ["#####", "#@* #", "#####"] }, "rows", /solved already/],
    ["sokoban", { rows: ["#####", "#@$x#", "#####"] }, "rows[1]", /a row of/],
    ["frozen-lake", { rows: ["SHG"] }, "rows", /goal cannot be reached/],
    ["plan-path", { rows: ["S.", ".."] }, "goal", /one G in the rows/],
    ["plan-path", { rows: ["S.", ".G"], start: 0 }, "start", /both are given/],
    ["plan-path", { rows: ["S#G"] }, "rows", /cannot be reached/],
    ["sudoku", { puzzle: ["....", "....", "....", "...."] }, "puzzle", /several solutions/],
    ["sudoku", { puzzle: ["11..", "....", "....", "...."] }, "puzzle", /no solution/],
    [
      "sudoku",
      { puzzle: ["1234", "3412", "2143", "432."], solution: ["1", "2", "3", "4"] },
      "solution",
      /row 1 has 1 cells/,
    ],
    [
      "game-2048",
      {
        grid: [
          [2, 3, 0, 0],
          [0, 0, 0, 0],
          [0, 0, 0, 0],
          [0, 0, 0, 0],
        ],
      },
      "grid[0][1]",
      /power of two/,
    ],
    [
      "game-2048",
      {
        grid: [
          [0, 0, 0, 0],
          [0, 0, 0, 0],
          [0, 0, 0, 0],
          [0, 0, 0, 0],
        ],
      },
      "grid",
      /no move/,
    ],
    ["tally", { target: 0 }, "target", /from 1 to 48/],
  ])("%s %j", (name, value, path, sentence) => {
    try {
      inline(findWorld(name), value);
      expect.unreachable();
    } catch (thrown) {
      expect(thrown).toMatchObject({ name: "FormError", path, message: expect.stringMatching(sentence) });
    }
  });

  test("a Sudoku made to exhaust the solver is refused after a bounded search", () => {
    const hostile = { puzzle: ["123456789ABCDEF.", "G...............", ...Array(14).fill("................")] };
    expect(() => inline(findWorld("sudoku"), hostile)).toThrow(/no solution|several solutions|guesses/);
  });
});

test("a household written in few words is the one written in full", () => {
  const household = findWorld("household");
  const short = inline(household, schemaOf(household).examples[0]);
  const full = inline(household, short.data);
  expect(full.contentDigest).toBe(short.contentDigest);
  expect(short.title).toBe("put a mug in shelf.");
});
