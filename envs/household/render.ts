// The sentences of the household, byte for byte those of the original. Lists are in display order; the article is
// always "a"; two items read "a x 1, and a y 1".

import type { House, Receptacle, Thing } from "./house.ts";
import { type Contents, type Facts, NOTHING, PROPERTY } from "./state.ts";
import { FLAG } from "./vocabulary.ts";

export const NOTHING_HAPPENS = "Nothing happens.";

const MIDDLE = "You are in the middle of a room. Looking quickly around you, you see";

export const HELP = `Available commands:
  look:                             look around your current location
  inventory:                        check your current inventory
  go to (receptacle):               move to a receptacle
  open (receptacle):                open a receptacle
  close (receptacle):               close a receptacle
  take (object) from (receptacle):  take an object from a receptacle
  move (object) to (receptacle):  place an object in or on a receptacle
  examine (something):              examine a receptacle or an object
  use (object):                     use an object
  heat (object) with (receptacle):  heat an object using a receptacle
  clean (object) with (receptacle): clean an object using a receptacle
  cool (object) with (receptacle):  cool an object using a receptacle
  slice (object) with (object):     slice an object using a sharp object
`;

/** The first observation: the room's receptacles and the task. */
export function introText(house: House, goal: string): string {
  const list = listText(house.receptacles.map((receptacle) => `a ${receptacle.name}`));
  return `-= Welcome to TextWorld, ALFRED! =-\n\n${MIDDLE} ${list}.\n\nYour task is to: ${goal}`;
}

/** What one sees of a receptacle: its contents, or that it is closed. */
export function viewText(house: House, facts: Facts, receptacle: Receptacle): string {
  const { id, name, openable } = receptacle;
  if (!openable) return `On the ${name}, you see ${contentsText(house, facts.contents[id]!)}.`;
  if (!facts.open[id]) return `The ${name} is closed.`;
  return `The ${name} is open. In it, you see ${contentsText(house, facts.contents[id]!)}.`;
}

export function arrivalText(house: House, facts: Facts, receptacle: Receptacle): string {
  const place = house.dialect === "v2" ? receptacle.name : `loc ${receptacle.loc}`;
  return `You arrive at ${place}. ${viewText(house, facts, receptacle)}`;
}

export function inventoryText(house: House, facts: Facts): string {
  return facts.hold === NOTHING
    ? "You are not carrying anything."
    : `You are carrying: a ${house.things[facts.hold]!.name}.`;
}

/** Faithful to the original, which lists only what was taken and put back elsewhere at the place: usually nothing. */
export function lookText(house: House, facts: Facts): string {
  const here = house.receptaclesAt[facts.at]!;
  if (here.length === 0) return `${MIDDLE} nothing.`;
  const facing = `You are facing the ${listText(here.map((receptacle) => receptacle.name))}. `;
  if (house.quirks === "fixed") return facing + here.map((receptacle) => viewText(house, facts, receptacle)).join(" ");
  const seen: string[] = [];
  for (const id of facts.objectsAt[facts.at]!) {
    for (const receptacle of here) {
      if (facts.takenFrom[receptacle.id]!.includes(id)) seen.push(`a ${house.things[id]!.name}`);
    }
  }
  return `${facing}Next to it, you see ${listText(seen)}.`;
}

export function examineText(facts: Facts, thing: Thing): string {
  const { name } = thing;
  if (thing.holds !== undefined && thing.flags & FLAG.R) {
    return `This is a normal ${name}. In it, you see ${listText(thing.holds.map((inner) => `a ${inner.name}`))}.`;
  }
  const adjective = adjectiveOf(facts.properties[thing.id]!);
  return adjective === undefined ? `There's nothing special about ${name}.` : `This is a ${adjective} ${name}.`;
}

// The order decides: hot wins over cool, and "cold" is said only of an object that is nothing else.
function adjectiveOf(properties: number): string | undefined {
  const { clean, hot, cool, sliced } = PROPERTY;
  const has = (bits: number) => (properties & bits) === bits;
  if (has(clean | hot | sliced)) return "hot and clean sliced";
  if (has(clean | cool | sliced)) return "cool and clean sliced";
  if (has(clean | sliced)) return "clean sliced";
  if (has(hot | sliced)) return "hot sliced";
  if (has(cool | sliced)) return "cool sliced";
  if (has(clean | hot)) return "hot and clean";
  if (has(clean | cool)) return "cool and clean";
  if (has(hot)) return "hot";
  if (has(clean)) return "clean";
  if (has(cool)) return "cold";
  return has(sliced) ? "sliced" : undefined;
}

function contentsText(house: House, contents: Contents): string {
  contents.memo.list ??= listText(contents.ids.map((id) => `a ${house.things[id]!.name}`));
  return contents.memo.list;
}

function listText(items: readonly string[]): string {
  if (items.length === 0) return "nothing";
  if (items.length === 1) return items[0]!;
  return `${items.slice(0, -1).join(", ")}, and ${items.at(-1)}`;
}
