// 2048: the world contract, sliding, and when a game is won or lost.

import fc from "fast-check";
import { expect, test } from "vitest";
import { game2048World } from "../../../envs/grid/game-2048/game-2048-world.ts";
import { isOpen, slide } from "../../../envs/grid/game-2048/rules.ts";
import { describeWorldContract } from "../compliance/world-contract.ts";

describeWorldContract("game-2048", {
  world: game2048World,
  tasks: [
    ["train", 0],
    ["ragen", 3],
  ],
  optionsJson: ['{"maxSteps":60}', '{"observation":"glyphs","winTile":16,"useLogReward":false}'],
});

const tiles = fc.array(fc.constantFrom(0, 0, 2, 4, 8, 16), { minLength: 16, maxLength: 16 });

test("sliding keeps the sum of the tiles, and a move is open exactly when it changes the grid", () => {
  fc.assert(
    fc.property(tiles, fc.integer({ min: 0, max: 3 }), (grid, move) => {
      const slid = slide(grid, move);
      const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
      expect(sum(slid.tiles)).toBe(sum(grid));
      expect(slid.changed).toBe(isOpen(grid, move));
    }),
  );
});

test.each([
  [[2, 2, 2, 2], [4, 4, 0, 0], 8],
  [[2, 2, 4, 0], [4, 4, 0, 0], 4],
  [[4, 0, 2, 2], [4, 4, 0, 0], 4],
  [[2, 0, 0, 2], [4, 0, 0, 0], 4],
])("the row %j slides left to %j", (row, expected, merged) => {
  const slid = slide([...row, ...Array(12).fill(0)], 3);
  expect(slid.tiles.slice(0, 4)).toEqual(expected);
  expect(slid.merged).toBe(merged);
});

test("the winning tile ends the game with success at once", () => {
  const options = game2048World.parseOptions('{"winTile":8}');
  let state = game2048World.reset(game2048World.task("train", 1), 4, options);
  while (state.endReason === undefined) {
    const [text = ""] = game2048World.admissibleActions(state, "");
    state = game2048World.step(state, new Map([["", { text }]])).state;
  }
  expect(state.endReason).toBe("GOAL_REACHED");
  expect(Math.max(...state.tiles)).toBe(8);
});
