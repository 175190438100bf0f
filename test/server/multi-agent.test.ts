import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { tally, tallySequential } from "../../envs/tally/tally-world.ts";
import type { BranchStepResponse } from "../../proto/gen/anchorgym/v1/BranchStepResponse.ts";
import type { CreateGroupsResponse } from "../../proto/gen/anchorgym/v1/CreateGroupsResponse.ts";
import type { GetEnvironmentResponse } from "../../proto/gen/anchorgym/v1/GetEnvironmentResponse.ts";
import type { Outcome } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import {
  call,
  catalogClient,
  closeAll,
  environmentClient,
  errorOf,
  startServer,
  stepOnce,
} from "../doubles/running-server.ts";

afterEach(closeAll);

interface Episode {
  readonly environment: string;
  readonly task_id: string;
  readonly seed: number;
  readonly outcomes: readonly { readonly actions?: readonly { agent_id: string; text: string }[] }[];
}
const { episodes } = JSON.parse(readFileSync(new URL("../../proto/vectors/tally.json", import.meta.url), "utf8")) as {
  episodes: Episode[];
};

async function start(environment: string, taskId: string, seed: number) {
  const server = await startServer([tally as never, tallySequential as never]);
  const client = environmentClient(server.address);
  const { results } = await call<object, CreateGroupsResponse>(client, "CreateGroups", {
    requestId: "tally",
    leaseId: "lease-1",
    environment,
    groups: [{ groupKey: "g", taskId, seed: String(seed), replicaCount: 1 }],
  });
  const group = results[0]?.group;
  const sessionId = group?.sessions[0]?.sessionId ?? "";
  const step = (seq: number, texts: Record<string, string>) => {
    const actions = Object.entries(texts).map(([agentId, text]) => ({ agentId, text }));
    return stepOnce(server.address, { sessionId, epoch: 1, seq, actions });
  };
  return { ...server, client, sessionId, initial: group?.initial as Outcome, step };
}

/** An outcome in the words of the vectors, without what only a world can say. */
function spoken(outcome: Outcome): object {
  const unprefixed = (value: string, prefix: string): string => value.replace(prefix, "").replace("UNSPECIFIED", "");
  const isStart = outcome.seq === 0;
  return {
    seq: outcome.seq,
    turn: outcome.turn,
    acting_agents: outcome.actingAgents,
    full_state_hash: outcome.fullStateHash.toString("hex"),
    semantic_state_hash: outcome.semanticStateHash.toString("hex"),
    ...(isStart ? {} : { team_rewards: outcome.teamRewards }),
    ...(outcome.score === undefined
      ? {}
      : { end_reason: unprefixed(outcome.endReason, "END_REASON_"), score: outcome.score }),
    agents: outcome.agents.map((agent) => ({
      agent_id: agent.agentId,
      text: agent.observation?.blocks[0]?.text,
      anchor: agent.anchor,
      observation_hash: agent.observationHash.toString("hex"),
      ...(agent.actionSpace === null ? {} : { action_space_digest: agent.actionSpace.digest.toString("hex") }),
      ...(isStart
        ? {}
        : {
            reward: agent.reward,
            reward_components: agent.rewardComponents,
            terminated: agent.terminated,
            truncated: agent.truncated,
            action_validity: unprefixed(agent.actionValidity, "ACTION_VALIDITY_"),
            normalized_action: agent.normalizedAction,
          }),
    })),
  };
}

describe("several agents", () => {
  it.each(episodes)("$environment reproduces the published transcript: seed $seed", async (episode) => {
    const { initial, step } = await start(episode.environment, episode.task_id, episode.seed);
    const said = episode.outcomes.map((outcome) => {
      const { actions: _actions, canonical: _canonical, ...rest } = outcome as Record<string, unknown>;
      return rest;
    });
    expect(spoken(initial)).toEqual(said[0]);
    for (const [seq, { actions = [] }] of episode.outcomes.entries()) {
      if (seq === 0) continue;
      const texts = Object.fromEntries(actions.map(({ agent_id, text }) => [agent_id, text]));
      const { outcome } = await step(seq, texts);
      expect(spoken(outcome as Outcome)).toEqual(said[seq]);
    }
  });

  it("the catalogue names agents, teams and turn models", async () => {
    const { address } = await start("tally", "tally/1.0.0/train/0", 1);
    const get = async (name: string) =>
      (await call<object, GetEnvironmentResponse>(catalogClient(address), "GetEnvironment", { name })).environment;
    expect(await get("tally")).toMatchObject({
      turnModel: "TURN_MODEL_SIMULTANEOUS",
      agents: [
        { agentId: "a", team: "pair" },
        { agentId: "b", team: "pair" },
      ],
    });
    expect((await get("tally-sequential"))?.turnModel).toBe("TURN_MODEL_SEQUENTIAL");
  });

  it("a missing or strange agent is the caller's error and consumes nothing", async () => {
    const both = await start("tally", "tally/1.0.0/train/0", 1);
    for (const texts of [{}, { a: "pass" }, { a: "pass", c: "pass" }, { a: "pass", b: "pass", c: "pass" }]) {
      const error = errorOf(await both.step(1, texts));
      expect(error).toMatchObject({ reason: "AGENTS_MISMATCH", ids: { acting_agents: '["a","b"]' } });
    }
    // The order in which actions are listed means nothing.
    const first = await both.step(1, { b: "add 1", a: "add 2" });
    expect((await both.step(1, { a: "add 2", b: "add 1" })).outcome).toEqual({ ...first.outcome, replayed: true });
    const turns = await start("tally-sequential", "tally-sequential/1.0.0/train/0", 1);
    expect(errorOf(await turns.step(1, { b: "pass" }))?.reason).toBe("AGENTS_MISMATCH");
    expect((await turns.step(1, { a: "pass" })).outcome?.actingAgents).toEqual(["b"]);
  });

  it("an agent that did not act has no judged action, and each sees its own past alone", async () => {
    const { step } = await start("tally-sequential", "tally-sequential/1.0.0/train/0", 1);
    const { outcome } = await step(1, { a: "add 3" });
    const [a, b] = outcome?.agents ?? [];
    expect(a).toMatchObject({ agentId: "a", reward: 0.75, actionValidity: "ACTION_VALIDITY_VALID", actionSpace: null });
    expect(b).toMatchObject({ agentId: "b", reward: 0, actionValidity: "ACTION_VALIDITY_UNSPECIFIED" });
    expect(a?.observation?.blocks[0]?.text).toContain("You added 3");
    expect(b?.observation?.blocks[0]?.text).not.toContain("You added");
    expect(b?.actionSpace?.admissible).toHaveLength(4);
  });

  it("candidates of a branch carry one action per acting agent", async () => {
    const { client, sessionId } = await start("tally", "tally/1.0.0/train/0", 1);
    const candidate = (a: string, b: string) => ({
      actions: [
        { agentId: "a", text: a },
        { agentId: "b", text: b },
      ],
    });
    const items = [
      { sessionId, epoch: 1, seq: 1, candidates: [candidate("add 1", "pass"), candidate("pass", "add 1")] },
    ];
    const { results } = await call<object, BranchStepResponse>(client, "BranchStep", { items });
    const rewards = results[0]?.branches?.candidates.map(({ outcome }) => outcome?.agents.map(({ reward }) => reward));
    expect(rewards).toEqual([
      [0.25, 0],
      [0, 0.25],
    ]);
  });
});
