// Replays every recorded episode of the original engine: each observation, each admissible list and the goal after each
// step must be equal, in both dialects. The recordings are not part of the repository; without them the tests skip.

import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { TraceFile } from "../../envs/core/trace-report.ts";
import { houseOf } from "../../envs/household/episode.ts";
import { createExplorer } from "../../envs/household/explorer.ts";
import { fitRows } from "../../envs/household/generator/fit.ts";
import { isUnseenPlan } from "../../envs/household/generator/plans.ts";
import { goalHolds } from "../../envs/household/goals.ts";
import { parseCommand } from "../../envs/household/grammar/commands.ts";
import { householdWorld, taskFor } from "../../envs/household/household-world.ts";
import { distance } from "../../envs/household/oracle.ts";
import {
  recordedEpisodes,
  recordedGames,
  replayEpisode,
  verifyHouseholdTraces,
} from "../../envs/household/replay-traces.ts";
import { perform } from "../../envs/household/rules.ts";
import type { RecordedGame } from "../../envs/household/trace-world.ts";

const DATA = new URL("../../../shared/data/household/", import.meta.url);
const present = existsSync(DATA);
if (!present) console.warn("skipping the replay of recorded households: ../shared/data/household is absent");

function file(name: string): TraceFile {
  return { name: `${name}.jsonl`, text: gunzipSync(readFileSync(new URL(`${name}.jsonl.gz`, DATA))).toString("utf8") };
}

describe.skipIf(!present)("recorded households", () => {
  const games: ReadonlyMap<string, RecordedGame> = present ? recordedGames(file("worlds")) : new Map();

  test.each([
    ["traces", 499, 15_330],
    ["expert_traces", 31, 786],
  ])("every step of %s replays byte for byte", (name, episodes, steps) => {
    const report = verifyHouseholdTraces([file("worlds"), file(name)]);
    expect(report).toEqual({ episodes, steps, mismatches: 0, first: undefined });
  });

  test("the fit report measures the published games as their own statistics say", () => {
    const training = [...games.values()].map(({ data }) => data).filter(({ floorPlan }) => !isUnseenPlan(floorPlan));
    expect(training).toHaveLength(203);
    for (const { statistic, kind, deviation } of fitRows(training)) {
      // The mix of rooms and families is that of the training tasks, not of these games.
      const isMix = /share of tasks|task families/.test(statistic);
      expect(Math.abs(deviation), statistic).toBeLessThan(isMix ? 0.05 : kind === "mean" ? 0.008 : 0.001);
    }
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
    const episodes = recordedEpisodes(file("traces")).filter(({ dialect }) => dialect === "v2");
    for (const trace of episodes.slice(0, 120)) {
      const game = games.get(trace.game)!;
      const placeOf = new Map(game.data.receptacles.map(({ name, loc }) => [name, loc]));
      const command = (text: string) => text.replace(/^move (\S+ \d+) to (\S+ \d+)$/, "put $1 in/on $2");
      const observation = (text: string) =>
        text
          .replace(/^You arrive at (\S+ \d+)\./, (_, name: string) => `You arrive at loc ${placeOf.get(name)}.`)
          .replace(/^You move the (\S+ \d+) to the (\S+ \d+)\./, "You put the $1 in/on the $2.");
      const spoken = trace.steps.map((step) => ({ ...step, command: step.command.trim() }));
      const reworded = spoken
        .filter((step) => step.command !== "help" && !step.command.startsWith("put "))
        .map((step) => ({
          ...step,
          command: command(step.command),
          observation: observation(step.observation!),
          admissible: step
            .admissible!.filter((each) => each !== "help")
            .map(command)
            .sort(),
        }));
      expect(reworded.length).toBeGreaterThan(0);
      expect(replayEpisode(game, { game: trace.game, dialect: "v0", initial: {}, steps: reworded })).toEqual([]);
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
