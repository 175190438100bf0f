// Answers of the server -> what rollouts see. The only file of the client that knows how outcomes look on the wire;
// what a server must not send is ANSWER_INVALID, naming the field.

import { type AnchorgymError, fail } from "../../proto/errors.ts";
import type { Outcome as WireOutcome } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import type { Task as WireTask } from "../../proto/gen/anchorgym/v1/Task.ts";
import type { ActionValidity, Outcome, TaskRef } from "./world-service.ts";

const VALIDITY_PREFIX = "ACTION_VALIDITY_";
const END_PREFIX = "END_REASON_";

function invalid(field: string, sentence: string): AnchorgymError {
  return fail("ANSWER_INVALID", sentence, { ids: { field } });
}

function decodeValidity(value: string | number): ActionValidity {
  const name = String(value).replace(VALIDITY_PREFIX, "");
  return name === "UNSPECIFIED" ? "" : (name as ActionValidity);
}

/** What an agent may do, as the last outcome that listed it said. */
export type Offered = Pick<Outcome, "admissible" | "admissibleComplete" | "tools">;

/** Of an outcome, without keeping the rest of it. */
export const offeredBy = ({ admissible, admissibleComplete, tools }: Outcome): Offered => {
  return { admissible, admissibleComplete, tools };
};

/**
 * The outcome for the single agent.
 * @param before what was offered one seq earlier, for an action space that is unchanged; undefined at a start
 * @throws {TransportError} ANSWER_INVALID when the outcome breaks the protocol
 */
export function decodeOutcome(wire: WireOutcome, before: Offered | undefined): Outcome {
  const agent = wire.agents[0];
  if (agent === undefined || agent.agentId !== "" || wire.agents.length !== 1) {
    throw invalid("agents", "the outcome is not that of a one-agent world");
  }
  const isOver = wire.endReason !== "END_REASON_UNSPECIFIED";
  if (isOver !== (wire.actingAgents.length === 0)) {
    throw invalid("acting_agents", "acting_agents is empty exactly when end_reason is set");
  }
  if (agent.terminated && agent.truncated) throw invalid("terminated", "an episode is never terminated and truncated");
  if (!Number.isFinite(agent.reward)) throw invalid("reward", `the reward is ${agent.reward}`);
  if (wire.semanticStateHash.length !== 32) throw invalid("semantic_state_hash", "a state hash has 32 bytes");
  const space = agent.actionSpace;
  const { admissible = [], complete: admissibleComplete = false, tools = [] } = space ?? {};
  let offered: Offered = { admissible, admissibleComplete, tools };
  if (space?.unchanged === true) {
    if (before === undefined) throw invalid("action_space", "the first action space cannot be unchanged");
    offered = before;
  }
  const texts = (agent.observation?.blocks ?? []).map((block) => block.text ?? block.json ?? "");
  return {
    seq: wire.seq,
    observation: texts.join("\n"),
    ...offered,
    reward: agent.reward,
    rewardComponents: agent.rewardComponents,
    validity: decodeValidity(agent.actionValidity),
    terminated: agent.terminated,
    truncated: agent.truncated,
    endReason: isOver ? String(wire.endReason).replace(END_PREFIX, "") : undefined,
    score: wire.score,
    actingAgents: wire.actingAgents,
    normalizedAction: agent.normalizedAction,
    anchors: {
      observation: agent.observationHash.toString("hex"),
      semantic: wire.semanticStateHash.toString("hex"),
      full: wire.fullStateHash.toString("hex"),
    },
  };
}

export function decodeTask(environment: string, task: WireTask): TaskRef {
  const { taskId, split, index, title, tags, maxTurns } = task;
  return {
    environment,
    taskId,
    split,
    index,
    title,
    tags,
    maxTurns,
    contentDigest: task.contentDigest.toString("hex"),
  };
}
