// What a household is before anybody moves: rooms' receptacles, objects, the goal. Plain JSON; generator, loader of
// recorded games and tests by hand all produce this one shape, and its canonical form is the task's content digest.

import type { Json } from "../core/types.ts";

export const FAMILIES = [
  "pick_and_place_simple",
  "look_at_obj_in_light",
  "pick_clean_then_place_in_recep",
  "pick_heat_then_place_in_recep",
  "pick_cool_then_place_in_recep",
  "pick_two_obj_and_place",
] as const;
/** Longer chains that ALFWorld does not have: outside parity, off unless a catalogue's knobs name them. */
export const CHAINED_FAMILIES = [
  "pick_clean_heat_then_place_in_recep",
  "pick_clean_cool_then_place_in_recep",
  "pick_two_clean_then_place_in_recep",
  "pick_two_heat_then_place_in_recep",
  "pick_two_cool_then_place_in_recep",
] as const;
export type TaskFamily = (typeof FAMILIES)[number] | (typeof CHAINED_FAMILIES)[number];

export const ROOMS = ["Kitchen", "LivingRoom", "Bedroom", "Bathroom"] as const;
export type Room = (typeof ROOMS)[number];

/** Types, not instances: any instance of the type counts. */
export interface Target {
  readonly object: string;
  /** Undefined for `look_at_obj_in_light`. */
  readonly receptacle: string | undefined;
  /** Set for `look_at_obj_in_light` alone. */
  readonly lamp: string | undefined;
}

export interface ReceptacleData {
  /** `class k`, lower case. */
  readonly name: string;
  readonly type: string;
  readonly openable: boolean;
  /** Where one stands to reach it, from 1; several receptacles may share a place. */
  readonly loc: number;
  /** Names of objects; one object may be in several receptacles. */
  readonly contents: readonly string[];
}

export interface ObjectData {
  readonly name: string;
  readonly type: string;
  /** Letters of `FLAG`. */
  readonly flags: string;
  readonly loc: number | undefined;
  /** Cool at the start: a target that begins in a fridge. */
  readonly cool: boolean;
  /** Objects that contain it; static, seen by `examine` alone. */
  readonly inside: readonly string[];
}

export interface HouseholdData {
  readonly family: TaskFamily;
  readonly room: Room;
  /** Number of the floor plan: 1-30 kitchens, 201-230 living rooms, 301-330 bedrooms, 401-430 bathrooms. */
  readonly floorPlan: number;
  readonly target: Target;
  /** The template sentence without "Your task is to: ". */
  readonly goal: string;
  /** Annotations of the same goal by people; empty in generated worlds. */
  readonly humanGoals: readonly string[];
  /** Where the agent starts: neither receptacle nor object is there. */
  readonly startLoc: number;
  readonly receptacles: readonly ReceptacleData[];
  readonly objects: readonly ObjectData[];
}

/** The body whose hash identifies the world: everything that its dynamics and texts depend on. */
export function identityBody(data: HouseholdData): Json {
  return {
    family: data.family,
    target: {
      object: data.target.object,
      receptacle: data.target.receptacle ?? null,
      lamp: data.target.lamp ?? null,
    },
    goal: data.goal,
    startLoc: data.startLoc,
    receptacles: data.receptacles.map(({ name, type, openable, loc, contents }) => ({
      name,
      type,
      openable,
      loc,
      contents,
    })),
    objects: data.objects.map(({ name, type, flags, loc, cool, inside }) => ({
      name,
      type,
      flags,
      loc: loc ?? null,
      ...(cool ? { cool } : {}),
      ...(inside.length > 0 ? { inside } : {}),
    })),
  };
}

/** The two goal sentences of a family, equally likely. */
export function goalSentences(family: TaskFamily, target: Target): readonly [string, string] {
  const o = target.object.toLowerCase();
  const r = (target.receptacle ?? "").toLowerCase();
  const l = (target.lamp ?? "").toLowerCase();
  switch (family) {
    case "pick_and_place_simple":
      return [`put a ${o} in ${r}.`, `put some ${o} on ${r}.`];
    case "look_at_obj_in_light":
      return [`look at ${o} under the ${l}.`, `examine the ${o} with the ${l}.`];
    case "pick_clean_then_place_in_recep":
      return [`put a clean ${o} in ${r}.`, `clean some ${o} and put it in ${r}.`];
    case "pick_heat_then_place_in_recep":
      return [`put a hot ${o} in ${r}.`, `heat some ${o} and put it in ${r}.`];
    case "pick_cool_then_place_in_recep":
      return [`put a cool ${o} in ${r}.`, `cool some ${o} and put it in ${r}.`];
    case "pick_clean_heat_then_place_in_recep":
      return [`put a clean and hot ${o} in ${r}.`, `clean and heat some ${o} and put it in ${r}.`];
    case "pick_clean_cool_then_place_in_recep":
      return [`put a clean and cool ${o} in ${r}.`, `clean and cool some ${o} and put it in ${r}.`];
    case "pick_two_clean_then_place_in_recep":
      return [`put two clean ${o} in ${r}.`, `clean two ${o} and put them in ${r}.`];
    case "pick_two_heat_then_place_in_recep":
      return [`put two hot ${o} in ${r}.`, `heat two ${o} and put them in ${r}.`];
    case "pick_two_cool_then_place_in_recep":
      return [`put two cool ${o} in ${r}.`, `cool two ${o} and put them in ${r}.`];
    case "pick_two_obj_and_place":
      return [`put two ${o} in ${r}.`, `find two ${o} and put them in ${r}.`];
  }
}
