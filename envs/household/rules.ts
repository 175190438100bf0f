// The dynamics: which commands are allowed in some facts, what they change and what the agent reads then. Total and
// deterministic; a command that is not allowed gives undefined. The quirks Q1 to Q7 (README.md) are decided here and in
// render.ts, nowhere else.

import type { Command } from "./grammar/commands.ts";
import type { House, Receptacle, Thing } from "./house.ts";
import { arrivalText, examineText, HELP, inventoryText, lookText, viewText } from "./render.ts";
import { contentsOf, type Facts, flipped, inserted, NOTHING, PROPERTY, type Property, removed } from "./state.ts";
import { FLAG } from "./vocabulary.ts";

export interface Effect {
  /** The same object as before when nothing changed. */
  readonly facts: Facts;
  readonly text: string;
}

/** What a command does, or undefined where it is not allowed. */
export function perform(house: House, facts: Facts, command: Command): Effect | undefined {
  switch (command.verb) {
    case "go":
      return go(house, facts, command.receptacle);
    case "open":
    case "close":
      return turnDoor(house, facts, command.receptacle, command.verb === "open");
    case "take":
      return take(house, facts, command.thing, command.receptacle);
    case "put":
      return put(house, facts, command.thing, command.receptacle);
    case "clean":
    case "heat":
    case "cool":
      return treat(facts, command.verb, command.thing, command.receptacle);
    case "use":
      return use(house, facts, command.thing);
    case "slice":
      return slice(house, facts, command.thing, command.knife);
    case "examineReceptacle":
      if (command.receptacle.loc !== facts.at) return undefined;
      return { facts, text: viewText(house, facts, command.receptacle) };
    case "examineThing":
      if (!mayExamine(house, facts, command.thing.id)) return undefined;
      return { facts, text: examineText(facts, command.thing) };
    case "look":
      return { facts, text: lookText(house, facts) };
    case "inventory":
      return { facts, text: inventoryText(house, facts) };
    case "help":
      return { facts, text: HELP };
  }
}

/** A receptacle that is closed hides what it holds. */
export function isAccessible(facts: Facts, receptacle: Receptacle): boolean {
  return !receptacle.openable || facts.open[receptacle.id]!;
}

/** Whether the object lies in an accessible receptacle at the agent's place. */
export function isVisibleHere(house: House, facts: Facts, id: number): boolean {
  return house.receptaclesAt[facts.at]!.some(
    (receptacle) => isAccessible(facts, receptacle) && facts.contents[receptacle.id]!.ids.includes(id),
  );
}

function go(house: House, facts: Facts, receptacle: Receptacle): Effect | undefined {
  if (receptacle.loc === facts.at) {
    // Q1: the original never goes to a second receptacle at the same place.
    const shared = house.receptaclesAt[facts.at]!.length > 1;
    return house.quirks === "fixed" && shared ? { facts, text: arrivalText(house, facts, receptacle) } : undefined;
  }
  return { facts: changed(facts, { at: receptacle.loc }), text: arrivalText(house, facts, receptacle) };
}

function turnDoor(house: House, facts: Facts, receptacle: Receptacle, opens: boolean): Effect | undefined {
  const { id, loc, name, openable } = receptacle;
  if (loc !== facts.at || !openable || facts.open[id] === opens) return undefined;
  const next = changed(facts, {
    open: facts.open.with(id, opens),
    changes: flipped(facts.changes, `open ${name}`, opens),
  });
  return {
    facts: next,
    text: opens ? `You open the ${name}. ${viewText(house, next, receptacle)}` : `You close the ${name}.`,
  };
}

function take(house: House, facts: Facts, thing: Thing, receptacle: Receptacle): Effect | undefined {
  if (receptacle.loc !== facts.at || facts.hold !== NOTHING || !(thing.flags & FLAG.P)) return undefined;
  if (!isAccessible(facts, receptacle) || !facts.contents[receptacle.id]!.ids.includes(thing.id)) return undefined;
  const text = `You pick up the ${thing.name} from the ${receptacle.name}.`;
  return { facts: house.quirks === "fixed" ? takenWhole(house, facts, thing) : taken(facts, thing, receptacle), text };
}

/** Q4: the object stays listed in the other receptacles that held it. */
function taken(facts: Facts, thing: Thing, receptacle: Receptacle): Facts {
  const { id, name } = thing;
  let changes = flipped(facts.changes, `in ${name}|${receptacle.name}`, false);
  let { objectsAt, takenFrom } = facts;
  if (objectsAt[facts.at]!.includes(id)) {
    objectsAt = objectsAt.with(facts.at, removed(objectsAt[facts.at]!, id));
    changes = flipped(changes, `objat ${name}|${facts.at}`, false);
  }
  if (!takenFrom[receptacle.id]!.includes(id)) {
    takenFrom = takenFrom.with(receptacle.id, inserted(takenFrom[receptacle.id]!, id));
    changes = flipped(changes, `notin ${name}|${receptacle.name}`, true);
  }
  const rest = contentsOf(removed(facts.contents[receptacle.id]!.ids, id));
  return changed(facts, {
    hold: id,
    contents: facts.contents.with(receptacle.id, rest),
    objectsAt,
    takenFrom,
    changes,
  });
}

