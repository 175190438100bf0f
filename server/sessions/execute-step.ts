// One effect, as a pure function of state and actions: what a step, a branch's candidate and a replay have in common.
// It refuses nothing that an agent says; it throws when the world breaks its contract.

import { fullStateHash } from "../../envs/core/state-hash.ts";
import type { Task } from "../../envs/core/types.ts";
import type { World } from "../../envs/core/world.ts";
import { type AnchorgymError, fail } from "../../proto/errors.ts";
import { recordState, type StepRecord } from "./step-record.ts";
import { executableActions, type SubmittedActions } from "./submitted-action.ts";

/** A state and what is known of it. */
export interface Executed {
  readonly state: unknown;
  readonly record: StepRecord;
}

function requireFinite(rewards: Iterable<readonly [string, number]>): void {
  for (const [name, value] of rewards) {
    if (!Number.isFinite(value)) throw new Error(`the reward of ${JSON.stringify(name)} is ${value}`);
  }
}

/**
 * Steps `from`.
 * @param before the record one seq earlier, to recognise unchanged action spaces; undefined: all lists are given
 * @throws whatever the world throws, and {Error} for a reward that is not finite
 */
export function executeStep(
  world: World,
  task: Task,
  state: unknown,
  seq: number,
  submitted: SubmittedActions,
  before: StepRecord | undefined,
): Executed {
  const { actions, refused } = executableActions(submitted, world);
  const transition = world.step(state, actions);
  let { agents } = transition;
  if (refused.size > 0) {
    const judged = new Map(agents);
    for (const [agentId, validity] of refused) {
      const judgement = judged.get(agentId);
      if (judgement !== undefined) judged.set(agentId, { ...judgement, validity, normalizedAction: "" });
    }
    agents = judged;
  }
  for (const [agentId, { reward }] of agents) {
    if (!Number.isFinite(reward)) throw new Error(`the reward of agent ${JSON.stringify(agentId)} is ${reward}`);
  }
  if (transition.teamRewards !== undefined)
    requireFinite(transition.teamRewards.map(({ name, value }) => [name, value]));
  const consequence = { ...transition, agents, acted: submitted };
  return { state: transition.state, record: recordState(world, task, transition.state, seq, consequence, before) };
}

/** The state at seq 0. @throws whatever the world throws */
export function resetEpisode(world: World, task: Task, seed: number, options: unknown): Executed {
  const state = world.reset(task, seed, options);
  return { state, record: recordState(world, task, state, 0, undefined, undefined) };
}

/** True when there is one action of each acting agent and no other. */
export function actionsFit(actingAgents: readonly string[], actions: ReadonlyMap<string, unknown>): boolean {
  return actions.size === actingAgents.length && actingAgents.every((agentId) => actions.has(agentId));
}

/** True when this world's future can be drawn anew; a world that draws nothing has one future only. */
export function canReseed(world: World, state: unknown): boolean {
  return world.reseed !== undefined || world.canonical(state).rng === null;
}

/**
 * The same situation with another random future.
 * @throws {RequestError} FORK_UNSUPPORTED when the world draws and cannot be reseeded
 */
export function reseed(world: World, task: Task, { state, record }: Executed, seed: number): Executed {
  if (!canReseed(world, state)) throw noReseed(world);
  const next = world.reseed?.(state, seed) ?? state;
  const fullHash = fullStateHash(world.description.stateSchema, task.contentDigest, world.canonical(next));
  return { state: next, record: { ...record, fullHash } };
}

function noReseed(world: World): AnchorgymError {
  return fail("FORK_UNSUPPORTED", `${world.description.name} cannot be reseeded; fork it with SHARED seeds`);
}
