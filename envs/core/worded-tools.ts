// Tools for a one-agent world that understands words: calls become what the agent would have said instead, so a trajectory by
// tools has the states of the one by words. Only the observation tells them apart, and its anchor does not.

import { type ReadableTool, type ReadCall, readCalls, type ToolReply, toolObservation, toolValidity } from "./tools.ts";
import type { Action, AgentTransition, Observation, PerAgent, Transition } from "./types.ts";
import { SINGLE_AGENT } from "./types.ts";
import type { World } from "./world.ts";

export interface WordedTools<State> {
  offered(state: State): readonly ReadableTool[];
  /** Calls that one action may hold. */
  maxCalls(state: State): number;
  /** The words that these calls stand for, as one action. */
  words(state: State, calls: readonly ReadCall[]): string;
}

/** Part of a state that only its observation reads. */
export interface Heard {
  /** Answers to the calls of the last step; absent after any other. */
  readonly heard?: readonly ToolReply[];
}

const PLAYED = "played; what it led to is in the last reply";

function seenText({ blocks }: Observation): string {
  return blocks.map((block) => ("text" in block ? block.text : block.json)).join("\n");
}

/** @param world whose observations are one text block, or have an anchor */
export function withTools<State extends Heard, Options, Data>(
  world: World<State, Options, Data>,
  tools: WordedTools<State>,
): World<State, Options, Data> {
  const silent = (state: State): State => {
    if (state.heard === undefined) return state;
    const { heard: _heard, ...rest } = state;
    return rest as State;
  };

  const step = (state: State, actions: PerAgent<Action>): Transition<State> => {
    const action = actions.get(SINGLE_AGENT);
    if (action === undefined || !("toolCalls" in action)) return world.step(silent(state), actions);
    const offered = tools.offered(state);
    const read = readCalls(offered, action.toolCalls, tools.maxCalls(state));
    const words = "refused" in read ? "" : tools.words(state, read.calls);
    const transition = world.step(silent(state), new Map([[SINGLE_AGENT, { text: words }]]));
    const own = transition.agents.get(SINGLE_AGENT) as AgentTransition;
    const judged: AgentTransition =
      "refused" in read
        ? { ...own, validity: "SCHEMA_MISMATCH", normalizedAction: "" }
        : { ...own, validity: toolValidity(own.validity) };
    const agents = new Map([[SINGLE_AGENT, judged]]);
    if (offered.length === 0) return { ...transition, agents };
    const replies = "refused" in read ? read.refused : read.calls.map(({ callId }) => ({ callId, content: PLAYED }));
    const seen = seenText(world.observe(transition.state, SINGLE_AGENT));
    const heard = replies.map(({ callId, content }, at): ToolReply => {
      if (at < replies.length - 1) return { callId, content };
      return { callId, content: "refused" in read ? `${content}\n${seen}` : seen };
    });
    return { ...transition, agents, state: { ...transition.state, heard } };
  };

  const observe = (state: State, agentId: string): Observation => {
    const { heard } = state;
    const seen = world.observe(state, agentId);
    return heard === undefined || heard.length === 0 ? seen : toolObservation(heard, seen.anchor ?? seenText(seen));
  };

  return { ...world, step, observe, tools: (state) => tools.offered(state) };
}
