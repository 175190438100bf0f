// The fixed part of a floor plan: receptacles, doors, shared places, fixtures, and which receptacles overlap (an object in
// the one is listed in the other too). A function of the plan's number alone: equal in every world of the plan.

import { deriveSeed, RandomStream } from "../../core/random.ts";
import type { Room } from "../world-data.ts";
import type { GeneratorOptions } from "./difficulty.ts";
import { MAX_RECEPTACLE_NUMBER } from "./difficulty.ts";
import { FIXTURES, RECEPTACLE_COUNTS, SCENERY, SHARED_PAIRS } from "./layout-tables.ts";
import { roomOf } from "./plans.ts";

export interface PlanReceptacle {
  readonly type: string;
  /** Counted from 1 in each type. */
  readonly number: number;
  readonly openable: boolean;
  /** Place within the plan, from 0; equal places are shared. */
  readonly place: number;
}

export interface Fixture {
  readonly type: string;
  /** Index into the receptacles; undefined: scenery at a place of its own. */
  readonly receptacle: number | undefined;
}

export interface Layout {
  readonly plan: number;
  readonly room: Room;
  readonly receptacles: readonly PlanReceptacle[];
  /** Type -> indices of its receptacles. */
  readonly byType: ReadonlyMap<string, readonly number[]>;
  readonly placeCount: number;
  readonly fixtures: readonly Fixture[];
  /** Receptacle -> the receptacles that list its pots, pans and mugs too. */
  readonly overlaps: ReadonlyMap<number, readonly number[]>;
}

/** Draws the layout of a plan. Another receptacle scale or unshared places make another layout of the same plan. */
export function layoutOf(plan: number, options: Pick<GeneratorOptions, "receptacleScale" | "sharedPlaces">): Layout {
  const room = roomOf(plan);
  const random = new RandomStream(deriveSeed(plan, "household/plan"));
  const drawn = drawReceptacles(random.split("receptacles"), room, options.receptacleScale);
  const byType = new Map<string, number[]>();
  for (const [index, { type }] of drawn.entries()) byType.set(type, [...(byType.get(type) ?? []), index]);
  const places = sharePlaces(random.split("places"), room, byType, drawn.length, options.sharedPlaces);
  return {
    plan,
    room,
    receptacles: drawn.map((receptacle, index) => ({ ...receptacle, place: places[index]! })),
    byType,
    placeCount: Math.max(...places) + 1,
    fixtures: drawFixtures(random.split("fixtures"), room, byType),
    overlaps: drawOverlaps(random.split("overlaps"), byType),
  };
}

function drawReceptacles(random: RandomStream, room: Room, scale: number): Omit<PlanReceptacle, "place">[] {
  const receptacles: Omit<PlanReceptacle, "place">[] = [];
  for (const [type, row] of Object.entries(RECEPTACLE_COUNTS[room])) {
    const [openShare, counts] = row.split(": ");
    const usual = Number(random.pick(counts!.split(" ")));
    const count = usual === 0 ? 0 : Math.min(MAX_RECEPTACLE_NUMBER, Math.max(1, Math.round(usual * scale)));
    for (let number = 1; number <= count; number++) {
      receptacles.push({ type, number, openable: random.chance(Number(openShare)) });
    }
  }
  return receptacles;
}

function sharePlaces(
  random: RandomStream,
  room: Room,
  byType: ReadonlyMap<string, readonly number[]>,
  count: number,
  mayShare: boolean,
): readonly number[] {
  const partner = Array.from({ length: count }, (_, index) => index);
  const free = new Set(partner);
  for (const row of mayShare ? SHARED_PAIRS[room] : []) {
    const [first, second, chance] = row.split(" ");
    const left = byType.get(first!) ?? [];
    const right = first === second ? left.slice(1) : (byType.get(second!) ?? []).slice(0, 1);
    for (const [position, b] of right.entries()) {
      const a = left[position]!;
      if (a === undefined || !random.chance(Number(chance)) || !free.has(a) || !free.has(b)) continue;
      free.delete(a);
      free.delete(b);
      partner[b] = a;
    }
  }
  const roots = partner.filter((root, index) => root === index);
  const placeOf = new Map(random.shuffled(roots).map((root, place) => [root, place]));
  return partner.map((root) => placeOf.get(root)!);
}

function drawFixtures(random: RandomStream, room: Room, byType: ReadonlyMap<string, readonly number[]>): Fixture[] {
  const fixtures: Fixture[] = [];
  for (const [type, counts] of Object.entries(SCENERY[room])) {
    const count = Number(random.pick(counts.split(" ")));
    for (let i = 0; i < count; i++) fixtures.push({ type, receptacle: undefined });
  }
  for (const row of FIXTURES[room]) {
    const [type, chance, ...hosts] = row.split(" ");
    const host = hosts.flatMap((hostType) => byType.get(hostType) ?? []);
    if (random.chance(Number(chance)) && host.length > 0) fixtures.push({ type: type!, receptacle: random.pick(host) });
  }
  return fixtures;
}

function drawOverlaps(random: RandomStream, byType: ReadonlyMap<string, readonly number[]>): Map<number, number[]> {
  const overlaps = new Map<number, number[]>();
  const tops = [...(byType.get("CounterTop") ?? []), ...(byType.get("DiningTable") ?? []).slice(0, 1)];
  for (const machine of byType.get("CoffeeMachine") ?? []) {
    if (tops.length > 0) overlaps.set(machine, [random.pick(tops)]);
  }
  const burners = byType.get("StoveBurner") ?? [];
  for (const [index, burner] of burners.entries()) {
    const others: number[] = [];
    const neighbour = burners[index ^ 1];
    if (neighbour !== undefined && random.chance(0.35)) others.push(neighbour);
    if (tops.length > 0 && random.chance(0.25)) others.push(random.pick(tops));
    overlaps.set(burner, others);
  }
  for (const safe of byType.get("Safe") ?? []) {
    const dresser = byType.get("Dresser")?.[0];
    if (dresser !== undefined) overlaps.set(safe, [dresser]);
  }
  for (const holder of byType.get("HandTowelHolder") ?? []) {
    const top = byType.get("CounterTop")?.[0];
    if (top !== undefined && random.chance(0.1)) overlaps.set(holder, [top]);
  }
  return overlaps;
}
