// Households written by hand or drawn at random, small enough for exhaustive search, and the search itself. They cover
// the rules where the recorded games are absent.

import type { RandomStream } from "../../../envs/core/random.ts";
import { admissibleCommands } from "../../../envs/household/admissible.ts";
import { houseOf } from "../../../envs/household/episode.ts";
import { goalHolds } from "../../../envs/household/goals.ts";
import { parseCommand } from "../../../envs/household/grammar/commands.ts";
import type { Dialect, House, Quirks } from "../../../envs/household/house.ts";
import { NOTHING_HAPPENS } from "../../../envs/household/render.ts";
import { perform } from "../../../envs/household/rules.ts";
import type { Facts } from "../../../envs/household/state.ts";
import { CAN_CONTAIN, OBJECT_FLAGS } from "../../../envs/household/vocabulary.ts";
import { FAMILIES, type HouseholdData, type Target, type TaskFamily } from "../../../envs/household/world-data.ts";

interface Sketch {
  readonly family?: TaskFamily;
  readonly target: Partial<Target>;
  /** "Type number place contents,contents"; a "!" after the number means that it has a door. */
  readonly receptacles: readonly string[];
  /** "Type number place", optionally with letters of flags to use instead of the type's. */
  readonly objects: readonly string[];
  readonly cool?: readonly string[];
  /** "inner outer", names with a dash for the space. */
  readonly inside?: readonly string[];
}

const name = (type: string, number: string) => `${type.toLowerCase()} ${number}`;

/** A household from a sketch; the agent starts at place 99. */
export function sketched(sketch: Sketch): HouseholdData {
  return {
    family: sketch.family ?? "pick_and_place_simple",
    room: "Kitchen",
    floorPlan: 1,
    target: { object: "", receptacle: undefined, lamp: undefined, ...sketch.target },
    goal: "put a thing somewhere.",
    humanGoals: [],
    startLoc: 99,
    receptacles: sketch.receptacles.map((row) => {
      const [type, number, place, contents] = row.split(" ");
      return {
        name: name(type!, number!.replace("!", "")),
        type: type!,
        openable: number!.endsWith("!"),
        loc: Number(place),
        contents: contents === undefined ? [] : contents.split(",").map((entry) => entry.replace("-", " ")),
      };
    }),
    objects: sketch.objects.map((row) => {
      const [type, number, place, flags] = row.split(" ");
      const own = name(type!, number!);
      const outer = sketch.inside?.filter((pair) => pair.startsWith(`${own.replace(" ", "-")} `)) ?? [];
      return {
        name: own,
        type: type!,
        flags: flags ?? OBJECT_FLAGS.get(type!)!,
        loc: Number(place),
        cool: sketch.cool?.includes(own) ?? false,
        inside: outer.map((pair) => pair.split(" ")[1]!.replace("-", " ")),
      };
    }),
  };
}

/** Plays commands from the start and gives the texts; a refused command reads "Nothing happens.". */
export class Player {
  readonly house: House;
  facts: Facts;

  constructor(data: HouseholdData, quirks: Quirks = "faithful", dialect: Dialect = "v2") {
    this.house = houseOf(data, { dialect, quirks });
    this.facts = this.house.start;
  }

  say(command: string): string {
    const parsed = parseCommand(this.house, command);
    const effect = parsed && perform(this.house, this.facts, parsed);
    this.facts = effect?.facts ?? this.facts;
    return effect?.text ?? NOTHING_HAPPENS;
  }

  /** The text of the last command. */
  play(...commands: readonly string[]): string {
    return commands.map((command) => this.say(command)).at(-1)!;
  }

  get won(): boolean {
    return goalHolds(this.house, this.facts);
  }

  get admissible(): readonly string[] {
    return admissibleCommands(this.house, this.facts);
  }
}

/** A text that two facts share exactly when nothing can tell them apart. */
export function factsKey(facts: Facts): string {
  return [facts.at, facts.hold, ...facts.changes].join("\n");
}

/** All facts that a command leads to, without those that change nothing. */
export function successors(house: House, facts: Facts): readonly Facts[] {
  return admissibleCommands(house, facts)
    .map((text) => perform(house, facts, parseCommand(house, text)!)!.facts)
    .filter((next) => next !== facts);
}

