// The expert that sees everything: the fewest commands to the goal, without search. A solution is one of few plans, each
// a list of visits (receptacle, one action there); a visit costs its action, a step where the place changes and a step
// for a door that is still closed. Ties go to the smallest command by code units. Equal to breadth-first search (tests).

import { admissibleCommands } from "./admissible.ts";
import { askedProperty, goalHolds, wantedCount } from "./goals.ts";
import { parseCommand } from "./grammar/commands.ts";
import type { House, Receptacle, Thing } from "./house.ts";
import { isAccessible, perform } from "./rules.ts";
import { contentsOf, type Facts, inserted, NOTHING, PROPERTY } from "./state.ts";
import { FLAG } from "./vocabulary.ts";

/** One stop: a receptacle, whether its door must be open, and the number of commands given there. */
interface Visit {
  readonly receptacle: Receptacle;
  readonly door: boolean;
  readonly actions: number;
}

/** A target and a receptacle that lists it. */
interface Find {
  readonly thing: Thing;
  readonly receptacle: Receptacle;
}

/** Fewest commands from these facts to the goal; Infinity where no plan reaches it (a hand that is full for good). */
export function distance(house: House, facts: Facts): number {
  facts.memo.distance ??= goalHolds(house, facts) ? 0 : shortestPlan(house, facts);
  return facts.memo.distance;
}

/** The first command of the shortest solution; undefined at the goal and at a dead end. */
export function nextCommand(house: House, facts: Facts): string | undefined {
  const left = distance(house, facts);
  if (left === 0 || left === Number.POSITIVE_INFINITY) return undefined;
  for (const text of admissibleCommands(house, facts)) {
    const effect = perform(house, facts, parseCommand(house, text)!);
    if (effect && effect.facts !== facts && distance(house, effect.facts) === left - 1) return text;
  }
  throw new Error(`household oracle: ${left} steps to the goal, but no command leads to ${left - 1}`);
}

function shortestPlan(house: House, facts: Facts): number {
  const finds = findTargets(house, facts);
  if (facts.hold === NOTHING) return withEmptyHand(house, facts, finds);
  const held = house.things[facts.hold]!;
  const direct =
    held.type === house.targets[0]?.type ? withTarget(house, facts, held, finds) : Number.POSITIVE_INFINITY;
  return Math.min(direct, afterPuttingDown(house, facts, held, direct));
}

function findTargets(house: House, facts: Facts): readonly Find[] {
  const finds: Find[] = [];
  for (const receptacle of house.receptacles) {
    const { ids } = facts.contents[receptacle.id]!;
    if (ids.length === 0) continue;
    for (const thing of house.targets) {
      if (thing.flags & FLAG.P && ids.includes(thing.id)) finds.push({ thing, receptacle });
    }
  }
  return finds;
}

// Puts the held object into some receptacle and goes on with an empty hand. All receptacles at places where no plan has
// anything to do are alike, so one of them, the cheapest, stands for all.
function afterPuttingDown(house: House, facts: Facts, held: Thing, bound: number): number {
  const isTarget = house.targets.includes(held);
  const relevant = new Set<number>([facts.at]);
  for (const { receptacle } of findTargets(house, facts)) relevant.add(receptacle.loc);
  for (const { loc } of house.devices) relevant.add(loc);
  for (const { loc } of house.goalReceptacles) relevant.add(loc);
  for (const { receptacle } of findLamps(house, facts)) relevant.add(receptacle.loc);
  let best = bound;
  let cheapestElsewhere = Number.POSITIVE_INFINITY;
  for (const receptacle of house.receptacles) {
    if (!receptacle.takes.has(held.type)) continue;
    const cost = planCost(facts, [stop(receptacle)]);
    if (!isTarget && !relevant.has(receptacle.loc)) {
      if (cost >= cheapestElsewhere) continue;
      cheapestElsewhere = cost;
    }
    if (cost >= best) continue;
    const { id, loc } = receptacle;
    const old = facts.contents[id]!;
    const after: Facts = {
      ...facts,
      at: loc,
      hold: NOTHING,
      open: receptacle.openable ? facts.open.with(id, true) : facts.open,
      contents:
        isTarget && !old.ids.includes(held.id)
          ? facts.contents.with(id, contentsOf(inserted(old.ids, held.id)))
          : facts.contents,
      memo: {},
    };
    const rest = goalHolds(house, after) ? 0 : withEmptyHand(house, after, findTargets(house, after));
    best = Math.min(best, cost + rest);
  }
  return best;
}

