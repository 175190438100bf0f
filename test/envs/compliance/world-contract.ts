// What every world must satisfy, as a kit that a world's test points at its factory. Each violated property is a named
// sentence. Works for any number of agents: whoever must act takes a random admissible action.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../../envs/core/canonical-json.ts";
import { RandomStream } from "../../../envs/core/random.ts";
import { fullStateHash, observationHash, semanticStateHash } from "../../../envs/core/state-hash.ts";
import type { Action, Task, Transition } from "../../../envs/core/types.ts";
import type { ExpertPolicy, World } from "../../../envs/core/world.ts";

export interface ContractCase<State, Options, TaskData> {
  readonly world: World<State, Options, TaskData>;
  /** Split and index of the tasks to play. */
  readonly tasks: readonly (readonly [split: string, index: number])[];
  /** Options to play them with; "" is all defaults. */
  readonly optionsJson: readonly string[];
  /** Must reach the goal of every task within its limit. */
  readonly expert?: ExpertPolicy<State>;
}

interface Episode<State> {
  readonly states: readonly State[];
  readonly actions: readonly ReadonlyMap<string, Action>[];
  readonly trace: readonly string[];
}

/** Declares the tests of the contract for one world. */
export function describeWorldContract<State, Options, TaskData>(
  name: string,
  given: ContractCase<State, Options, TaskData>,
): void {
  const { world } = given;
  const { stateSchema } = world.description;

  /** All that a client can see of a state, hashes included, as text. */
  const view = (task: Task<TaskData>, state: State): string => {
    const canonical = world.canonical(state);
    const agents = world.description.agents.map(({ agentId }) => {
      const seen = world.observe(state, agentId);
      return { seen, hash: observationHash(seen), admissible: world.admissibleActions(state, agentId) };
    });
    const full = fullStateHash(stateSchema, task.contentDigest, canonical);
    return JSON.stringify({ agents, full, semantic: semanticStateHash(stateSchema, task.contentDigest, canonical) });
  };
  const outcome = (task: Task<TaskData>, { state, ...rest }: Transition<State>): string =>
    `${JSON.stringify({ ...rest, agents: [...rest.agents] })} ${view(task, state)}`;

  const randomActions = (state: State, acting: readonly string[], random: RandomStream) =>
    new Map(
      acting.map((agentId): [string, Action] => {
        const admissible = world.admissibleActions(state, agentId);
        const choice = random.int(Math.max(1, admissible.length));
        return [agentId, random.chance(0.5) ? { choice } : { text: admissible[choice] ?? "" }];
      }),
    );

  const play = (task: Task<TaskData>, seed: number, options: Options, walk: number): Episode<State> => {
    const random = new RandomStream(walk);
    let state = world.reset(task, seed, options);
    let acting = world.initiallyActing(state);
    const [states, actions, trace] = [[state], [] as ReadonlyMap<string, Action>[], [view(task, state)]];
    while (acting.length > 0) {
      const chosen = randomActions(state, acting, random);
      const transition = world.step(state, chosen);
      actions.push(chosen);
      trace.push(outcome(task, transition));
      state = transition.state;
      states.push(state);
      acting = transition.actingAgents;
    }
    return { states, actions, trace };
  };

  const cases = given.tasks.flatMap(([split, index]) =>
    given.optionsJson.map((optionsJson) => ({
      task: world.task(split, index),
      options: world.parseOptions(optionsJson),
    })),
  );

  describe(`${name} keeps the world contract`, () => {
    test("the same task, seed, options and actions give the same bytes and hashes", () => {
      for (const { task, options } of cases) {
        const first = play(task, 3, options, 17);
        let state = world.reset(task, 3, options);
        expect(view(task, state)).toBe(first.trace[0]);
        for (const [index, actions] of first.actions.entries()) {
          const transition = world.step(state, actions);
          expect(outcome(task, transition)).toBe(first.trace[index + 1]);
          state = transition.state;
        }
      }
    });

    test("a fork that diverges leaves the state it came from as it was", () => {
      for (const { task, options } of cases) {
        const { states, actions, trace } = play(task, 3, options, 23);
        for (let at = 0; at < actions.length; at += 7) {
          const state = states[at] as State;
          const before = view(task, state);
          for (const text of world.admissibleActions(state, [...(actions[at]?.keys() ?? [])][0] ?? "").slice(0, 8)) {
            world.step(state, new Map([...actions[at]!.keys()].map((agentId) => [agentId, { text }])));
          }
          expect(view(task, state)).toBe(before);
          expect(outcome(task, world.step(state, actions[at]!))).toBe(trace[at + 1]);
        }
      }
    });

    test("an admissible action is never refused, by text or by choice", () => {
      for (const { task, options } of cases) {
        const { states, actions } = play(task, 3, options, 29);
        for (let at = 0; at < actions.length; at += 5) {
          const state = states[at] as State;
          const [agentId] = [...actions[at]!.keys()];
          for (const [choice, text] of world.admissibleActions(state, agentId!).entries()) {
            const results = [{ text }, { choice }].map((action) =>
              world.step(state, new Map(actions[at]!).set(agentId!, action)).agents.get(agentId!),
            );
            for (const result of results)
              expect(["VALID", "NO_EFFECT"], `${task.taskId}: ${text}`).toContain(result?.validity);
          }
        }
      }
    });

    test("equal full hashes imply equal lists and equal outcomes of every action", () => {
      for (const { task, options } of cases) {
        const byHash = new Map<string, State>();
        let meetings = 0;
        for (let walk = 0; walk < 6; walk++) {
          for (const state of play(task, 3, options, walk).states.slice(0, 12)) {
            const hash = fullStateHash(stateSchema, task.contentDigest, world.canonical(state));
            const known = byHash.get(hash);
            byHash.set(hash, state);
            if (known === undefined || known === state) continue;
            meetings++;
            for (const agentId of world.initiallyActing(state)) {
              const admissible = world.admissibleActions(state, agentId);
              expect(world.admissibleActions(known, agentId)).toEqual(admissible);
              for (const text of [...admissible, "no such action"]) {
                const actions = new Map([[agentId, { text }]]);
                expect(outcome(task, world.step(state, actions))).toBe(outcome(task, world.step(known, actions)));
              }
            }
          }
        }
        expect(meetings, "no two walks met, so nothing was compared").toBeGreaterThan(0);
      }
    });

    test("whatever an agent says is an outcome, never an exception", () => {
      const { task, options } = cases[0]!;
      const initial = world.reset(task, 3, options);
      const acting = world.initiallyActing(initial);
      const texts = fc.oneof(fc.string({ unit: "binary" }), fc.string({ maxLength: 2000 }), fc.constant("\ud800"));
      const names = (world.tools?.(initial, acting[0] ?? "") ?? []).map(({ name: tool }) => tool);
      const call = fc.record({
        callId: texts,
        name: fc.oneof(texts, fc.constantFrom("", ...names)),
        argumentsJson: texts,
      });
      const actions: fc.Arbitrary<Action> = fc.oneof(
        texts.map((text) => ({ text })),
        fc.nat().map((choice) => ({ choice })),
        fc.array(call, { maxLength: 3 }).map((toolCalls) => ({ toolCalls })),
      );
      fc.assert(
        fc.property(actions, (action) => {
          const { agents } = world.step(initial, new Map(acting.map((agentId) => [agentId, action])));
          for (const agentId of acting) expect(agents.get(agentId)?.validity).toBeDefined();
        }),
      );
    });

    test("rewards are finite sums of their components, and an end has one flag, a reason and a score", () => {
      for (const { task, options } of cases) {
        const random = new RandomStream(5);
        let state = world.reset(task, 3, options);
        let acting = world.initiallyActing(state);
        for (let steps = 0; acting.length > 0; steps++) {
          const transition = world.step(state, randomActions(state, acting, random));
          for (const agent of transition.agents.values()) {
            const sum = agent.rewardComponents.reduce((total, { value }) => total + value, 0);
            expect(agent.reward).toBe(sum);
            expect(Number.isFinite(sum)).toBe(true);
            for (const { name: component } of agent.rewardComponents) {
              expect(world.description.rewardComponents).toContain(component);
            }
            expect(agent.terminated && agent.truncated).toBe(false);
            expect(agent.terminated || agent.truncated).toBe(transition.endReason !== undefined);
          }
          expect(transition.actingAgents.length === 0).toBe(transition.endReason !== undefined);
          expect(transition.score === undefined).toBe(transition.endReason === undefined);
          ({ state, actingAgents: acting } = transition);
          expect(steps).toBeLessThan(world.description.limits.maxTurns);
        }
      }
    });

    test("a task is found again by its id, with the same digest, and canonical states have canonical JSON", () => {
      for (const { task, options } of cases) {
        expect(world.taskById(task.taskId)?.contentDigest).toBe(task.contentDigest);
        const { full, semantic, rng, turn } = world.canonical(world.reset(task, 3, options));
        expect(canonicalJson([full, semantic, rng, turn])).toBe(canonicalJson([full, semantic, rng, turn]));
        expect(canonicalJson(full).normalize("NFC")).toBe(canonicalJson(full));
      }
      expect(world.taskById("no/such/task/0")).toBeUndefined();
    });

    test("splits share no task, unknown splits and indices are refused with a sentence", () => {
      const digests = world.description.splits.map(
        ({ name: split }) => new Set([0, 1, 2, 3].map((index) => world.task(split, index).contentDigest)),
      );
      for (const [at, set] of digests.entries()) {
        for (const other of digests.slice(at + 1)) expect([...set].filter((digest) => other.has(digest))).toEqual([]);
      }
      expect(() => world.task("no such split", 0)).toThrow(/split/);
      expect(() => world.task(world.description.splits[0]!.name, -1)).toThrow();
      expect(() => world.parseOptions('{"noSuchOption": 1}')).toThrow(/noSuchOption/);
      expect(() => world.parseOptions("{")).toThrow();
    });

    test.runIf(given.expert !== undefined)("the expert reaches the goal of every task with score 1", () => {
      for (const { task, options } of cases) {
        let state = world.reset(task, 3, options);
        let acting = world.initiallyActing(state);
        let last: Transition<State> | undefined;
        while (acting.length > 0) {
          const text = given.expert!.act(state);
          expect(text, `${task.taskId}: the expert has no action`).toBeDefined();
          last = world.step(state, new Map(acting.map((agentId) => [agentId, { text: text! }])));
          ({ state, actingAgents: acting } = last);
        }
        expect(last?.endReason).toBe("GOAL_REACHED");
        expect(last?.score).toBe(1);
      }
    });
  });
}
