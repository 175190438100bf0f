// How well generated worlds fit the published ones: every statistic of fit-targets.ts measured on a sample, one row each with
// its verdict. Pure; the command `fit` prints the rows and the tests demand that all pass.

import { deriveSeed, RandomStream } from "../../core/random.ts";
import { admissibleCommands } from "../admissible.ts";
import { parseCommand } from "../grammar/commands.ts";
import { buildHouse, type House } from "../house.ts";
import { distance } from "../oracle.ts";
import { introText } from "../render.ts";
import { perform } from "../rules.ts";
import { type HouseholdData, ROOMS, type TaskFamily } from "../world-data.ts";
import {
  FAMILY_TARGETS,
  FIT_TOLERANCE,
  GAME_SHARES,
  HIDDEN_TARGET_SHARE,
  PLAY_MEANS,
  ROOM_TARGETS,
  type RoomTargets,
} from "./fit-targets.ts";

/** `mean`: relative deviation; `share`: difference in points; `variation`: total variation of a distribution, target 0. */
export type FitKind = "mean" | "share" | "variation";

export interface FitRow {
  readonly statistic: string;
  readonly kind: FitKind;
  readonly target: number;
  readonly measured: number;
  /** In the sense of `kind`. */
  readonly deviation: number;
  readonly tolerance: number;
  readonly passed: boolean;
}

/** Worlds whose random play is measured, and its length: an evenly spaced part of the sample. */
const PLAYED_WORLDS = 200;
const PLAYED_STEPS = 40;

/** @param worlds with the room mix of the training split; a few hundred at least, or shares are noise */
export function fitRows(worlds: readonly HouseholdData[]): readonly FitRow[] {
  return [
    ...ROOMS.flatMap((room) => {
      const own = worlds.filter((data) => data.room === room);
      return roomRows(room, own, own.length / worlds.length, ROOM_TARGETS[room]);
    }),
    ...gameRows(worlds),
    ...taskRows(worlds),
    ...playRows(worlds),
  ];
}

function roomRows(
  room: string,
  own: readonly HouseholdData[],
  roomShare: number,
  targets: RoomTargets,
): readonly FitRow[] {
  const per = (of: (data: HouseholdData) => number) => mean(own.map(of));
  const tasks = sum(Object.values(ROOM_TARGETS).map((each) => each.tasks));
  return [
    shareRow(`${room}: share of tasks`, targets.tasks / tasks, roomShare),
    meanRow(
      `${room}: receptacles`,
      targets.receptacles,
      per(({ receptacles }) => receptacles.length),
    ),
    meanRow(
      `${room}: places with receptacles`,
      targets.places,
      per(({ receptacles }) => places(receptacles)),
    ),
    meanRow(
      `${room}: pickupable objects`,
      targets.pickupable,
      per(({ objects }) => objects.filter(({ flags }) => flags.includes("P")).length),
    ),
    meanRow(
      `${room}: contents per receptacle`,
      targets.contentsPerReceptacle,
      per(({ receptacles }) => mean(receptacles.map(({ contents }) => contents.length))),
    ),
    shareRow(
      `${room}: empty receptacles`,
      targets.emptyShare,
      per(({ receptacles }) => share(receptacles, ({ contents }) => contents.length === 0)),
    ),
    meanRow(
      `${room}: openable receptacles`,
      targets.openable,
      per(({ receptacles }) => receptacles.filter(({ openable }) => openable).length),
    ),
  ];
}

function gameRows(worlds: readonly HouseholdData[]): readonly FitRow[] {
  const doubled = ({ objects, receptacles }: HouseholdData) =>
    objects.some(({ name, flags }) => flags.includes("P") && hosts(receptacles, name).length > 1);
  const copies = worlds.flatMap((data) =>
    data.objects
      .filter(({ type, name }) => type === data.target.object && hosts(data.receptacles, name).length > 0)
      .map(({ name }) => isHidden(data, name)),
  );
  return [
    shareRow(
      "games with shared places",
      GAME_SHARES.sharedPlaces,
      share(worlds, ({ receptacles }) => places(receptacles) < receptacles.length),
    ),
    shareRow(
      "games with pickupable objects in several receptacles",
      GAME_SHARES.doubleListings,
      share(worlds, doubled),
    ),
    shareRow(
      "games with all targets behind doors",
      GAME_SHARES.allTargetsHidden,
      share(worlds, (data) =>
        data.objects.every(({ type, name }) => type !== data.target.object || isHidden(data, name)),
      ),
    ),
    shareRow(
      "targets behind doors",
      HIDDEN_TARGET_SHARE,
      share(copies, (hidden) => hidden),
    ),
  ];
}

