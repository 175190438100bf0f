import { credentials } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { anchorgymV1 } from "../../proto/definition.ts";
import type { CreateGroupsResponse } from "../../proto/gen/anchorgym/v1/CreateGroupsResponse.ts";
import type { VerifyResponse } from "../../proto/gen/anchorgym/v1/VerifyResponse.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";
import {
  call,
  closeAll,
  environmentClient,
  errorOf,
  onClose,
  startServer,
  stepItem,
  stepOnce,
} from "../doubles/running-server.ts";
import { sumsWorld } from "../doubles/sums-world.ts";

afterEach(closeAll);

async function start() {
  const calls = { verified: 0 };
  const server = await startServer([sumsWorld(calls) as never, corridorWorld() as never]);
  const client = new anchorgymV1.VerifierService(server.address, credentials.createInsecure());
  onClose(() => client.close());
  const verify = async (items: readonly object[]) =>
    (await call<object, VerifyResponse>(client, "Verify", { items })).results;
  return { ...server, calls, verify };
}
const item = (itemId: string, completion: string, more: object = {}) => ({
  itemId,
  environment: "sums",
  taskId: "sums/1.0.0/train/7",
  completion,
  ...more,
});

describe("VerifierService", () => {
  it("scores a batch: right is 1, wrong and empty are 0, in item order", async () => {
    const { verify } = await start();
    const results = await verify([item("a", "12"), item("b", "13"), item("c", ""), item("d", " 12 ")]);
    expect(results.map(({ itemId, verdict }) => [itemId, verdict?.score, verdict?.passed])).toEqual([
      ["a", 1, true],
      ["b", 0, false],
      ["c", 0, false],
      ["d", 1, true],
    ]);
    expect(results[0]?.verdict?.components).toEqual([{ name: "equal", value: 1 }]);
    expect(JSON.stringify(results[1])).not.toContain("12");
  });

  it("what breaks is a status and nobody's score; the other items are unharmed", async () => {
    const { verify } = await start();
    const results = await verify([
      item("broken", "break"),
      item("overflow", "overflow"),
      item("strange", "12", { environment: "nowhere" }),
      item("played", "12", { environment: "corridor" }),
      item("unknown", "12", { taskId: "sums/1.0.0/train/99" }),
      item("inline", "12", { taskId: undefined, inlineTaskJson: "{}" }),
      item("none", "12", { taskId: undefined }),
      item("fine", "12"),
    ]);
    expect(results.map((result) => errorOf(result as never)?.reason ?? result.verdict?.score)).toEqual([
      "VERIFIER_FAULT",
      "VERIFIER_FAULT",
      "ENVIRONMENT_NOT_FOUND",
      "ENVIRONMENT_NOT_FOUND",
      "TASK_NOT_FOUND",
      "MESSAGE_INVALID",
      "MESSAGE_INVALID",
      1,
    ]);
  });

  it("an endless answer scores 0 in time, and is not remembered", async () => {
    const { verify, calls } = await start();
    const endless = item("e", "forever", { timeout: { seconds: 0, nanos: 20_000_000 } });
    expect((await verify([endless]))[0]?.verdict).toMatchObject({ score: 0, passed: false });
    await verify([endless]);
    expect(calls.verified).toBe(2);
  });

  it("equal completions of a task are judged once", async () => {
    const { verify, calls } = await start();
    await verify([item("a", "12")]);
    const [again] = await verify([item("b", "12")]);
    expect(again?.verdict?.score).toBe(1);
    await verify([item("c", "12", { taskId: "sums/1.0.0/train/6" })]);
    expect(calls.verified).toBe(2);
  });

  it("refuses empty, oversized and ambiguous batches as a whole", async () => {
    const { verify } = await start();
    await expect(verify([])).rejects.toMatchObject({ reason: "MESSAGE_INVALID", ids: { field: "items" } });
    const twice = verify([item("a", "1"), item("a", "2")]);
    await expect(twice).rejects.toMatchObject({ reason: "MESSAGE_INVALID", ids: { field: "items[1].item_id" } });
  });

  it("the same world is an environment of one turn, with the score as reward", async () => {
    const { address } = await start();
    const { results } = await call<object, CreateGroupsResponse>(environmentClient(address), "CreateGroups", {
      requestId: "r",
      leaseId: "l",
      environment: "sums",
      groups: [{ groupKey: "g", taskId: "sums/1.0.0/train/7", seed: "1", replicaCount: 1 }],
    });
    const { outcome } = await stepOnce(address, stepItem(results[0]?.group?.sessions[0]?.sessionId ?? "", 1, "12"));
    expect(outcome).toMatchObject({ endReason: "END_REASON_GOAL_REACHED", score: 1 });
    expect(outcome?.agents[0]).toMatchObject({ reward: 1, terminated: true });
  });
});