function withEmptyHand(house: House, facts: Facts, finds: readonly Find[]): number {
  let best = Number.POSITIVE_INFINITY;
  if (wantedCount(house.family) === 2) return gatherTwo(house, facts, undefined, finds);
  const goals = distinctGoals(house, facts, finds);
  for (const { thing, receptacle } of finds) {
    const taking = stop(receptacle);
    for (const rest of plansWithTarget(house, facts, thing, receptacle, goals)) {
      best = Math.min(best, planCost(facts, [taking, ...rest]));
    }
  }
  return best;
}

function withTarget(house: House, facts: Facts, held: Thing, finds: readonly Find[]): number {
  if (wantedCount(house.family) === 2) return gatherTwo(house, facts, held, finds);
  let best = Number.POSITIVE_INFINITY;
  const goals = distinctGoals(house, facts, finds);
  for (const plan of plansWithTarget(house, facts, held, undefined, goals)) {
    best = Math.min(best, planCost(facts, plan));
  }
  return best;
}

/** What remains once a target is in the hand. @param from where it was just taken, undefined when it is held already */
function plansWithTarget(
  house: House,
  facts: Facts,
  thing: Thing,
  from: Receptacle | undefined,
  goals: readonly Receptacle[],
): readonly (readonly Visit[])[] {
  if (house.family === "look_at_obj_in_light") {
    return findLamps(house, facts).map(({ thing: lamp, receptacle }) => {
      const lit = (facts.properties[lamp.id]! & PROPERTY.on) !== 0;
      // Q3: in the original a door does not hinder the switch.
      return [{ receptacle, door: !lit && house.quirks === "fixed", actions: lit ? 0 : 1 }];
    });
  }
  const puts = goals.filter((goal) => goal.takes.has(thing.type)).map((goal) => [stop(goal)]);
  const missing = askedProperty(house.family) & ~facts.properties[thing.id]!;
  if (missing === 0) return puts;
  // Q4: an object that another goal receptacle still lists is done as soon as it is processed.
  const listed =
    (from === undefined || house.quirks === "faithful") &&
    house.goalReceptacles.some((goal) => goal !== from && facts.contents[goal.id]!.ids.includes(thing.id));
  return processings(house, thing, missing).flatMap((processing) =>
    listed ? [processing] : puts.map((put) => [...processing, ...put]),
  );
}

/** The ways to give a held object its missing properties, in every order; none where its kind cannot take one of them. */
function processings(house: House, thing: Thing, missing: number): readonly (readonly Visit[])[] {
  if (missing === 0) return [[]];
  return PROCESSES.flatMap(({ bit, flag, device }) => {
    if ((missing & bit) === 0 || (thing.flags & flag) === 0) return [];
    const rest = processings(house, thing, missing & ~bit);
    return house.devices
      .filter(device)
      .flatMap((receptacle) => rest.map((after) => [{ receptacle, door: false, actions: 1 }, ...after]));
  });
}

const PROCESSES: readonly {
  readonly bit: number;
  readonly flag: number;
  readonly device: (receptacle: Receptacle) => boolean;
}[] = [
  { bit: PROPERTY.clean, flag: FLAG.C, device: ({ cleans }) => cleans },
  { bit: PROPERTY.hot, flag: FLAG.H, device: ({ heats }) => heats },
  { bit: PROPERTY.cool, flag: FLAG.F, device: ({ cools }) => cools },
];