function taskRows(worlds: readonly HouseholdData[]): readonly FitRow[] {
  const families = Object.entries(FAMILY_TARGETS) as [TaskFamily, (typeof FAMILY_TARGETS)[TaskFamily] & object][];
  const tasks = sum(families.map(([, target]) => target.tasks));
  let [familyVariation, distanceVariation] = [0, 0];
  for (const [family, target] of families) {
    const own = worlds.filter((data) => data.family === family);
    familyVariation += Math.abs(own.length / worlds.length - target.tasks / tasks) / 2;
    // Averaged over the families by their share: a family alone has 19 to 48 published games, too few for 0.10.
    distanceVariation += (target.tasks / tasks) * totalVariation(own.map(shortestSteps), target.distances);
  }
  return [
    variationRow("task families", familyVariation, FIT_TOLERANCE.families),
    variationRow("shortest solution given the family", distanceVariation, FIT_TOLERANCE.distances),
  ];
}

function playRows(worlds: readonly HouseholdData[]): readonly FitRow[] {
  const stride = Math.max(1, Math.floor(worlds.length / PLAYED_WORLDS));
  const [listLengths, textLengths]: [number[], number[]] = [[], []];
  for (let index = 0; index < worlds.length; index += stride) {
    const house = houseFor(worlds[index]!);
    const random = new RandomStream(deriveSeed(index, "household/fit/play"));
    let facts = house.start;
    textLengths.push(introText(house, worlds[index]!.goal).length);
    for (let step = 0; step < PLAYED_STEPS; step++) {
      const admissible = admissibleCommands(house, facts);
      listLengths.push(admissible.length);
      const effect = perform(house, facts, parseCommand(house, random.pick(admissible))!)!;
      facts = effect.facts;
      textLengths.push(effect.text.length);
    }
  }
  return [
    meanRow("admissible commands in random play", PLAY_MEANS.admissible, mean(listLengths)),
    meanRow("characters of an observation in random play", PLAY_MEANS.observationLength, mean(textLengths)),
  ];
}

function meanRow(statistic: string, target: number, measured: number): FitRow {
  return row(statistic, "mean", target, measured, measured / target - 1, FIT_TOLERANCE.mean);
}

function shareRow(statistic: string, target: number, measured: number): FitRow {
  return row(statistic, "share", target, measured, measured - target, FIT_TOLERANCE.share);
}

function variationRow(statistic: string, measured: number, tolerance: number): FitRow {
  return row(statistic, "variation", 0, measured, measured, tolerance);
}

/** A statistic that cannot be measured (no world of the room) is NaN and fails. */
function row(
  statistic: string,
  kind: FitKind,
  target: number,
  measured: number,
  deviation: number,
  tolerance: number,
): FitRow {
  return { statistic, kind, target, measured, deviation, tolerance, passed: Math.abs(deviation) <= tolerance };
}

function totalVariation(values: readonly number[], histogram: Readonly<Record<number, number>>): number {
  const total = sum(Object.values(histogram));
  const lengths = new Set([...values, ...Object.keys(histogram).map(Number)]);
  const difference = (length: number) =>
    Math.abs(share(values, (value) => value === length) - (histogram[length] ?? 0) / total);
  return sum([...lengths].map(difference)) / 2;
}

function shortestSteps(data: HouseholdData): number {
  const house = houseFor(data);
  return distance(house, house.start);
}

function houseFor(data: HouseholdData): House {
  return buildHouse(data, "v2", "faithful");
}

function isHidden({ receptacles }: HouseholdData, name: string): boolean {
  return hosts(receptacles, name).every(({ openable }) => openable);
}

/** Receptacles that list the object. */
function hosts(receptacles: HouseholdData["receptacles"], name: string): HouseholdData["receptacles"] {
  return receptacles.filter(({ contents }) => contents.includes(name));
}

function places(receptacles: HouseholdData["receptacles"]): number {
  return new Set(receptacles.map(({ loc }) => loc)).size;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** NaN of no values. */
function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function share<T>(items: readonly T[], holds: (item: T) => boolean): number {
  return items.filter(holds).length / items.length;
}
