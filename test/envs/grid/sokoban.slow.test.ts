// Sokoban: the world contract under several rule sets, solvers against breadth-first search, generated levels, level files.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RandomStream } from "../../../envs/core/random.ts";
import { semanticStateHash } from "../../../envs/core/state-hash.ts";
import { DIRECTION_LETTERS, type Direction } from "../../../envs/grid/core/directions.ts";
import { createArena, successor } from "../../../envs/grid/sokoban/board.ts";
import { parseBoxoban } from "../../../envs/grid/sokoban/boxoban.ts";
import { levelRows, parseLevel, type SokobanLevel } from "../../../envs/grid/sokoban/level.ts";
import {
  canonicalSokoban,
  createSokobanWorld,
  renderSokoban,
  sokobanExpert,
  sokobanWorld,
} from "../../../envs/grid/sokoban/sokoban-world.ts";
import { isDeadPosition, solveMoves, solvePushes } from "../../../envs/grid/sokoban/solver.ts";
import { describeWorldContract } from "../compliance/world-contract.ts";
import { stripAnsi } from "./strip-ansi.ts";

describeWorldContract("sokoban", {
  world: sokobanWorld,
  tasks: [
    ["train", 0],
    ["train", 1],
    ["train", 2],
    ["valid", 0],
  ],
  optionsJson: [
    "",
    '{"observation":"coord"}',
    '{"admissible":"all","anchorPlayer":"region"}',
    '{"form":"plan","maxTurns":400}',
  ],
  expert: sokobanExpert,
});
describeWorldContract("sokoban under verl-agent's rules", {
  world: sokobanWorld,
  tasks: [["verl-agent", 1]],
  optionsJson: ["", '{"deadlock":"end"}'],
  expert: sokobanExpert,
});

const TINY = ["######", "#@   #", "# $$ #", "# .. #", "######"];

/** Moves of a shortest solution by plain breadth-first search over positions; undefined where there is none. */
function shortestByBreadth(level: SokobanLevel): number | undefined {
  const seen = new Set<string>();
  let layer = [createArena(level).start];
  for (let depth = 0; layer.length > 0; depth++) {
    if (layer.some((board) => board.solved)) return depth;
    const next = [];
    for (const board of layer) {
      for (const direction of [0, 1, 2, 3] as const) {
        const after = successor(board, direction);
        const key = `${after.player} ${after.boxes}`;
        if (!seen.has(key)) {
          seen.add(key);
          next.push(after);
        }
      }
    }
    layer = next;
  }
  return undefined;
}

describe("the solvers", () => {
  test("agree with breadth-first search on the fewest moves, also where there is no solution", () => {
    for (let index = 0; index < 45; index++) {
      const level = parseLevel(sokobanWorld.task("train", index).data.rows, "generated");
      const result = solveMoves(level);
      expect(result.outcome === "solved" ? result.solution.moves.length : undefined).toBe(shortestByBreadth(level));
    }
    const corner = parseLevel(["#####", "#$  #", "# @.#", "#####"], "corner");
    expect(shortestByBreadth(corner)).toBeUndefined();
    expect(solveMoves(corner).outcome).toBe("unsolvable");
    expect(isDeadPosition(corner, corner.boxes)).toBe(true);
  });

  test("the push-optimal solution has as many pushes as the generator found by pulling", () => {
    for (let index = 0; index < 60; index++) {
      const { data } = sokobanWorld.task("valid", index);
      const result = solvePushes(parseLevel(data.rows, "generated"));
      expect(result.outcome === "solved" && result.solution.pushes).toBe(data.pushes);
    }
  });

  test("no position that the search calls solvable is called dead", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 }),
        fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 30 }),
        (index, walk) => {
          const level = parseLevel(sokobanWorld.task("train", index).data.rows, "generated");
          let board = createArena(level).start;
          for (const direction of walk) board = successor(board, direction as Direction);
          if (isDeadPosition(level, board.boxes)) {
            expect(shortestByBreadth({ ...level, boxes: board.boxes, player: board.player })).toBeUndefined();
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("play", () => {
  test("a solution of n moves pays 10 + boxes - 0.1 n when no box leaves a target", () => {
    const level = parseLevel(TINY, "tiny");
    const result = solvePushes(level);
    if (result.outcome !== "solved") throw new Error("tiny level is solvable");
    const world = createSokobanWorld({
      levelFiles: [{ split: "tiny", kind: "test", text: `; 0\n${TINY.join("\n")}\n` }],
    });
    let state = world.reset(world.task("tiny", 0), 0, world.parseOptions(""));
    let total = 0;
    for (const move of result.solution.moves) {
      const transition = world.step(state, new Map([["", { text: DIRECTION_LETTERS[move].toLowerCase() }]]));
      total += transition.agents.get("")?.reward ?? Number.NaN;
      state = transition.state;
    }
    expect(state.endReason).toBe("GOAL_REACHED");
    expect(total).toBeCloseTo(10 + 2 - 0.1 * result.solution.moves.length, 9);
  });

  test("turning a level by a quarter and its moves with it commutes with play", () => {
    const turned: readonly Direction[] = [3, 2, 0, 1];
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 90 }),
        fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 40 }),
        (index, walk) => {
          const rows = sokobanWorld.task("train", index).data.rows;
          let board = createArena(parseLevel(rows, "level")).start;
          let other = createArena(parseLevel(rotate(rows), "rotated level")).start;
          for (const direction of walk) {
            board = successor(board, direction as Direction);
            other = successor(other, turned[direction] as Direction);
          }
          const now = levelRows({ ...board.arena.level, boxes: board.boxes, player: board.player });
          expect(levelRows({ ...other.arena.level, boxes: other.boxes, player: other.player })).toEqual(rotate(now));
        },
      ),
    );
  });

  test("two states have one semantic hash exactly when they look alike, whatever moves led there", () => {
    const text = `; 0\n${TINY.join("\n")}\n`;
    const world = createSokobanWorld({ levelFiles: [{ split: "tiny", kind: "test", text }] });
    const task = world.task("tiny", 0);
    const hashes = new Map<string, string>();
    fc.assert(
      fc.property(fc.array(fc.constantFrom("u", "d", "l", "r"), { maxLength: 24 }), (walk) => {
        let state = world.reset(task, 0, world.parseOptions('{"maxSteps":1000}'));
        for (const move of walk) state = world.step(state, new Map([["", { text: move }]])).state;
        const picture = JSON.stringify(world.observe(state, ""));
        const hash = semanticStateHash(world.description.stateSchema, task.contentDigest, canonicalSokoban(state));
        expect(hashes.get(picture) ?? hash).toBe(hash);
        hashes.set(picture, hash);
      }),
      { numRuns: 500 },
    );
    expect(hashes.size).toBeGreaterThan(20);
    expect(new Set(hashes.values()).size).toBe(hashes.size);
  });

  test("a level in colour shows each cell once", () => {
    const state = sokobanWorld.reset(sokobanWorld.task("train", 0), 0, sokobanWorld.parseOptions(""));
    const plain = stripAnsi(renderSokoban(state));
    expect(plain.split("\n").map((row) => row.length)).toEqual(Array(6).fill(12));
    expect(plain).toMatch(/[@+]/);
  });
});

