// Replays recorded rooms and plays of upstream systems: each room is generated again from its seed, then played through the
// world. Boxoban solutions are replayed on their levels. Rewards agree within 1e-12, everything else exactly.

import { taskDigest } from "../../core/state-hash.ts";
import type { TraceFile, TraceReport } from "../../core/trace-report.ts";
import type { Task } from "../../core/types.ts";
import { SINGLE_AGENT } from "../../core/types.ts";
import { DIRECTION_NAMES } from "../core/directions.ts";
import { FixtureComparison, fixtureRows } from "../core/fixture-report.ts";
import { parseBoxoban } from "./boxoban.ts";
import { stepEpisode } from "./episode.ts";
import { type SokobanPreset, UPSTREAM_ROOMS } from "./presets.ts";
import { renderBoard, type SokobanText } from "./render.ts";
import { parseSokobanOptions, resetSokoban } from "./sokoban-world.ts";
import { solveMoves } from "./solver.ts";
import { roomRows, type SokobanTaskData } from "./tasks.ts";
import { generateUpstreamRoom, type RoomParameters } from "./upstream-generator.ts";

interface RoomRow {
  readonly seed: number;
  readonly generationFails?: true;
  readonly fixed?: readonly string[];
  readonly state?: readonly string[];
  readonly text: string;
  readonly shortest?: readonly number[];
  readonly rollout: readonly {
    readonly action: number | string;
    readonly reward: number;
    readonly done: boolean;
    readonly text: string;
    readonly moved?: boolean;
    readonly valid?: boolean;
  }[];
  readonly solutionRewards?: readonly number[];
  readonly solutionDone?: boolean;
}

const ROOM_FILES: readonly (readonly [string, keyof typeof UPSTREAM_ROOMS, number])[] = [
  ["sokoban_verlagent_6x6.jsonl", "verl-agent", 15],
  ["sokoban_ragen_6x6.jsonl", "ragen-simple", 100],
  ["sokoban_ragen_8x8.jsonl", "ragen-larger", 100],
  ["sokoban_pettingllms_6x6.jsonl", "pettingllms", 200],
];
const REWARD_TOLERANCE = 1e-12;

/** Compares everything that `files` record of Sokoban; other files are passed over. */
export function verifySokobanFixtures(files: readonly TraceFile[]): TraceReport {
  const comparison = new FixtureComparison();
  for (const [name, preset, maxSteps] of ROOM_FILES) {
    for (const row of fixtureRows<RoomRow>(files, name)) verifyRoom(comparison, name, row, preset, maxSteps);
  }
  verifySolutions(comparison, files);
  return comparison.report();
}

function verifyRoom(
  comparison: FixtureComparison,
  file: string,
  row: RoomRow,
  preset: keyof typeof UPSTREAM_ROOMS,
  maxSteps: number,
): void {
  comparison.beginEpisode(file, `seed ${row.seed}`);
  const parameters: RoomParameters = UPSTREAM_ROOMS[preset];
  const room = generateUpstreamRoom(row.seed, parameters);
  comparison.equal("generation fails", row.generationFails === true, room === undefined);
  if (room === undefined || row.generationFails) return;
  const digits = (codes: Uint8Array) => rowsOf(Array.from(codes, String), parameters.columns);
  if (row.fixed !== undefined) comparison.equal("fixed", row.fixed, digits(room.fixed));
  if (row.state !== undefined) comparison.equal("state", row.state, digits(room.state));

  // The gym files record action 0 by the rule that does not count it, whatever their own harness does.
  const rules: SokobanPreset = preset === "pettingllms" ? preset : "verl-agent";
  const text: SokobanText = preset === "pettingllms" ? "boxoban" : "glyphs";
  const start = startOf(roomRows(room, parameters.columns), rules, maxSteps);
  comparison.equal("text", row.text, renderBoard(start.board, text));
  let state = start;
  for (const recorded of row.rollout) {
    comparison.beginStep();
    const transition = stepEpisode(state, { text: actionText(recorded.action) });
    const outcome = transition.agents.get(SINGLE_AGENT);
    state = transition.state;
    comparison.near("reward", recorded.reward, outcome?.reward ?? Number.NaN, REWARD_TOLERANCE);
    comparison.equal("done", recorded.done, state.board.solved || state.steps >= maxSteps);
    comparison.equal("text", recorded.text, renderBoard(state.board, text));
    const moved = recorded.moved ?? recorded.valid;
    if (moved !== undefined) comparison.equal("moved", moved, outcome?.validity === "VALID");
  }
  if (row.shortest !== undefined) verifySolution(comparison, row, start);
}

function verifySolution(comparison: FixtureComparison, row: RoomRow, start: ReturnType<typeof startOf>): void {
  const shortest = row.shortest as readonly number[];
  const result = solveMoves(start.board.arena.level);
  comparison.equal("shortest moves", shortest.length, result.outcome === "solved" ? result.solution.moves.length : -1);
  let state = start;
  shortest.forEach((action, i) => {
    comparison.beginStep();
    const transition = stepEpisode(state, { text: actionText(action) });
    state = transition.state;
    const reward = transition.agents.get(SINGLE_AGENT)?.reward ?? Number.NaN;
    comparison.near("solution reward", row.solutionRewards?.[i] ?? Number.NaN, reward, REWARD_TOLERANCE);
  });
  comparison.equal("solution done", row.solutionDone, state.endReason === "GOAL_REACHED");
}

function verifySolutions(comparison: FixtureComparison, files: readonly TraceFile[]): void {
  const name = "boxoban_solutions.jsonl";
  const levels = new Map<string, ReturnType<typeof parseBoxoban>>();
  for (const { id, moves } of fixtureRows<{ id: string; moves: string }>(files, name)) {
    const [path = "", number = ""] = id.split("#");
    let parsed = levels.get(path);
    if (parsed === undefined) {
      const file = files.find((candidate) => candidate.name.endsWith(path));
      if (file === undefined) continue;
      parsed = parseBoxoban(file.text, path);
      levels.set(path, parsed);
    }
    comparison.beginEpisode(name, id);
    const rows = parsed.find((level) => level.id === Number(number))?.rows ?? [];
    let state = startOf(rows, "boxoban", moves.length);
    for (const letter of moves) {
      comparison.beginStep();
      state = stepEpisode(state, { text: letter }).state;
    }
    comparison.equal("solved", true, state.board.solved);
  }
}

function startOf(rows: readonly string[], preset: SokobanPreset, maxSteps: number) {
  const data: SokobanTaskData = { preset, rows, maxSteps, pushes: -1 };
  const task: Task<SokobanTaskData> = {
    taskId: "fixture",
    split: "fixture",
    index: 0,
    title: "",
    tags: [],
    maxTurns: maxSteps,
    contentDigest: taskDigest(data),
    data,
  };
  return resetSokoban(task, 0, parseSokobanOptions('{"maxTurns": 1000}'));
}

/** A recorded action in the form of the preset's parser: a number (0 stands still) or a letter. */
function actionText(action: number | string): string {
  if (typeof action === "string") return `#### ["${action}"]`;
  const name = action === 0 ? "still" : DIRECTION_NAMES[action - 1];
  return `<think></think><action>${name}</action>`;
}

function rowsOf(cells: readonly string[], columns: number): string[] {
  return Array.from({ length: cells.length / columns }, (_, row) =>
    cells.slice(row * columns, (row + 1) * columns).join(""),
  );
}
