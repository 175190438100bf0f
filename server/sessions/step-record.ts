// What the server knows after a step, in world terms: the source of every outcome on the wire. Immutable, shared by the
// replicas of a group (record 0) and by everybody who asks again.

import { fullStateHash, observationHash, semanticStateHash, stateHash } from "../../envs/core/state-hash.ts";
import type {
  AgentTransition,
  EndReason,
  NamedValue,
  Observation,
  StateHash,
  Task,
  Transition,
} from "../../envs/core/types.ts";
import type { World } from "../../envs/core/world.ts";

export interface ActionSpaceRecord {
  readonly admissible: readonly string[];
  readonly digest: StateHash;
  /** As one seq earlier. */
  readonly unchanged: boolean;
}

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

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a === b || (a.length === b.length && a.every((entry, index) => entry === b[index]));

/**
 * Lists by their entries: replicas in one situation list the same actions, so that each list is kept, hashed and encoded
 * once. The oldest leaves when there are too many.
 */
const knownSpaces = new Map<string, ActionSpaceRecord>();
const MAX_KNOWN_SPACES = 4_096;

function recordActionSpace(admissible: readonly string[], before: ActionSpaceRecord | undefined): ActionSpaceRecord {
  if (before !== undefined && sameList(before.admissible, admissible)) {
    return before.unchanged ? before : { ...before, unchanged: true };
  }
  const key = admissible.join("\n");
  const known = knownSpaces.get(key);
  if (known !== undefined && sameList(known.admissible, admissible)) return known;
  // The body lists the set fields of the wire message by name; `complete` is set where the list is.
  const body = admissible.length === 0 ? {} : { admissible, complete: true };
  const space = { admissible, digest: stateHash("action-space", "action-space/1", body), unchanged: false };
  const oldest = knownSpaces.size < MAX_KNOWN_SPACES ? undefined : knownSpaces.keys().next().value;
  if (oldest !== undefined) knownSpaces.delete(oldest);
  knownSpaces.set(key, space);
  return space;
}

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
        ? recordActionSpace(world.admissibleActions(state, agentId), earlier)
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
