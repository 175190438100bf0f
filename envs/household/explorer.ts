// The expert that knows only what an agent can read: the texts, the admissible list and what fits where. It searches in a
// fixed order, opens what is closed, fetches the first target, processes it and puts it into the first goal receptacle.
// It remembers one episode at a time and forgets at turn 0, so each session needs one of its own.

import { deriveSeed, RandomStream } from "../core/random.ts";
import type { ExpertPolicy } from "../core/world.ts";
import { admissibleCommands } from "./admissible.ts";
import type { HouseholdState } from "./episode.ts";
import { OBJECT_PRIORS } from "./generator/object-tables.ts";
import { askedProperty } from "./goals.ts";
import { putCommand } from "./grammar/commands.ts";
import type { House, Receptacle } from "./house.ts";
import { PROPERTY } from "./state.ts";
import { CAN_CONTAIN } from "./vocabulary.ts";

/**
 * `original`: types that take the target first, each part from the last receptacle of the intro to the first.
 * `prior`: by how likely the target lies there in rooms of this world. `random`: shuffled by the seed.
 */
export type SearchOrder = "original" | "prior" | "random";

interface Memory {
  readonly order: readonly Receptacle[];
  /** Receptacle name -> what was read there last; closed ones are known to be so. */
  readonly seen: Map<string, readonly string[] | "closed">;
  readonly placed: Set<string>;
  held: string | undefined;
  /** What was done to the held object. */
  readonly processed: Set<string>;
  lampIsOn: boolean;
  goal: Receptacle | undefined;
}

/** An explorer for one episode after another. */
export function createExplorer(order: SearchOrder, seed: number): ExpertPolicy<HouseholdState> {
  let memory: Memory | undefined;
  return {
    name: `explorer-${order}`,
    act(state) {
      const { house } = state.episode;
      if (state.turn === 0 || memory === undefined) memory = emptyMemory(house, order, seed);
      read(memory, house, state.text);
      return decide(house, memory, new Set(admissibleCommands(house, state.facts)));
    },
  };
}

function emptyMemory(house: House, order: SearchOrder, seed: number): Memory {
  return {
    order: searchOrder(house, order, new RandomStream(deriveSeed(seed, "household/explorer"))),
    seen: new Map(),
    placed: new Set(),
    held: undefined,
    processed: new Set(),
    lampIsOn: false,
    goal: undefined,
  };
}

function searchOrder(house: House, order: SearchOrder, random: RandomStream): readonly Receptacle[] {
  if (order === "random") return random.shuffled(house.receptacles);
  const backwards = house.receptacles.toReversed();
  const target = house.targets[0]!.type;
  const score =
    order === "original" ? (type: string) => (CAN_CONTAIN.get(type)?.has(target) ? 1 : 0) : likelihood(house);
  return backwards.toSorted((a, b) => score(b.type) - score(a.type));
}

/** How likely one receptacle of a type holds the target. */
function likelihood(house: House): (type: string) => number {
  const counts = new Map<string, number>();
  for (const { type } of house.receptacles) counts.set(type, (counts.get(type) ?? 0) + 1);
  const target = house.targets[0]!.type;
  const places = OBJECT_PRIORS.get(house.room)!.find(({ type }) => type === target)?.places ?? [];
  return (type) => {
    const weight = places.find(({ item }) => item === type)?.weight ?? 0;
    const fits = CAN_CONTAIN.get(type)?.has(target) ? 0.01 : 0;
    return (weight + fits) / (counts.get(type) ?? 1);
  };
}

/** Updates the memory with one observation. */
function read(memory: Memory, house: House, text: string): void {
  const closed = /The (\S+ \d+) is closed\./.exec(text);
  if (closed) memory.seen.set(closed[1]!, "closed");
  const view = /(?:On the|The) (\S+ \d+)(?: is open\. In it)?, you see (.*)\.$/.exec(text);
  if (view)
    memory.seen.set(
      view[1]!,
      [...view[2]!.matchAll(/a (\S+ \d+)/g)].map((match) => match[1]!),
    );
  const taken = /^You pick up the (\S+ \d+) from/.exec(text);
  if (taken) {
    memory.held = taken[1];
    memory.processed.clear();
  }
  const put = /^You (?:move|put) the (\S+ \d+) (?:to|in\/on) the (\S+ \d+)\.$/.exec(text);
  if (put) {
    const receptacle = house.receptacleByName.get(put[2]!)!;
    memory.held = undefined;
    if (house.goalReceptacles.includes(receptacle) && isTarget(house, put[1]!)) {
      memory.placed.add(put[1]!);
      memory.goal = receptacle;
    }
  }
  const process = /^You (clean|heat|cool) the /.exec(text);
  if (process) memory.processed.add(process[1]!);
  if (text.startsWith("You turn on the ")) memory.lampIsOn = true;
}

const PROCESSES: readonly {
  readonly bit: number;
  readonly verb: string;
  readonly device: (receptacle: Receptacle) => boolean;
}[] = [
  { bit: PROPERTY.clean, verb: "clean", device: ({ cleans }) => cleans },
  { bit: PROPERTY.hot, verb: "heat", device: ({ heats }) => heats },
  { bit: PROPERTY.cool, verb: "cool", device: ({ cools }) => cools },
];

