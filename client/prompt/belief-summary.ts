// The belief summary: a household belief as about 20 tokens, one per entity. Small policies learn from it several times
// faster than from the last turns and the list of actions (design notes, "What a small policy learns"); the list stays out
// because it constrains the decoding instead. Sections that cannot bear on the next step are left out: measured, the same
// facts shown at every step taught a policy of 170 k parameters less (0.69 instead of 0.80 of 300 new households solved
// after 8 CPU-seconds of imitation, mean of two seeds).
//
//   <task> hot mug shelf   wanted property (or put, two, look), object, destination; other wording: the sentence itself
//   <hold> mug 2 hot       hand and what was done to it
//   <at> drawer 3 closed   place; its door while that hides the contents
//   <beside> drawer 4      unseen receptacles of this place, while searching: `open` reaches them, `go to` cannot
//   <here> mug 1           wanted objects within reach, while the hand holds none
//   <seen> mug 3 desk 1    wanted objects elsewhere, while the hand holds none
//   <done> mug 1 shelf 2   wanted objects that already count (two of a kind)
//   <tool> microwave 1     device for what the wanted object in the hand still lacks
//   <goal> shelf 1 closed  where the wanted object in the hand must go: a destination and its door, or the lamp and its place
//   <unseen> cabinet 3 ... first unseen receptacle of each class, while the target or the lamp is missing
//   <did> go drawer 3      last two actions by verb and first noun, and `nothing` if the last had no effect
//   <obs> ...              the observation where its wording is unknown
//   <act>

import type { Outcome } from "../transport/world-service.ts";
import type { Prompt } from "../types.ts";
import { advanceBelief, beginBelief, classOf, type HouseholdBelief } from "./household-belief.ts";
import { concatTokens, type PromptForm, PromptTooLongError, withoutMiddle } from "./prompt-form.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** Special tokens that a vocabulary for this form must have. */
export const BELIEF_ROLES = [
  "<task>", "<hold>", "<at>", "<beside>", "<here>", "<seen>", "<done>", "<tool>", "<goal>", "<unseen>", "<did>", "<obs>", "<act>",
] as const; // biome-ignore format: one table

/** Words, beside the world's own classes and entities, that this form writes. */
export const BELIEF_WORDS = [
  "put", "two", "look", "clean", "hot", "cool", "nothing", "room", "closed", "on",
  "go", "open", "close", "take", "move", "heat", "use", "slice", "examine", "inventory", "help",
] as const; // biome-ignore format: one table

const TOOL_CLASS = { clean: "sinkbasin", hot: "microwave", cool: "fridge" } as const;
/** More wanted objects than this say nothing new about the next step. */
const SHOWN_TARGETS = 2;

export interface BeliefSummaryOptions {
  /** Bound on the prompt; 64 holds all but the oddest texts. */
  readonly maxTokens: number;
}

/** One part of the prompt; parts with a higher rank are cut first, rank 0 never. */
interface Section {
  readonly rank: 0 | 1 | 2 | 3;
  readonly pieces: readonly string[];
}

export function beliefSummary(tokenizer: Tokenizer, options: BeliefSummaryOptions): PromptForm<HouseholdBelief> {
  return {
    name: "belief-summary",
    begin: (initial: Outcome) => beginBelief(initial),
    advance: (memory: HouseholdBelief, action: string, outcome: Outcome) => advanceBelief(memory, action, outcome),
    render: (memory: HouseholdBelief) => bounded(beliefSections(memory), tokenizer, options.maxTokens),
  };
}

/** The summary as text, for logs and tests; the prompt is its tokens. */
export function beliefText(belief: HouseholdBelief): string {
  return beliefSections(belief)
    .flatMap(({ pieces }) => pieces)
    .join(" ");
}

function beliefSections(belief: HouseholdBelief): readonly Section[] {
  const sections: Section[] = [
    { rank: 0, pieces: ["<task>", ...taskPieces(belief)] },
    { rank: 0, pieces: ["<hold>", ...heldPieces(belief)] },
    { rank: 0, pieces: ["<at>", ...placePieces(belief)] },
  ];
  const add = (rank: Section["rank"], role: string, pieces: readonly string[]): void => {
    if (pieces.length > 0) sections.push({ rank, pieces: [role, ...pieces] });
  };
  const delivered = deliveredTargets(belief);
  const open = [...belief.targets].sort(byNumber).filter(([object]) => !delivered.some(([done]) => done === object));
  const searching = isSearching(belief, open.length);
  if (searching) add(1, "<beside>", besidePieces(belief));
  if (holdsTarget(belief)) {
    add(1, "<done>", delivered.flat());
    add(1, "<tool>", toolPieces(belief));
    add(1, "<goal>", goalPieces(belief, delivered));
  } else {
    const within = open.filter(([, where]) => belief.here.includes(where)).slice(0, SHOWN_TARGETS);
    const elsewhere = open.filter(([, where]) => !belief.here.includes(where)).slice(0, SHOWN_TARGETS);
    add(
      1,
      "<here>",
      within.flatMap(([object]) => objectPieces(belief, object)),
    );
    add(
      1,
      "<seen>",
      elsewhere.flatMap(([object, where]) => [...objectPieces(belief, object), where]),
    );
    add(1, "<done>", delivered.flat());
  }
  if (searching) add(2, "<unseen>", frontier(belief));
  add(1, "<did>", didPieces(belief));
  add(3, "<obs>", belief.unread === "" ? [] : [belief.unread]);
  sections.push({ rank: 0, pieces: ["<act>"] });
  return sections;
}

