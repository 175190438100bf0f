// What an agent in the text household may believe after what it has read: a pure reducer from observations, its own actions
// and the offered actions. It knows nothing that the agent was not told, and keeps only what the six task families can turn
// on: receptacles, their doors, targets, the lamp, the hand. Unknown sentences change nothing but `unread`.

import type { Outcome } from "../transport/world-service.ts";
import { type HouseholdTask, parseHouseholdTask } from "./household-task.ts";
import { type Property, readHouseholdText, type TextFact } from "./household-text.ts";

export interface HouseholdBelief {
  readonly goalSentence: string;
  /** Undefined: the sentence is none of the templates. */
  readonly task: HouseholdTask | undefined;
  /** In the order of the first text. */
  readonly receptacles: readonly string[];
  /** Receptacles whose contents the agent has seen. */
  readonly inspected: ReadonlySet<string>;
  readonly doors: ReadonlyMap<string, "open" | "closed">;
  /** Objects of the target class -> where each was last seen. */
  readonly targets: ReadonlyMap<string, string>;
  /** The lamp that the task names, once seen. */
  readonly lamp: { readonly object: string; readonly receptacle: string } | undefined;
  readonly lampOn: boolean;
  readonly held: string | undefined;
  /** Properties given to objects so far. */
  readonly properties: ReadonlyMap<string, readonly Property[]>;
  /** The receptacle that the agent went to; undefined before the first move. */
  readonly place: string | undefined;
  /** All receptacles at this place, `place` among them: some places have several. */
  readonly here: readonly string[];
  /** The last two actions, oldest first. */
  readonly lastActions: readonly string[];
  readonly nothingHappened: boolean;
  /** The last observation where it (or the goal) was not understood, else "". */
  readonly unread: string;
}

const NOBODY: HouseholdBelief = {
  goalSentence: "",
  task: undefined,
  receptacles: [],
  inspected: new Set(),
  doors: new Map(),
  targets: new Map(),
  lamp: undefined,
  lampOn: false,
  held: undefined,
  properties: new Map(),
  place: undefined,
  here: [],
  lastActions: [],
  nothingHappened: false,
  unread: "",
};

export function beginBelief(initial: Outcome): HouseholdBelief {
  return absorb(NOBODY, initial);
}

export function advanceBelief(belief: HouseholdBelief, action: string, outcome: Outcome): HouseholdBelief {
  const moved = belief.receptacles.find((name) => action === `go to ${name}`);
  const arrived = moved !== undefined && outcome.observation.startsWith("You arrive at");
  return absorb(
    { ...belief, lastActions: [...belief.lastActions, action].slice(-2), place: arrived ? moved : belief.place },
    outcome,
  );
}

/** Class of a named thing: "mug 2" is a "mug". */
export function classOf(name: string): string {
  return name.slice(0, name.lastIndexOf(" "));
}

function absorb(before: HouseholdBelief, outcome: Outcome): HouseholdBelief {
  const { facts, understood } = readHouseholdText(outcome.observation);
  let belief: HouseholdBelief = { ...before, nothingHappened: false };
  for (const fact of facts) belief = learn(belief, fact);
  return {
    ...learnOffered(belief, outcome.admissible),
    unread: understood && belief.task !== undefined ? "" : outcome.observation,
  };
}

