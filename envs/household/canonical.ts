// The canonical facts that hashes are taken over: sorted ASCII strings such as "at 12", "hold mug 1", "+in mug 1|shelf 2".
// `full` is everything that can change a future observation, list or reward (but turn and task, which the hash adds);
// `semantic` is the part that matters for the task: the anchor that GiGPO groups by.

import { askedProperty } from "./goals.ts";
import type { House } from "./house.ts";
import type { HouseholdOptions } from "./options.ts";
import { type Facts, NOTHING, PROPERTY } from "./state.ts";

/** The facts that belong to an episode rather than to the house, split where "hold" stands between them. */
export interface EpisodeFacts {
  readonly beforeHold: readonly string[];
  readonly afterHold: readonly string[];
}

/** @param goal the goal sentence where it is not the world's own, else undefined */
export function episodeFacts(options: HouseholdOptions, maxSteps: number, goal: string | undefined): EpisodeFacts {
  const { win, invalid, step, shaping, gamma } = options.reward;
  const reward = `win=${win} invalid=${invalid} step=${step} shaping=${shaping} gamma=${gamma}`;
  return {
    beforeHold: [`dialect ${options.dialect}`, ...(goal === undefined ? [] : [`goal ${goal}`])],
    afterHold: [
      `maxSteps ${maxSteps}`,
      `quirks ${options.quirks}`,
      `reward ${reward}`,
      ...(options.tools ? ["tools offered"] : []),
    ],
  };
}

/**
 * Place, hand, every fact that differs from the start, and the episode's own facts.
 * @param commands so far, where they are not the turns
 */
export function fullFacts(house: House, facts: Facts, episode: EpisodeFacts, commands?: number): readonly string[] {
  const lines = facts.changes.slice();
  // Signs sort before letters, and "at" before every other word used here, then "commands".
  lines.push(`at ${facts.at}`);
  if (commands !== undefined) lines.push(`commands ${commands}`);
  lines.push(...episode.beforeHold);
  if (facts.hold !== NOTHING) lines.push(`hold ${house.things[facts.hold]!.name}`);
  lines.push(...episode.afterHold);
  return lines;
}

/** The situation as the task sees it; equal lists mean equally far from the goal. */
export function semanticFacts(house: House, facts: Facts): readonly string[] {
  facts.memo.semantic ??= projectFacts(house, facts);
  return facts.memo.semantic;
}

function projectFacts(house: House, facts: Facts): readonly string[] {
  const asked = askedProperty(house.family);
  const lines = [`at ${facts.at}`, `quirks ${house.quirks}`];
  if (facts.hold !== NOTHING) lines.push(`hold ${house.things[facts.hold]!.name}`);
  if (asked !== 0) {
    for (const word of ["clean", "hot", "cool"] as const) {
      const bit = PROPERTY[word] & asked;
      if (bit === 0) continue;
      for (const { id, name } of house.targets) if (facts.properties[id]! & bit) lines.push(`${word} ${name}`);
    }
  }
  for (const { id, name } of house.lamps) if (facts.properties[id]! & PROPERTY.on) lines.push(`on ${name}`);
  for (const { id, name, loc, openable } of house.receptacles) {
    const { ids } = facts.contents[id]!;
    let holdsTarget = false;
    if (ids.length > 0) {
      for (const target of house.targets) {
        if (!ids.includes(target.id)) continue;
        holdsTarget = true;
        lines.push(`in ${target.name}|${name}`);
      }
    }
    const matters = openable && facts.open[id]! && (loc === facts.at || holdsTarget || isGoal(house, id));
    if (matters) lines.push(`open ${name}`);
  }
  return lines.sort();
}

function isGoal(house: House, id: number): boolean {
  return house.goalReceptacles.some((receptacle) => receptacle.id === id);
}
