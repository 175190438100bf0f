// Reads a user's own ALFWorld game (`game.tw-pddl`) into a household: only the PDDL problem, the task line and the published
// solution are used. It refuses games that the six families cannot express (sliced, movable, unsolvable) and other domains.
// Pure: the caller opens the file. Decoding: microsoft/TextWorld textworld/envs/pddl, alfworld/alfworld (README.md has the commits).

import { roomOf } from "./generator/plans.ts";
import { byDisplayOrder } from "./house.ts";
import { CAN_CONTAIN } from "./vocabulary.ts";
import type { HouseholdData, ObjectData, ReceptacleData, Target, TaskFamily } from "./world-data.ts";

export interface ImportedGame {
  readonly data: HouseholdData;
  /** Published solution, in the commands of the ALFWorld that wrote it; undefined where the file has none. */
  readonly walkthrough: readonly string[] | undefined;
}

/** Facts of one predicate: its arguments, ids in lower case. */
type Facts = ReadonlyMap<string, readonly (readonly string[])[]>;

const FLAG_FACTS = [
  ["P", "pickupable"],
  ["C", "cleanable"],
  ["H", "heatable"],
  ["F", "coolable"],
  ["T", "toggleable"],
  ["S", "sliceable"],
  ["R", "isReceptacleObject"],
] as const;

/**
 * @param path of the file, whose folders name the floor plan (`.../pick_and_place_simple-Mug-None-Shelf-308/trial_.../game.tw-pddl`)
 * @throws {Error} with a sentence when the game cannot be played here
 */