function learn(belief: HouseholdBelief, fact: TextFact): HouseholdBelief {
  switch (fact.kind) {
    case "goal":
      return { ...belief, goalSentence: fact.sentence, task: parseHouseholdTask(fact.sentence) };
    case "receptacles":
      return fact.names.length > 0 ? { ...belief, receptacles: fact.names } : belief;
    case "contents":
      return seeContents(belief, fact.receptacle, fact.objects, fact.opens);
    case "closed":
      return { ...belief, doors: new Map(belief.doors).set(fact.receptacle, "closed") };
    case "taken":
      return { ...belief, held: fact.object, targets: without(belief.targets, fact.object) };
    case "put":
      return {
        ...belief,
        held: undefined,
        targets: isTarget(belief, fact.object)
          ? new Map(belief.targets).set(fact.object, fact.receptacle)
          : belief.targets,
      };
    case "property":
      return { ...belief, properties: withProperty(belief.properties, fact.object, fact.property) };
    case "switched":
      return isLamp(belief, fact.object) ? { ...belief, lampOn: fact.on } : belief;
    case "held":
      return { ...belief, held: fact.object };
    case "nothing-happened":
      return { ...belief, nothingHappened: true };
  }
}

function seeContents(
  belief: HouseholdBelief,
  receptacle: string,
  objects: readonly string[],
  opens: boolean,
): HouseholdBelief {
  const targets = new Map(belief.targets);
  for (const [object, where] of belief.targets) if (where === receptacle) targets.delete(object);
  // A thing in the hand may still be listed where it was (one of the original's quirks): the hand is what counts.
  for (const object of objects) if (isTarget(belief, object) && object !== belief.held) targets.set(object, receptacle);
  const lamp = objects.find((object) => isLamp(belief, object));
  return {
    ...belief,
    targets,
    inspected: new Set(belief.inspected).add(receptacle),
    doors: opens ? new Map(belief.doors).set(receptacle, "open") : belief.doors,
    lamp: belief.lamp ?? (lamp === undefined ? undefined : { object: lamp, receptacle }),
  };
}

function isTarget(belief: HouseholdBelief, object: string): boolean {
  return belief.task !== undefined && classOf(object) === belief.task.object;
}

/** Hot and cool exclude each other; nothing ever becomes dirty. */
function withProperty(
  properties: HouseholdBelief["properties"],
  object: string,
  property: Property,
): HouseholdBelief["properties"] {
  const lost = property === "hot" ? "cool" : property === "cool" ? "hot" : property;
  const kept = (properties.get(object) ?? []).filter((known) => known !== lost && known !== property);
  return new Map(properties).set(object, [...kept, property]);
}

/**
 * What the offered actions give away: `examine R` names the receptacles of this place, `open R` and `close R` their doors,
 * `take O from R` and `use L` things within reach. With an empty hand, a receptacle here without a closed door hides nothing.
 */
function learnOffered(belief: HouseholdBelief, admissible: readonly string[]): HouseholdBelief {
  const here = receptaclesHere(belief, admissible);
  const doors = new Map(belief.doors);
  const targets = new Map(belief.targets);
  let { lamp } = belief;
  for (const action of admissible) {
    const [, verb, thing = "", receptacle] =
      /^(open|close|take|use) ([a-z]+ \d+)(?: from ([a-z]+ \d+))?$/.exec(action) ?? [];
    if (verb === "open" || verb === "close") doors.set(thing, verb === "open" ? "closed" : "open");
    if (verb === "take" && receptacle !== undefined && isTarget(belief, thing)) targets.set(thing, receptacle);
    if (verb === "use" && belief.place !== undefined && isLamp(belief, thing))
      lamp ??= { object: thing, receptacle: belief.place };
  }
  const inspected = new Set(belief.inspected);
  if (belief.held === undefined && admissible.length > 0)
    for (const name of here) if (doors.get(name) !== "closed") inspected.add(name);
  return { ...belief, here, doors, targets, lamp, inspected };
}

function receptaclesHere({ receptacles, place }: HouseholdBelief, admissible: readonly string[]): readonly string[] {
  const offered = new Set(admissible);
  const examinable = receptacles.filter((name) => offered.has(`examine ${name}`));
  if (examinable.length > 0) return examinable;
  return place === undefined ? [] : [place];
}

function isLamp({ task }: HouseholdBelief, object: string): boolean {
  return task?.family === "look" && classOf(object) === task.destination;
}

function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  if (!map.has(key)) return map;
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}
