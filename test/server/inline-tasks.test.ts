// Tasks by value on the wire: they start, live, are logged, told, forked and judged as tasks of the catalogue are.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { credentials } from "@grpc/grpc-js";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import type { World } from "../../envs/core/world.ts";
import { tallySequential } from "../../envs/tally/tally-world.ts";
import { anchorgymV1 } from "../../proto/definition.ts";
import type { CreateGroupsResponse } from "../../proto/gen/anchorgym/v1/CreateGroupsResponse.ts";
import type { ForkResponse } from "../../proto/gen/anchorgym/v1/ForkResponse.ts";
import type { GetEnvironmentResponse } from "../../proto/gen/anchorgym/v1/GetEnvironmentResponse.ts";
import type { GetTrajectoryResponse } from "../../proto/gen/anchorgym/v1/GetTrajectoryResponse.ts";
import type { ReplayTrajectoryResponse } from "../../proto/gen/anchorgym/v1/ReplayTrajectoryResponse.ts";
import type { ResumeSessionsResponse } from "../../proto/gen/anchorgym/v1/ResumeSessionsResponse.ts";
import { createServer } from "../../server/server.ts";
import {
  call,
  catalogClient,
  closeAll,
  createGroups,
  environmentClient,
  errorOf,
  onClose,
  startServer,
  stepAll,
} from "../doubles/running-server.ts";
import { sumsWorld } from "../doubles/sums-world.ts";

afterEach(closeAll);

const ENVIRONMENT = "tally-sequential";
const inline = (target: unknown, more: object = {}) => ({
  groupKey: `inline ${target}`,
  inlineTaskJson: JSON.stringify({ target }),
  seed: "7",
  replicaCount: 2,
  ...more,
});
const named = { groupKey: "named", taskId: `${ENVIRONMENT}/1.0.0/train/4`, seed: "7", replicaCount: 2 };
const create = (address: string, groups: object[], more: object = {}) =>
  createGroups(address, [], 0, { environment: ENVIRONMENT, groups, ...more });
const start = (dir?: string) =>
  createServer({
    worlds: [tallySequential as World],
    logger: pino({ level: "silent" }),
    ...(dir === undefined ? {} : { log: { dir, durability: "LOG" as const } }),
  }).then((server) => {
    onClose(() => server.close());
    return server;
  });
const sessionsOf = ({ results }: CreateGroupsResponse, at = 0) =>
  results[at]?.group?.sessions.map(({ sessionId }) => sessionId) ?? [];
const say = (sessionId: string, seq: number, text: string, epoch = 1) => ({
  sessionId,
  epoch,
  seq,
  actions: [{ agentId: seq % 2 === 1 ? "a" : "b", text }],
});
const play = async (address: string, sessionId: string, from = 1, to = 3, epoch = 1) => {
  const results = [];
  for (let seq = from; seq <= to; seq++) {
    results.push(...(await stepAll(address, [say(sessionId, seq, "add 1", epoch)])));
  }
  return results.map(({ outcome }) => outcome?.fullStateHash.toString("hex"));
};

