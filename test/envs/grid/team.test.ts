// The two-role forms: the world contract, who acts when, what a proposal changes, and the three reward forms.

import { describe, expect, test } from "vitest";
import { fullStateHash } from "../../../envs/core/state-hash.ts";
import { shortestMoves } from "../../../envs/grid/plan-path/maze.ts";
import { planPathTeamWorld } from "../../../envs/grid/plan-path/plan-path-team.ts";
import { sokobanTeamWorld } from "../../../envs/grid/sokoban/sokoban-team.ts";
import { solvePushes } from "../../../envs/grid/sokoban/solver.ts";
import { sudokuTeamWorld } from "../../../envs/grid/sudoku/sudoku-team.ts";
import { describeWorldContract } from "../compliance/world-contract.ts";

const TASKS = [
  ["train", 0],
  ["train", 3],
  ["valid", 0],
] as const;
const FORMS = ["", '{"rewardForm":"released"}', '{"rewardForm":"outcome","maxTurns":2}'];

describeWorldContract("plan-path for two roles", { world: planPathTeamWorld, tasks: TASKS, optionsJson: FORMS });
describeWorldContract("sokoban for two roles", { world: sokobanTeamWorld, tasks: TASKS, optionsJson: FORMS });
describeWorldContract("sudoku for two roles", { world: sudokuTeamWorld, tasks: TASKS, optionsJson: FORMS });

const say = (agent: string, text: string) => new Map([[agent, { text }]]);
const list = (moves: readonly number[]) => `#### [${moves.map((move) => "UDLR"[move]).join(", ")}]`;

describe("a turn", () => {
  const start = (optionsJson: string) =>
    planPathTeamWorld.reset(planPathTeamWorld.task("train", 0), 0, planPathTeamWorld.parseOptions(optionsJson));

  test("the tool proposes without changing the world, the planner sees the proposal and decides", () => {
    const state = start("");
    const { maze } = state.inner.arena;
    const way = list(shortestMoves(maze) ?? []);
    expect(planPathTeamWorld.initiallyActing(state)).toEqual(["tool"]);
    const proposed = planPathTeamWorld.step(state, say("tool", `thinking...\n${way}`));
    expect(proposed.actingAgents).toEqual(["plan"]);
    expect(proposed.state.inner.position).toBe(maze.start);
    expect(proposed.agents.get("tool")?.reward).toBeCloseTo(0.1 + 0.1 + 0.8, 12);
    expect(JSON.stringify(planPathTeamWorld.observe(proposed.state, "plan"))).toContain("The tool proposes");
    expect(JSON.stringify(planPathTeamWorld.observe(proposed.state, "tool"))).not.toContain("The tool proposes");
    const decided = planPathTeamWorld.step(proposed.state, new Map([["plan", { choice: 0 }]]));
    expect(decided.endReason).toBe("GOAL_REACHED");
    expect(decided.teamRewards).toEqual([{ name: "grid", value: 1 }]);
    expect(decided.agents.get("plan")?.reward).toBeCloseTo(1, 12);
    expect(decided.agents.get("tool")).toMatchObject({ reward: 0, terminated: true });
  });

  test("released rewards: the list's own reward, -2 without a list, and the team term beside it", () => {
    const state = start('{"rewardForm":"released"}');
    const way = list(shortestMoves(state.inner.arena.maze) ?? []);
    const silent = planPathTeamWorld.step(state, say("tool", "no list"));
    expect(silent.agents.get("tool")).toMatchObject({ reward: -2, validity: "UNPARSABLE" });
    const decided = planPathTeamWorld.step(silent.state, say("plan", way));
    const reward = decided.agents.get("plan")?.reward ?? Number.NaN;
    expect(decided.teamRewards?.[0]?.value).toBe(reward);
    expect(reward).toBeGreaterThan(1.5);
  });

  test("outcome rewards pay success alone", () => {
    const state = start('{"rewardForm":"outcome"}');
    const way = list(shortestMoves(state.inner.arena.maze) ?? []);
    const proposed = planPathTeamWorld.step(state, say("tool", way));
    expect([proposed.agents.get("tool")?.reward, proposed.teamRewards?.[0]?.value]).toEqual([0, 0]);
    const decided = planPathTeamWorld.step(proposed.state, say("plan", way));
    expect([decided.agents.get("plan")?.reward, decided.teamRewards?.[0]?.value]).toEqual([0, 1]);
  });

  test("different proposals are different full states, and the episode ends after its turns", () => {
    const task = planPathTeamWorld.task("train", 0);
    let state = start('{"maxTurns":2}');
    const hash = (of: typeof state) =>
      fullStateHash("plan-path-team/1", task.contentDigest, planPathTeamWorld.canonical(of));
    const one = planPathTeamWorld.step(state, say("tool", "#### [U]")).state;
    const other = planPathTeamWorld.step(state, say("tool", "#### [D]")).state;
    expect(hash(one)).not.toBe(hash(other));
    for (const agent of ["tool", "plan", "tool", "plan"]) {
      expect(state.endReason).toBeUndefined();
      state = planPathTeamWorld.step(state, say(agent, "#### []")).state;
    }
    expect(state.endReason).toBe("MAX_TURNS");
  });
});

test("Sokoban: a solution is legal and pays the team 1; a blocked move is not legal", () => {
  const task = sokobanTeamWorld.task("train", 0);
  const state = sokobanTeamWorld.reset(task, 0, sokobanTeamWorld.parseOptions(""));
  const result = solvePushes(state.inner.board.arena.level);
  const moves = result.outcome === "solved" ? result.solution.moves : [];
  const proposed = sokobanTeamWorld.step(state, say("tool", list(moves)));
  expect(proposed.agents.get("tool")?.reward).toBeCloseTo(1, 12);
  const decided = sokobanTeamWorld.step(proposed.state, say("plan", list(moves)));
  expect(decided.agents.get("plan")?.reward).toBeCloseTo(1, 12);
  expect(decided.teamRewards).toEqual([{ name: "grid", value: 1 }]);
  const blocked = sokobanTeamWorld.step(proposed.state, say("plan", "#### [U, U, U, U, U, U, U]"));
  expect(blocked.agents.get("plan")?.rewardComponents).toContainEqual({ name: "legal", value: 0 });
});

test("Sudoku: the solution pays for its new cells; a grid that changes a clue is neither legal nor sane", () => {
  const task = sudokuTeamWorld.task("train", 0);
  const state = sudokuTeamWorld.reset(task, 0, sudokuTeamWorld.parseOptions(""));
  const { solution, size, blanks } = state.inner.arena;
  const grid = (cells: readonly number[]) =>
    `#### ${JSON.stringify(Array.from({ length: size }, (_, row) => cells.slice(row * size, (row + 1) * size)))}`;
  const right = grid([...solution]);
  const proposed = sudokuTeamWorld.step(state, say("tool", right));
  expect(proposed.agents.get("tool")?.reward).toBeCloseTo(1, 12);
  const decided = sudokuTeamWorld.step(proposed.state, say("plan", right));
  expect(decided.agents.get("plan")?.reward).toBeCloseTo(0.2 + (0.8 * blanks) / (size * size), 12);
  expect(decided.endReason).toBe("GOAL_REACHED");
  const renamed = grid(Array.from(solution, (value) => (value % 4) + 1));
  const cheated = sudokuTeamWorld.step(state, say("tool", renamed));
  expect(cheated.agents.get("tool")?.rewardComponents).toContainEqual({ name: "quality", value: 0 });
});
