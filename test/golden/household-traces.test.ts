// Replays every recorded episode of the original engine: each observation, each admissible list and the goal after each
// step must be equal, in both dialects. The recordings are not part of the repository; without them the tests skip.

import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { admissibleCommands } from "../../envs/household/admissible.ts";
import { houseOf } from "../../envs/household/episode.ts";
import { createExplorer } from "../../envs/household/explorer.ts";
import { goalHolds } from "../../envs/household/goals.ts";
import { parseCommand } from "../../envs/household/grammar/commands.ts";
import type { Dialect } from "../../envs/household/house.ts";

import { householdWorld, taskFor } from "../../envs/household/household-world.ts";
import { distance } from "../../envs/household/oracle.ts";
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

  test("the oracle needs as many steps as the recorded optimum, and the published solutions win in as many", () => {
    for (const { id, data, optimalSteps, walkthrough } of games.values()) {
      const house = houseOf(data, { dialect: "v2", quirks: "faithful" });
      expect(distance(house, house.start), id).toBe(optimalSteps);
      let facts = house.start;
      for (const text of walkthrough ?? []) {
        expect(goalHolds(house, facts), id).toBe(false);
        facts = perform(house, facts, parseCommand(house, text)!)!.facts;
      }
      if (walkthrough !== undefined)
        expect([goalHolds(house, facts), walkthrough.length]).toEqual([true, optimalSteps]);
    }
    expect([...games.values()].filter(({ walkthrough }) => walkthrough !== undefined)).toHaveLength(165);
  });

  test("any v2 recording also holds in v0 once arrivals and put are reworded", () => {
    for (const trace of (lines("traces.jsonl.gz") as Trace[]).filter(({ dialect }) => dialect === "v2").slice(0, 120)) {
      const game = games.get(trace.game)!;
      const placeOf = new Map(game.data.receptacles.map(({ name, loc }) => [name, loc]));
      const command = (text: string) => text.replace(/^move (\S+ \d+) to (\S+ \d+)$/, "put $1 in/on $2");
      const observation = (text: string) =>
        text
          .replace(/^You arrive at (\S+ \d+)\./, (_, name: string) => `You arrive at loc ${placeOf.get(name)}.`)
          .replace(/^You move the (\S+ \d+) to the (\S+ \d+)\./, "You put the $1 in/on the $2.");
      const steps = trace.steps.filter(({ a }) => a.trim() !== "help" && !a.trim().startsWith("put "));
      const reworded = steps.map(({ a, o, adm, won }) => ({
        a: command(a.trim()),
        o: observation(o),
        adm: adm
          .filter((each) => each !== "help")
          .map(command)
          .sort(),
        won,
      }));
      expect(replay(game, { game: trace.game, dialect: "v0", steps: reworded })).toBe(reworded.length);
    }
  });

  // Solved share and mean steps when solved, as expected over the published games.
  test.each([
    ["original", 0.998, 11.3],
    ["prior", 1, 8.5],
    ["random", 0.981, 17],
  ] as const)("the explorer in %s order solves %d of the games in %d steps", (order, rate, steps) => {
    let [solved, total, played] = [0, 0, 0];
    const options = householdWorld.parseOptions("");
    for (const [index, { id, data }] of [...games.values()].entries()) {
      for (let seed = 0; seed < (order === "random" ? 4 : 1); seed++) {
        const explorer = createExplorer(order, seed * games.size + index);
        const task = taskFor(data, { taskId: id, split: "recorded", index, maxSteps: 50 });
        let state = householdWorld.reset(task, 0, options);
        let endReason: string | undefined;
        while (endReason === undefined) {
          const text = explorer.act(state) ?? "look";
          ({ state, endReason } = householdWorld.step(state, new Map([["", { text }]])));
        }
        played++;
        if (endReason !== "GOAL_REACHED") continue;
        solved++;
        total += state.turn;
      }
    }
    expect(Math.abs(solved / played - rate)).toBeLessThan(0.02);
    expect(Math.abs(total / solved - steps)).toBeLessThan(1);
  });
});
