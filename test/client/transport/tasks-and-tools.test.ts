// The client's own view of tasks by value and tool calls, over the wire.

import { afterEach, describe, expect, it } from "vitest";
import { GrpcWorldService } from "../../../client/transport/grpc-world-service.ts";
import { type GroupSpec, isGroupFailure } from "../../../client/transport/world-service.ts";
import { corridorWorld } from "../../doubles/corridor-world.ts";
import { closeAll, onClose, startServer } from "../../doubles/running-server.ts";

afterEach(closeAll);

async function connected(): Promise<GrpcWorldService> {
  const { address } = await startServer([corridorWorld({ toolsAndInlineTasks: true }) as never]);
  const service = new GrpcWorldService({ addresses: [address], environment: "corridor" });
  onClose(() => service.close());
  await service.connect();
  return service;
}
const wish = { seed: 1, replicaCount: 2 };
const inline = (groupKey: string, inlineTaskJson: string): GroupSpec => ({ ...wish, groupKey, inlineTaskJson });

describe("the client", () => {
  it("creates groups of tasks by value beside named ones, and gets the failure of a bad one alone", async () => {
    const service = await connected();
    const results = await service.createGroups([
      inline("value", '{"length": 5}'),
      { ...wish, groupKey: "name", taskId: "corridor/1.0.0/train/1" },
      inline("bad", '{"length": 1}'),
    ]);
    const [value, name, bad] = results;
    if (value === undefined || isGroupFailure(value) || name === undefined || isGroupFailure(name))
      throw new Error("failed");
    expect([value.taskId, name.taskId]).toEqual(["", "corridor/1.0.0/train/1"]);
    expect(value.initial.observation).toBe(name.initial.observation);
    expect(bad !== undefined && isGroupFailure(bad) ? bad.error : undefined).toMatchObject({
      reason: "MESSAGE_INVALID",
      ids: { field: "groups[2].inline_task_json.length" },
    });
  });

  it("steps by words and by calls, and knows the tools also where the server leaves them out", async () => {
    const service = await connected();
    const [group] = await service.createGroups([inline("g", '{"length": 7}')]);
    if (group === undefined || isGroupFailure(group)) throw new Error("failed");
    const [first, second] = group.sessions;
    expect(group.initial.tools.map(({ name }) => name)).toEqual(["go", "look"]);
    const right = { callId: "c1", name: "go", argumentsJson: '{"direction":"right"}' };
    const called = await service.step(first!, [right]);
    const said = await service.step(second!, "go right");
    expect(called.anchors).toEqual(said.anchors);
    expect(called.observation).toBe(JSON.stringify({ call_id: "c1", content: said.observation }));
    expect(called.tools).toEqual(group.initial.tools);
    expect(called).toMatchObject({ validity: "VALID", normalizedAction: "go right", admissibleComplete: true });
    const wrong = await service.step(first!, [{ ...right, name: "fly" }]);
    expect(wrong).toMatchObject({ seq: 2, validity: "SCHEMA_MISMATCH" });
    const last = await service.step(first!, [{ ...right, argumentsJson: " ".repeat(2_000_000) }]);
    expect(last).toMatchObject({ seq: 3, validity: "SCHEMA_MISMATCH" });
  });
});
