// Random and fuzzed actions on every grid world: nothing throws, rewards are finite, ends have a reason. A short run by default;
// with ANCHORGYM_LONG=1 a million actions a world.

import { describe, expect, test } from "vitest";
import { RandomStream } from "../../../envs/core/random.ts";
import type { Action } from "../../../envs/core/types.ts";
import type { World } from "../../../envs/core/world.ts";
import { frozenLakeWorld } from "../../../envs/grid/frozen-lake/frozen-lake-world.ts";
import { game2048World } from "../../../envs/grid/game-2048/game-2048-world.ts";
import { planPathTeamWorld } from "../../../envs/grid/plan-path/plan-path-team.ts";
import { planPathWorld } from "../../../envs/grid/plan-path/plan-path-world.ts";
import { sokobanTeamWorld } from "../../../envs/grid/sokoban/sokoban-team.ts";
import { sokobanWorld } from "../../../envs/grid/sokoban/sokoban-world.ts";
import { sudokuTeamWorld } from "../../../envs/grid/sudoku/sudoku-team.ts";
import { sudokuWorld } from "../../../envs/grid/sudoku/sudoku-world.ts";

const LONG = process.env["ANCHORGYM_LONG"] === "1";
const ACTIONS = LONG ? 1_000_000 : 2_000;
const PIECES = [
  ..."<>/[](){}#|\"' ,.0123456789UDLRudlr\n",
  "####",
  "<answer>",
  "</answer>",
  "<action>",
  "</action>",
  "up",
  "place",
];

function fuzzed(random: RandomStream, admissible: readonly string[]): Action {
  const kind = random.int(4);
  if (kind === 0) return { choice: random.int(12) };
  if (kind === 1 && admissible.length > 0) return { text: random.pick(admissible) };
  if (kind === 2) return { text: Array.from({ length: random.int(12) }, () => random.pick(PIECES)).join("") };
  return { text: Array.from({ length: random.int(20) }, () => String.fromCharCode(random.int(0x10000))).join("") };
}

describe.each<[string, World, readonly string[]]>([
  [
    "sokoban",
    sokobanWorld as World,
    ["", '{"preset":"verl-agent"}', '{"preset":"ragen-simple"}', '{"preset":"pettingllms"}'],
  ],
  ["frozen-lake", frozenLakeWorld as World, ["", '{"preset":"ragen"}', '{"form":"plan"}']],
  ["plan-path", planPathWorld as World, ["", '{"preset":"pettingllms","shaping":"upstream"}']],
  [
    "sudoku",
    sudokuWorld as World,
    ["", '{"preset":"ragen","observation":"detailed"}', '{"preset":"pettingllms","overwrite":true}'],
  ],
  ["game-2048", game2048World as World, ["", '{"winTile":0}']],
  ["sokoban-team", sokobanTeamWorld as World, ["", '{"rewardForm":"released"}']],
  ["plan-path-team", planPathTeamWorld as World, ["", '{"rewardForm":"released"}']],
  ["sudoku-team", sudokuTeamWorld as World, ["", '{"rewardForm":"released"}']],
])("%s", (_name, world, optionsJson) => {
  test(`${ACTIONS} random actions give outcomes`, { timeout: 1_800_000 }, () => {
    const random = new RandomStream(11);
    const options = optionsJson.map((text) => world.parseOptions(text));
    let episodes = 0;
    for (let actions = 0; actions < ACTIONS; episodes++) {
      let state = world.reset(world.task("train", episodes % 300), episodes, options[episodes % options.length]);
      let acting = world.initiallyActing(state);
      while (acting.length > 0 && actions < ACTIONS) {
        const chosen = new Map(acting.map((id) => [id, fuzzed(random, world.admissibleActions(state, id))]));
        const transition = world.step(state, chosen);
        for (const agent of transition.agents.values()) {
          if (!Number.isFinite(agent.reward))
            throw new Error(`reward ${agent.reward} after ${JSON.stringify([...chosen])}`);
        }
        if ((transition.endReason === undefined) === (transition.actingAgents.length === 0))
          throw new Error("end without reason");
        ({ state, actingAgents: acting } = transition);
        for (const { agentId } of world.description.agents) world.observe(state, agentId);
        actions++;
      }
    }
    expect(episodes).toBeGreaterThan(1);
  });
});