function decide(house: House, memory: Memory, admissible: ReadonlySet<string>): string | undefined {
  const { held } = memory;
  if (held === undefined) return fetchTarget(house, memory, admissible) ?? search(memory, admissible);
  if (!isTarget(house, held)) return putAway(house, memory, admissible, held);
  if (house.family === "look_at_obj_in_light") return light(house, memory, admissible) ?? search(memory, admissible);
  const process = PROCESSES.find(
    ({ bit, verb }) => (askedProperty(house.family) & bit) !== 0 && !memory.processed.has(verb),
  );
  if (process !== undefined) {
    const device = house.devices.find(process.device);
    return device && (reach(device, admissible) ?? `${process.verb} ${held} with ${device.name}`);
  }
  const inspected = house.goalReceptacles.filter(({ name }) => memory.seen.has(name));
  const goal = memory.goal ?? inspected[0] ?? house.goalReceptacles[0];
  return goal && putInto(house, goal, held, memory, admissible);
}

function fetchTarget(house: House, memory: Memory, admissible: ReadonlySet<string>): string | undefined {
  for (const receptacle of memory.order) {
    const content = memory.seen.get(receptacle.name);
    if (content === undefined || content === "closed" || receptacle === memory.goal) continue;
    const target = content.find((name) => isTarget(house, name) && !memory.placed.has(name));
    if (target === undefined) continue;
    const way = reach(receptacle, admissible);
    if (way !== undefined) return way;
    const take = `take ${target} from ${receptacle.name}`;
    if (admissible.has(take)) return take;
    // What was read no longer holds: read again.
    memory.seen.delete(receptacle.name);
    return `examine ${receptacle.name}`;
  }
  return undefined;
}

/** Goes on to the next receptacle that was not read yet; starts over when all were. */
function search(memory: Memory, admissible: ReadonlySet<string>): string | undefined {
  const next = memory.order.find(({ name }) => (memory.seen.get(name) ?? "closed") === "closed");
  if (next === undefined) {
    memory.seen.clear();
    return memory.order[0] && (reach(memory.order[0], admissible) ?? `examine ${memory.order[0].name}`);
  }
  const way = reach(next, admissible);
  if (way !== undefined) return way;
  const open = `open ${next.name}`;
  return memory.seen.get(next.name) === "closed" && admissible.has(open) ? open : `examine ${next.name}`;
}

function light(house: House, memory: Memory, admissible: ReadonlySet<string>): string | undefined {
  for (const receptacle of house.receptacles) {
    const content = memory.seen.get(receptacle.name);
    if (content === undefined || content === "closed") continue;
    const lamp = house.lamps.find(({ name }) => content.includes(name));
    if (lamp !== undefined) return reach(receptacle, admissible) ?? `use ${lamp.name}`;
  }
  return undefined;
}

function putInto(
  house: House,
  goal: Receptacle,
  held: string,
  memory: Memory,
  admissible: ReadonlySet<string>,
): string | undefined {
  const way = reach(goal, admissible);
  if (way !== undefined) return way;
  const put = putCommand(house.dialect, held, goal.name);
  if (admissible.has(put)) return put;
  const open = `open ${goal.name}`;
  return admissible.has(open) ? open : putAway(house, memory, admissible, held);
}

/** Frees the hand of something that does not help: here if possible, else where it fits. */
function putAway(house: House, memory: Memory, admissible: ReadonlySet<string>, held: string): string | undefined {
  const { type } = house.thingByName.get(held)!;
  const hosts = house.receptacles.filter(({ takes }) => takes.has(type));
  const put = hosts.map(({ name }) => putCommand(house.dialect, held, name)).find((text) => admissible.has(text));
  if (put !== undefined) return put;
  const open = hosts.map(({ name }) => `open ${name}`).find((text) => admissible.has(text));
  if (open !== undefined) return open;
  const known = hosts.filter(({ name }) => memory.seen.has(name) && memory.seen.get(name) !== "closed");
  const host = known[0] ?? hosts[0];
  return host && reach(host, admissible);
}

/** The command that goes there; undefined when the agent is there. */
function reach(receptacle: Receptacle, admissible: ReadonlySet<string>): string | undefined {
  return admissible.has(`examine ${receptacle.name}`) ? undefined : `go to ${receptacle.name}`;
}

function isTarget(house: House, name: string): boolean {
  return house.targets.some((target) => target.name === name);
}

/**
 * A policy with mistakes, for groups of unequal members: a share of random admissible commands and a share of nonsense.
 * Its draws depend on the seed and the turn alone.
 */
export function withNoise(
  policy: ExpertPolicy<HouseholdState>,
  mistakes: { readonly seed: number; readonly noise: number; readonly invalid: number },
): ExpertPolicy<HouseholdState> {
  return {
    name: `${policy.name}+noise`,
    act(state) {
      // The policy sees every state, also where its advice is not taken: an explorer must read each text.
      const advice = policy.act(state);
      const random = new RandomStream(deriveSeed(mistakes.seed, `turn/${state.turn}`));
      if (random.chance(mistakes.invalid)) return "do something sensible";
      if (!random.chance(mistakes.noise)) return advice;
      return random.pick(admissibleCommands(state.episode.house, state.facts));
    },
  };
}
