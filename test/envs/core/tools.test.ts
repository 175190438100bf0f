// Calls of tools: all are checked before any runs, and each is told why.

import { describe, expect, test } from "vitest";
import { choice, integer, optional } from "../../../envs/core/form.ts";
import { observationHash } from "../../../envs/core/state-hash.ts";
import { makeTool, readCalls, toolObservation, toolValidity } from "../../../envs/core/tools.ts";

const TOOLS = [
  makeTool("move", "Move.", { direction: choice(["up", "down"]), times: optional(integer(1, 3), 1) }),
  makeTool("look", "Look.", {}),
];
const call = (name: string, argumentsJson: string, callId = "1") => ({ callId, name, argumentsJson });

describe("calls", () => {
  test("that fit are read in order", () => {
    const read = readCalls(TOOLS, [call("move", '{"direction":"up"}', "a"), call("look", "{}", "b")], 4);
    expect(read).toEqual({
      calls: [
        { callId: "a", name: "move", arguments: { direction: "up", times: 1 } },
        { callId: "b", name: "look", arguments: {} },
      ],
    });
  });

  test.each([
    ["an unknown tool", [call("fly", "{}")], /no tool is called "fly"; offered: move, look/],
    ["arguments that are no JSON", [call("look", "")], /arguments of look: .*must be JSON/],
    ["arguments that are no object", [call("look", "[]")], /must be an object/],
    ["an unknown argument", [call("look", '{"at":1}')], /no field "at"/],
    ["a missing argument", [call("move", "{}")], /direction is missing/],
    ["a wrong argument", [call("move", '{"direction":"left"}')], /one of up, down/],
    ["too many calls", Array.from({ length: 5 }, () => call("look", "{}")), /at most 4 calls/],
    ["an endless call id", [call("look", "{}", "x".repeat(129))], /call_id must have at most 128 bytes/],
    ["endless arguments", [call("look", `{${" ".repeat(5_000)}}`)], /at most 4096 bytes/],
  ])("with %s are refused, all of them", (_what, calls, sentence) => {
    const read = readCalls(TOOLS, [call("look", "{}", "first"), ...calls].slice(0, 6), 4);
    if (!("refused" in read)) throw new Error("nothing was refused");
    expect(read.refused[0]).toEqual({ callId: "first", content: "not run: another call is refused" });
    expect(read.refused.map(({ content }) => content).join("\n")).toMatch(sentence);
  });

  test("of nothing are refused", () => {
    expect(readCalls(TOOLS, [], 4)).toEqual({ refused: [] });
  });
});

test("the observation hash of a reply is that of the text that words would have brought", () => {
  const { blocks, anchor } = toolObservation([{ callId: "a", content: "You look." }], "You look.");
  expect(blocks).toEqual([{ json: '{"call_id":"a","content":"You look."}' }]);
  expect(observationHash({ blocks, anchor: anchor! })).toBe(observationHash({ blocks: [{ text: "You look." }] }));
});

test("a command that is not admissible is a tool that failed, and nothing else is", () => {
  expect(toolValidity("NOT_ADMISSIBLE")).toBe("TOOL_FAILED");
  for (const validity of ["VALID", "NO_EFFECT", "TOOL_FAILED"] as const) expect(toolValidity(validity)).toBe(validity);
});
