// Which objects a world has and where they lie. Classes go to receptacle types by the tables, then to an instance at
// random; part of the receptacles is kept empty. Overlapping receptacles list an object twice, as in the original.

import type { RandomStream } from "../../core/random.ts";
import { wantedCount } from "../goals.ts";
import { CAN_CONTAIN, CLEANER, COOLER } from "../vocabulary.ts";
import type { Room, TaskFamily } from "../world-data.ts";
import type { GeneratorOptions } from "./difficulty.ts";
import { MAX_OBJECT_NUMBER } from "./difficulty.ts";
import type { Layout } from "./layout.ts";
import { OBJECT_PRIORS, type ObjectPrior } from "./object-tables.ts";
import { TARGET_COPIES } from "./task-tables.ts";
import type { TaskDraw } from "./tasks.ts";
import { drawWeighted, type Weighted } from "./weights.ts";

/** An object before it has a number. */
export interface PlacedObject {
  readonly type: string;
  /** Indices of the receptacles that list it; empty: outside of all, or scenery. */
  readonly receptacles: readonly number[];
  /** Position in the same list of the object that contains it. */
  readonly insideOf: number | undefined;
}

/** How the receptacles of a world fill up, by index. */
interface RoomUse {
  readonly kept: ReadonlySet<number>;
  readonly used: Set<number>;
}

/** Share of receptacles that objects avoid, before chance leaves more of them empty. */
const KEPT_EMPTY: Readonly<Record<Room, number>> = { Kitchen: 0.22, LivingRoom: 0.05, Bedroom: 0.15, Bathroom: 0 };
/** Chance that a single object of a class which is usually in a receptacle lies outside of all. */
const OUTSIDE_PROB: Readonly<Record<Room, number>> = {
  Kitchen: 0.026,
  LivingRoom: 0.08,
  Bedroom: 0.03,
  Bathroom: 0.035,
};
const INSIDE_PROB: Readonly<Record<Room, number>> = { Kitchen: 0.42, LivingRoom: 0.05, Bedroom: 0.08, Bathroom: 0 };
const INSIDE_PAIRS: readonly (readonly [inner: string, outer: string])[] = [
  ["Fork", "Cup"],
  ["Spatula", "Plate"],
  ["Knife", "Mug"],
  ["ButterKnife", "Pot"],
  ["Spoon", "Bowl"],
  ["Pan", "Pot"],
  ["Pencil", "Bowl"],
  ["Pen", "Mug"],
  ["Newspaper", "Box"],
];
/** Chance that an object goes to a receptacle of its type which nothing has been put into yet. */
const SPREAD_PROB: Readonly<Record<Room, number>> = { Kitchen: 0.35, LivingRoom: 0.4, Bedroom: 0.35, Bathroom: 0.9 };
/** Chance that it goes to a type that still has such a receptacle. */
const TYPE_SPREAD_PROB: Readonly<Record<Room, number>> = { Kitchen: 0, LivingRoom: 0.1, Bedroom: 0, Bathroom: 0.3 };
/** Chance that a target keeps away from doors: the original shows its targets a little more than other objects. */
const OPEN_TARGET_PROB = 0.25;
const DEVICES: Readonly<Partial<Record<TaskFamily, string>>> = {
  pick_clean_then_place_in_recep: CLEANER,
  pick_cool_then_place_in_recep: COOLER,
};
/** Chance that a look target is put beside the lamp. */
const BESIDE_LAMP_PROB = 0.45;
/** Chance that a target to be processed may start where it is to go, or in the device that processes it. */
const SHORT_CUT_PROB = 0.08;

export function placeObjects(
  random: RandomStream,
  layout: Layout,
  task: TaskDraw,
  options: GeneratorOptions,
): readonly PlacedObject[] {
  const room: RoomUse = { kept: keepEmpty(random.split("empty"), layout), used: new Set() };
  const objects: PlacedObject[] = layout.fixtures.map(({ type, receptacle }) => ({
    type,
    receptacles: receptacle === undefined ? [] : [receptacle],
    insideOf: undefined,
  }));
  const priors = OBJECT_PRIORS.get(layout.room)!;
  const targets = random.split("targets");
  const copies = targetCopies(targets, task, options);
  const targetPrior = priors.find(({ type }) => type === task.target.object);
  for (let copy = 0; copy < copies; copy++) {
    objects.push(placeTarget(targets, layout, task, targetPrior, room, options, copy));
  }
  const others = random.split("distractors");
  for (const prior of priors) {
    if (prior.type === task.target.object) continue;
    const count = distractorCount(others, prior, options.distractorScale);
    for (let i = 0; i < count; i++) objects.push(placeAnywhere(others, layout, prior, room));
  }
  return withInside(random.split("inside"), layout.room, objects, task.target.object);
}

function keepEmpty(random: RandomStream, layout: Layout): ReadonlySet<number> {
  const indices = random.shuffled(layout.receptacles.map((_, index) => index));
  return new Set(indices.slice(0, Math.round(indices.length * KEPT_EMPTY[layout.room])));
}

function targetCopies(random: RandomStream, task: TaskDraw, options: GeneratorOptions): number {
  const least = wantedCount(task.family);
  if (options.targetCopies !== undefined) return Math.max(least, options.targetCopies);
  const choices = TARGET_COPIES[task.family].map((weight, index) => ({ item: index + 1, weight }));
  return drawWeighted(random, choices)!;
}

