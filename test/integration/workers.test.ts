// `serve --workers 2`: groups spread over workers, sessions referred to them, unary calls forwarded by the front, and a
// worker that is killed comes back on its port with its sessions.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { DEFAULT_TIMEOUTS } from "../../client/transport/channel-options.ts";
import { EnvironmentClient } from "../../client/transport/environment-client.ts";
import { GrpcWorldService } from "../../client/transport/grpc-world-service.ts";
import { InteractClient } from "../../client/transport/interact-client.ts";
import { LocalServers, nodeCommand } from "../../client/transport/local-servers.ts";
import { isGroupFailure } from "../../client/transport/world-service.ts";
import { decodeStatus } from "../../proto/rich-status.ts";
import { closeAll, onClose } from "../doubles/running-server.ts";
import { workersOf } from "./worker-processes.ts";

afterEach(closeAll);

it("spreads, refers, forwards, and replaces a killed worker with its sessions", async () => {
  const folder = mkdtempSync(join(tmpdir(), "anchorgym-workers-"));
  onClose(() => rmSync(folder, { recursive: true, force: true }));
  const flags = ["--env", "household", "--workers", "2", "--log-dir", folder];
  const fronts = await LocalServers.start({
    command: [...nodeCommand("cli/main.ts"), "serve", ...flags],
    count: 1,
    startTimeoutMs: 150_000,
    stopTimeoutMs: 20_000,
  });
  onClose(() => fronts.stop());
  const address = fronts.addresses[0]!;

  const service = new GrpcWorldService({ addresses: [address], environment: "household" });
  onClose(() => service.close());
  await service.connect();
  const tasks = await service.sampleTasks({ split: "train", seed: 1, offset: 0, count: 4 });
  const specs = tasks.map(({ taskId }, index) => ({ groupKey: `g${index}`, taskId, seed: index, replicaCount: 2 }));
  const groups = (await service.createGroups(specs)).map((result) => {
    if (isGroupFailure(result)) throw result.error;
    return result;
  });
  const sessions = groups.flatMap((group) => group.sessions);
  const endpoints = new Set(sessions.map(({ endpoint }) => endpoint));
  expect(endpoints.size).toBe(2);
  expect(endpoints.has(address)).toBe(false);
  for (const session of sessions) expect((await service.step(session, "look")).seq).toBe(1);

  // Unary stepping through the front splits a batch by holder and keeps its order.
  const unary = new EnvironmentClient(address, "another", DEFAULT_TIMEOUTS);
  onClose(() => unary.close());
  const items = [...sessions].reverse().map(({ sessionId, epoch }) => ({
    sessionId,
    epoch,
    seq: 1,
    actions: [{ agentId: "", text: "look" }],
  }));
  const { results } = await unary.step({ items: [...items, { ...items[0]!, sessionId: "nobody/0" }] });
  expect(results.slice(0, -1).map(({ sessionId, outcome }) => [sessionId, outcome?.replayed])).toEqual(
    items.map(({ sessionId }) => [sessionId, true]),
  );
  expect(decodeStatus(results.at(-1)!.status!).reason).toBe("SESSION_NOT_FOUND");
  const { log } = await unary.getTrajectory(sessions[0]!.sessionId, 0);
  expect(log?.entries).toHaveLength(2);
  const stream = new InteractClient({ address, leaseId: "x", timeouts: { ...DEFAULT_TIMEOUTS, reconnectMs: 1 } });
  onClose(() => stream.close());
  await expect(stream.step({ sessionId: "s", epoch: 1, seq: 1, actions: [] })).rejects.toMatchObject({
    name: expect.stringMatching(/SessionError|TransportError/),
  });

  const [victim] = workersOf(fronts.pids[0]!);
  process.kill(victim!, "SIGKILL");
  const after = await Promise.all(sessions.map((session) => service.step(session, "look")));
  expect(after.map(({ seq }) => seq)).toEqual(sessions.map(() => 2));
  expect(service.counters.sessionsRecovered).toBeGreaterThan(0);

  await service.closeGroups(groups.map(({ groupId }) => groupId));
  const workers = workersOf(fronts.pids[0]!);
  await fronts.stop();
  for (const pid of workers) expect(() => process.kill(pid, 0)).toThrow();
});
