// Forms: what fits is read, what does not is refused with its place, and the schema says the same as the check.

import { describe, expect, test } from "vitest";
import {
  checkedAt,
  choice,
  type Form,
  FormError,
  flag,
  integer,
  listOf,
  nullable,
  optional,
  readJson,
  record,
  text,
} from "../../../envs/core/form.ts";

const FORM = record(
  {
    rows: listOf(text({ maxLength: 3, pattern: /^[ab]+$/, expects: "a row of a and b" }), { min: 1, max: 2 }),
    size: integer(1, 9, "how large"),
    mode: optional(choice(["fast", "slow"]), "fast"),
    deep: optional(record({ on: flag(), name: nullable(text({ maxLength: 4 })) }), undefined),
  },
  { description: "A thing.", examples: [{ rows: ["ab"], size: 1 }] },
);
const GOOD = { rows: ["ab", "b"], size: 3 };

function refusal<Value>(form: Form<Value>, value: unknown): FormError {
  try {
    form.read(value, "");
  } catch (thrown) {
    if (thrown instanceof FormError) return thrown;
  }
  throw new Error("nothing was refused");
}

describe("a form", () => {
  test("gives what it read, with the values of fields that were left out", () => {
    expect(FORM.read(GOOD, "")).toEqual({ rows: ["ab", "b"], size: 3, mode: "fast", deep: undefined });
    expect(FORM.read({ ...GOOD, mode: "slow", deep: { on: true, name: null } }, "")).toMatchObject({
      mode: "slow",
      deep: { on: true, name: null },
    });
  });

  test.each([
    [{ ...GOOD, rows: ["ab", "c"] }, "rows[1]", /must be a row of a and b, is "c"/],
    [{ ...GOOD, rows: [] }, "rows", /must have 1 to 2 entries, has 0/],
    [{ ...GOOD, rows: "ab" }, "rows", /must be a list/],
    [{ ...GOOD, rows: ["aaaa"] }, "rows[0]", /at most 3 characters/],
    [{ ...GOOD, rows: ["\ud800"] }, "rows[0]", /surrogate/],
    [{ ...GOOD, size: 0 }, "size", /an integer from 1 to 9, is 0/],
    [{ ...GOOD, size: 1.5 }, "size", /an integer/],
    [{ ...GOOD, size: "3" }, "size", /is "3"/],
    [{ rows: ["a"] }, "size", /is missing/],
    [{ ...GOOD, mode: "odd" }, "mode", /one of fast, slow/],
    [{ ...GOOD, deep: { on: 1, name: null } }, "deep.on", /true or false/],
    [{ ...GOOD, deep: { on: true } }, "deep.name", /is missing/],
    [{ ...GOOD, extra: 1 }, "", /no field "extra"; its fields are: rows, size, mode, deep/],
    [JSON.parse('{"rows":["a"],"size":1,"__proto__":{"mode":"slow"}}'), "", /no field "__proto__"/],
    [null, "", /the value must be an object/],
    [[GOOD], "", /must be an object/],
  ])("refuses %j at %j", (value, path, sentence) => {
    const error = refusal(FORM, value);
    expect(error.path).toBe(path);
    expect(error.message).toMatch(sentence);
    expect(error.message.length).toBeLessThan(300);
  });

  test("texts come out composed, and lengths count characters rather than halves of them", () => {
    const name = text({ maxLength: 2 });
    expect(name.read("e\u0301", "")).toBe("\u00e9");
    expect(name.read("🙂🙂", "")).toBe("🙂🙂");
    expect(() => name.read("🙂🙂🙂", "")).toThrow(/at most 2/);
  });

  test("publishes a schema with types, bounds, defaults, examples and no other fields", () => {
    expect(FORM.schema).toEqual({
      type: "object",
      description: "A thing.",
      examples: [{ rows: ["ab"], size: 1 }],
      required: ["rows", "size"],
      additionalProperties: false,
      properties: {
        rows: { type: "array", minItems: 1, maxItems: 2, items: { type: "string", maxLength: 3, pattern: "^[ab]+$" } },
        size: { type: "integer", minimum: 1, maximum: 9, description: "how large" },
        mode: { enum: ["fast", "slow"], default: "fast" },
        deep: {
          type: "object",
          properties: {
            on: { type: "boolean" },
            name: { anyOf: [{ type: "string", maxLength: 4 }, { type: "null" }] },
          },
          required: ["on", "name"],
          additionalProperties: false,
        },
      },
    });
  });
});

test("a JSON text is refused for its size before it is parsed, and for what it is", () => {
  expect(() => readJson(FORM, `${" ".repeat(50)}{}`, 50)).toThrow(/at most 50 bytes, has 52/);
  expect(() => readJson(FORM, "{", 50)).toThrow(/must be JSON/);
  expect(readJson(FORM, JSON.stringify(GOOD), 50)).toMatchObject(GOOD);
});

test("the fault of a check is a fault at its place, once", () => {
  const check = () => {
    throw new Error("row 2 is short");
  };
  expect(() => checkedAt("rows", check)).toThrow(/^rows cannot be played: row 2 is short$/);
  expect(() => checkedAt("outer", () => checkedAt("rows", check))).toThrow(/^rows cannot/);
});