/** Equal things are told apart by their numbers alone: a fixed order makes one of them the obvious choice. */
function byNumber([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return Number(a.slice(a.lastIndexOf(" "))) - Number(b.slice(b.lastIndexOf(" ")));
}

function taskPieces({ task, goalSentence }: HouseholdBelief): readonly string[] {
  if (task === undefined) return [goalSentence];
  return [task.family === "place" ? "put" : task.family, task.object, task.destination];
}

function heldPieces(belief: HouseholdBelief): readonly string[] {
  return belief.held === undefined ? ["nothing"] : objectPieces(belief, belief.held);
}

function objectPieces({ properties }: HouseholdBelief, object: string): readonly string[] {
  return [object, ...(properties.get(object) ?? [])];
}

function placePieces({ place, doors }: HouseholdBelief): readonly string[] {
  if (place === undefined) return ["room"];
  return doors.get(place) === "closed" ? [place, "closed"] : [place];
}

function besidePieces({ here, place, inspected }: HouseholdBelief): readonly string[] {
  return here.filter((name) => name !== place && !inspected.has(name)).slice(0, SHOWN_TARGETS);
}

/** Two of a kind: the targets in the destination that holds most of them. */
function deliveredTargets({ task, targets }: HouseholdBelief): readonly (readonly [string, string])[] {
  if (task?.family !== "two") return [];
  const byPlace = new Map<string, (readonly [string, string])[]>();
  for (const entry of targets)
    if (classOf(entry[1]) === task.destination) byPlace.set(entry[1], [...(byPlace.get(entry[1]) ?? []), entry]);
  return [...byPlace.values()].reduce<readonly (readonly [string, string])[]>(
    (best, entries) => (entries.length > best.length ? entries : best),
    [],
  );
}

function toolPieces(belief: HouseholdBelief): readonly string[] {
  const family = belief.task?.family;
  if (family !== "clean" && family !== "hot" && family !== "cool") return [];
  if (belief.properties.get(belief.held ?? "")?.includes(family) === true) return [];
  const tool = preferred(belief, TOOL_CLASS[family]);
  return tool === undefined ? [] : [tool];
}

function goalPieces(belief: HouseholdBelief, delivered: readonly (readonly [string, string])[]): readonly string[] {
  if (belief.task === undefined) return [];
  if (belief.task.family === "look") {
    if (belief.lamp === undefined) return [];
    return [belief.lamp.object, belief.lamp.receptacle, ...(belief.lampOn ? ["on"] : [])];
  }
  const goal = delivered[0]?.[1] ?? preferred(belief, belief.task.destination);
  return goal === undefined ? [] : [goal, ...(belief.doors.get(goal) === "closed" ? ["closed"] : [])];
}

/** One instance of a class: here, else seen inside, else the lowest number. */
function preferred({ receptacles, here, inspected }: HouseholdBelief, wanted: string): string | undefined {
  const instances = receptacles.filter((name) => classOf(name) === wanted);
  return (
    instances.find((name) => here.includes(name)) ??
    instances.findLast((name) => inspected.has(name)) ??
    instances.at(-1)
  );
}

/** Something that the task needs has not been found yet. */
function isSearching(belief: HouseholdBelief, openTargets: number): boolean {
  const { task, lamp } = belief;
  if (task === undefined) return true;
  return (!holdsTarget(belief) && openTargets === 0) || (task.family === "look" && lamp === undefined);
}

function holdsTarget({ task, held }: HouseholdBelief): boolean {
  return held !== undefined && classOf(held) === task?.object;
}

/** The unseen receptacle with the lowest number of each class, places other than this one; classes in the world's order. */
function frontier({ receptacles, inspected, here }: HouseholdBelief): readonly string[] {
  const first = new Map<string, string>();
  // The world lists numbers downwards: the last one seen is the lowest.
  for (const name of receptacles) if (!inspected.has(name) && !here.includes(name)) first.set(classOf(name), name);
  return [...first.values()];
}

function didPieces({ lastActions, nothingHappened, receptacles }: HouseholdBelief): readonly string[] {
  const pieces = lastActions.flatMap((action) => {
    const [verb = "", ...rest] = action.trim().split(/\s+/);
    const noun = /\b[a-z]+ \d+\b/.exec(rest.join(" "))?.[0];
    return noun === undefined ? [verb] : [verb, noun];
  });
  return nothingHappened && receptacles.length > 0 ? [...pieces, "nothing"] : pieces;
}

function bounded(sections: readonly Section[], tokenizer: Tokenizer, maxTokens: number): Prompt {
  const parts = sections.map(({ rank, pieces }) => ({
    rank,
    tokens_T: concatTokens(pieces.map((piece) => tokenizer.encode(piece))),
  }));
  const fullLength = parts.reduce((sum, { tokens_T }) => sum + tokens_T.length, 0);
  let excess = fullLength - maxTokens;
  for (const rank of [3, 2, 1] as const) {
    for (let at = parts.length - 1; at >= 0 && excess > 0; at--) {
      const part = parts[at] as (typeof parts)[number];
      if (part.rank !== rank) continue;
      const kept = withoutMiddle(part.tokens_T, Math.max(0, part.tokens_T.length - excess));
      excess -= part.tokens_T.length - kept.length;
      parts[at] = { rank, tokens_T: kept };
    }
  }
  if (excess > 0)
    throw new PromptTooLongError(
      `the task, hand and place alone take ${maxTokens + excess} tokens, more than ${maxTokens}`,
    );
  const tokens_T = concatTokens(parts.map((part) => part.tokens_T));
  return { tokens_T, cutTokenCount: fullLength - tokens_T.length };
}