export function importAlfworldGame(text: string, path: string): ImportedGame {
  try {
    return importGame(JSON.parse(text) as Readonly<Record<string, unknown>>, path);
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

function importGame(game: Readonly<Record<string, unknown>>, path: string): ImportedGame {
  if (game["solvable"] === false) throw new Error("the game is marked as unsolvable");
  const problem = game["pddl_problem"];
  if (typeof problem !== "string") throw new Error('"pddl_problem" is missing; is this a game.tw-pddl file?');
  const task = /Your task is to: [^"\\\n]*/.exec(String(game["grammar"] ?? ""));
  if (task === null) throw new Error('"grammar" has no line "Your task is to: ..."');
  const plan = /-(\d+)\/trial_[^/]*/.exec(path)?.[1];
  if (plan === undefined) {
    throw new Error('the path names no floor plan; keep the folders "<task>-<plan>/trial_<number>"');
  }
  const { walkthrough } = game;
  return {
    data: decodeProblem(problem, task[0], Number(plan)),
    walkthrough: Array.isArray(walkthrough) && walkthrough.length > 0 ? walkthrough.map(String) : undefined,
  };
}

/**
 * The household of a PDDL problem.
 * @param task "Your task is to: put a mug in shelf."
 * @throws {Error} when the problem is of another domain or another kind of task
 */
export function decodeProblem(problem: string, task: string, floorPlan: number): HouseholdData {
  const [initAt, goalAt] = [problem.indexOf("(:init"), problem.indexOf("(:goal")];
  if (initAt < 0 || goalAt < initAt) throw new Error("the problem has no (:init ...) before its (:goal ...)");
  const facts = factsOf(problem.slice(initAt, goalAt));
  assertContainment(facts);
  const all = (predicate: string) => facts.get(predicate) ?? [];
  const places = placeNumbers(problem.slice(0, initAt));
  const nameOf = names([...all("receptacleType"), ...all("objectType")].map(([id]) => id!));
  const valuesOf = (predicate: string) => new Map(all(predicate).map(([id, value]) => [id!, value!]));
  const holdersOf = (predicate: string, id: string) => all(predicate).filter(([inner]) => inner === id);
  const placeOf = (placeIds: ReadonlyMap<string, string>, id: string) => places.get(placeIds.get(id) ?? "");

  const receptaclePlaces = valuesOf("receptacleAtLocation");
  const openable = new Set(all("openable").map(([id]) => id));
  const receptacles = all("receptacleType").map(([id, type]): ReceptacleData => {
    const loc = placeOf(receptaclePlaces, id!);
    if (loc === undefined) throw new Error(`the receptacle ${id} is at no location`);
    const contents = all("inReceptacle").flatMap(([object, host]) => (host === id ? [{ name: nameOf(object!) }] : []));
    return {
      name: nameOf(id!),
      type: typeName(type!),
      openable: openable.has(id),
      loc,
      contents: contents.sort(byDisplayOrder).map(({ name }) => name),
    };
  });
  const objectPlaces = valuesOf("objectAtLocation");
  const flagged = FLAG_FACTS.map(([flag, predicate]) => [flag, new Set(all(predicate).map(([id]) => id))] as const);
  const cool = new Set(all("isCool").map(([id]) => id));
  const objects = all("objectType").map(
    ([id, type]): ObjectData => ({
      name: nameOf(id!),
      type: typeName(type!),
      flags: flagged.flatMap(([flag, ids]) => (ids.has(id) ? [flag] : [])).join(""),
      loc: placeOf(objectPlaces, id!),
      cool: cool.has(id),
      inside: holdersOf("inReceptacleObject", id!).map(([, outer]) => nameOf(outer!)),
    }),
  );
  const start = all("atLocation")[0]?.[1];
  const startLoc = places.get(start ?? "");
  if (startLoc === undefined) throw new Error("the problem does not say where the agent starts");
  return {
    ...goalOf(problem.slice(goalAt)),
    room: roomOf(floorPlan),
    floorPlan,
    goal: task.replace(/^Your task is to: /, "").trim(),
    humanGoals: [],
    startLoc,
    receptacles: receptacles.sort(byDisplayOrder),
    objects: objects.sort(byDisplayOrder),
  };
}

/** Every `(predicate a b)`; ids in lower case, types as they are. */
function factsOf(init: string): Facts {
  const facts = new Map<string, string[][]>();
  for (const [, predicate, rest] of init.matchAll(/\(\s*([A-Za-z]+)\s+([^()]*)\)/g)) {
    const values = rest!.trim().split(/\s+/);
    const known = facts.get(predicate!) ?? [];
    facts.set(predicate!, known);
    known.push(values.map((value) => (value.includes("_bar_") ? value.toLowerCase() : value)));
  }
  return facts;
}

/** All declared locations in order of their ids, numbered from n down to 1. */
function placeNumbers(declarations: string): ReadonlyMap<string, number> {
  const ids = [...declarations.matchAll(/(\S+)\s+-\s+location\b/g)].map(([, id]) => id!.toLowerCase()).sort();
  return new Map(ids.map((id, index) => [id, ids.length - index]));
}

/** The name of each id: class and number, numbers from the class's count down to 1 in order of ids. */
function names(ids: readonly string[]): (id: string) => string {
  const byClass = new Map<string, string[]>();
  for (const id of [...new Set(ids)].sort()) {
    const word = id.slice(0, id.indexOf("_bar_")) + (id.includes("basin") ? "basin" : "");
    byClass.set(word, [...(byClass.get(word) ?? []), id]);
  }
  const known = new Map<string, string>();
  for (const [word, members] of byClass) {
    members.forEach((id, index) => {
      known.set(id, `${word} ${members.length - index}`);
    });
  }
  return (id) => {
    const name = known.get(id);
    if (name === undefined) throw new Error(`${id} is used, but neither a receptacle nor an object`);
    return name;
  };
}

function typeName(type: string): string {
  return type.replace(/Type$/, "");
}

/** What fits where is a table of this world; a game with other pairs is of another domain. */
function assertContainment(facts: Facts): void {
  for (const [receptacle, object] of facts.get("canContain") ?? []) {
    if (CAN_CONTAIN.get(typeName(receptacle!))?.has(typeName(object!))) continue;
    throw new Error(
      `the game lets ${object} into ${receptacle}, which this household does not; it is of another domain`,
    );
  }
}

function goalOf(goal: string): { readonly family: TaskFamily; readonly target: Target } {
  for (const [word, kind] of [
    ["isSliced", "sliced objects"],
    ["inReceptacleObject", "movable receptacles"],
  ] as const) {
    if (goal.includes(word)) throw new Error(`tasks with ${kind} are not part of ALFWorld's six families`);
  }
  const typeOf = (predicate: string, variable: string) => {
    const found = new RegExp(`\\(\\s*${predicate}\\s+\\?${variable}\\s+(\\w+)\\s*\\)`).exec(goal)?.[1];
    return found === undefined ? undefined : typeName(found);
  };
  const object = typeOf("objectType", "o1") ?? typeOf("objectType", "o");
  if (object === undefined) throw new Error("the goal names no object type");
  if (goal.includes("isToggled")) {
    return {
      family: "look_at_obj_in_light",
      target: { object, receptacle: undefined, lamp: typeOf("objectType", "ot") },
    };
  }
  const target = { object, receptacle: typeOf("receptacleType", "r"), lamp: undefined };
  if (target.receptacle === undefined) throw new Error("the goal names no receptacle type");
  if (/\(not\s+\(=/.test(goal)) return { family: "pick_two_obj_and_place", target };
  if (goal.includes("isClean")) return { family: "pick_clean_then_place_in_recep", target };
  if (goal.includes("isHot")) return { family: "pick_heat_then_place_in_recep", target };
  if (goal.includes("isCool")) return { family: "pick_cool_then_place_in_recep", target };
  return { family: "pick_and_place_simple", target };
}
