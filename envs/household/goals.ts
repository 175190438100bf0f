// When a household is done: one predicate per task family. A function of the facts alone, so it can fall back when the
// agent undoes it; the episode ends at the first facts that satisfy it.

import type { House, Thing } from "./house.ts";
import { type Facts, NOTHING, PROPERTY } from "./state.ts";
import type { TaskFamily } from "./world-data.ts";

/** The properties that a processed family asks for, as bits; 0 where it asks for none. */
export function askedProperty(family: TaskFamily): number {
  switch (family) {
    case "pick_clean_then_place_in_recep":
    case "pick_two_clean_then_place_in_recep":
      return PROPERTY.clean;
    case "pick_heat_then_place_in_recep":
    case "pick_two_heat_then_place_in_recep":
      return PROPERTY.hot;
    case "pick_cool_then_place_in_recep":
    case "pick_two_cool_then_place_in_recep":
      return PROPERTY.cool;
    case "pick_clean_heat_then_place_in_recep":
      return PROPERTY.clean | PROPERTY.hot;
    case "pick_clean_cool_then_place_in_recep":
      return PROPERTY.clean | PROPERTY.cool;
    case "pick_and_place_simple":
    case "look_at_obj_in_light":
    case "pick_two_obj_and_place":
      return 0;
  }
}

/** How many targets must be in one goal receptacle. */
export function wantedCount(family: TaskFamily): 1 | 2 {
  return family.startsWith("pick_two_") ? 2 : 1;
}

export function goalHolds(house: House, facts: Facts): boolean {
  facts.memo.goal ??= evaluate(house, facts);
  return facts.memo.goal;
}

function evaluate(house: House, facts: Facts): boolean {
  switch (house.family) {
    case "look_at_obj_in_light":
      return facts.hold !== NOTHING && house.targets.some(({ id }) => id === facts.hold) && litHere(house, facts);
    default: {
      const asked = askedProperty(house.family);
      const ready =
        asked === 0 ? house.targets : house.targets.filter(({ id }) => (facts.properties[id]! & asked) === asked);
      const wanted = wantedCount(house.family);
      return ready.length >= wanted && countsInGoal(house, facts, ready, wanted);
    }
  }
}

/** Whether one goal receptacle holds at least `count` of the things. */
function countsInGoal(house: House, facts: Facts, things: readonly Thing[], count: number): boolean {
  return house.goalReceptacles.some((receptacle) => {
    const { ids } = facts.contents[receptacle.id]!;
    if (ids.length < count) return false;
    let found = 0;
    for (const { id } of things) if (ids.includes(id)) found++;
    return found >= count;
  });
}

function litHere(house: House, facts: Facts): boolean {
  return house.lamps.some(
    ({ id }) =>
      (facts.properties[id]! & PROPERTY.on) !== 0 &&
      house.receptaclesAt[facts.at]!.some((receptacle) => facts.contents[receptacle.id]!.ids.includes(id)),
  );
}
