// Smart constructors for transitions: an author cannot build an illegal step (both flags set, an end without a reason,
// a running step without an acting agent).

import type { AgentTransition, EndReason, NamedValue, PerAgent, Transition } from "./types.ts";
import { SINGLE_AGENT } from "./types.ts";

export interface StepVerdict {
  readonly validity: AgentTransition["validity"];
  readonly normalizedAction: string;
  readonly rewardComponents: readonly NamedValue[];
}

const TERMINATING: ReadonlySet<EndReason> = new Set<EndReason>(["GOAL_REACHED", "TASK_FAILED", "AGENT_STOPPED"]);

function agentTransition(verdict: StepVerdict, terminated: boolean, truncated: boolean): AgentTransition {
  let reward = 0;
  for (const component of verdict.rewardComponents) reward += component.value;
  // Field by field: a spread of the verdict costs as much as a whole household step.
  const { validity, normalizedAction, rewardComponents } = verdict;
  return { reward, rewardComponents, validity, normalizedAction, terminated, truncated };
}

/** Not from a list of entries, which costs several times as much. */
function forTheAgent(transition: AgentTransition): PerAgent<AgentTransition> {
  return new Map<string, AgentTransition>().set(SINGLE_AGENT, transition);
}

/** The episode of a one-agent world goes on. */
export function running<State>(state: State, verdict: StepVerdict): Transition<State> {
  return {
    state,
    agents: forTheAgent(agentTransition(verdict, false, false)),
    actingAgents: [SINGLE_AGENT],
    endReason: undefined,
    score: undefined,
  };
}

/** The episode of a one-agent world is over; the reason decides between terminated and truncated. */
export function ended<State>(
  state: State,
  verdict: StepVerdict,
  endReason: EndReason,
  score: number,
): Transition<State> {
  const terminated = TERMINATING.has(endReason);
  return {
    state,
    agents: forTheAgent(agentTransition(verdict, terminated, !terminated)),
    actingAgents: [],
    endReason,
    score,
  };
}

/** Adds up components by name, in order of first appearance, and drops none. */
export function sumComponents(parts: readonly (readonly NamedValue[])[]): NamedValue[] {
  const totals = new Map<string, number>();
  for (const part of parts) {
    for (const { name, value } of part) totals.set(name, (totals.get(name) ?? 0) + value);
  }
  return [...totals].map(([name, value]) => ({ name, value }));
}
