// A household by value: what a room holds and what is asked for. Only what a name does not say already has to be written: a
// type is that of its class ("fridge 1" is a Fridge), doors and properties are those of the type, places are numbered, objects
// follow from what receptacles contain. The full data of a catalogue task is an inline task too, with the same digest.

import {
  checkedAt,
  choice,
  FormError,
  flag,
  integer,
  listOf,
  nullable,
  optional,
  readJson,
  record,
  text,
} from "../core/form.ts";
import { MAX_INLINE_TASK_BYTES } from "../core/inline-task.ts";
import { goalHolds } from "./goals.ts";
import { buildHouse } from "./house.ts";
import { MAX_STEPS_LIMIT } from "./options.ts";
import { className, LAMPS, OBJECT_FLAGS, RECEPTACLE_TYPES } from "./vocabulary.ts";
import {
  CHAINED_FAMILIES,
  FAMILIES,
  goalSentences,
  type HouseholdData,
  type ObjectData,
  type ReceptacleData,
  ROOMS,
  type Target,
} from "./world-data.ts";

const MAX_RECEPTACLES = 100;
const MAX_OBJECTS = 300;
const MAX_PLACE = 1_000;
const DEFAULT_MAX_STEPS = 50;

const OBJECT_TYPES = [...OBJECT_FLAGS.keys()];
const HAVE_DOORS: ReadonlySet<string> = new Set(["Cabinet", "Drawer", "Fridge", "Microwave", "Safe"]);
const typesByClass = (types: readonly string[]) => new Map(types.map((type) => [className(type), type]));
const RECEPTACLE_OF = typesByClass(RECEPTACLE_TYPES);
const OBJECT_OF = typesByClass(OBJECT_TYPES);

const name = text({
  maxLength: 40,
  pattern: /^[a-z]+ [1-9][0-9]{0,2}$/,
  expects: 'a class and a number, like "mug 1"',
});
const sentence = text({ maxLength: 400, pattern: /^[^\n\r]+$/, expects: "one line" });
const place = integer(1, MAX_PLACE, "where one stands to reach it");

const RECEPTACLE = record({
  name,
  type: optional(choice(RECEPTACLE_TYPES, "left out: that of the class"), undefined),
  openable: optional(flag("it has a door, closed at the start; left out: as usual for its type"), undefined),
  loc: optional(place, undefined),
  contents: optional(listOf(name, { min: 0, max: MAX_OBJECTS }, "objects in it"), []),
});
const OBJECT = record({
  name,
  type: optional(choice(OBJECT_TYPES, "left out: that of the class"), undefined),
  flags: optional(
    text(
      { maxLength: 7, pattern: /^[PCHFTSR]*$/, expects: "letters of PCHFTSR" },
      "pickupable, cleanable, heatable, coolable, toggleable, sliceable, holds objects; left out: those of the type",
    ),
    undefined,
  ),
  loc: optional(nullable(place), undefined),
  cool: optional(flag("cool at the start"), false),
  inside: optional(listOf(name, { min: 0, max: MAX_OBJECTS }, "objects that contain it"), []),
});

export const HOUSEHOLD_FORM = record(
  {
    family: choice([...FAMILIES, ...CHAINED_FAMILIES], "what is asked for"),
    target: record({
      object: choice(OBJECT_TYPES),
      receptacle: optional(nullable(choice(RECEPTACLE_TYPES, "all families but look_at_obj_in_light")), null),
      lamp: optional(nullable(choice(LAMPS, "look_at_obj_in_light alone")), null),
    }),
    receptacles: listOf(RECEPTACLE, { min: 1, max: MAX_RECEPTACLES }),
    objects: optional(listOf(OBJECT, { min: 0, max: MAX_OBJECTS }, "those that need more words than a name"), []),
    goal: optional(sentence, undefined),
    humanGoals: optional(listOf(sentence, { min: 0, max: 20 }, "for the option goalLanguage"), []),
    room: optional(choice(ROOMS), "Kitchen"),
    floorPlan: optional(integer(0, 999, "of the task's tags alone"), 0),
    startLoc: optional(integer(1, MAX_PLACE, "where the agent starts: an empty place"), undefined),
    maxSteps: optional(integer(1, MAX_STEPS_LIMIT, "commands of an episode"), DEFAULT_MAX_STEPS),
  },
  {
    description: "A room and a goal.",
    examples: [
      {
        family: "pick_and_place_simple",
        target: { object: "Mug", receptacle: "Shelf" },
        receptacles: [{ name: "desk 1", contents: ["mug 1", "pen 1"] }, { name: "drawer 1" }, { name: "shelf 1" }],
      },
      {
        family: "look_at_obj_in_light",
        target: { object: "Book", lamp: "DeskLamp" },
        receptacles: [
          { name: "drawer 1", contents: ["book 1"] },
          { name: "desk 1", contents: ["desklamp 1"] },
        ],
        goal: "read the book under the lamp.",
        maxSteps: 20,
      },
    ],
  },
);
type Given = ReturnType<typeof HOUSEHOLD_FORM.read>;

