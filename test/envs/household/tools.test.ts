// Tools of the household: the same commands in another form, so the same states, rewards and observation hashes.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RandomStream } from "../../../envs/core/random.ts";
import { fullStateHash, observationHash, semanticStateHash } from "../../../envs/core/state-hash.ts";
import type { Action, Task, ToolCall, Transition } from "../../../envs/core/types.ts";
import { SINGLE_AGENT } from "../../../envs/core/types.ts";
import type { HouseholdState } from "../../../envs/household/episode.ts";
import { oracle, householdWorld as world } from "../../../envs/household/household-world.ts";
import { HOUSEHOLD_TOOLS } from "../../../envs/household/tools.ts";
import type { HouseholdData } from "../../../envs/household/world-data.ts";

type Arguments = Readonly<Record<string, string>>;
const step = (state: HouseholdState, action: Action) => world.step(state, new Map([[SINGLE_AGENT, action]]));
const own = (transition: Transition<HouseholdState>) => transition.agents.get(SINGLE_AGENT)!;
const call = (name: string, given: Arguments = {}, callId = "c1"): ToolCall => ({
  callId,
  name,
  argumentsJson: JSON.stringify(given),
});

/** Written apart from the world's own table, from the rules in the README. */
const COMMANDS: readonly (readonly [RegExp, (...parts: string[]) => ToolCall])[] = [
  [/^go to (.+)$/, (receptacle) => call("go_to", { receptacle: receptacle! })],
  [/^(open|close) (.+)$/, (name, receptacle) => call(name!, { receptacle: receptacle! })],
  [/^take (.+) from (.+)$/, (object, receptacle) => call("take", { object: object!, receptacle: receptacle! })],
  [/^move (.+) to (.+)$/, (object, receptacle) => call("move", { object: object!, receptacle: receptacle! })],
  [/^put (.+) in\/on (.+)$/, (object, receptacle) => call("put", { object: object!, receptacle: receptacle! })],
  [
    /^(clean|heat|cool) (.+) with (.+)$/,
    (name, object, receptacle) => call(name!, { object: object!, receptacle: receptacle! }),
  ],
  [/^use (.+)$/, (object) => call("use", { object: object! })],
  [/^slice (.+) with (.+)$/, (object, knife) => call("slice", { object: object!, knife: knife! })],
  [/^examine (.+)$/, (target) => call("examine", { target: target! })],
  [/^(look|inventory|help)$/, (name) => call(name!)],
];

function callOf(command: string): ToolCall {
  for (const [pattern, make] of COMMANDS) {
    const match = pattern.exec(command);
    if (match !== null) return make(...match.slice(1));
  }
  throw new Error(`no tool stands for ${command}`);
}

function hashesOf(task: Task<HouseholdData>, state: HouseholdState): readonly string[] {
  const canonical = world.canonical(state);
  const { stateSchema } = world.description;
  return [
    fullStateHash(stateSchema, task.contentDigest, canonical),
    semanticStateHash(stateSchema, task.contentDigest, canonical),
    observationHash(world.observe(state, SINGLE_AGENT)),
  ];
}

const DIALECTS = ["v2", "v0"] as const;
const optionsOf = (dialect: string, tools: boolean, more: object = {}) =>
  world.parseOptions(JSON.stringify({ dialect, tools, maxSteps: 40, ...more }));
const task = world.task("train", 3);
const start = (options = optionsOf("v2", true)) => world.reset(task, 1, options);

