// How completions become moves: the named parsers, the literal reader, option tables. Bad inputs are values or clear errors.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readLiteral } from "../../../envs/grid/core/literal.ts";
import {
  formatMove,
  MOVE_PARSERS,
  type MoveVocabulary,
  readHashList,
  readMoves,
} from "../../../envs/grid/core/move-text.ts";
import { optionsSchemaJson, parseOptionTable } from "../../../envs/grid/core/option-table.ts";

const NAMES = ["up", "down", "left", "right"];
const MOVES: MoveVocabulary = {
  byName: new Map([...NAMES, ..."udlr"].map((name, index) => [name, index % 4])),
  tagNames: NAMES,
};
const read = (parser: (typeof MOVE_PARSERS)[number], text: string) => readMoves(text, parser, MOVES, 2);

describe("action-tag", () => {
  test.each([
    ["<think>x</think><action>up</action>", [0], true],
    ["<think>x</think><action>setup</action>", [0], true],
    ["<THINK>x</THINK><ACTION>LEFT</ACTION>", [2], true],
    ["<action>right, then down</action>", [1], false],
    ["<think>x</think><action>jump</action>", [], false],
    ["up", [], false],
    ["</action><action>", [], false],
  ])("%s", (text, moves, wellFormed) => {
    expect(read("action-tag", text)).toMatchObject({ moves, wellFormed });
  });
});

describe("answer-list", () => {
  test.each([
    ["<think>a</think> <answer>Up || Left</answer>", [0, 2], false],
    ["<answer>Up||Left||Down</answer>", [0, 2], false],
    ["<answer>Up||jump</answer>", [0], true],
    ["<answer>jump</answer>", [], true],
    ["Up", [], true],
  ])("%s", (text, moves, penalized) => {
    expect(read("answer-list", text)).toMatchObject({ moves, penalized });
  });
});

describe("hash-list", () => {
  test.each([
    ['#### ["U", "D"]', ["U", "D"]],
    ["first\n#### ['R']\n#### ['U','L']", ["U", "L"]],
    ["#### [U, D, L]", ["U", "D", "L"]],
    ["####[]", []],
    ["#### U, D", undefined],
    ["no list", undefined],
    ["#### [U, jump]", undefined],
  ])("%s", (text, list) => {
    expect(readHashList(text, false, true)).toEqual(list);
  });

  test("upstream's pattern takes everything after the first mark, so a later line makes it fail", () => {
    expect(readHashList('x\n#### ["U"]', true, true)).toEqual(["U"]);
    expect(readHashList('#### ["U"]\nDone.', true, true)).toBeUndefined();
    expect(readHashList('#### ["U"]\nDone.', false, true)).toEqual(["U"]);
  });
});

describe("literals", () => {
  test.each([
    ["[1, [2, -3.5], 'a', \"b\"]", [1, [2, -3.5], "a", "b"]],
    ["(1, 2,)", [1, 2]],
    ["[True, False, None, true, null]", [true, false, null, true, null]],
    ["[]", []],
    ["[1, 2", undefined],
    ["[1 2]", undefined],
    ["__import__('os')", undefined],
    ["[a]", undefined],
    ["[1] x", undefined],
  ])("%s", (text, value) => {
    expect(readLiteral(text)).toEqual(value);
  });

  test("every JSON list is read as JSON reads it", () => {
    const values = fc.array(fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.integer())));
    fc.assert(
      fc.property(values, (list) => {
        expect(readLiteral(JSON.stringify(list))).toEqual(list);
      }),
    );
  });
});

test("listed moves are understood by the parser they are written for", () => {
  for (const parser of MOVE_PARSERS) {
    for (const [move, name] of NAMES.entries()) {
      expect(read(parser, formatMove(parser, name))).toEqual({ moves: [move], wellFormed: true, penalized: false });
    }
  }
});

test("no parser throws, whatever the text", () => {
  const pieces = fc.constantFrom(
    "####",
    "[",
    "]",
    "<answer>",
    "</answer>",
    "<action>",
    "</action>",
    "||",
    "U",
    "'",
    '"',
    "\\",
    ",",
    "\n",
    "(",
    "9",
  );
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(pieces).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(texts, (text) => {
      for (const parser of MOVE_PARSERS) expect(Array.isArray(read(parser, text).moves)).toBe(true);
      readLiteral(text);
    }),
  );
});

describe("option tables", () => {
  const table = {
    size: { kind: "integer", minimum: 2, maximum: 9, initial: 4, about: "cells" },
    form: { kind: "choice", values: ["step", "plan"], initial: "step", about: "form" },
    fast: { kind: "boolean", initial: false, about: "speed" },
  } as const;

  test("defaults, and the schema that says so", () => {
    expect(parseOptionTable("w", table, "")).toEqual({ size: 4, form: "step", fast: false });
    expect(JSON.parse(optionsSchemaJson(table))).toMatchObject({ properties: { size: { default: 4, maximum: 9 } } });
  });

  test.each([
    ['{"size": 1}', 'w: option "size" expects an integer from 2 to 9, got 1'],
    ['{"size": 2.5}', "got 2.5"],
    ['{"form": "x"}', 'expects one of step, plan, got "x"'],
    ['{"fast": 1}', "expects true or false"],
    ['{"slow": true}', 'unknown option "slow"; known options are size, form, fast'],
    ['{"toString": 1}', 'unknown option "toString"'],
    ["[]", "must be a JSON object"],
    ["{", "not JSON"],
  ])("%s is refused", (text, message) => {
    expect(() => parseOptionTable("w", table, text)).toThrow(message);
  });
});
