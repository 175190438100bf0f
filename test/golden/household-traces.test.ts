// Replays every recorded episode of the original engine: each observation, each admissible list and the goal after each
// step must be equal, in both dialects. The recordings are not part of the repository; without them the tests skip.

import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { admissibleCommands } from "../../envs/household/admissible.ts";
import { houseOf } from "../../envs/household/episode.ts";
import { goalHolds } from "../../envs/household/goals.ts";
import { parseCommand } from "../../envs/household/grammar/commands.ts";
import type { Dialect } from "../../envs/household/house.ts";

import { introText, NOTHING_HAPPENS } from "../../envs/household/render.ts";
import { perform } from "../../envs/household/rules.ts";
import { type RecordedGame, recordedGame } from "../../envs/household/trace-world.ts";

const DATA = new URL("../../../shared/data/household/", import.meta.url);
const present = existsSync(DATA);
if (!present) console.warn("skipping the replay of recorded households: ../shared/data/household is absent");

interface Trace {
  readonly game: string;
  readonly dialect: Dialect;
  readonly init?: string;
  readonly initAdmissible?: readonly string[];
  readonly initWon?: boolean;
  readonly steps: readonly {
    readonly a: string;
    readonly o: string;
    readonly adm: readonly string[];
    readonly won: boolean;
  }[];
}

function lines(name: string): readonly unknown[] {
  const text = gunzipSync(readFileSync(new URL(name, DATA))).toString("utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
}

/** The first difference of an episode from its recording, or the number of steps that agree. */
function replay(game: RecordedGame, trace: Trace): number | string {
  const house = houseOf(game.data, { dialect: trace.dialect, quirks: "faithful" });
  let facts = house.start;
  let text = introText(house, game.data.goal);
  const differs = (at: number, expected: { o?: string; adm?: readonly string[]; won?: boolean }) => {
    const adm = admissibleCommands(house, facts);
    if (expected.o !== undefined && expected.o !== text) return `${game.id} step ${at}: ${text} | ${expected.o}`;
    if (expected.adm && expected.adm.join("\n") !== adm.join("\n")) return `${game.id} step ${at}: ${adm.join(", ")}`;
    if (expected.won !== undefined && expected.won !== goalHolds(house, facts)) return `${game.id} step ${at}: goal`;
    return undefined;
  };
  const { init: o, initAdmissible: adm, initWon: won } = trace;
  const first = differs(0, {
    ...(o === undefined ? {} : { o }),
    ...(adm ? { adm } : {}),
    ...(won === undefined ? {} : { won }),
  });
  if (first !== undefined) return first;
  for (const [index, step] of trace.steps.entries()) {
    const command = parseCommand(house, step.a.trim());
    const effect = command && perform(house, facts, command);
    facts = effect?.facts ?? facts;
    text = effect?.text ?? NOTHING_HAPPENS;
    const difference = differs(index + 1, step);
    if (difference !== undefined) return difference;
  }
  return trace.steps.length;
}

describe.skipIf(!present)("recorded households", () => {
  const games = new Map(
    present ? lines("worlds.jsonl.gz").map((line) => [recordedGame(line).id, recordedGame(line)]) : [],
  );

  test.each([
    ["traces.jsonl.gz", 15_330],
    ["expert_traces.jsonl.gz", 786],
  ])("every step of %s replays byte for byte", (name, stepCount) => {
    const results = (lines(name) as Trace[]).map((trace) => replay(games.get(trace.game)!, trace));
    expect(results.filter((result) => typeof result === "string")).toEqual([]);
    expect(results.reduce<number>((sum, result) => sum + Number(result), 0)).toBe(stepCount);
  });
});
