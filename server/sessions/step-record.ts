// What the server knows after a step, in world terms: the source of every outcome on the wire. Immutable, shared by the
// replicas of a group (record 0) and by everybody who asks again.

import { fullStateHash, observationHash, semanticStateHash } from "../../envs/core/state-hash.ts";
import type {
  AgentTransition,
  EndReason,
  NamedValue,
  Observation,
  StateHash,
  Task,
  Tool,
  Transition,
} from "../../envs/core/types.ts";
import type { World } from "../../envs/core/world.ts";
import { type ActionSpaceRecord, recordActionSpace } from "./action-space.ts";

export interface AgentRecord {
  readonly agentId: string;
  readonly observation: Observation;
  readonly observationHash: StateHash;
  /** Undefined for an agent to which the step meant nothing. */
  readonly transition: AgentTransition | undefined;
  /** False: the agent did not act, so its action was not judged. */
  readonly acted: boolean;
  /** Undefined for an agent that does not act next. */
  readonly actionSpace: ActionSpaceRecord | undefined;
}

export interface StepRecord {
  readonly seq: number;
  /** Completed turns. */
  readonly turn: number;
  readonly agents: readonly AgentRecord[];
  readonly actingAgents: readonly string[];
  readonly fullHash: StateHash;
  readonly semanticHash: StateHash;
  /** By team; never contained in an agent's reward. */
  readonly teamRewards: readonly NamedValue[];
  readonly endReason: EndReason | undefined;
  readonly score: number | undefined;
  /** Microseconds. */
  readonly queueUs: number;
  readonly envUs: number;
}

type Consequence = Omit<Transition<unknown>, "state"> & {
  /** Whose actions were submitted. */
  readonly acted: { has(agentId: string): boolean };
};

const NO_REWARDS: readonly NamedValue[] = [];
const NO_TOOLS: readonly Tool[] = [];

/**
 * The record of `state`.
 * @param consequence what the step meant; undefined for a start (seq 0)
 * @param before the record one seq earlier, to recognise unchanged action spaces
 */
export function recordState(
  world: World,
  task: Task,
  state: unknown,
  seq: number,
  consequence: Consequence | undefined,
  before: StepRecord | undefined,
): StepRecord {
  const canonical = world.canonical(state);
  const { stateSchema } = world.description;
  const actingAgents = consequence?.actingAgents ?? world.initiallyActing(state);
  const acted = consequence === undefined ? [] : [...consequence.agents.keys()];
  const agentIds = [...acted, ...actingAgents.filter((agentId) => !acted.includes(agentId))];
  const agents = agentIds.map((agentId): AgentRecord => {
    const observation = world.observe(state, agentId);
    const earlier = before?.agents.find((agent) => agent.agentId === agentId)?.actionSpace;
    return {
      agentId,
      observation,
      observationHash: observationHash(observation),
      transition: consequence?.agents.get(agentId),
      acted: consequence?.acted.has(agentId) ?? false,
      actionSpace: actingAgents.includes(agentId)
        ? recordActionSpace(world.admissibleActions(state, agentId), world.tools?.(state, agentId) ?? NO_TOOLS, earlier)
        : undefined,
    };
  });
  return {
    seq,
    turn: canonical.turn,
    agents,
    actingAgents,
    fullHash: fullStateHash(stateSchema, task.contentDigest, canonical),
    semanticHash: semanticStateHash(stateSchema, task.contentDigest, canonical),
    teamRewards: consequence?.teamRewards ?? NO_REWARDS,
    endReason: consequence?.endReason,
    score: consequence?.score,
    queueUs: 0,
    envUs: 0,
  };
}