describe("tools of the household", () => {
  test("a trajectory by tools is the trajectory by text in all hashes, rewards and ends", () => {
    const more = { reward: { win: 3, invalid: -1, step: -0.1, shaping: "distance", gamma: 0.9 } };
    fc.assert(
      fc.property(
        fc.nat(5_000),
        fc.nat(),
        fc.constantFrom(...DIALECTS),
        fc.boolean(),
        (index, walk, dialect, fixed) => {
          const random = new RandomStream(walk);
          const options = optionsOf(dialect, true, { ...more, quirks: fixed ? "fixed" : "faithful" });
          const played = world.task("train", index);
          let byText = world.reset(played, 1, options);
          let byTool = byText;
          while (!byText.isOver) {
            const listed = world.admissibleActions(byText, SINGLE_AGENT);
            const command = random.chance(0.1) ? "open nothing 1" : random.pick(listed);
            const [said, called] = [step(byText, { text: command }), step(byTool, { toolCalls: [callOf(command)] })];
            const { validity, ...rest } = own(called);
            const { validity: saidValidity, ...saidRest } = own(said);
            expect(rest).toEqual(saidRest);
            expect(rest.normalizedAction).toBe(command);
            expect(validity).toBe(saidValidity === "NOT_ADMISSIBLE" ? "TOOL_FAILED" : saidValidity);
            expect([called.endReason, called.score]).toEqual([said.endReason, said.score]);
            [byText, byTool] = [said.state, called.state];
            expect(hashesOf(played, byTool)).toEqual(hashesOf(played, byText));
            expect(world.admissibleActions(byTool, SINGLE_AGENT)).toEqual(
              world.admissibleActions(byText, SINGLE_AGENT),
            );
          }
        },
      ),
      { numRuns: 12 },
    );
  });

  test("without the option there are none, nothing of a state tells, and a call is an empty text of another validity", () => {
    const [off, on] = [start(optionsOf("v2", false)), start()];
    expect(world.tools?.(off, SINGLE_AGENT)).toEqual([]);
    expect(hashesOf(task, off).slice(1)).toEqual(hashesOf(task, on).slice(1));
    expect(hashesOf(task, off)[0]).not.toBe(hashesOf(task, on)[0]);
    const [called, said] = [step(off, { toolCalls: [call("look")] }), step(off, { text: "" })];
    expect(own(called)).toEqual({ ...own(said), validity: "SCHEMA_MISMATCH" });
    expect(called.state).toEqual(said.state);
  });

  test("they are those of the dialect, the same list in every state, and none at the end", () => {
    for (const dialect of DIALECTS) {
      let state = start(optionsOf(dialect, true));
      expect(HOUSEHOLD_TOOLS[dialect].map(({ name }) => name)).toContain(dialect === "v2" ? "move" : "put");
      while (!state.isOver) {
        expect(world.tools?.(state, SINGLE_AGENT)).toBe(HOUSEHOLD_TOOLS[dialect]);
        state = step(state, { text: oracle.act(state)! }).state;
      }
      expect(world.tools?.(state, SINGLE_AGENT)).toEqual([]);
    }
  });

  test("several calls run in order as one turn, until one fails; each is answered under its id", () => {
    const [there] = world.admissibleActions(start(), SINGLE_AGENT).filter((command) => command.startsWith("go to"));
    const toolCalls = [
      { ...callOf(there!), callId: "a" },
      call("look", {}, "b"),
      call("open", { receptacle: "nothing 1" }, "c"),
      call("inventory", {}, "d"),
    ];
    const transition = step(start(), { toolCalls });
    expect(own(transition)).toMatchObject({
      validity: "TOOL_FAILED",
      normalizedAction: `${there}\nlook\nopen nothing 1`,
    });
    expect(transition.state).toMatchObject({ turn: 1, commands: 3 });
    const texts = [step(start(), { text: there! }), step(step(start(), { text: there! }).state, { text: "look" })].map(
      ({ state }) => state.text,
    );
    const contents = [...texts, "Nothing happens.", "not run: a call before it failed"];
    expect(world.observe(transition.state, SINGLE_AGENT)).toEqual({
      blocks: contents.map((content, at) => ({ json: JSON.stringify({ call_id: "abcd"[at], content }) })),
      anchor: contents.slice(0, 3).join("\n"),
    });
    expect(world.canonical(transition.state).full).toContain("commands 3");
  });

  test("the plan of an expert in one action wins, pays once and drops what is behind the goal", () => {
    const plan: string[] = [];
    let state = start();
    while (!state.isOver) {
      plan.push(oracle.act(state)!);
      state = step(state, { text: plan.at(-1)! }).state;
    }
    const transition = step(start(), { toolCalls: [...plan.map(callOf), call("look")] });
    expect(transition).toMatchObject({ endReason: "GOAL_REACHED", score: 1 });
    expect(own(transition)).toMatchObject({ reward: 1, terminated: true, validity: "VALID" });
    expect(own(transition).normalizedAction).toBe(plan.join("\n"));
    expect(transition.state.replies?.at(-1)?.content).toBe("not run: the episode is over");
    expect(hashesOf(task, transition.state)[1]).toBe(hashesOf(task, state)[1]);
  });

  test("the step limit counts the commands of calls, not the actions", () => {
    const state = start(optionsOf("v2", true, { maxSteps: 3 }));
    const looks = (count: number) => ({
      toolCalls: Array.from({ length: count }, (_, at) => call("look", {}, `${at}`)),
    });
    const first = step(state, looks(2));
    expect(first.endReason).toBeUndefined();
    const last = step(first.state, looks(2));
    expect(last.endReason).toBe("MAX_TURNS");
    expect(last.state).toMatchObject({ turn: 2, commands: 3 });
  });

  test.each([
    ["an unknown tool", [call("dance")], /no tool is called .*dance/],
    ["an unknown argument", [call("look", { at: "fridge 1" })], /has no field/],
    ["arguments that are no JSON", [{ ...call("look"), argumentsJson: "{" }], /must be JSON/],
    ["one bad call among good ones", [call("look"), call("go_to")], /receptacle is missing/],
    ["too many calls", Array.from({ length: 17 }, () => call("look")), /at most 16 calls/],
  ])("%s runs nothing, costs a step and says why", (_what, toolCalls, why) => {
    const transition = step(start(), { toolCalls });
    expect(own(transition)).toMatchObject({ validity: "SCHEMA_MISMATCH", normalizedAction: "" });
    expect(transition.state).toMatchObject({ turn: 1, commands: 1, facts: start().facts });
    expect(JSON.stringify(world.observe(transition.state, SINGLE_AGENT).blocks)).toMatch(why);
    expect(hashesOf(task, transition.state)).toEqual(hashesOf(task, step(start(), { text: "" }).state));
  });

  test("no calls at all are an outcome without a reply", () => {
    const transition = step(start(), { toolCalls: [] });
    expect(own(transition).validity).toBe("SCHEMA_MISMATCH");
    expect(world.observe(transition.state, SINGLE_AGENT)).toEqual({ blocks: [{ text: "Nothing happens." }] });
  });

  test("whatever is called is an outcome", () => {
    const names = fc.oneof(fc.constantFrom(...HOUSEHOLD_TOOLS.v2.map(({ name }) => name)), fc.string());
    const given = fc.oneof(
      fc.json(),
      fc.string({ unit: "binary" }),
      fc.dictionary(fc.string(), fc.string()).map((value) => JSON.stringify(value)),
    );
    const calls = fc.array(fc.record({ callId: fc.string(), name: names, argumentsJson: given }), { maxLength: 20 });
    fc.assert(
      fc.property(calls, (toolCalls) => {
        const transition = step(start(), { toolCalls });
        expect(["VALID", "TOOL_FAILED", "SCHEMA_MISMATCH"]).toContain(own(transition).validity);
        expect(transition.state.turn).toBe(1);
        world.observe(transition.state, SINGLE_AGENT);
      }),
    );
  });
});
