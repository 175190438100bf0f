// A household indexed once: integer ids in display order (class by code units, then number descending), names, places
// and command strings. Immutable but for memos of pure values, so every episode of a world shares one house.

import { type Facts, startFacts } from "./state.ts";
import { CAN_CONTAIN, CLEANER, COOLER, FLAG, flagBits, HEATER, KNIVES } from "./vocabulary.ts";
import type { HouseholdData, Room, TaskFamily } from "./world-data.ts";

/** Wording: v2 is ALFWorld 0.4.0 and later, v0 everything up to 0.3.5. */
export type Dialect = "v2" | "v0";
/** Keep what the original gets wrong, or repair it (the table is in README.md). */
export type Quirks = "faithful" | "fixed";

/** One receptacle; `id` is its position in display order. */
export interface Receptacle {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly openable: boolean;
  readonly loc: number;
  /** Object types that may be put here. */
  readonly takes: ReadonlySet<string>;
  readonly cleans: boolean;
  readonly heats: boolean;
  readonly cools: boolean;
}

/** One object; `id` is its position in display order. */
export interface Thing {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  /** Bits of `FLAG`. */
  readonly flags: number;
  readonly isKnife: boolean;
  /** Text of what it contains, for `examine`; undefined when it holds nothing by nature. */
  readonly holds: readonly Thing[] | undefined;
}

export interface House {
  readonly dialect: Dialect;
  readonly quirks: Quirks;
  readonly family: TaskFamily;
  readonly room: Room;
  readonly receptacles: readonly Receptacle[];
  readonly things: readonly Thing[];
  readonly receptacleByName: ReadonlyMap<string, Receptacle>;
  readonly thingByName: ReadonlyMap<string, Thing>;
  /** Place -> receptacles there, in display order; empty at scenery and at the start. */
  readonly receptaclesAt: readonly (readonly Receptacle[])[];
  readonly targets: readonly Thing[];
  readonly goalReceptacles: readonly Receptacle[];
  /** Receptacles that give a property which the family asks for. */
  readonly devices: readonly Receptacle[];
  /** Lamps of the asked type. */
  readonly lamps: readonly Thing[];
  readonly start: Facts;
  /** Place -> the sorted `go to` commands there, filled on first use. */
  readonly goToMemo: (readonly string[] | undefined)[];
}

const DEVICES: Readonly<Partial<Record<TaskFamily, (receptacle: Receptacle) => boolean>>> = {
  pick_clean_then_place_in_recep: ({ cleans }) => cleans,
  pick_heat_then_place_in_recep: ({ heats }) => heats,
  pick_cool_then_place_in_recep: ({ cools }) => cools,
  pick_two_clean_then_place_in_recep: ({ cleans }) => cleans,
  pick_two_heat_then_place_in_recep: ({ heats }) => heats,
  pick_two_cool_then_place_in_recep: ({ cools }) => cools,
  pick_clean_heat_then_place_in_recep: ({ cleans, heats }) => cleans || heats,
  pick_clean_cool_then_place_in_recep: ({ cleans, cools }) => cleans || cools,
};

interface Named {
  readonly name: string;
}

/**
 * The index of a world under a dialect and a set of quirks.
 * @throws {Error} when the data contradicts itself: doubled names, unknown contents, a start that is not empty.
 */
export function buildHouse(data: HouseholdData, dialect: Dialect, quirks: Quirks): House {
  const typeOf = new Map(data.objects.map((object) => [object.name, object.type]));
  const extraTakes = quirks === "fixed" ? startPlaces(data, typeOf) : undefined;
  const receptacles = data.receptacles.toSorted(byDisplayOrder).map(({ name, type, openable, loc }, id): Receptacle => {
    const table = CAN_CONTAIN.get(type) ?? new Set<string>();
    const extra = extraTakes?.get(type);
    return {
      id,
      name,
      type,
      openable,
      loc,
      takes: extra === undefined ? table : new Set([...table, ...extra]),
      cleans: type === CLEANER,
      heats: type === HEATER,
      cools: type === COOLER,
    };
  });
  const things = data.objects
    .toSorted(byDisplayOrder)
    .map(({ name, type, flags }, id): Thing & { holds: Thing[] | undefined } => {
      const bits = flagBits(flags);
      return { id, name, type, flags: bits, isKnife: KNIVES.has(type), holds: bits & FLAG.R ? [] : undefined };
    });
  const thingByName = new Map(things.map((thing) => [thing.name, thing]));
  const receptacleByName = new Map(receptacles.map((receptacle) => [receptacle.name, receptacle]));
  if (thingByName.size + receptacleByName.size !== new Set([...thingByName.keys(), ...receptacleByName.keys()]).size)
    throw new Error("a household names a receptacle and an object alike");
  if (thingByName.size !== things.length || receptacleByName.size !== receptacles.length)
    throw new Error("a household uses one name twice");
  for (const { name, inside } of data.objects.toSorted(byDisplayOrder)) {
    for (const outer of inside) thingByName.get(outer)?.holds?.push(thingByName.get(name)!);
  }

  let placeCount = data.startLoc + 1;
  for (const { loc } of data.receptacles) placeCount = Math.max(placeCount, loc + 1);
  for (const { loc } of data.objects) placeCount = Math.max(placeCount, (loc ?? 0) + 1);
  const receptaclesAt: Receptacle[][] = Array.from({ length: placeCount }, () => []);
  for (const receptacle of receptacles) receptaclesAt[receptacle.loc]!.push(receptacle);
  if (receptaclesAt[data.startLoc]!.length > 0) throw new Error(`the start ${data.startLoc} is not an empty place`);

  return {
    dialect,
    quirks,
    family: data.family,
    room: data.room,
    receptacles,
    things,
    receptacleByName,
    thingByName,
    receptaclesAt,
    targets: things.filter((thing) => thing.type === data.target.object),
    goalReceptacles: receptacles.filter((receptacle) => receptacle.type === data.target.receptacle),
    devices: receptacles.filter(DEVICES[data.family] ?? (() => false)),
    lamps: things.filter((thing) => thing.type === data.target.lamp && (thing.flags & FLAG.T) !== 0),
    start: startFacts(data, receptacles, thingByName, placeCount),
    goToMemo: new Array(placeCount).fill(undefined),
  };
}

/** Class by code units, then number descending: `mug 2` before `mug 1`, `mug 1` before `pan 1`. */
export function byDisplayOrder(a: Named, b: Named): number {
  const [classA, numberA] = splitName(a.name);
  const [classB, numberB] = splitName(b.name);
  if (classA !== classB) return classA < classB ? -1 : 1;
  return numberB - numberA;
}

function splitName(name: string): readonly [string, number] {
  const space = name.lastIndexOf(" ");
  return [name.slice(0, space), Number(name.slice(space + 1))];
}

/** Quirk Q5 repaired: a type also fits the receptacle types in which it starts. */
function startPlaces(data: HouseholdData, typeOf: ReadonlyMap<string, string>): ReadonlyMap<string, Set<string>> {
  const types = new Map<string, Set<string>>();
  for (const { type, contents } of data.receptacles) {
    for (const name of contents) {
      const known = types.get(type) ?? new Set<string>();
      types.set(type, known.add(typeOf.get(name) ?? ""));
    }
  }
  return types;
}
