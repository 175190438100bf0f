// Tool calls on the wire: offered, executed once, logged, replayed, branched, and refused as outcomes.

import { afterEach, describe, expect, it } from "vitest";
import { publishedHash } from "../../conformance/canonical-hash.ts";
import { householdWorld } from "../../envs/household/household-world.ts";
import type { AgentOutcome } from "../../proto/gen/anchorgym/v1/AgentOutcome.ts";
import type { BranchStepResponse } from "../../proto/gen/anchorgym/v1/BranchStepResponse.ts";
import type { CommitBranchResponse } from "../../proto/gen/anchorgym/v1/CommitBranchResponse.ts";
import type { CreateGroupsResponse } from "../../proto/gen/anchorgym/v1/CreateGroupsResponse.ts";
import type { GetEnvironmentResponse } from "../../proto/gen/anchorgym/v1/GetEnvironmentResponse.ts";
import type { GetTrajectoryResponse } from "../../proto/gen/anchorgym/v1/GetTrajectoryResponse.ts";
import type { ReplayTrajectoryResponse } from "../../proto/gen/anchorgym/v1/ReplayTrajectoryResponse.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";
import {
  call,
  catalogClient,
  closeAll,
  createGroup,
  createGroups,
  environmentClient,
  errorOf,
  startServer,
  stepItem,
  stepOnce,
} from "../doubles/running-server.ts";

afterEach(closeAll);

const go = (direction: string, callId = "c1") => ({
  callId,
  name: "go",
  argumentsJson: JSON.stringify({ direction }),
});
const calls = (sessionId: string, seq: number, ...toolCalls: object[]) => ({
  sessionId,
  epoch: 1,
  seq,
  actions: [{ agentId: "", toolCalls: { calls: toolCalls } }],
});
const own = (result: Awaited<ReturnType<typeof stepOnce>>): AgentOutcome => result.outcome?.agents[0] as AgentOutcome;
const jsonOf = (agent: AgentOutcome) => agent.observation?.blocks.map(({ json }) => JSON.parse(json ?? "null"));

async function corridor() {
  const server = await startServer([corridorWorld({ toolsAndInlineTasks: true }) as never]);
  const { sessions, initial } = await createGroup(server.address, 4, 2);
  return {
    ...server,
    initial,
    ids: sessions.map(({ sessionId }) => sessionId),
    client: environmentClient(server.address),
  };
}

