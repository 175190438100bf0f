// The named rule sets of the world: our own, and those of the systems that published Sokoban results. A task names its preset;
// the option `preset` overrides it. Sources: README.

import { DIRECTION_NAMES } from "../core/directions.ts";
import type { MoveParser, MoveVocabulary } from "../core/move-text.ts";
import type { SokobanText } from "./render.ts";
import type { RoomParameters } from "./upstream-generator.ts";

export const SOKOBAN_PRESETS = [
  "anchorgym",
  "verl-agent",
  "ragen-simple",
  "ragen-larger",
  "pettingllms",
  "boxoban",
] as const;
export type SokobanPreset = (typeof SOKOBAN_PRESETS)[number];

export interface PresetRules {
  readonly rewards: "gym" | "pettingllms";
  readonly text: SokobanText;
  readonly parser: MoveParser;
  /** Most moves of one list, for list parsers. */
  readonly maxMovesPerTurn: number;
  /** Moves of an episode; the level's own limit where undefined. */
  readonly maxSteps: number | undefined;
  /** verl-agent pays for an unreadable action and for standing still without counting a step. */
  readonly countsStill: boolean;
  readonly vocabulary: MoveVocabulary;
}

/** Move number of standing still, after the four directions. */
export const STILL = 4;

const NAMES = new Map<string, number>([
  ...DIRECTION_NAMES.map((name, move) => [name, move] as const),
  ["u", 0],
  ["d", 1],
  ["l", 2],
  ["r", 3],
]);
const DIRECTIONS_ONLY: MoveVocabulary = { byName: NAMES, tagNames: DIRECTION_NAMES };
const WITH_STILL: MoveVocabulary = {
  byName: new Map([...NAMES, ["still", STILL]]),
  tagNames: [...DIRECTION_NAMES, "still"],
};

const RAGEN = { rewards: "gym", text: "glyphs", parser: "answer-list", maxMovesPerTurn: 2, countsStill: true } as const;

export const PRESET_RULES: Readonly<Record<SokobanPreset, PresetRules>> = {
  anchorgym: {
    rewards: "gym",
    text: "spaced",
    parser: "plain",
    maxMovesPerTurn: 1,
    maxSteps: undefined,
    countsStill: true,
    vocabulary: DIRECTIONS_ONLY,
  },
  "verl-agent": {
    rewards: "gym",
    text: "verl-agent",
    parser: "action-tag",
    maxMovesPerTurn: 1,
    maxSteps: 15,
    countsStill: false,
    vocabulary: WITH_STILL,
  },
  "ragen-simple": { ...RAGEN, maxSteps: 10, vocabulary: DIRECTIONS_ONLY },
  "ragen-larger": { ...RAGEN, maxSteps: 10, vocabulary: DIRECTIONS_ONLY },
  pettingllms: {
    rewards: "pettingllms",
    text: "boxoban",
    parser: "hash-list",
    maxMovesPerTurn: 200,
    maxSteps: 200,
    countsStill: true,
    vocabulary: DIRECTIONS_ONLY,
  },
  boxoban: {
    rewards: "gym",
    text: "boxoban",
    parser: "plain",
    maxMovesPerTurn: 1,
    maxSteps: 120,
    countsStill: true,
    vocabulary: DIRECTIONS_ONLY,
  },
};

/** The generator's parameters of the presets that generate. */
export const UPSTREAM_ROOMS = {
  "verl-agent": { rows: 6, columns: 6, boxes: 1, searchDepth: 30, variant: "gym" },
  "ragen-simple": { rows: 6, columns: 6, boxes: 1, searchDepth: 300, variant: "gym" },
  "ragen-larger": { rows: 8, columns: 8, boxes: 2, searchDepth: 10, variant: "gym" },
  pettingllms: { rows: 6, columns: 6, boxes: 1, searchDepth: 200, variant: "pettingllms" },
} as const satisfies Readonly<Record<string, RoomParameters>>;