/** Q4 repaired: taking removes the object from wherever it is listed. Q6 and Q7 repaired never read places or history. */
function takenWhole(house: House, facts: Facts, thing: Thing): Facts {
  let { changes } = facts;
  const contents = facts.contents.map((old, at) => {
    if (!old.ids.includes(thing.id)) return old;
    changes = flipped(changes, `in ${thing.name}|${house.receptacles[at]!.name}`, false);
    return contentsOf(removed(old.ids, thing.id));
  });
  return changed(facts, { hold: thing.id, contents, changes });
}

function put(house: House, facts: Facts, thing: Thing, receptacle: Receptacle): Effect | undefined {
  const { id, name } = thing;
  if (facts.hold !== id || receptacle.loc !== facts.at) return undefined;
  if (!isAccessible(facts, receptacle) || !receptacle.takes.has(thing.type)) return undefined;
  let { contents, objectsAt, takenFrom, changes } = facts;
  if (!contents[receptacle.id]!.ids.includes(id)) {
    contents = contents.with(receptacle.id, contentsOf(inserted(contents[receptacle.id]!.ids, id)));
    changes = flipped(changes, `in ${name}|${receptacle.name}`, true);
  }
  if (house.quirks === "faithful") {
    if (takenFrom[receptacle.id]!.includes(id)) {
      takenFrom = takenFrom.with(receptacle.id, removed(takenFrom[receptacle.id]!, id));
      changes = flipped(changes, `notin ${name}|${receptacle.name}`, false);
    }
    if (!objectsAt[facts.at]!.includes(id)) {
      objectsAt = objectsAt.with(facts.at, inserted(objectsAt[facts.at]!, id));
      changes = flipped(changes, `objat ${name}|${facts.at}`, true);
    }
  }
  const text =
    house.dialect === "v2"
      ? `You move the ${name} to the ${receptacle.name}.`
      : `You put the ${name} in/on the ${receptacle.name}.`;
  return { facts: changed(facts, { hold: NOTHING, contents, objectsAt, takenFrom, changes }), text };
}

const TREATMENTS = {
  clean: { flag: FLAG.C, device: "cleans", gains: "clean", loses: undefined },
  heat: { flag: FLAG.H, device: "heats", gains: "hot", loses: "cool" },
  cool: { flag: FLAG.F, device: "cools", gains: "cool", loses: "hot" },
} as const;

/** Clean, heat or cool the held object; the device may be closed. */
function treat(facts: Facts, verb: keyof typeof TREATMENTS, thing: Thing, receptacle: Receptacle): Effect | undefined {
  const { flag, device, gains, loses } = TREATMENTS[verb];
  if (facts.hold !== thing.id || receptacle.loc !== facts.at) return undefined;
  if (!(thing.flags & flag) || !receptacle[device]) return undefined;
  let next = withProperty(facts, thing, gains, true);
  if (loses !== undefined) next = withProperty(next, thing, loses, false);
  return { facts: next, text: `You ${verb} the ${thing.name} using the ${receptacle.name}.` };
}

function use(house: House, facts: Facts, thing: Thing): Effect | undefined {
  if (!mayUse(house, facts, thing)) return undefined;
  // Q3: in the original a lamp never goes off again.
  const turnsOff = house.quirks === "fixed" && (facts.properties[thing.id]! & PROPERTY.on) !== 0;
  return {
    facts: withProperty(facts, thing, "on", !turnsOff),
    text: `You turn ${turnsOff ? "off" : "on"} the ${thing.name}.`,
  };
}

/** Q3: in the original also through a closed door. */
export function mayUse(house: House, facts: Facts, thing: Thing): boolean {
  if (!(thing.flags & FLAG.T)) return false;
  return house.receptaclesAt[facts.at]!.some(
    (receptacle) =>
      facts.contents[receptacle.id]!.ids.includes(thing.id) &&
      (house.quirks === "faithful" || isAccessible(facts, receptacle)),
  );
}

function slice(house: House, facts: Facts, thing: Thing, knife: Thing): Effect | undefined {
  if (facts.hold !== knife.id || !knife.isKnife || !maySlice(house, facts, thing)) return undefined;
  return {
    facts: withProperty(facts, thing, "sliced", true),
    text: `You sliced the ${thing.name} with the ${knife.name}.`,
  };
}

/** Q6: the original slices whatever counts as being at the place, also behind a closed door. */
export function maySlice(house: House, facts: Facts, thing: Thing): boolean {
  if (!(thing.flags & FLAG.S)) return false;
  return house.quirks === "faithful"
    ? facts.objectsAt[facts.at]!.includes(thing.id)
    : isVisibleHere(house, facts, thing.id);
}

/** Q2: the original examines only what is in the hand. */
export function mayExamine(house: House, facts: Facts, id: number): boolean {
  return facts.hold === id || (house.quirks === "fixed" && isVisibleHere(house, facts, id));
}

function withProperty(facts: Facts, thing: Thing, property: Property, holds: boolean): Facts {
  const bits = facts.properties[thing.id]!;
  const next = holds ? bits | PROPERTY[property] : bits & ~PROPERTY[property];
  if (next === bits) return facts;
  return changed(facts, {
    properties: facts.properties.with(thing.id, next),
    changes: flipped(facts.changes, `${property} ${thing.name}`, holds),
  });
}

function changed(facts: Facts, change: Partial<Facts>): Facts {
  return { ...facts, ...change, memo: {} };
}