describe("tool calls", () => {
  it("are offered beside the list, named in the published digest, and left out while they stay the same", async () => {
    const { address, initial, ids } = await corridor();
    const space = initial?.agents[0]?.actionSpace;
    expect(space?.tools.map(({ name }) => name)).toEqual(["go", "look"]);
    const tools = space?.tools.map(({ name, description, inputSchemaJson }) => ({
      name,
      description,
      input_schema_json: inputSchemaJson,
    }));
    const body = { admissible: space?.admissible ?? [], complete: true, tools: tools ?? [] };
    expect(space?.digest.toString("hex")).toBe(publishedHash("action-space", "action-space/1", body));
    const next = own(await stepOnce(address, calls(ids[0]!, 1, go("right"))));
    expect(next.actionSpace).toMatchObject({ unchanged: true, tools: [], digest: space?.digest });
    const modes = async (world: object) => {
      const { address: other } = await startServer([world as never]);
      const { environment } = await call<object, GetEnvironmentResponse>(catalogClient(other), "GetEnvironment", {
        name: "corridor",
      });
      return environment?.actionModes.includes("ACTION_MODE_TOOL_CALLS");
    };
    expect(await modes(corridorWorld({ toolsAndInlineTasks: true }))).toBe(true);
    expect(await modes(corridorWorld())).toBe(false);
  });

  it("do what the words do, are answered under their id, and come back when they are sent again", async () => {
    const { address, ids } = await corridor();
    const [first = "", second = ""] = ids;
    const called = await stepOnce(address, calls(first, 1, go("right", "call-9")));
    const said = await stepOnce(address, stepItem(second, 1, "go right"));
    expect(called.outcome?.fullStateHash).toEqual(said.outcome?.fullStateHash);
    expect(own(called).observationHash).toEqual(own(said).observationHash);
    expect(own(called)).toMatchObject({ actionValidity: "ACTION_VALIDITY_VALID", normalizedAction: "go right" });
    expect(jsonOf(own(called))).toEqual([{ call_id: "call-9", content: own(said).observation?.blocks[0]?.text }]);
    const again = await stepOnce(address, calls(first, 1, go("right", "call-9")));
    expect(again.outcome).toMatchObject({ replayed: true, fullStateHash: called.outcome?.fullStateHash });
    for (const other of [go("left", "call-9"), go("right", "call-8")]) {
      expect(errorOf(await stepOnce(address, calls(first, 1, other)))?.reason).toBe("STEP_CONFLICT");
    }
    expect(errorOf(await stepOnce(address, stepItem(first, 1, "go right")))?.reason).toBe("STEP_CONFLICT");
  });

  it("that cannot be read are outcomes that cost a step", async () => {
    const { address, ids } = await corridor();
    const wrong = [
      [{ ...go("right"), name: "fly" }],
      [go("up")],
      [{ ...go("right"), argumentsJson: "" }],
      [go("right"), go("right", "c2")],
      [],
      [{ ...go("right"), argumentsJson: `{${" ".repeat(100)}}` }], // beyond max_action_bytes
      [{ callId: "\ud800", name: "\udfff", argumentsJson: "\ud800" }],
    ];
    for (const [index, toolCalls] of wrong.entries()) {
      const result = await stepOnce(address, calls(ids[0]!, index + 1, ...toolCalls));
      expect(result.outcome?.seq).toBe(index + 1);
      expect(own(result)).toMatchObject({ actionValidity: "ACTION_VALIDITY_SCHEMA_MISMATCH", normalizedAction: "" });
    }
    expect((await stepOnce(address, calls(ids[0]!, wrong.length + 1, go("right")))).outcome?.seq).toBe(
      wrong.length + 1,
    );
  });

  it("are in the log as they were sent, and replay", async () => {
    const { address, ids, client } = await corridor();
    const [sessionId = ""] = ids;
    await stepOnce(address, calls(sessionId, 1, go("left", "x")));
    await stepOnce(address, calls(sessionId, 2, { ...go("left"), name: "fly" }));
    await stepOnce(address, stepItem(sessionId, 3, "look"));
    const { log } = await call<object, GetTrajectoryResponse>(client, "GetTrajectory", { sessionId });
    expect(log?.entries[1]?.actions[0]?.toolCalls?.calls).toEqual([go("left", "x")]);
    expect(log?.entries[2]?.outcome?.agents[0]?.actionValidity).toBe("ACTION_VALIDITY_SCHEMA_MISMATCH");
    const answer = await call<object, ReplayTrajectoryResponse>(client, "ReplayTrajectory", { log });
    expect(answer).toEqual({ replayedSteps: 3, buildMatches: true });
  });

  it("can be candidates of a branch, and the commit of one is its step", async () => {
    const { address, ids, client } = await corridor();
    const [sessionId = "", twin = ""] = ids;
    const candidates = [[go("left")], [go("right")], [{ ...go("left"), name: "fly" }]].map((toolCalls) => ({
      actions: [{ agentId: "", toolCalls: { calls: toolCalls } }],
    }));
    const items = [{ sessionId, epoch: 1, seq: 1, candidates }];
    const { results } = await call<object, BranchStepResponse>(client, "BranchStep", { items });
    const outcomes = results[0]?.branches?.candidates.map(({ outcome }) => outcome) ?? [];
    expect(outcomes.map((outcome) => outcome?.agents[0]?.actionValidity)).toEqual([
      "ACTION_VALIDITY_VALID",
      "ACTION_VALIDITY_VALID",
      "ACTION_VALIDITY_SCHEMA_MISMATCH",
    ]);
    const commit = { sessionId, epoch: 1, seq: 1, branchIndex: 1, fullStateHash: outcomes[1]?.fullStateHash };
    const committed = await call<object, CommitBranchResponse>(client, "CommitBranch", { items: [commit] });
    const stepped = await stepOnce(address, calls(twin, 1, go("right")));
    expect(committed.results[0]?.outcome?.fullStateHash).toEqual(stepped.outcome?.fullStateHash);
    // The plain step of the same calls is the committed one, sent again.
    expect((await stepOnce(address, calls(sessionId, 1, go("right")))).outcome?.replayed).toBe(true);
  });

  it("of the household are chosen by option, and without it nothing on the wire changes", async () => {
    const { address } = await startServer([householdWorld as never]);
    const spec = { taskId: "household/1.0.0/train/0", seed: "1", replicaCount: 1 };
    const groups = [
      { ...spec, groupKey: "off" },
      { ...spec, groupKey: "on", optionsJson: '{"tools": true}' },
    ];
    const { results } = (await createGroups(address, [], 0, {
      environment: "household",
      groups,
    })) as CreateGroupsResponse;
    const [off, on] = results.map(({ group }) => group);
    expect(off?.initial?.agents[0]?.actionSpace?.tools).toEqual([]);
    expect(on?.initial?.agents[0]?.actionSpace?.tools.map(({ name }) => name)).toContain("go_to");
    expect(on?.initial?.semanticStateHash).toEqual(off?.initial?.semanticStateHash);
    const look = { callId: "1", name: "look", argumentsJson: "{}" };
    const told = await Promise.all(
      [off, on].map(async (group) => own(await stepOnce(address, calls(group?.sessions[0]?.sessionId ?? "", 1, look)))),
    );
    expect(told.map(({ actionValidity }) => actionValidity)).toEqual([
      "ACTION_VALIDITY_SCHEMA_MISMATCH",
      "ACTION_VALIDITY_VALID",
    ]);
  });
});
