// Everything the household can say, for tokenizers made from the world's own vocabulary: each entity as one entry
// ("drawer 10"), each class alone (goals name classes), and the words and marks of sentences, goals and commands.

import { MAX_OBJECT_NUMBER, MAX_RECEPTACLE_NUMBER } from "./generator/difficulty.ts";
import { RECEPTACLE_COUNTS } from "./generator/layout-tables.ts";
import { HELP, NOTHING_HAPPENS } from "./render.ts";
import { className, LAMPS, OBJECT_FLAGS, RECEPTACLE_TYPES } from "./vocabulary.ts";
import { FAMILIES, goalSentences } from "./world-data.ts";

/** Highest place number of a generated world, for the arrival sentence of dialect v0. */
const MAX_PLACE = 160;

const SENTENCES: readonly string[] = [
  "-= Welcome to TextWorld, ALFRED! =-",
  "You are in the middle of a room. Looking quickly around you, you see nothing.",
  "Your task is to:",
  NOTHING_HAPPENS,
  "You arrive at loc. On the, you see a, and a. The is open. In it, you see. The is closed.",
  "You open the. You close the.",
  "You pick up the from the. You move the to the. You put the in/on the.",
  "You clean the using the. You heat the using the. You cool the using the.",
  "You turn on the. You turn off the. You sliced the with the.",
  "You are carrying: a. You are not carrying anything.",
  "You are facing the. Next to it, you see.",
  "This is a normal. This is a hot and clean sliced. This is a cool cold. There's nothing special about.",
  "go to open close take from move to put in/on clean with heat with cool with use slice with examine look inventory help",
];

/** Sorted, without repetitions. */
export function householdVocabulary(): readonly string[] {
  const entries = new Set<string>();
  for (const type of RECEPTACLE_TYPES) addNumbered(entries, className(type), highestNumber(type));
  for (const type of OBJECT_FLAGS.keys()) addNumbered(entries, className(type), MAX_OBJECT_NUMBER);
  for (const lamp of LAMPS) entries.add(className(lamp));
  addNumbered(entries, "loc", MAX_PLACE);
  const goals = FAMILIES.flatMap((family) => goalSentences(family, { object: "", receptacle: "", lamp: "" }));
  for (const sentence of [...SENTENCES, ...goals, HELP]) for (const word of splitWords(sentence)) entries.add(word);
  return [...entries].sort();
}

function addNumbered(entries: Set<string>, name: string, count: number): void {
  entries.add(name);
  for (let number = 1; number <= count; number++) entries.add(`${name} ${number}`);
}

// Twice the largest count of a plan, which is the largest that `receptacleScale` allows.
function highestNumber(type: string): number {
  let most = 1;
  for (const table of Object.values(RECEPTACLE_COUNTS)) {
    for (const count of (table[type] ?? "").split(": ").at(-1)!.split(" ")) most = Math.max(most, Number(count));
  }
  return Math.min(MAX_RECEPTACLE_NUMBER, 2 * most);
}

/** Words with their inner apostrophes and slashes; every mark of punctuation is an entry of its own. */
function splitWords(sentence: string): readonly string[] {
  return sentence.match(/-=|=-|in\/on|[A-Za-z]+(?:'[a-z]+)?|[^\sA-Za-z]/g) ?? [];
}
