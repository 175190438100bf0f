// `verify-traces` on a folder written here: a game of three places, recorded by the rules of the original, and the same
// recording with one word changed. The recordings of the real engine are replayed in test/golden.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { runCommandLine } from "../../cli/program.ts";

const GAME = {
  id: "small/1",
  family: "pick_and_place_simple",
  room: "Bedroom",
  floorPlan: "FloorPlan301",
  target: { object: "Mug", receptacle: "Shelf", lamp: null },
  goal: "put a mug in shelf.",
  humanGoals: [],
  startLoc: 3,
  receptacles: [
    { name: "desk 1", type: "Desk", openable: false, loc: 1, contents: ["mug 1"] },
    { name: "shelf 1", type: "Shelf", openable: false, loc: 2, contents: [] },
  ],
  objects: [{ name: "mug 1", type: "Mug", flags: "PCHFR", loc: 1 }],
  walkthrough: null,
  optimalSteps: 4,
};
const EPISODE = {
  game: "small/1",
  dialect: "v2",
  initWon: false,
  steps: [
    {
      a: "go to desk 1",
      o: "You arrive at desk 1. On the desk 1, you see a mug 1.",
      adm: ["examine desk 1", "go to shelf 1", "help", "inventory", "look", "take mug 1 from desk 1"],
      won: false,
    },
    { a: "take mug 1 from desk 1", o: "You pick up the mug 1 from the desk 1.", won: false, r: 0, done: false },
    { a: "fly away", o: "Nothing happens.", won: false },
    { a: "go to shelf 1", o: "You arrive at shelf 1. On the shelf 1, you see nothing.", won: false },
    { a: "move mug 1 to shelf 1", o: "You move the mug 1 to the shelf 1.", won: true, r: 1, done: true },
  ],
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "anchorgym-traces-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = undefined;
});

const lines = (...rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

function write(worlds: string, traces: string): void {
  writeFileSync(join(folder, "worlds.jsonl.gz"), gzipSync(worlds));
  writeFileSync(join(folder, "traces.jsonl"), traces);
}

async function verify(...flags: readonly string[]): Promise<{ code: number; out: string; errors: string }> {
  let [out, errors] = ["", ""];
  const spy = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += String(text);
    return true;
  });
  try {
    const code = await runCommandLine(["verify-traces", "household", folder, ...flags], (text) => {
      errors += text;
    });
    return { code, out, errors };
  } finally {
    spy.mockRestore();
  }
}

test("a true recording has no mismatches and exits with 0", async () => {
  write(lines(GAME), lines(EPISODE));
  const { code, out } = await verify("--json");
  expect(JSON.parse(out)).toEqual({ world: "household", steps: 5, episodes: 1, mismatches: 0, first: null });
  expect(code).toBe(0);
});

test("a changed word is named with its game, step and both texts, and the replay goes on", async () => {
  const steps = EPISODE.steps.map((step, i) => (i === 1 ? { ...step, o: "You take the mug 1." } : step));
  write(lines(GAME), lines(EPISODE, { ...EPISODE, steps: steps.with(4, { ...steps[4]!, won: false }) }));
  const { code, out } = await verify("--json");
  expect(JSON.parse(out)).toEqual({
    world: "household",
    steps: 10,
    episodes: 2,
    mismatches: 2,
    first: {
      file: "traces.jsonl",
      game: "small/1",
      step: 2,
      what: "observation",
      expected: "You take the mug 1.",
      actual: "You pick up the mug 1 from the desk 1.",
    },
  });
  expect(code).toBe(1);
  expect((await verify()).out).toContain("observation at step 2 of small/1 (traces.jsonl)");
});

test.each([
  [
    "an unknown game",
    () => write(lines(GAME), lines({ ...EPISODE, game: "big/2" })),
    'traces.jsonl:1: no game "big/2"',
  ],
  ["a line cut short", () => write(lines(GAME), `${lines(EPISODE)}{"game":`), "traces.jsonl:2: "],
  [
    "a missing field",
    () => write(lines({ ...GAME, startLoc: null }), ""),
    "worlds.jsonl:1: startLoc must be an integer",
  ],
  ["no games", () => writeFileSync(join(folder, "traces.jsonl"), lines(EPISODE)), "there is no worlds.jsonl"],
  ["no recordings", () => write(lines(GAME), ""), "holds no recording of household"],
  ["no gzip", () => writeFileSync(join(folder, "worlds.jsonl.gz"), "plain"), "is not gzip"],
  ["an empty folder", () => {}, "holds no .jsonl or .jsonl.gz file"],
  ["no folder", () => rmSync(folder, { recursive: true }), "is no folder"],
])("%s ends with exit code 2 and the place", async (_, prepare, sentence) => {
  prepare();
  const { code, errors } = await verify();
  expect(errors).toContain(sentence);
  expect(code).toBe(2);
});
