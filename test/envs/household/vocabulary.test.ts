// The tables of types against the original's, where its data is at hand, and that the published vocabulary covers every
// text, command and goal that a generated world can say.

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { RandomStream } from "../../../envs/core/random.ts";
import { createHousehold, householdWorld } from "../../../envs/household/household-world.ts";
import { CAN_CONTAIN, flagBits, OBJECT_FLAGS, RECEPTACLE_TYPES } from "../../../envs/household/vocabulary.ts";
import { householdVocabulary } from "../../../envs/household/words.ts";

const VOCAB = new URL("../../../../shared/data/household/vocab.json", import.meta.url);
const present = existsSync(VOCAB);
if (!present) console.warn("skipping the comparison of types: ../shared/data/household is absent");

interface Vocab {
  readonly receptacleTypes: Readonly<Record<string, unknown>>;
  readonly objectTypes: Readonly<Record<string, { readonly flags: string }>>;
  readonly canContain: Readonly<Record<string, readonly string[]>>;
}

describe.skipIf(!present)("against the original's data", () => {
  const vocab = (present ? JSON.parse(readFileSync(VOCAB, "utf8")) : {}) as Vocab;

  test("the receptacle types are the same", () => {
    expect([...RECEPTACLE_TYPES].sort()).toEqual(Object.keys(vocab.receptacleTypes).sort());
  });

  test("every object type has the same flags", () => {
    const flags = Object.entries(vocab.objectTypes).map(([type, entry]) => [type, flagBits(entry.flags)]);
    expect([...OBJECT_FLAGS].map(([type, letters]) => [type, flagBits(letters)]).sort()).toEqual(flags.sort());
  });

  test("the same pairs fit", () => {
    const pairs = (table: Iterable<readonly [string, Iterable<string>]>) =>
      [...table].flatMap(([receptacle, objects]) => [...objects].map((object) => `${receptacle} ${object}`)).sort();
    expect(pairs(CAN_CONTAIN)).toEqual(pairs(Object.entries(vocab.canContain)));
    expect(pairs(CAN_CONTAIN)).toHaveLength(432);
  });
});

test("the vocabulary is sorted, without repetitions, and has entities as single entries", () => {
  const entries = householdVocabulary();
  expect(entries).toEqual([...new Set(entries)].sort());
  expect(entries).toEqual(expect.arrayContaining(["drawer 10", "mug 1", "sinkbasin 2", "loc 12", "put", "-="]));
});

test("every text, command and goal of generated worlds splits into entries of the vocabulary", () => {
  const entries = new Set(householdVocabulary());
  const unknown = new Set<string>();
  const check = (text: string) => {
    // An entity first, then a word with its inner marks, then any mark: how a tokenizer would read it.
    for (const word of text.match(/[a-z]+ \d+|-=|=-|in\/on|[A-Za-z]+(?:'[a-z]+)?|[^\sA-Za-z]/g) ?? []) {
      if (!entries.has(word)) unknown.add(word);
    }
  };
  const large = createHousehold({ receptacleScale: 2, distractorScale: 2, targetCopies: 4 });
  const random = new RandomStream(4);
  for (const world of [householdWorld, large]) {
    for (const dialect of ["v2", "v0"]) {
      const options = world.parseOptions(JSON.stringify({ dialect }));
      for (let index = 0; index < 25; index++) {
        let state = world.reset(world.task(index % 2 ? "train" : "valid_unseen", index), 0, options);
        for (let acting = world.initiallyActing(state); acting.length > 0; ) {
          const block = world.observe(state, "").blocks[0]!;
          check("text" in block ? block.text : "");
          const admissible = world.admissibleActions(state, "");
          admissible.forEach(check);
          ({ state, actingAgents: acting } = world.step(
            state,
            new Map([["", { choice: random.int(admissible.length) }]]),
          ));
        }
      }
    }
  }
  expect([...unknown]).toEqual([]);
});