/** @throws {FormError} */
export function readInlineHousehold(json: string): { readonly data: HouseholdData; readonly maxSteps: number } {
  const given = readJson(HOUSEHOLD_FORM, json, MAX_INLINE_TASK_BYTES);
  const receptacles = receptaclesOf(given);
  const objects = objectsOf(given, receptacles);
  const target = targetOf(given);
  const { family, room, floorPlan, humanGoals, maxSteps } = given;
  const data: HouseholdData = {
    family,
    room,
    floorPlan,
    target,
    goal: given.goal ?? goalSentences(family, target)[0],
    humanGoals,
    startLoc: given.startLoc ?? emptyPlace(receptacles, objects),
    receptacles,
    objects,
  };
  const house = checkedAt("", () => buildHouse(data, "v2", "faithful"));
  if (house.targets.length === 0) throw new FormError("target.object", `names a type that no object has`);
  if (target.receptacle !== undefined && house.goalReceptacles.length === 0) {
    throw new FormError("target.receptacle", "names a type that no receptacle has");
  }
  if (target.lamp !== undefined && house.lamps.length === 0) {
    throw new FormError("target.lamp", "names a type that no object has");
  }
  if (goalHolds(house, house.start)) throw new FormError("target", "is reached already; ask for something to do");
  return { data, maxSteps };
}

function typeOf(path: string, of: string, given: string | undefined, byClass: ReadonlyMap<string, string>): string {
  const type = given ?? byClass.get(of.slice(0, of.indexOf(" ")));
  if (type !== undefined) return type;
  throw new FormError(path, `${JSON.stringify(of)} is of no known class; known: ${[...byClass.keys()].join(", ")}`);
}

function receptaclesOf({ receptacles, startLoc }: Given): readonly ReceptacleData[] {
  const taken = new Set([startLoc, ...receptacles.map(({ loc }) => loc)]);
  let free = 1;
  const nextPlace = (): number => {
    while (taken.has(free)) free++;
    taken.add(free);
    return free;
  };
  return receptacles.map(({ name: own, type: givenType, openable, loc, contents }, at) => {
    const type = typeOf(`receptacles[${at}].name`, own, givenType, RECEPTACLE_OF);
    return { name: own, type, openable: openable ?? HAVE_DOORS.has(type), loc: loc ?? nextPlace(), contents };
  });
}

/** The listed objects in their order, then those that only a receptacle names. */
function objectsOf({ objects }: Given, receptacles: readonly ReceptacleData[]): readonly ObjectData[] {
  const hostOf = new Map<string, ReceptacleData>();
  for (const receptacle of receptacles) {
    for (const held of receptacle.contents) if (!hostOf.has(held)) hostOf.set(held, receptacle);
  }
  const listed = new Set(objects.map((object) => object.name));
  const made = objects.map(({ name: own, type: givenType, flags, loc, cool, inside }, at): ObjectData => {
    const type = typeOf(`objects[${at}].name`, own, givenType, OBJECT_OF);
    const where = loc === undefined ? hostOf.get(own)?.loc : (loc ?? undefined);
    return { name: own, type, flags: flags ?? OBJECT_FLAGS.get(type) ?? "", loc: where, cool, inside };
  });
  receptacles.forEach((receptacle, at) => {
    receptacle.contents.forEach((own, index) => {
      if (listed.has(own)) return;
      listed.add(own);
      const type = typeOf(`receptacles[${at}].contents[${index}]`, own, undefined, OBJECT_OF);
      const flags = OBJECT_FLAGS.get(type) ?? "";
      made.push({ name: own, type, flags, loc: hostOf.get(own)?.loc, cool: false, inside: [] });
    });
  });
  if (made.length > MAX_OBJECTS) {
    throw new FormError("receptacles", `name ${made.length} objects, a household has at most ${MAX_OBJECTS}`);
  }
  made.forEach(({ inside }, at) => {
    const unknown = inside.findIndex((outer) => !listed.has(outer));
    if (unknown >= 0) throw new FormError(`objects[${at}].inside[${unknown}]`, "names no object of this household");
  });
  return made;
}

function targetOf({ family, target }: Given): Target {
  const { object, receptacle, lamp } = target;
  const looks = family === "look_at_obj_in_light";
  if (looks ? lamp === null : receptacle === null) {
    throw new FormError(`target.${looks ? "lamp" : "receptacle"}`, `is missing; ${family} needs it`);
  }
  if (looks ? receptacle !== null : lamp !== null) {
    throw new FormError(`target.${looks ? "receptacle" : "lamp"}`, `means nothing to ${family}; leave it out`);
  }
  return { object, receptacle: receptacle ?? undefined, lamp: lamp ?? undefined };
}

function emptyPlace(receptacles: readonly ReceptacleData[], objects: readonly ObjectData[]): number {
  return 1 + Math.max(...receptacles.map(({ loc }) => loc), ...objects.map(({ loc }) => loc ?? 0));
}