function rotate(rows: readonly string[]): string[] {
  const width = (rows[0] as string).length;
  return Array.from({ length: width }, (_, column) =>
    rows
      .map((row) => row[column])
      .reverse()
      .join(""),
  );
}

describe("splits", () => {
  test("no map is both in training and in validation", () => {
    const maps = (split: string) =>
      new Set(
        Array.from({ length: 150 }, (_, index) =>
          sokobanWorld.task(split, index).data.rows.join("\n").replace(/[@$]/g, " "),
        ),
      );
    const [train, valid] = [maps("train"), maps("valid")];
    expect([...valid].filter((map) => train.has(map))).toEqual([]);
    expect(valid.size).toBeGreaterThan(60);
  });

  test("level files are read with CRLF and without a last blank line, and refused by line number", () => {
    const text = `; 0\r\n${TINY.join("\r\n")}\r\n\r\n; 1\r\n${TINY.join("\r\n")}`;
    expect(parseBoxoban(text, "file").map(({ id }) => id)).toEqual([0, 1]);
    expect(() => parseBoxoban("; 0\n####\n#@ #\n####", "file")).toThrow("file line 2: 0 boxes and 0 targets");
    expect(() => parseBoxoban("; 0\n####\n#@$.\n####", "file")).toThrow("opening at the border");
    expect(() => parseBoxoban("0\n####", "file")).toThrow("file line 1");
  });

  test("random draws change nothing but the split's own tasks", () => {
    const random = new RandomStream(1);
    const before = sokobanWorld.task("train", 5).contentDigest;
    random.int(5);
    expect(createSokobanWorld().task("train", 5).contentDigest).toBe(before);
  });
});

test("a level that links no more boards plays as one that has linked none", () => {
  const options = sokobanWorld.parseOptions("");
  const crowded = createSokobanWorld();
  const task = Array.from({ length: 20 }, (_, index) => crowded.task("train", index)).find(
    ({ data }) => data.rows.length > 7,
  );
  if (task === undefined) throw new Error("no large level among the first tasks");
  const random = new RandomStream(5);
  const arena = crowded.reset(task, 0, options).board.arena;
  for (let episode = 0; episode < 200; episode++) {
    const fresh = createSokobanWorld().task("train", task.index);
    let state = crowded.reset(task, 0, options);
    let other = crowded.reset(fresh, 0, options);
    expect(other.board.arena).not.toBe(arena);
    const full = arena.linked.size >= 512;
    while (state.endReason === undefined) {
      const action = new Map([["", { text: random.pick(crowded.admissibleActions(state, "")) }]]);
      const [next, otherNext] = [crowded.step(state, action), crowded.step(other, action)];
      state = next.state;
      other = otherNext.state;
      if (!full) continue;
      expect([...next.agents, next.endReason, next.score]).toEqual([
        ...otherNext.agents,
        otherNext.endReason,
        otherNext.score,
      ]);
      expect(crowded.observe(state, "")).toEqual(crowded.observe(other, ""));
      expect(crowded.admissibleActions(state, "")).toEqual(crowded.admissibleActions(other, ""));
      expect(canonicalSokoban(state)).toEqual(canonicalSokoban(other));
    }
    if (full && !state.board.linked) return;
  }
  throw new Error("no episode left the linked boards: the test compared nothing");
});
