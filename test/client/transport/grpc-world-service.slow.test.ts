import { createServer as createTcpServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { TransportTimeouts } from "../../../client/transport/channel-options.ts";
import { GrpcWorldService } from "../../../client/transport/grpc-world-service.ts";
import {
  type GroupFailure,
  type GroupStart,
  isGroupFailure,
  type RemoteSession,
} from "../../../client/transport/world-service.ts";
import type { Action } from "../../../envs/core/types.ts";
import type { RunningServer } from "../../../server/server.ts";
import { corridorWorld } from "../../doubles/corridor-world.ts";
import { closeAll, onClose, startServer } from "../../doubles/running-server.ts";
import { TcpProxy } from "../../doubles/tcp-proxy.ts";

afterEach(closeAll);

/** Short enough that the tests of failures take no time; ample for a loopback. */
const QUICK: Partial<TransportTimeouts> = { stepTimeoutMs: 5_000, reconnectMs: 600, callTimeoutMs: 5_000 };

function newService(addresses: readonly string[], timeouts: Partial<TransportTimeouts> = {}): GrpcWorldService {
  const service = new GrpcWorldService({ addresses, environment: "corridor", timeouts: { ...QUICK, ...timeouts } });
  onClose(() => service.close());
  return service;
}

const spec = (groupKey: string, replicaCount = 2, taskIndex = 4) => ({
  groupKey,
  taskId: `corridor/1.0.0/train/${taskIndex}`,
  seed: 7,
  replicaCount,
});

function started(results: readonly (GroupStart | GroupFailure)[]): readonly GroupStart[] {
  return results.map((result) => {
    if (isGroupFailure(result)) throw result.error;
    return result;
  });
}

async function newGroup(service: GrpcWorldService, replicaCount = 2): Promise<GroupStart> {
  const [group] = started(await service.createGroups([spec("g", replicaCount)]));
  if (group === undefined) throw new Error("no group");
  return group;
}

const firstOf = ({ sessions }: GroupStart): RemoteSession => sessions[0] as RemoteSession;

/** An address on which nobody listens. */
async function deadAddress(): Promise<string> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return `127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
}

describe("episodes over the wire", () => {
  it("are those of the world itself, admissible lists and ends included", async () => {
    const { address } = await startServer();
    const service = newService([address]);
    await service.connect();
    const { initial, sessions } = await newGroup(service, 1);
    const world = corridorWorld();
    const task = world.task("train", 4);
    let state = world.reset(task, 7, null);
    expect(initial.observation).toBe("You are in cell 5 of 11.");
    expect(initial.admissible).toEqual(world.admissibleActions(state, ""));
    const session = sessions[0] as RemoteSession;
    const plan = [...Array(6).fill("go left"), "look", ...Array(10).fill("go right")];
    for (const [index, action] of plan.entries()) {
      const outcome = await service.step(session, action);
      const transition = world.step(state, new Map([["", { text: action } as Action]]));
      state = transition.state;
      expect(outcome).toMatchObject({
        seq: index + 1,
        observation: `You are in cell ${state.cell} of 11.`,
        reward: transition.agents.get("")?.reward,
        validity: transition.agents.get("")?.validity,
        endReason: transition.endReason,
        score: transition.score,
        actingAgents: transition.actingAgents,
      });
      expect(outcome.admissible).toEqual(transition.endReason ? [] : world.admissibleActions(state, ""));
      expect(session.nextSeq).toBe(index + 2);
    }
    expect(state.cell).toBe(10);
    await expect(service.step(session, "look")).rejects.toMatchObject({ reason: "EPISODE_ENDED" });
  });

  it("steps of one turn of the event loop share frames", async () => {
    const server = await startServer();
    const service = newService([server.address]);
    const groups = started(await service.createGroups(Array.from({ length: 8 }, (_, i) => spec(`g${i}`, 16))));
    const sessions = groups.flatMap((group) => group.sessions);
    for (let turn = 1; turn <= 3; turn++) {
      const outcomes = await Promise.all(sessions.map((session) => service.step(session, "look")));
      expect(outcomes.every(({ seq }) => seq === turn)).toBe(true);
    }
    expect(server.counters).toMatchObject({ steps_total: 3 * 128, streams_opened_total: 1 });
  });

  it("a session takes one step at a time, and none when its group is closed", async () => {
    const { address, liveSessionCount } = await startServer();
    const service = newService([address]);
    const group = await newGroup(service);
    const running = service.step(firstOf(group), "look");
    await expect(service.step(firstOf(group), "look")).rejects.toMatchObject({ reason: "MESSAGE_INVALID" });
    expect((await running).seq).toBe(1);
    await service.closeGroups([group.groupId, "unknown"]);
    expect(liveSessionCount()).toBe(0);
    await expect(service.step(firstOf(group), "look")).rejects.toMatchObject({ reason: "SESSION_CLOSED" });
  });

  it("actions of any length and content are judged by the world", async () => {
    const { address } = await startServer();
    const service = newService([address]);
    const { sessions } = await newGroup(service, 40);
    const texts = ["x".repeat(60_000), "x".repeat(3_000_000), "\ud800", ""];
    const outcomes = await Promise.all(sessions.map((s, index) => service.step(s, texts[index % 4] ?? "")));
    const judged = outcomes.slice(0, 4).map(({ validity }) => validity);
    expect(judged).toEqual(["UNPARSABLE", "UNPARSABLE", "NOT_ADMISSIBLE", "NOT_ADMISSIBLE"]);
  });

  it("lists and samples tasks over as many calls as that takes", async () => {
    const { address } = await startServer([corridorWorld({ trainTasks: 700 }) as never]);
    const service = newService([address]);
    const listed = await service.listTasks("train", 1_000);
    expect(listed.map(({ index }) => index)).toEqual(Array.from({ length: 700 }, (_, index) => index));
    expect(listed[3]).toMatchObject({ environment: "corridor", split: "train", maxTurns: 20, tags: ["odd"] });
    const sampled = await service.sampleTasks({ split: "train", seed: 3, offset: 0, count: 700 });
    expect(new Set(sampled.map(({ taskId }) => taskId)).size).toBe(700);
    await expect(service.listTasks("dev", 1)).rejects.toMatchObject({ reason: "TASK_NOT_FOUND" });
  });
});

describe("several servers", () => {
  it("groups are dealt round robin, each wholly on one server, and answered in order", async () => {
    const servers = [await startServer(), await startServer()];
    const service = newService(servers.map(({ address }) => address));
    await service.connect();
    const groups = started(await service.createGroups([0, 1, 2, 3, 4].map((i) => spec(`g${i}`, 3, i))));
    expect(groups.map(({ groupKey }) => groupKey)).toEqual(["g0", "g1", "g2", "g3", "g4"]);
    for (const group of groups) expect(new Set(group.sessions.map(({ endpoint }) => endpoint)).size).toBe(1);
    expect(servers.map(({ liveSessionCount }) => liveSessionCount())).toEqual([9, 6]);
    const next = started(await service.createGroups([spec("h")]));
    expect(next[0]?.sessions[0]?.endpoint).toBe(servers[1]?.address);
  });

  it("a dead server's groups go to its neighbour, and are counted", async () => {
    const alive = await startServer();
    const service = newService([await deadAddress(), alive.address]);
    const groups = started(await service.createGroups([spec("a"), spec("b"), spec("c")]));
    expect(groups.every((group) => firstOf(group).endpoint === alive.address)).toBe(true);
    expect(service.counters.groupsMoved).toBe(2);
  });

  it("with no server alive the call fails with a retryable error", async () => {
    const service = newService([await deadAddress()]);
    const failed = { reason: "SERVER_UNREACHABLE", retryable: true };
    await expect(service.createGroups([spec("a")])).rejects.toMatchObject(failed);
    await expect(service.listTasks("train", 1)).rejects.toMatchObject(failed);
  });

  it("servers of different builds are refused", async () => {
    const servers = [await startServer(), await startServer([corridorWorld({ version: "1.0.1" }) as never])];
    await expect(newService(servers.map(({ address }) => address)).connect()).rejects.toMatchObject({
      reason: "BUILD_CHANGED",
    });
  });

  it("a group that cannot be made fails alone", async () => {
    const { address } = await startServer(undefined, { maxSessions: 5 });
    const service = newService([address]);
    const results = await service.createGroups([spec("a", 3), { ...spec("b"), taskId: "corridor/1.0.0/train/99" }]);
    expect(results.map((result) => (isGroupFailure(result) ? result.error.reason : "created"))).toEqual([
      "created",
      "TASK_NOT_FOUND",
    ]);
  });
});

describe("faults", () => {
  it("a cut connection loses and repeats nothing", async () => {
    const server = await startServer([corridorWorld({ stepMs: 1 }) as never]);
    const proxy = await TcpProxy.start(server.address);
    const service = newService([proxy.address]);
    const group = await newGroup(service, 64);
    for (let turn = 1; turn <= 6; turn++) {
      const outcomes = group.sessions.map((session) => service.step(session, turn % 2 === 0 ? "go left" : "go right"));
      setTimeout(() => proxy.cut(), turn * 8);
      for (const { observation } of await Promise.all(outcomes)) {
        expect(observation).toBe(`You are in cell ${turn % 2 === 0 ? 5 : 6} of 11.`);
      }
    }
    expect(server.counters.steps_total).toBe(6 * 64);
    expect(proxy.connectionCount).toBeGreaterThan(2);
  });

  it("a server that dies rejects every pending step with a retryable error", async () => {
    const server = await startServer([corridorWorld({ stepMs: 20 }) as never]);
    const service = newService([server.address]);
    const group = await newGroup(service, 32);
    const steps = group.sessions.map((session) => service.step(session, "look"));
    const settled = Promise.allSettled(steps);
    await steps[0];
    await server.close();
    const rejected = (await settled).filter((result) => result.status === "rejected");
    expect(rejected.length).toBeGreaterThan(0);
    for (const { reason } of rejected) expect(reason).toMatchObject({ reason: "SERVER_UNREACHABLE", retryable: true });
    await service.closeGroups([group.groupId]);
    expect(service.counters.groupsLeftToLease).toBe(1);
  });

  it("another server at the same address does not know the sessions, and says so", async () => {
    const first = await startServer();
    const service = newService([first.address], { reconnectMs: 5_000 });
    const group = await newGroup(service);
    await service.step(firstOf(group), "look");
    await first.close();
    const port = Number(first.address.split(":")[1]);
    const { createServer } = await import("../../../server/server.ts");
    const { pino } = await import("pino");
    const worlds = [corridorWorld()] as never;
    const second: RunningServer = await createServer({ worlds, port, logger: pino({ level: "silent" }) });
    onClose(() => second.close());
    await expect(service.step(firstOf(group), "look")).rejects.toMatchObject({
      reason: "SESSION_NOT_FOUND",
      retryable: false,
    });
    // The service itself goes on with new groups.
    expect((await service.step(firstOf(await newGroup(service)), "look")).seq).toBe(1);
  });

  it("silence beyond the deadline rejects the step; it never hangs", async () => {
    const server = await startServer();
    const proxy = await TcpProxy.start(server.address);
    const service = newService([proxy.address], { stepTimeoutMs: 300, callTimeoutMs: 300 });
    const group = await newGroup(service);
    await service.step(firstOf(group), "look");
    proxy.freeze();
    await expect(service.step(firstOf(group), "look")).rejects.toMatchObject({
      reason: "DEADLINE_EXCEEDED",
      retryable: true,
    });
    await expect(service.createGroups([spec("h")])).rejects.toMatchObject({ retryable: true });
  });

  it("a silent stream is dropped and rebuilt", async () => {
    const server = await startServer();
    const frozen = await TcpProxy.start(server.address);
    const service = newService([frozen.address], { leaseTtlMs: 1_000, reconnectMs: 300, callTimeoutMs: 300 });
    const group = await newGroup(service);
    await service.step(firstOf(group), "look");
    frozen.freeze();
    await expect(service.step(firstOf(group), "look")).rejects.toMatchObject({ retryable: true });
    expect(frozen.connectionCount).toBeGreaterThan(2);
  });

  it("a draining server answers what it has and refuses the rest", async () => {
    const server = await startServer([corridorWorld({ stepMs: 10 }) as never]);
    const service = newService([server.address]);
    const group = await newGroup(service, 16);
    const steps = group.sessions.map((session) => service.step(session, "look"));
    await steps[0];
    const drained = server.drain();
    expect((await Promise.all(steps)).every(({ seq }) => seq === 1)).toBe(true);
    await expect(service.step(firstOf(group), "look")).rejects.toMatchObject({ retryable: true });
    await drained;
  });

  it("an idle client keeps its sessions; a vanished one loses them", async () => {
    const server = await startServer();
    const proxy = await TcpProxy.start(server.address);
    const idle = newService([server.address], { leaseTtlMs: 1_000 });
    const vanishing = newService([proxy.address], { leaseTtlMs: 1_000 });
    const kept = await newGroup(idle);
    await newGroup(vanishing, 3);
    proxy.close();
    while (server.liveSessionCount() > 2) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.counters.sessions_lease_expired_total).toBe(3);
    expect((await idle.step(firstOf(kept), "look")).seq).toBe(1);
  });

  it("a closed service refuses everything and leaves no session behind", async () => {
    const { address, liveSessionCount } = await startServer();
    const service = newService([address]);
    const group = await newGroup(service);
    await service.close();
    expect(liveSessionCount()).toBe(0);
    await expect(service.step(firstOf(group), "look")).rejects.toMatchObject({ reason: "CLIENT_CLOSED" });
    await expect(service.createGroups([spec("x")])).rejects.toMatchObject({ reason: "CLIENT_CLOSED" });
  });
});
