// What generated worlds should look like: statistics of 203 published games on training plans, and the task mix of the
// published training split (3,554 ids). Rounded summaries of our own; the generator's tables are not made from these.

import type { Room, TaskFamily } from "../world-data.ts";

export interface RoomTargets {
  /** Training tasks in this room. */
  readonly tasks: number;
  readonly receptacles: number;
  /** Places with a receptacle. */
  readonly places: number;
  /** Objects that can be picked up. */
  readonly pickupable: number;
  readonly contentsPerReceptacle: number;
  /** Share of receptacles with nothing in them. */
  readonly emptyShare: number;
  readonly openable: number;
}

export const ROOM_TARGETS: Readonly<Record<Room, RoomTargets>> = {
  Kitchen: {
    tasks: 1696,
    receptacles: 34.5,
    places: 30.6,
    pickupable: 45.0,
    contentsPerReceptacle: 1.41,
    emptyShare: 0.484,
    openable: 18.6,
  },
  Bedroom: {
    tasks: 734,
    receptacles: 15.4,
    places: 14.1,
    pickupable: 24.0,
    contentsPerReceptacle: 1.72,
    emptyShare: 0.43,
    openable: 6.8,
  },
  Bathroom: {
    tasks: 647,
    receptacles: 14.0,
    places: 13.4,
    pickupable: 17.7,
    contentsPerReceptacle: 1.16,
    emptyShare: 0.345,
    openable: 4.1,
  },
  LivingRoom: {
    tasks: 477,
    receptacles: 15.5,
    places: 14.5,
    pickupable: 20.8,
    contentsPerReceptacle: 1.6,
    emptyShare: 0.437,
    openable: 5.0,
  },
};

export interface FamilyTargets {
  /** Training tasks of this family. */
  readonly tasks: number;
  /** Length of the shortest solution -> games. */
  readonly distances: Readonly<Record<number, number>>;
}

export const FAMILY_TARGETS: Readonly<Partial<Record<TaskFamily, FamilyTargets>>> = {
  pick_two_obj_and_place: { tasks: 813, distances: { 8: 33, 9: 8 } },
  pick_and_place_simple: { tasks: 790, distances: { 4: 40, 5: 8 } },
  pick_clean_then_place_in_recep: { tasks: 651, distances: { 6: 25, 7: 13 } },
  pick_cool_then_place_in_recep: { tasks: 533, distances: { 4: 2, 6: 20, 7: 10 } },
  pick_heat_then_place_in_recep: { tasks: 459, distances: { 6: 12, 7: 13 } },
  look_at_obj_in_light: { tasks: 308, distances: { 3: 11, 4: 8 } },
};

/** Shares of games, over all rooms. */
export const GAME_SHARES = {
  /** Some receptacles share a place. */
  sharedPlaces: 0.778,
  /** Some pickupable object is listed in several receptacles. */
  doubleListings: 0.37,
  /** Every copy of the target is behind a door. */
  allTargetsHidden: 0.049,
};

/** Share of the copies of targets that lie in some receptacle, and only behind doors. */
export const HIDDEN_TARGET_SHARE = 0.158;

/**
 * Over random play: commands of an admissible list, characters of an observation. The original's random player had its own
 * weights and 12 % malformed commands (29.0 and 63.4); these are of uniform admissible play on the same 203 games, by fit.ts.
 */
export const PLAY_MEANS = { admissible: 28.7, observationLength: 106.5 };

/** Largest deviation that passes: means relative to the target, shares in points, distributions in total variation. */
export const FIT_TOLERANCE = { mean: 0.1, share: 0.05, families: 0.05, distances: 0.1 };
