// Plays tally on the world itself and writes down all that a server's outcomes have to say: the source of
// proto/vectors/tally.json, in the field names of the wire.

import { fullStateHash, observationHash, semanticStateHash, stateHash } from "../../envs/core/state-hash.ts";
import type { World } from "../../envs/core/world.ts";
import { tally, tallySequential } from "../../envs/tally/tally-world.ts";

type Texts = Readonly<Record<string, string>>;

const SIMULTANEOUS: readonly Texts[] = [
  { a: "add 2", b: "add 1" },
  { a: "sing", b: "pass" },
  { a: "add 2", b: "add 1" },
];
const SEQUENTIAL: readonly Texts[] = [
  { a: "add 1" },
  { b: "add 2" },
  { a: "pass" },
  { b: "jump" },
  { a: "add 1" },
  { b: "add 1" },
];

function play(world: World, index: number, seed: number, steps: readonly Texts[]): unknown {
  const task = world.task("train", index);
  const { name, version, stateSchema } = world.description;
  let state = world.reset(task, seed, null);
  const outcomeOf = (seq: number, acting: readonly string[], more: object, agents: readonly object[]) => {
    const canonical = world.canonical(state);
    return {
      seq,
      turn: canonical.turn,
      acting_agents: acting,
      full_state_hash: fullStateHash(stateSchema, task.contentDigest, canonical),
      semantic_state_hash: semanticStateHash(stateSchema, task.contentDigest, canonical),
      canonical,
      agents,
      ...more,
    };
  };
  const seen = (agentId: string, isActing: boolean) => {
    const observation = world.observe(state, agentId);
    const admissible = world.admissibleActions(state, agentId);
    return {
      agent_id: agentId,
      text: observation.blocks.map((block) => ("text" in block ? block.text : block.json)).join(""),
      anchor: observation.anchor ?? "",
      observation_hash: observationHash(observation),
      ...(isActing
        ? { action_space_digest: stateHash("action-space", "action-space/1", { admissible, complete: true }) }
        : {}),
    };
  };
  const first = world.initiallyActing(state);
  const outcomes: object[] = [
    outcomeOf(
      0,
      first,
      {},
      first.map((agentId) => seen(agentId, true)),
    ),
  ];
  steps.forEach((texts, at) => {
    const actions = new Map(Object.entries(texts).map(([agentId, text]) => [agentId, { text }]));
    const { state: next, agents, actingAgents, teamRewards = [], endReason, score } = world.step(state, actions);
    state = next;
    const ids = [...agents.keys(), ...actingAgents.filter((agentId) => !agents.has(agentId))];
    const told = ids.map((agentId) => {
      const own = agents.get(agentId);
      return {
        ...seen(agentId, actingAgents.includes(agentId)),
        reward: own?.reward ?? 0,
        reward_components: own?.rewardComponents ?? [],
        terminated: own?.terminated ?? false,
        truncated: own?.truncated ?? false,
        action_validity: actions.has(agentId) ? (own?.validity ?? "") : "",
        normalized_action: actions.has(agentId) ? (own?.normalizedAction ?? "") : "",
      };
    });
    const end = endReason === undefined ? {} : { end_reason: endReason, score };
    outcomes.push({
      actions: Object.entries(texts).map(([agent_id, text]) => ({ agent_id, text })),
      ...outcomeOf(at + 1, actingAgents, { team_rewards: teamRewards, ...end }, told),
    });
  });
  return {
    environment: name,
    version,
    state_schema: stateSchema,
    task_id: task.taskId,
    target: 8 + index,
    seed,
    task_digest: task.contentDigest,
    outcomes,
  };
}

/** What proto/vectors/tally.json holds. */
export function tallyTranscript(): unknown {
  return {
    description:
      "Episodes of tally and tally-sequential (envs/tally/tally-world.ts): every outcome, and the bodies that were hashed.",
    episodes: [
      play(tally as World, 3, 7, SIMULTANEOUS),
      play(
        tally as World,
        7,
        0,
        Array.from({ length: 3 }, () => ({ a: "add 3", b: "add 3" })),
      ),
      play(
        tally as World,
        7,
        5,
        Array.from({ length: 6 }, () => ({ a: "pass", b: "pass" })),
      ),
      play(tallySequential as World, 1, 9_007_199_254_740_991, SEQUENTIAL),
    ],
  };
}
