// The goal sentence of a household, in the twelve forms of the world's templates. Human wording is none of them: it gives
// undefined, and the prompt then carries the sentence itself.

import type { Property } from "./household-text.ts";

export interface HouseholdTask {
  readonly family: "place" | "look" | "two" | Property;
  /** Class of the wanted object, for example "mug". */
  readonly object: string;
  /** Class of the receptacle to put it in; of the lamp in the family "look". */
  readonly destination: string;
}

const FORMS: readonly (readonly [RegExp, (m: readonly string[]) => HouseholdTask])[] = [
  [/^put a (clean|hot|cool) ([a-z]+) in ([a-z]+)\.$/, ([, p, o, r]) => task(p as Property, o, r)],
  [
    /^(clean|heat|cool) some ([a-z]+) and put it in ([a-z]+)\.$/,
    ([, v, o, r]) => task(v === "heat" ? "hot" : (v as Property), o, r),
  ],
  [/^put two ([a-z]+) in ([a-z]+)\.$/, ([, o, r]) => task("two", o, r)],
  [/^find two ([a-z]+) and put them in ([a-z]+)\.$/, ([, o, r]) => task("two", o, r)],
  [/^(?:put a ([a-z]+) in|put some ([a-z]+) on) ([a-z]+)\.$/, ([, a, b, r]) => task("place", a ?? b, r)],
  [/^(?:look at ([a-z]+) under|examine the ([a-z]+) with) the ([a-z]+)\.$/, ([, a, b, l]) => task("look", a ?? b, l)],
];

/** @param sentence the goal without "Your task is to: " */
export function parseHouseholdTask(sentence: string): HouseholdTask | undefined {
  for (const [pattern, build] of FORMS) {
    const match = pattern.exec(sentence.trim());
    if (match !== null) return build(match);
  }
  return undefined;
}

function task(
  family: HouseholdTask["family"],
  object: string | undefined,
  destination: string | undefined,
): HouseholdTask {
  return { family, object: object ?? "", destination: destination ?? "" };
}