/** Goal receptacles where no plan has anything else to do differ by their door alone: one of each kind stands for all. */
function distinctGoals(house: House, facts: Facts, finds: readonly Find[]): readonly Receptacle[] {
  const busy = new Set([facts.at]);
  for (const { receptacle } of finds) busy.add(receptacle.loc);
  for (const { loc } of house.devices) busy.add(loc);
  const seen = new Set<boolean>();
  return house.goalReceptacles.filter((goal) => {
    if (busy.has(goal.loc)) return true;
    const accessible = isAccessible(facts, goal);
    if (seen.has(accessible)) return false;
    seen.add(accessible);
    return true;
  });
}

/** Two different targets into one receptacle, with the asked property. @param held the target in the hand, if one is */
function gatherTwo(house: House, facts: Facts, held: Thing | undefined, finds: readonly Find[]): number {
  const asked = askedProperty(house.family);
  let best = Number.POSITIVE_INFINITY;
  for (const goal of distinctGoals(house, facts, finds)) {
    const { ids } = facts.contents[goal.id]!;
    const isDone = ({ id }: Thing) => ids.includes(id) && (facts.properties[id]! & asked) === asked;
    // A held object that the goal still lists (Q4) helps nobody until it is put down.
    if (held !== undefined && isDone(held)) continue;
    const missing = 2 - house.targets.filter(isDone).length;
    const useful = finds.filter(({ thing }) => !isDone(thing));
    const starts = held === undefined ? useful : [{ thing: held, receptacle: undefined }];
    for (const first of starts) {
      for (const begun of chores(house, facts, first.thing, first.receptacle, goal, missing === 1)) {
        if (missing === 1) {
          best = Math.min(best, planCost(facts, begun));
          continue;
        }
        for (const second of useful) {
          if (second.thing === first.thing) continue;
          for (const rest of chores(house, facts, second.thing, second.receptacle, goal, true)) {
            best = Math.min(best, planCost(facts, [...begun, ...rest]));
          }
        }
      }
    }
  }
  return best;
}

/**
 * The ways to fetch one target, process it and leave it in the goal.
 * @param from where it is taken, undefined when it is held already
 * @param isLast nothing else needs the hand afterwards
 */
function chores(
  house: House,
  facts: Facts,
  thing: Thing,
  from: Receptacle | undefined,
  goal: Receptacle,
  isLast: boolean,
): readonly (readonly Visit[])[] {
  const taking = from === undefined ? [] : [stop(from)];
  const missing = askedProperty(house.family) & ~facts.properties[thing.id]!;
  // Q4: what the goal lists besides stays there when it is taken elsewhere; the hand must only be free for the next one.
  const listed =
    (from === undefined || house.quirks === "faithful") &&
    from !== goal &&
    facts.contents[goal.id]!.ids.includes(thing.id);
  const puts = (listed ? house.receptacles : [goal])
    .filter(({ takes }) => takes.has(thing.type))
    .map((to) => [stop(to)]);
  const endings = listed && isLast ? [[]] : puts;
  return processings(house, thing, missing).flatMap((processing) =>
    endings.map((ending) => [...taking, ...processing, ...ending]),
  );
}

/** A visit that takes or puts something. */
function stop(receptacle: Receptacle): Visit {
  return { receptacle, door: true, actions: 1 };
}

function planCost(facts: Facts, plan: readonly Visit[]): number {
  let cost = 0;
  let place = facts.at;
  for (let i = 0; i < plan.length; i++) {
    const { receptacle, door, actions } = plan[i]!;
    cost += actions;
    if (receptacle.loc !== place) {
      cost++;
      place = receptacle.loc;
    }
    if (door && !isAccessible(facts, receptacle) && !openedBefore(plan, i)) cost++;
  }
  return cost;
}

function openedBefore(plan: readonly Visit[], index: number): boolean {
  for (let i = 0; i < index; i++) if (plan[i]!.door && plan[i]!.receptacle === plan[index]!.receptacle) return true;
  return false;
}

function findLamps(house: House, facts: Facts): readonly Find[] {
  return house.receptacles.flatMap((receptacle) =>
    house.lamps
      .filter(({ id }) => facts.contents[receptacle.id]!.ids.includes(id))
      .map((thing) => ({ thing, receptacle })),
  );
}