/** Fewest commands to the goal by breadth-first search; Infinity beyond `depth`. */
export function searchDistance(house: House, facts: Facts, depth: number): number {
  const seen = new Set([factsKey(facts)]);
  let frontier: readonly Facts[] = [facts];
  for (let steps = 0; steps <= depth; steps++) {
    if (frontier.some((each) => goalHolds(house, each))) return steps;
    const next: Facts[] = [];
    for (const each of frontier) {
      for (const successor of successors(house, each)) {
        const key = factsKey(successor);
        if (seen.has(key)) continue;
        seen.add(key);
        next.push(successor);
      }
    }
    frontier = next;
  }
  return Number.POSITIVE_INFINITY;
}

const CAST: Readonly<Record<TaskFamily, readonly string[]>> = {
  pick_and_place_simple: ["Mug", "Apple", "Pan"],
  look_at_obj_in_light: ["Book", "Pen", "CD"],
  pick_clean_then_place_in_recep: ["Mug", "Plate", "Pan"],
  pick_heat_then_place_in_recep: ["Mug", "Apple", "Potato"],
  pick_cool_then_place_in_recep: ["Mug", "Apple", "Pan"],
  pick_two_obj_and_place: ["Mug", "Apple", "Bowl"],
  pick_clean_heat_then_place_in_recep: ["Mug", "Apple", "Plate"],
  pick_clean_cool_then_place_in_recep: ["Mug", "Apple", "Pan"],
  pick_two_clean_then_place_in_recep: ["Mug", "Apple", "Plate"],
  pick_two_heat_then_place_in_recep: ["Mug", "Apple", "Egg"],
  pick_two_cool_then_place_in_recep: ["Mug", "Apple", "Bowl"],
};

/** A random household of few receptacles and objects: shared places, doors, double listings, dead ends and all. */
export function tinyHousehold(random: RandomStream, families: readonly TaskFamily[] = FAMILIES): HouseholdData {
  const family = random.pick(families);
  const look = family === "look_at_obj_in_light";
  const word: Readonly<Record<string, string>> = { clean: "SinkBasin", heat: "Microwave", cool: "Fridge" };
  const devices = family.split("_").flatMap((part) => word[part] ?? []);
  const types = look ? ["Desk", "Drawer", "SideTable"] : ["CounterTop", "Cabinet", random.pick(["Fridge", "Shelf"])];
  const receptacleTypes = [...types, random.pick(types), ...devices];
  const numbers = new Map<string, number>();
  const numbered = (type: string) => {
    numbers.set(type, (numbers.get(type) ?? 0) + 1);
    return numbers.get(type)!;
  };
  const receptacles = receptacleTypes.map((type) => ({
    name: name(type, String(numbered(type))),
    type,
    openable: ["Cabinet", "Fridge", "Microwave", "Drawer"].includes(type) && random.chance(0.6),
    loc: 1 + random.int(4),
    contents: [] as string[],
  }));
  const targetType = random.pick(CAST[family]);
  const goals = types.filter((type) => CAN_CONTAIN.get(type)?.has(targetType));
  const objectTypes = [targetType, targetType, random.pick([...CAST[family], "TeddyBear"])];
  const objects = objectTypes.map((type) => {
    const own = name(type, String(numbered(type)));
    const hosts = random.shuffled(receptacles).slice(0, random.chance(0.3) ? 2 : 1);
    for (const { contents } of hosts) contents.push(own);
    return { name: own, type, flags: OBJECT_FLAGS.get(type)!, loc: hosts[0]!.loc, cool: false, inside: [] };
  });
  if (look) {
    const host = random.pick(receptacles);
    host.contents.push("desklamp 1");
    objects.push({ name: "desklamp 1", type: "DeskLamp", flags: "T", loc: host.loc, cool: false, inside: [] });
  }
  const receptacle = look ? undefined : random.pick(goals.length > 0 ? goals : types);
  return {
    family,
    room: "Kitchen",
    floorPlan: 1,
    target: { object: targetType, receptacle, lamp: look ? "DeskLamp" : undefined },
    goal: "do it.",
    humanGoals: [],
    startLoc: 9,
    receptacles,
    objects,
  };
}
