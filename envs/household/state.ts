// The facts of a household at one moment, immutable and persistent: a change copies the few arrays that it touches and
// shares the rest. `changes` is kept beside them: the facts that differ from the start, which is what the full hash is
// taken over. A memo holds pure values of the facts, so that asking twice costs nothing.

import type { Receptacle, Thing } from "./house.ts";
import type { HouseholdData } from "./world-data.ts";

/** Bits of `Facts.properties`. */
export const PROPERTY = { clean: 1, hot: 2, cool: 4, sliced: 8, on: 16 } as const;
export type Property = keyof typeof PROPERTY;

export const NOTHING = -1;

/** The objects of one receptacle, ids ascending (which is display order), with their texts once somebody asked. */
export interface Contents {
  readonly ids: readonly number[];
  readonly memo: { list?: string; takes?: readonly string[]; uses?: readonly string[] };
}

/** What holds now. Indices are the ids of the house; places are location numbers. */
export interface Facts {
  readonly at: number;
  /** Object in the hand, or NOTHING. */
  readonly hold: number;
  /** Receptacle -> open. */
  readonly open: readonly boolean[];
  /** Receptacle -> what is in it. */
  readonly contents: readonly Contents[];
  /** Place -> objects that count as being there, ids ascending; feeds `slice` and `look`. */
  readonly objectsAt: readonly (readonly number[])[];
  /** Receptacle -> objects once taken from it and not put back, ids ascending; feeds `look`. */
  readonly takenFrom: readonly (readonly number[])[];
  /** Object -> bits of PROPERTY. */
  readonly properties: readonly number[];
  /** Facts that came (`+`) or went (`-`) since the start, sorted by code units; without `at` and `hold`. */
  readonly changes: readonly string[];
  readonly memo: FactsMemo;
}

export interface FactsMemo {
  admissible?: readonly string[];
  goal?: boolean;
  semantic?: readonly string[];
  distance?: number;
}

export function startFacts(
  data: HouseholdData,
  receptacles: readonly Receptacle[],
  thingByName: ReadonlyMap<string, Thing>,
  placeCount: number,
): Facts {
  const contentsByName = new Map(data.receptacles.map(({ name, contents }) => [name, contents]));
  const properties = new Array<number>(thingByName.size).fill(0);
  const objectsAt: number[][] = Array.from({ length: placeCount }, () => []);
  for (const { name, loc, cool } of data.objects) {
    const { id } = thingByName.get(name)!;
    if (cool) properties[id] = PROPERTY.cool;
    if (loc !== undefined) objectsAt[loc] = inserted(objectsAt[loc]!, id);
  }
  return {
    at: data.startLoc,
    hold: NOTHING,
    open: receptacles.map(() => false),
    contents: receptacles.map(({ name }) => {
      const ids = contentsByName.get(name)!.map((object) => {
        const thing = thingByName.get(object);
        if (thing === undefined) throw new Error(`${name} contains ${object}, which is no object of this household`);
        return thing.id;
      });
      return contentsOf(ids.sort((a, b) => a - b));
    }),
    objectsAt,
    takenFrom: receptacles.map(() => []),
    properties,
    changes: [],
    memo: {},
  };
}

export function contentsOf(ids: readonly number[]): Contents {
  return { ids, memo: {} };
}

/** A copy of a short ascending list with `id` in its place. */
export function inserted(ids: readonly number[], id: number): number[] {
  const at = ids.findIndex((other) => other > id);
  return at < 0 ? [...ids, id] : ids.toSpliced(at, 0, id);
}

export function removed(ids: readonly number[], id: number): number[] {
  return ids.filter((other) => other !== id);
}

/**
 * The changes after one fact came or went. A fact that returns to how it started leaves the list.
 * @param fact without its sign
 */
export function flipped(changes: readonly string[], fact: string, holds: boolean): readonly string[] {
  const back = changes.indexOf((holds ? "-" : "+") + fact);
  if (back >= 0) return changes.toSpliced(back, 1);
  const entry = (holds ? "+" : "-") + fact;
  const at = changes.findIndex((other) => other > entry);
  return at < 0 ? [...changes, entry] : changes.toSpliced(at, 0, entry);
}