describe("an inline task", () => {
  it("starts and goes on in the hashes of the catalogue task with the same data", async () => {
    const { address } = await start();
    const created = await create(address, [named, inline(12), inline(13)]);
    const [first, second, other] = created.results.map(({ group }) => group?.initial);
    expect(second?.fullStateHash).toEqual(first?.fullStateHash);
    expect(second?.semanticStateHash).toEqual(first?.semanticStateHash);
    expect(other?.semanticStateHash).not.toEqual(first?.semanticStateHash);
    const [byName, byValue] = [sessionsOf(created, 0)[0]!, sessionsOf(created, 1)[0]!];
    expect(await play(address, byValue)).toEqual(await play(address, byName));
  });

  it("that cannot be read fails its group alone, with the field's path", async () => {
    const { address, liveSessionCount } = await start();
    const groups = [
      inline(12),
      inline("many"),
      { ...inline(1), groupKey: "no JSON", inlineTaskJson: "{" },
      { ...inline(1), groupKey: "more", inlineTaskJson: '{"target": 3, "speed": 1}' },
      { ...inline(1), groupKey: "large", inlineTaskJson: " ".repeat(70_000) },
      { ...inline(1), groupKey: "surrogate", inlineTaskJson: '{"\\ud800": 1}' },
      { ...inline(1), groupKey: "empty", inlineTaskJson: "" },
      { groupKey: "none", seed: "1", replicaCount: 1 },
    ];
    const { results } = await create(address, groups);
    expect(
      results.map((result) => errorOf(result)).map((error) => error && [error.reason, error.ids["field"]]),
    ).toEqual([
      undefined,
      ["MESSAGE_INVALID", "groups[1].inline_task_json.target"],
      ["MESSAGE_INVALID", "groups[2].inline_task_json"],
      ["MESSAGE_INVALID", "groups[3].inline_task_json"],
      ["MESSAGE_INVALID", "groups[4].inline_task_json"],
      ["MESSAGE_INVALID", "groups[5].inline_task_json"],
      ["MESSAGE_INVALID", "groups[6].inline_task_json"],
      ["MESSAGE_INVALID", "groups[7].task"],
    ]);
    expect(errorOf(results[1])?.message).toContain("target must be an integer from 1 to 48");
    expect(liveSessionCount()).toBe(2);
  });

  it("is part of the request's digest: other content under its request id conflicts", async () => {
    const { address } = await start();
    const more = { requestId: "the-one" };
    const first = await create(address, [inline(12)], more);
    expect(sessionsOf(await create(address, [inline(12)], more))).toEqual(sessionsOf(first));
    const other = create(address, [{ ...inline(12), inlineTaskJson: '{"target":13}' }], more);
    await expect(other).rejects.toMatchObject({ reason: "REQUEST_CONFLICT" });
  });

  it("is in the log that GetTrajectory tells, which replays; an altered one is another problem", async () => {
    const { address } = await start();
    const [sessionId = ""] = sessionsOf(await create(address, [inline(12)]));
    await play(address, sessionId);
    const client = environmentClient(address);
    const { log } = await call<object, GetTrajectoryResponse>(client, "GetTrajectory", { sessionId });
    expect(log?.header).toMatchObject({ inlineTaskJson: '{"target":12}' });
    expect(log?.header?.taskId).toMatch(/^tally-sequential\/1\.0\.0\/inline\/[0-9a-f]{64}$/);
    const replay = (header: object) =>
      call<object, ReplayTrajectoryResponse>(client, "ReplayTrajectory", {
        log: { ...log, header: { ...log?.header, ...header } },
      });
    expect(await replay({})).toEqual({ replayedSteps: 3, buildMatches: true });
    const altered = replay({ inlineTaskJson: '{"target":13}' });
    await expect(altered).rejects.toMatchObject({ reason: "CATALOGUE_CHANGED" });
    await expect(replay({ inlineTaskJson: "[]" })).rejects.toMatchObject({
      reason: "MESSAGE_INVALID",
      ids: { field: "log.header.inline_task_json" },
    });
    await expect(replay({ inlineTaskJson: "" })).rejects.toMatchObject({ reason: "TASK_NOT_FOUND" });
  });

  it("survives suspension, fork and restart, and a retry of the creating call finds it", async () => {
    const dir = mkdtempSync(join(tmpdir(), "anchorgym-inline-"));
    onClose(() => rmSync(dir, { recursive: true, force: true }));
    const server = await start(dir);
    const more = { requestId: "create" };
    const created = await create(server.address, [inline(12)], more);
    const [sessionId = "", twin = ""] = sessionsOf(created);
    const hashes = await play(server.address, sessionId);
    const fork = { requestId: "fork", leaseId: "lease-1", items: [{ sessionId, epoch: 1, atSeq: 1, count: 1 }] };
    const forked = await call<object, ForkResponse>(environmentClient(server.address), "Fork", fork);
    const child = forked.results[0]?.forked?.sessions[0]?.sessionId ?? "";
    expect(await play(server.address, child, 2)).toEqual(hashes.slice(1));
    await server.close();

    const again = await start(dir);
    expect(sessionsOf(await create(again.address, [inline(12)], more))).toEqual([sessionId, twin]);
    const request = { requestId: "resume", leaseId: "lease-2", sessionIds: [sessionId, child, twin] };
    const client = environmentClient(again.address);
    const { results } = await call<object, ResumeSessionsResponse>(client, "ResumeSessions", request);
    expect(results.map(({ resumed }) => resumed?.session?.nextSeq)).toEqual([4, 4, 1]);
    expect(results[0]?.resumed?.session?.fullStateHash.toString("hex")).toBe(hashes[2]);
    expect(await play(again.address, twin, 1, 3, 2)).toEqual(hashes);
    const { log } = await call<object, GetTrajectoryResponse>(client, "GetTrajectory", { sessionId: child });
    expect(log?.header?.inlineTaskJson).toBe('{"target":12}');
  });

  it("a world without them says so for the group alone, and publishes no schema", async () => {
    const { address } = await startServer();
    const { results } = await createGroups(address, [], 0, {
      groups: [inline(12), { groupKey: "fine", taskId: "corridor/1.0.0/train/0", seed: "1", replicaCount: 1 }],
    });
    expect(errorOf(results[0])?.reason).toBe("INLINE_TASK_UNSUPPORTED");
    expect(results[1]?.group).not.toBeNull();
    const schemaOf = async (at: string, name: string) => {
      const answer = await call<object, GetEnvironmentResponse>(catalogClient(at), "GetEnvironment", { name });
      return answer.environment?.taskSchemaJson ?? "";
    };
    expect(await schemaOf(address, "corridor")).toBe("");
    expect(JSON.parse(await schemaOf((await start()).address, ENVIRONMENT))).toMatchObject({ required: ["target"] });
  });

  it("is judged without a session, remembered by its content, and refused alone", async () => {
    const calls = { verified: 0 };
    const { address } = await startServer([sumsWorld(calls) as never]);
    const client = new anchorgymV1.VerifierService(address, credentials.createInsecure());
    onClose(() => client.close());
    const item = (itemId: string, task: object, completion: string) => ({
      itemId,
      environment: "sums",
      ...task,
      completion,
    });
    const { results } = await call<object, { results: { verdict?: { score: number } | null; status: null }[] }>(
      client,
      "Verify",
      {
        items: [
          item("right", { inlineTaskJson: '{"a": 40, "b": 2}' }, "42"),
          item("bad", { inlineTaskJson: '{"a": 40}' }, "42"),
          item("none", {}, "42"),
        ],
      },
    );
    expect(results[0]?.verdict?.score).toBe(1);
    expect(errorOf(results[1])).toMatchObject({
      reason: "MESSAGE_INVALID",
      ids: { field: "items[1].inline_task_json.b" },
    });
    expect(errorOf(results[2])).toMatchObject({ reason: "MESSAGE_INVALID", ids: { field: "items[2].task" } });
    const items = [item("a", { inlineTaskJson: '{"a":7,"b":5}' }, "12")];
    await call(client, "Verify", { items });
    await call(client, "Verify", { items: [item("b", { taskId: "sums/1.0.0/train/7" }, "12")] });
    expect(calls.verified).toBe(2);
  });
});