function distractorCount(random: RandomStream, prior: ObjectPrior, scale: number): number {
  if (!random.chance(prior.presence)) return 0;
  const scaled = drawWeighted(random, prior.counts)! * scale;
  const whole = Math.floor(scaled) + (random.chance(scaled % 1) ? 1 : 0);
  return Math.min(MAX_OBJECT_NUMBER, whole);
}

// Targets start where the goal does not hold and mostly where the usual number of steps is needed.
function placeTarget(
  random: RandomStream,
  layout: Layout,
  task: TaskDraw,
  prior: ObjectPrior | undefined,
  room: RoomUse,
  options: GeneratorOptions,
  copy: number,
): PlacedObject {
  const { family, target } = task;
  const device = DEVICES[family];
  const avoided = new Set(target.receptacle === undefined ? [] : [target.receptacle]);
  if (device !== undefined) {
    avoided.add(device);
    if (random.chance(SHORT_CUT_PROB)) avoided.clear();
  }
  const lamp = layout.fixtures.find(({ type, receptacle }) => type === target.lamp && receptacle !== undefined);
  if (lamp !== undefined && copy === 0 && random.chance(BESIDE_LAMP_PROB)) {
    const host = lamp.receptacle!;
    if (takes(layout.receptacles[host]!.type, target.object)) return placed(target.object, [host]);
  }
  const usualDoor = random.chance(OPEN_TARGET_PROB) ? false : undefined;
  const door = options.behindDoorProb === undefined ? usualDoor : random.chance(options.behindDoorProb);
  const usual = (prior?.places ?? []).filter(({ item }) => !avoided.has(item));
  const host = drawReceptacle(random, layout, usual, target.object, room, avoided, door);
  return placed(target.object, host === undefined ? [] : listings(random, layout, target.object, host, avoided));
}

function placeAnywhere(random: RandomStream, layout: Layout, prior: ObjectPrior, room: RoomUse): PlacedObject {
  if (prior.places.length === 0 || random.chance(OUTSIDE_PROB[layout.room])) return placed(prior.type, []);
  const host = drawReceptacle(random, layout, prior.places, prior.type, room, new Set(), undefined);
  return placed(prior.type, host === undefined ? [] : listings(random, layout, prior.type, host, new Set()));
}

/** @param door whether it must (true) or must not (false) have a door; undefined: either. Given up where nothing fits. */
function drawReceptacle(
  random: RandomStream,
  layout: Layout,
  places: readonly Weighted<string>[],
  object: string,
  room: RoomUse,
  avoided: ReadonlySet<string>,
  door: boolean | undefined,
): number | undefined {
  const doorFits = (index: number) => door === undefined || layout.receptacles[index]!.openable === door;
  const present = places.filter(({ item }) => layout.byType.get(item)?.some(doorFits));
  const spreads = random.chance(TYPE_SPREAD_PROB[layout.room]);
  const fresh = spreads
    ? present.filter(({ item }) => layout.byType.get(item)!.some((index) => !room.used.has(index)))
    : [];
  const type = drawWeighted(random, fresh.length > 0 ? fresh : present);
  const hosts = type === undefined ? allThatTake(layout, object, avoided) : layout.byType.get(type)!;
  const wanted = hosts.filter(doorFits);
  const fitting = wanted.length > 0 ? wanted : hosts;
  const open = fitting.filter((index) => !room.kept.has(index));
  const choices = open.length > 0 ? open : fitting;
  if (choices.length === 0) return undefined;
  const unused = random.chance(SPREAD_PROB[layout.room]) ? choices.filter((index) => !room.used.has(index)) : [];
  const host = random.pick(unused.length > 0 ? unused : choices);
  room.used.add(host);
  return host;
}

function allThatTake(layout: Layout, object: string, avoided: ReadonlySet<string>): readonly number[] {
  return [...layout.byType].flatMap(([type, indices]) => (takes(type, object) && !avoided.has(type) ? indices : []));
}

/** The receptacle and those that overlap it where the object fits them and the chance says so. */
function listings(
  random: RandomStream,
  layout: Layout,
  object: string,
  host: number,
  avoided: ReadonlySet<string>,
): readonly number[] {
  const others = (layout.overlaps.get(host) ?? []).filter((other) => {
    const { type } = layout.receptacles[other]!;
    return takes(type, object) && !avoided.has(type);
  });
  return [host, ...others.filter(() => random.chance(0.9))];
}

function withInside(
  random: RandomStream,
  room: Room,
  objects: readonly PlacedObject[],
  target: string,
): readonly PlacedObject[] {
  if (!random.chance(INSIDE_PROB[room])) return objects;
  const [inner, outer] = random.pick(INSIDE_PAIRS);
  const innerAt = objects.findIndex(({ type }) => type === inner);
  const outerAt = objects.findIndex(({ type, receptacles }) => type === outer && receptacles.length > 0);
  if (innerAt < 0 || outerAt < 0 || inner === target) return objects;
  const { receptacles } = objects[outerAt]!;
  return objects.with(innerAt, { type: inner, receptacles, insideOf: outerAt });
}

function placed(type: string, receptacles: readonly number[]): PlacedObject {
  return { type, receptacles, insideOf: undefined };
}

function takes(receptacle: string, object: string): boolean {
  return CAN_CONTAIN.get(receptacle)?.has(object) ?? false;
}
