// The generator's knobs. The defaults give rooms like the original's; another setting is another catalogue, which is why
// its fingerprint becomes part of the world's version and so of every task id.

import { hash } from "node:crypto";
import { canonicalJson } from "../../core/canonical-json.ts";
import type { Json } from "../../core/types.ts";
import { FAMILIES, ROOMS, type Room, type TaskFamily } from "../world-data.ts";

export interface GeneratorOptions {
  readonly rooms: readonly Room[];
  readonly families: readonly TaskFamily[];
  /** Step limit of each task, in commands. */
  readonly maxSteps: number;
  /** Receptacles of each type, as a multiple of the plan's; at least one of a type stays. */
  readonly receptacleScale: number;
  /** Objects that are not targets, as a multiple of the usual number. */
  readonly distractorScale: number;
  /** Copies of the target; undefined: as usual for the family. */
  readonly targetCopies: number | undefined;
  /** Chance that a target goes behind a door where the plan has one; undefined: as the usual places give it. */
  readonly behindDoorProb: number | undefined;
  /** Whether receptacles may share a place. */
  readonly sharedPlaces: boolean;
  /** Fewest and most commands of the shortest solution. */
  readonly minDistance: number;
  readonly maxDistance: number;
}

export const DEFAULT_GENERATOR: GeneratorOptions = {
  rooms: ROOMS,
  families: FAMILIES,
  maxSteps: 50,
  receptacleScale: 1,
  distractorScale: 1,
  targetCopies: undefined,
  behindDoorProb: undefined,
  sharedPlaces: true,
  minDistance: 1,
  maxDistance: 40,
};

/** Objects of one class never exceed this, so that the vocabulary is finite. */
export const MAX_OBJECT_NUMBER = 8;
/** Receptacles of one class never exceed this. */
export const MAX_RECEPTACLE_NUMBER = 30;

/** All knobs, given some. @throws {Error} naming the knob that is out of range. */
export function generatorOptions(given: Partial<GeneratorOptions>): GeneratorOptions {
  const options = { ...DEFAULT_GENERATOR, ...given };
  const demand = (holds: boolean, sentence: string) => {
    if (!holds) throw new Error(`household generator: ${sentence}`);
  };
  demand(options.rooms.length > 0, "rooms must name at least one room");
  demand(options.families.length > 0, "families must name at least one family");
  demand(Number.isInteger(options.maxSteps) && options.maxSteps >= 10, "maxSteps must be an integer of at least 10");
  demand(inRange(options.receptacleScale, 0, 2), "receptacleScale must be in [0, 2]");
  demand(inRange(options.distractorScale, 0, 2), "distractorScale must be in [0, 2]");
  demand(inRange(options.targetCopies ?? 1, 1, 4), "targetCopies must be in [1, 4]");
  demand(inRange(options.behindDoorProb ?? 0, 0, 1), "behindDoorProb must be in [0, 1]");
  demand(options.minDistance <= options.maxDistance, "minDistance must not exceed maxDistance");
  return options;
}

function inRange(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}

/** Eight hex digits that name a setting; empty for the defaults. */
export function fingerprint(options: GeneratorOptions): string {
  const body = Object.fromEntries(Object.entries(options).map(([key, value]) => [key, value ?? null])) as Json;
  const usual = Object.fromEntries(
    Object.entries(DEFAULT_GENERATOR).map(([key, value]) => [key, value ?? null]),
  ) as Json;
  const text = canonicalJson(body);
  return text === canonicalJson(usual) ? "" : hash("sha256", text, "hex").slice(0, 8);
}
