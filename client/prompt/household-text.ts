// What the sentences of the text household say, as facts. Both dialects. Sentences that it does not know give no facts and
// `understood: false`: the caller then keeps the text itself. It reads text only and keeps no state.
// Sentences: those of ALFWorld (alfworld/alfworld, MIT), as the household world of this project speaks them.

export type Property = "clean" | "hot" | "cool";

export type TextFact =
  | {
      readonly kind: "contents";
      readonly receptacle: string;
      readonly objects: readonly string[];
      readonly opens: boolean;
    }
  | { readonly kind: "closed"; readonly receptacle: string }
  | { readonly kind: "taken"; readonly object: string; readonly receptacle: string }
  | { readonly kind: "put"; readonly object: string; readonly receptacle: string }
  | { readonly kind: "property"; readonly object: string; readonly property: Property }
  | { readonly kind: "switched"; readonly object: string; readonly on: boolean }
  | { readonly kind: "held"; readonly object: string | undefined }
  | { readonly kind: "receptacles"; readonly names: readonly string[] }
  | { readonly kind: "goal"; readonly sentence: string }
  | { readonly kind: "nothing-happened" };

export interface ReadText {
  readonly facts: readonly TextFact[];
  /** Every line is one that this file knows. */
  readonly understood: boolean;
}

type Reader = (match: RegExpExecArray) => readonly TextFact[];

const THING = "([a-z]+ \\d+)";
const PROPERTY_OF_VERB: Readonly<Record<string, Property>> = { clean: "clean", heat: "hot", cool: "cool" };
const PROPERTY_OF_ADJECTIVE: Readonly<Record<string, Property>> = {
  clean: "clean",
  hot: "hot",
  cool: "cool",
  cold: "cool",
};

const VIEW = `(?:The ${THING} is open\\. In it, you see ([^.]*)\\.|On the ${THING}, you see ([^.]*)\\.|The ${THING} is closed\\.)`;

/** Whole sentences, tried at each position of a line in this order. */
const READERS: readonly (readonly [RegExp, Reader])[] = [
  sentence(VIEW, (m) => {
    if (m[5] !== undefined) return [{ kind: "closed", receptacle: m[5] }];
    const receptacle = (m[1] ?? m[3]) as string;
    return [{ kind: "contents", receptacle, objects: listed(m[2] ?? m[4] ?? ""), opens: m[1] !== undefined }];
  }),
  sentence(`You arrive at (?:${THING}|loc \\d+)\\.`, () => []),
  sentence("Nothing happens\\.", () => [{ kind: "nothing-happened" }]),
  sentence(`You open the ${THING}\\.`, () => []),
  sentence(`You close the ${THING}\\.`, (m) => [{ kind: "closed", receptacle: text(m[1]) }]),
  sentence(`You pick up the ${THING} from the ${THING}\\.`, (m) => [
    { kind: "taken", object: text(m[1]), receptacle: text(m[2]) },
  ]),
  sentence(`You (?:move the ${THING} to|put the ${THING} in/on) the ${THING}\\.`, (m) => [
    { kind: "put", object: text(m[1] ?? m[2]), receptacle: text(m[3]) },
  ]),
  sentence(`You (clean|heat|cool) the ${THING} using the ${THING}\\.`, (m) => [
    { kind: "property", object: text(m[2]), property: PROPERTY_OF_VERB[text(m[1])] as Property },
  ]),
  sentence(`You turn (on|off) the ${THING}\\.`, (m) => [{ kind: "switched", object: text(m[2]), on: m[1] === "on" }]),
  sentence(`You sliced the ${THING} with the ${THING}\\.`, () => []),
  sentence(`You are carrying: a ${THING}\\.`, (m) => [{ kind: "held", object: text(m[1]) }]),
  sentence("You are not carrying anything\\.", () => [{ kind: "held", object: undefined }]),
  sentence(`This is a normal ${THING}\\. In it, you see [^.]*\\.`, () => []),
  sentence(`This is a ([a-z ]+?) ${THING}\\.`, (m) =>
    text(m[1])
      .split(" ")
      .flatMap((word) => {
        const property = PROPERTY_OF_ADJECTIVE[word];
        return property === undefined ? [] : [{ kind: "property", object: text(m[2]), property }];
      }),
  ),
  sentence(`There's nothing special about ${THING}\\.`, () => []),
  sentence(`You are facing the [^.]*\\.(?: Next to it, you see [^.]*\\.)?`, () => []),
  sentence("You are in the middle of a room\\. Looking quickly around you, you see ([^.]*)\\.", (m) => [
    { kind: "receptacles", names: listed(text(m[1])) },
  ]),
  sentence("Your task is to: (.+)", (m) => [{ kind: "goal", sentence: text(m[1]) }]),
  sentence("-= Welcome to TextWorld, ALFRED! =-", () => []),
  // The answer to `help` fills the whole text and says nothing about this household.
  sentence("Available commands:[^]*", () => []),
];

/** @param observation one observation, any text */
export function readHouseholdText(observation: string): ReadText {
  const facts: TextFact[] = [];
  let at = 0;
  while (at < observation.length) {
    const read = readAt(observation, at);
    if (read === undefined) return { facts, understood: false };
    facts.push(...read.facts);
    at = read.end;
  }
  return { facts, understood: true };
}

function readAt(
  observation: string,
  at: number,
): { readonly facts: readonly TextFact[]; readonly end: number } | undefined {
  for (const [pattern, reader] of READERS) {
    pattern.lastIndex = at;
    const match = pattern.exec(observation);
    if (match !== null) return { facts: reader(match), end: pattern.lastIndex };
  }
  return undefined;
}

function sentence(source: string, reader: Reader): readonly [RegExp, Reader] {
  return [new RegExp(`\\s*${source}\\s*`, "y"), reader];
}

/** "a mug 2, a mug 1, and a pen 1" -> the three names; "nothing" -> none. */
function listed(list: string): readonly string[] {
  return Array.from(list.matchAll(/\ba ([a-z]+ \d+)/g), (match) => text(match[1]));
}

function text(group: string | undefined): string {
  return group ?? "";
}
