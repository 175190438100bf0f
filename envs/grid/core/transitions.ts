// Verdicts that grid worlds share, and one-agent transitions over components that were already added up where an upstream's
// order of addition matters to the last bit.

import type { ActionValidity, AgentTransition, EndReason, NamedValue, PerAgent, Transition } from "../../core/types.ts";
import { SINGLE_AGENT } from "../../core/types.ts";

const TERMINATING: ReadonlySet<EndReason> = new Set<EndReason>(["GOAL_REACHED", "TASK_FAILED", "AGENT_STOPPED"]);
const ACTING: readonly string[] = [SINGLE_AGENT];
const NOBODY: readonly string[] = [];

/** A one-agent transition; `endReason` undefined means that the episode goes on. */
export function singleTransition<State>(
  state: State,
  reward: number,
  rewardComponents: readonly NamedValue[],
  validity: ActionValidity,
  normalizedAction: string,
  endReason: EndReason | undefined,
  score: number | undefined,
): Transition<State> {
  const agents = singleOutcome(reward, rewardComponents, validity, normalizedAction, endReason);
  return transitionOf(state, agents, endReason, score);
}

/** What a step means for the one agent. Worlds of few outcomes make each once and share it: nobody changes one. */
export function singleOutcome(
  reward: number,
  rewardComponents: readonly NamedValue[],
  validity: ActionValidity,
  normalizedAction: string,
  endReason: EndReason | undefined,
): PerAgent<AgentTransition> {
  const terminated = endReason !== undefined && TERMINATING.has(endReason);
  const truncated = endReason !== undefined && !terminated;
  // Not from a list of entries, which costs several times as much.
  return new Map<string, AgentTransition>().set(SINGLE_AGENT, {
    reward,
    rewardComponents,
    validity,
    normalizedAction,
    terminated,
    truncated,
  });
}

/** A one-agent transition over an outcome that was made for the same `endReason`. */
export function transitionOf<State>(
  state: State,
  agents: PerAgent<AgentTransition>,
  endReason: EndReason | undefined,
  score: number | undefined,
): Transition<State> {
  return { state, agents, actingAgents: endReason === undefined ? ACTING : NOBODY, endReason, score };
}

/** What a step in an ended episode answers: nothing changes and nothing is paid. */
export function afterTheEnd<State>(state: State, endReason: EndReason, score: number): Transition<State> {
  return singleTransition(state, 0, [], "NOT_ADMISSIBLE", "", endReason, score);
}
