// The tool `move` of the worlds of moves: the same moves in another form, so the same states.

import { describe, expect, test } from "vitest";
import { RandomStream } from "../../../envs/core/random.ts";
import { fullStateHash, observationHash, semanticStateHash } from "../../../envs/core/state-hash.ts";
import type { Action, Task, ToolCall } from "../../../envs/core/types.ts";
import { SINGLE_AGENT } from "../../../envs/core/types.ts";
import { findWorld } from "../../../envs/worlds.ts";

const move = (direction: string, callId = "c"): ToolCall => ({
  callId,
  name: "move",
  argumentsJson: JSON.stringify({ direction }),
});

describe.each(["sokoban", "frozen-lake", "plan-path", "game-2048"])("move in %s", (name) => {
  const world = findWorld(name);
  const { stateSchema } = world.description;
  const step = (state: unknown, action: Action) => world.step(state, new Map([[SINGLE_AGENT, action]]));
  const start = (task: Task, optionsJson: string) => world.reset(task, 5, world.parseOptions(optionsJson));
  const hashes = (task: Task, state: unknown) => [
    fullStateHash(stateSchema, task.contentDigest, world.canonical(state)),
    semanticStateHash(stateSchema, task.contentDigest, world.canonical(state)),
    observationHash(world.observe(state, SINGLE_AGENT)),
  ];
  const task = world.task("train", 4);

  test("a trajectory by tools is the trajectory by words in all hashes and rewards", () => {
    let failures = 0;
    for (const walk of [1, 2, 3]) {
      const random = new RandomStream(walk);
      let [byWord, byTool] = [start(task, '{"tools": true}'), start(task, '{"tools": true}')];
      for (let acting = 1; acting > 0; ) {
        const direction = random.pick(["up", "down", "left", "right"]);
        // Words and calls take turns, so that a reply never outlives its step.
        const isWord = random.chance(0.3);
        const called = step(byTool, isWord ? { text: direction } : { toolCalls: [move(direction)] });
        const said = step(byWord, { text: direction });
        const [seen, expected] = [called.agents.get(SINGLE_AGENT)!, said.agents.get(SINGLE_AGENT)!];
        expect({ ...seen, validity: "" }).toEqual({ ...expected, validity: "" });
        const refused = expected.validity === "NOT_ADMISSIBLE";
        if (refused && !isWord) failures++;
        expect(seen.validity).toBe(refused && !isWord ? "TOOL_FAILED" : expected.validity);
        [byWord, byTool, acting] = [said.state, called.state, said.actingAgents.length];
        expect(hashes(task, byTool)).toEqual(hashes(task, byWord));
        const [block] = world.observe(byTool, SINGLE_AGENT).blocks;
        expect("json" in block!).toBe(!isWord);
      }
    }
    // Only 2048 refuses a move; elsewhere one that leads nowhere has no effect.
    expect(failures > 0).toBe(name === "game-2048");
  });

  test("it is offered by option, in running states alone, and its reply holds the board", () => {
    expect(world.tools?.(start(task, ""), SINGLE_AGENT)).toEqual([]);
    const state = start(task, '{"tools": true}');
    const [tool] = world.tools?.(state, SINGLE_AGENT) ?? [];
    expect(tool?.name).toBe("move");
    expect(JSON.parse(tool?.inputSchemaJson ?? "")).toMatchObject({ required: ["direction"] });
    const { state: next } = step(state, { toolCalls: [move("up", "call-7")] });
    const { blocks, anchor } = world.observe(next, SINGLE_AGENT);
    expect(blocks).toEqual([{ json: JSON.stringify({ call_id: "call-7", content: anchor }) }]);
  });

  test("a refused call costs what unreadable words cost and shows why, with the board", () => {
    const state = start(task, '{"tools": true}');
    const called = step(state, { toolCalls: [move("sideways")] });
    const said = step(state, { text: "" });
    const { validity, ...rest } = called.agents.get(SINGLE_AGENT)!;
    expect(validity).toBe("SCHEMA_MISMATCH");
    expect(rest).toEqual({ ...said.agents.get(SINGLE_AGENT)!, validity: undefined, normalizedAction: "" });
    expect(hashes(task, called.state)).toEqual(hashes(task, said.state));
    expect(JSON.stringify(world.observe(called.state, SINGLE_AGENT).blocks)).toContain("must be one of");
  });

  test("two calls where one move a turn is the rule are refused; in plan form they are a list", () => {
    const two = { toolCalls: [move("down", "a"), move("right", "b")] };
    expect(step(start(task, '{"tools": true}'), two).agents.get(SINGLE_AGENT)?.validity).toBe("SCHEMA_MISMATCH");
    const plan = start(task, '{"tools": true, "form": "plan"}');
    const [called, said] = [step(plan, two), step(plan, { text: '#### ["down", "right"]' })];
    expect(hashes(task, called.state)).toEqual(hashes(task, said.state));
    const replies = world.observe(called.state, SINGLE_AGENT).blocks;
    expect(replies.map((block) => JSON.parse("json" in block ? block.json : "").call_id)).toEqual(["a", "b"]);
  });
});
