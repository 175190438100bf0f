// Sudoku: the world contract under three rule sets, uniqueness of every served puzzle, the checked clues, placement forms.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RandomStream } from "../../../envs/core/random.ts";
import { generatePuzzle } from "../../../envs/grid/sudoku/generator.ts";
import { conflictingCells, parseGrid, type SudokuSize } from "../../../envs/grid/sudoku/grid.ts";
import { listedCode, placementTexts, readPlacement } from "../../../envs/grid/sudoku/placement.ts";
import { parsePuzzles } from "../../../envs/grid/sudoku/puzzle-files.ts";
import { renderSimple } from "../../../envs/grid/sudoku/render.ts";
import { solveSudoku } from "../../../envs/grid/sudoku/solver.ts";
import { createSudokuWorld, sudokuExpert, sudokuWorld } from "../../../envs/grid/sudoku/sudoku-world.ts";
import { describeWorldContract } from "../compliance/world-contract.ts";

describeWorldContract("sudoku", {
  world: sudokuWorld,
  tasks: [
    ["train", 0],
    ["train", 1],
    ["valid", 0],
  ],
  optionsJson: ["", '{"correctness":"hidden","observation":"with_feedback"}', '{"observation":"glyphs"}'],
  expert: sudokuExpert,
});
describeWorldContract("sudoku by whole grids", {
  world: sudokuWorld,
  tasks: [
    ["train", 0],
    ["train", 3],
  ],
  optionsJson: ['{"preset":"pettingllms","maxTurns":200}'],
  expert: sudokuExpert,
});
describeWorldContract("sudoku in RAGEN's form", {
  world: sudokuWorld,
  tasks: [["ragen-4-easy", 0]],
  optionsJson: [""],
  expert: sudokuExpert,
});

/** Counts solutions by trying every number in every empty cell in order. */
function countByTrying(cells: number[], size: SudokuSize, limit: number): number {
  const cell = cells.indexOf(0);
  if (cell < 0) return 1;
  let count = 0;
  for (let value = 1; value <= size && count < limit; value++) {
    cells[cell] = value;
    if (conflictingCells(cells, size).size === 0) count += countByTrying(cells, size, limit - count);
  }
  cells[cell] = 0;
  return count;
}

describe("puzzles", () => {
  test("every served puzzle has exactly one solution, the stored one", () => {
    for (const [split, count] of [
      ["train", 30],
      ["valid", 30],
      ["ragen-4-hard", 10],
      ["ragen-9-medium", 5],
    ] as const) {
      for (let index = 0; index < count; index++) {
        const { data } = sudokuWorld.task(split, index);
        const { size, cells } = parseGrid(data.puzzle, "puzzle");
        const result = solveSudoku(cells, size, 2);
        expect(result.count).toBe(1);
        expect(result.solution).toEqual(parseGrid(data.solution, "solution").cells);
      }
    }
  });

  test("the solver counts as plain trying does, up to its bound", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 16, maxLength: 16 }), (draws) => {
        const cells = draws.map((draw) => (draw <= 4 ? draw : 0));
        const expected = conflictingCells(cells, 4).size > 0 ? 0 : countByTrying([...cells], 4, 3);
        expect(solveSudoku(cells, 4, 3).count).toBe(expected);
      }),
    );
  });

  test("a 16x16 puzzle is made and is unique", () => {
    const { puzzle, solution } = generatePuzzle(new RandomStream(4), 16, 200);
    expect(solveSudoku(puzzle, 16, 2)).toMatchObject({ count: 1, solution });
  });

  test("puzzle files are refused by line where a puzzle has no or several solutions", () => {
    expect(() => parsePuzzles(".".repeat(16), "file")).toThrow("file line 1: the puzzle has several solutions");
    expect(() => parsePuzzles("\n1.......1.......".replace("1.......1", "11......1"), "file")).toThrow("file line 2");
    const rows = sudokuWorld.task("train", 0).data.puzzle;
    const world = createSudokuWorld({ puzzleFiles: [{ split: "mine", kind: "test", text: rows.join("") }] });
    expect(world.task("mine", 0).data.puzzle).toEqual(rows);
  });
});

describe("rules", () => {
  test.each([
    ["Place 5 at row 2 col 3", { value: 5, row: 1, column: 2 }],
    ["I place 5 at (2, 3).", { value: 5, row: 1, column: 2 }],
    ["place 5 at 2,3", { value: 5, row: 1, column: 2 }],
    ["5 at 2,3", { value: 5, row: 1, column: 2 }],
    ["(2,3,5)", { value: 5, row: 1, column: 2 }],
    ["2, 3, 5", { value: 5, row: 1, column: 2 }],
    ["nothing", undefined],
  ])("%s is read", (text, placement) => {
    expect(readPlacement(text)).toEqual(placement);
  });

  test("clues cannot be overwritten, entries can, the same number again is refused", () => {
    const task = sudokuWorld.task("train", 0);
    const state = sudokuWorld.reset(task, 0, sudokuWorld.parseOptions(""));
    const { clues, size, solution } = state.arena;
    const say = (from: typeof state, cell: number, value: number) =>
      sudokuWorld.step(
        from,
        new Map([["", { text: `place ${value} at row ${Math.floor(cell / size) + 1} col ${(cell % size) + 1}` }]]),
      );
    const clue = clues.findIndex((value) => value !== 0);
    expect(say(state, clue, clues[clue]!).agents.get("")).toMatchObject({ reward: -0.1, validity: "NOT_ADMISSIBLE" });
    const empty = clues.indexOf(0);
    const placed = say(state, empty, solution[empty]!);
    expect(placed.agents.get("")).toMatchObject({ reward: 1, validity: "VALID" });
    expect(say(placed.state, empty, solution[empty]!).agents.get("")?.validity).toBe("NOT_ADMISSIBLE");
  });

  test("a legal grid that ignores the clues solves nothing", () => {
    const options = sudokuWorld.parseOptions('{"preset":"pettingllms"}');
    const task = sudokuWorld.task("train", 0);
    const state = sudokuWorld.reset(task, 0, options);
    const { solution } = state.arena;
    const renamed = Array.from(solution, (value) => (value % 4) + 1);
    const grid = [0, 1, 2, 3].map((row) => renamed.slice(4 * row, 4 * row + 4));
    const cheated = sudokuWorld.step(state, new Map([["", { text: `#### ${JSON.stringify(grid)}` }]]));
    expect(cheated.endReason).toBeUndefined();
    expect(cheated.agents.get("")?.reward).toBeLessThan(0);
    expect(cheated.state.rows).toEqual(state.rows);
  });

  test("the simple text has bars and rules between boxes", () => {
    expect(renderSimple(["12..", "34..", "....", "...1"], 4)).toBe(
      "1 2 | . .\n3 4 | . .\n---------\n. . | . .\n. . | . 1",
    );
  });
});

test.each([4, 9, 16] as const)("a listed placement of size %i reads by table as it reads by pattern", (size) => {
  placementTexts(size, false).forEach((text, code) => {
    expect(listedCode(size, text)).toBe(code);
    const cell = Math.floor(code / size);
    expect(readPlacement(text)).toEqual({
      row: Math.floor(cell / size),
      column: cell % size,
      value: (code % size) + 1,
    });
  });
  expect(listedCode(size, "place 17 at row 1 col 1")).toBeUndefined();
});
