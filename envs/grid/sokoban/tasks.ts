// Sokoban's splits: our own rooms (train and held-out valid, three difficulties in turn), the rooms of upstream generators by
// seed, and level files. A task's data is the level's rows and what is known of its solution.

import { deriveSeed } from "../../core/random.ts";
import type { SplitKind } from "../../core/types.ts";
import { proposeFor, TRAIN_SPLIT, VALID_SPLIT } from "../core/holdout.ts";
import type { Problem, SplitSource } from "../core/task-catalogue.ts";
import { type LevelFile, parseBoxoban } from "./boxoban.ts";
import { proposeRoom, type RoomRange } from "./generator.ts";
import { LEVEL_GLYPHS, levelRows, PLAYER, type SokobanLevel, TARGET } from "./level.ts";
import { PRESET_RULES, type SokobanPreset, UPSTREAM_ROOMS } from "./presets.ts";
import { type GeneratedRoom, generateUpstreamRoom } from "./upstream-generator.ts";

export type SokobanTaskData = {
  readonly preset: SokobanPreset;
  /** Rows of Boxoban glyphs. */
  readonly rows: readonly string[];
  readonly maxSteps: number;
  /** Pushes of a push-optimal solution, where the generator knows them; -1 elsewhere. */
  readonly pushes: number;
};

interface Difficulty {
  readonly name: string;
  readonly range: RoomRange;
  readonly maxSteps: number;
}

/** Task i has difficulty i mod 3. */
export const DIFFICULTIES: readonly Difficulty[] = [
  { name: "easy", range: { height: 6, width: 6, boxes: 1, minPushes: 2, maxPushes: 8 }, maxSteps: 40 },
  { name: "medium", range: { height: 7, width: 7, boxes: 2, minPushes: 4, maxPushes: 16 }, maxSteps: 80 },
  { name: "hard", range: { height: 8, width: 8, boxes: 3, minPushes: 8, maxPushes: 30 }, maxSteps: 160 },
];

const TITLE = "Push every box onto a target.";

export function ownSplits(): SplitSource<SokobanTaskData>[] {
  return [TRAIN_SPLIT, VALID_SPLIT].map((split) => ({
    split,
    problem(index) {
      const difficulty = DIFFICULTIES[index % DIFFICULTIES.length] as Difficulty;
      const { level, pushes } = proposeFor(
        "sokoban",
        split,
        index,
        (stream) => proposeRoom(stream, difficulty.range),
        layoutOf,
      );
      const data = { preset: "anchorgym", rows: levelRows(level), maxSteps: difficulty.maxSteps, pushes } as const;
      return sokobanProblem(data, level.boxes.length, [`difficulty:${difficulty.name}`, `pushes:${pushes}`]);
    },
  }));
}

/** Walls and targets: positions of one map never stand on both sides of the hold-out. */
function layoutOf({ level }: { readonly level: SokobanLevel }): readonly string[] {
  return levelRows({ ...level, boxes: [], player: -1 });
}

export function sokobanProblem(
  data: SokobanTaskData,
  boxes: number,
  tags: readonly string[],
): Problem<SokobanTaskData> {
  const size = `size:${data.rows.length}x${data.rows[0]?.length}`;
  return { title: TITLE, tags: [`boxes:${boxes}`, size, ...tags], maxTurns: data.maxSteps, data };
}

/** One split per upstream preset; the index is upstream's seed. Seeds on which upstream gives up are retried with derived seeds. */
export function upstreamSplits(): SplitSource<SokobanTaskData>[] {
  return Object.entries(UPSTREAM_ROOMS).map(([name, parameters]) => ({
    split: { name, kind: "train", taskCount: undefined },
    problem(seed) {
      const preset = name as SokobanPreset;
      let room = generateUpstreamRoom(seed, parameters);
      for (let attempt = 1; room === undefined; attempt++) {
        room = generateUpstreamRoom(deriveSeed(seed, `room/${attempt}`) % 2 ** 32, parameters);
      }
      const maxSteps = PRESET_RULES[preset].maxSteps as number;
      const data = { preset, rows: roomRows(room, parameters.columns), maxSteps, pushes: -1 };
      return sokobanProblem(data, parameters.boxes, ["generator:upstream"]);
    },
  }));
}

/** A generated room as level rows. */
export function roomRows(room: GeneratedRoom, columns: number): string[] {
  const glyphs = Array.from(room.state, (code, cell) =>
    code === PLAYER && room.fixed[cell] === TARGET ? LEVEL_GLYPHS[6] : LEVEL_GLYPHS[code],
  );
  return Array.from({ length: glyphs.length / columns }, (_, row) =>
    glyphs.slice(row * columns, (row + 1) * columns).join(""),
  );
}

/** A split per level file. @throws {Error} naming file and line of a malformed level. */
export function levelFileSplit(file: LevelFile): SplitSource<SokobanTaskData> {
  const levels = parseBoxoban(file.text, file.split);
  const kind: SplitKind = file.kind;
  return {
    split: { name: file.split, kind, taskCount: levels.length },
    problem(index) {
      const { rows, level, id } = levels[index] as (typeof levels)[number];
      return sokobanProblem({ preset: "boxoban", rows, maxSteps: 120, pushes: -1 }, level.boxes.length, [
        `level:${id}`,
      ]);
    },
  };
}
