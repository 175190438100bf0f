// Who may do what: tokens and certificates, scopes, principals that cannot see each other, and the agent plane.

import { createHash } from "node:crypto";
import { type ChannelCredentials, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import type { ClientIdentity } from "../../client/transport/client-identity.ts";
import { GrpcWorldService } from "../../client/transport/grpc-world-service.ts";
import type { World } from "../../envs/core/world.ts";
import { anchorgymV1 } from "../../proto/definition.ts";
import type { CreateGroupsResponse } from "../../proto/gen/anchorgym/v1/CreateGroupsResponse.ts";
import type { StepResponse } from "../../proto/gen/anchorgym/v1/StepResponse.ts";
import { decodeCallError, decodeStatus } from "../../proto/rich-status.ts";
import type { AuthSettings } from "../../server/security/identity.ts";
import { createServer, type ServerOptions } from "../../server/server.ts";
import { hasOpenssl, makeCertificates } from "../doubles/certificates.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";
import { closeAll, onClose } from "../doubles/running-server.ts";

afterEach(closeAll);

const digest = (token: string): string => createHash("sha256").update(token).digest("hex");
const AUTH: AuthSettings = {
  principals: [
    { name: "ann", scopes: ["catalog", "control"], tokenSha256: [digest("ann-secret")] },
    { name: "bob", scopes: ["catalog", "control"], tokenSha256: [digest("bob-secret")] },
    { name: "reader", scopes: ["catalog"], tokenSha256: [digest("reader-secret")], certificateNames: ["reader-cert"] },
  ],
};

async function start(options: Partial<ServerOptions> = {}, lines: string[] = []) {
  const logger = pino({ level: "trace" }, { write: (line: string) => lines.push(line) });
  const world = corridorWorld() as unknown as World;
  const server = await createServer({ worlds: [world], auth: AUTH, logger, ...options });
  onClose(() => server.close());
  return server;
}

async function callAs<Response>(
  address: string,
  token: string | undefined,
  service: "CatalogService" | "EnvironmentService",
  method: string,
  request: object,
  channel: ChannelCredentials = credentials.createInsecure(),
): Promise<Response> {
  const client = new anchorgymV1[service](address, channel);
  const metadata = new Metadata();
  if (token !== undefined) metadata.set("authorization", `Bearer ${token}`);
  try {
    return await new Promise<Response>((resolve, reject) => {
      const invoke = (client as unknown as Record<string, (...words: unknown[]) => void>)[method];
      const options = { deadline: Date.now() + 5_000 };
      invoke?.call(client, request, metadata, options, (error: ServiceError | null, response: Response) => {
        if (error === null) resolve(response);
        else reject(decodeCallError(error));
      });
    });
  } finally {
    client.close();
  }
}

let requests = 0;
async function createAs(address: string, token: string | undefined, more: object = {}) {
  const request = {
    requestId: `request-${requests++}`,
    leaseId: "lease",
    environment: "corridor",
    groups: [{ groupKey: "g", taskId: "corridor/1.0.0/train/1", seed: "1", replicaCount: 2 }],
    ...more,
  };
  const { results } = await callAs<CreateGroupsResponse>(address, token, "EnvironmentService", "CreateGroups", request);
  const group = results[0]?.group;
  if (group == null) throw decodeStatus(results[0]!.status!);
  return group;
}

const step = (sessionId: string, text = "look", seq = 1) => ({
  items: [{ sessionId, epoch: 1, seq, actions: [{ agentId: "", text }] }],
});

describe("bearer tokens", () => {
  it("a missing or unknown token is TOKEN_INVALID, a missing scope SCOPE_MISSING, health asks nobody", async () => {
    const { address } = await start();
    for (const token of [undefined, "nobody", "Bearer x"]) {
      await expect(callAs(address, token, "CatalogService", "ListEnvironments", {})).rejects.toMatchObject({
        reason: "TOKEN_INVALID",
      });
    }
    await expect(callAs(address, "reader-secret", "CatalogService", "ListEnvironments", {})).resolves.toBeDefined();
    await expect(createAs(address, "reader-secret")).rejects.toMatchObject({
      reason: "SCOPE_MISSING",
      ids: { scope: "control" },
    });
  });

  it("another principal's sessions answer like sessions that never were, in every call", async () => {
    const { address } = await start();
    const group = await createAs(address, "ann-secret");
    const sessionId = group.sessions[0]!.sessionId;
    const errorOf = async (token: string, id: string) => {
      const response = await callAs<StepResponse>(address, token, "EnvironmentService", "Step", step(id));
      const error = decodeStatus(response.results[0]!.status!);
      return { reason: error.reason, sentence: error.sentence };
    };
    expect(await errorOf("bob-secret", sessionId)).toEqual(await errorOf("bob-secret", "never-was"));
    const closing = await callAs<{ results: { status: never; closed: unknown }[] }>(
      address,
      "bob-secret",
      "EnvironmentService",
      "CloseSessions",
      { sessionIds: [sessionId], groupIds: [group.groupId] },
    );
    expect(closing.results.map(({ status }) => decodeStatus(status).reason)).toEqual([
      "SESSION_NOT_FOUND",
      "GROUP_NOT_FOUND",
    ]);
    const own = await callAs<StepResponse>(address, "ann-secret", "EnvironmentService", "Step", step(sessionId));
    expect(own.results[0]?.outcome?.seq).toBe(1);
  });

  it("one principal's lease, request id and share are not another's", async () => {
    const { address, renderMetrics } = await start({ limits: { maxSessions: 8, maxSessionsPerPrincipal: 4 } });
    const ann = await createAs(address, "ann-secret", { requestId: "same" });
    const bob = await createAs(address, "bob-secret", { requestId: "same" });
    expect(bob.groupId).not.toBe(ann.groupId);
    await createAs(address, "ann-secret");
    await expect(createAs(address, "ann-secret")).rejects.toMatchObject({ reason: "QUOTA_EXCEEDED" });
    await createAs(address, "bob-secret");
    await expect(createAs(address, "bob-secret")).rejects.toMatchObject({ reason: "CAPACITY_EXHAUSTED" });
    expect(renderMetrics()).toContain('anchorgym_admission_rejections_total{reason="QUOTA_EXCEEDED"} 1\n');
  });

  it("neither tokens nor what agents say or see reach the log, at any level", async () => {
    const lines: string[] = [];
    const { address } = await start({}, lines);
    const group = await createAs(address, "ann-secret");
    await callAs(address, "ann-secret", "EnvironmentService", "Step", step(group.sessions[0]!.sessionId, "my thought"));
    await createAs(address, "wrong-secret").catch(() => undefined);
    const text = lines.join("");
    expect(lines.length).toBeGreaterThan(0);
    for (const secret of ["ann-secret", "wrong-secret", digest("ann-secret"), "my thought", "You are in cell"]) {
      expect(text).not.toContain(secret);
    }
  });

  it.each([
    [{ principals: [] }, /names no principal/],
    [{ principals: [{ name: "a", scopes: [], tokenSha256: ["plain"] }] }, /64 hex digits/],
    [{ principals: [AUTH.principals[0]!, { ...AUTH.principals[0]!, name: "c" }] }, /given twice/],
  ] as [AuthSettings, RegExp][])("refuses settings that are no settings: %#", async (auth, sentence) => {
    await expect(start({ auth })).rejects.toThrow(sentence);
  });

  it("tokens in plain text off loopback are refused at start", async () => {
    await expect(start({ host: "0.0.0.0" })).rejects.toThrow(/plain text/);
  });
});

describe("agent tokens", () => {
  it("step their own session and nothing else, and show no reward, score, metric or hash", async () => {
    const { address } = await start();
    const group = await createAs(address, "ann-secret", { issueAgentTokens: true });
    const [own, other] = group.sessions.map(({ sessionId, agentTokens }) => ({
      sessionId,
      token: agentTokens[0]!.token,
    }));
    const asAgent = (method: string, request: object) =>
      callAs<StepResponse>(address, own!.token, "EnvironmentService", method, request);
    const { results } = await asAgent("Step", step(own!.sessionId, "go right"));
    const outcome = results[0]!.outcome!;
    expect(outcome.seq).toBe(1);
    expect(outcome.agents[0]!.observation!.blocks[0]!.text).toMatch(/You are in cell/);
    expect(outcome.agents[0]!.actionValidity).toBe("ACTION_VALIDITY_VALID");
    const hashes = [outcome.fullStateHash, outcome.semanticStateHash, outcome.agents[0]!.observationHash];
    expect(hashes.every((hash) => hash.length === 0)).toBe(true);
    expect(outcome.agents[0]!.actionSpace!.digest).toHaveLength(0);
    expect(outcome.agents[0]!.rewardComponents).toEqual([]);
    const foreign = await asAgent("Step", step(other!.sessionId));
    expect(decodeStatus(foreign.results[0]!.status!).reason).toBe("SESSION_NOT_FOUND");
    for (const [method, request] of [
      ["CreateGroups", {}],
      ["CloseSessions", { sessionIds: [own!.sessionId] }],
      ["RenewLease", { leaseId: "lease" }],
    ] as const) {
      await expect(asAgent(method, request)).rejects.toMatchObject({ reason: "SCOPE_MISSING" });
    }
    await expect(callAs(address, own!.token, "CatalogService", "ListEnvironments", {})).rejects.toMatchObject({
      reason: "SCOPE_MISSING",
    });
    const peeking = step(own!.sessionId, "look", 2);
    const withHash = { items: [{ ...peeking.items[0], expectedFullStateHash: Buffer.alloc(32, 1) }] };
    await expect(asAgent("Step", withHash)).rejects.toMatchObject({ reason: "MESSAGE_INVALID" });
  });

  it("the last outcome tells that it is over, not what it was worth", async () => {
    const { address } = await start();
    const group = await createAs(address, "ann-secret", { issueAgentTokens: true });
    const { sessionId, agentTokens } = group.sessions[0]!;
    const token = agentTokens[0]!.token;
    for (let seq = 1; seq <= 2; seq++) {
      const request = step(sessionId, "go right", seq);
      const { results } = await callAs<StepResponse>(address, token, "EnvironmentService", "Step", request);
      if (seq === 1) continue;
      expect(results[0]!.outcome).toMatchObject({ endReason: "END_REASON_GOAL_REACHED", actingAgents: [] });
      expect(results[0]!.outcome!.score).toBeUndefined();
      expect(results[0]!.outcome!.agents[0]).toMatchObject({ reward: 0, terminated: true });
    }
  });

  it("a forged token is refused", async () => {
    const { address } = await start();
    const group = await createAs(address, "ann-secret", { issueAgentTokens: true });
    const [kind, body, signature] = group.sessions[0]!.agentTokens[0]!.token.split(".");
    const forged = Buffer.from(JSON.stringify(["bob", "x", ""])).toString("base64url");
    for (const token of [`${kind}.${forged}.${signature}`, `${kind}.${body}`, "agent.", `${kind}.${body}.AAAA`]) {
      await expect(callAs(address, token, "EnvironmentService", "Step", step("x"))).rejects.toMatchObject({
        reason: "TOKEN_INVALID",
      });
    }
  });
});

describe("TLS", () => {
  it.skipIf(!hasOpenssl)("serves over TLS, and with mTLS knows a principal by its certificate", async () => {
    const { read } = makeCertificates({ server: "localhost", client: "reader-cert" });
    const pem = (file: string): Buffer => Buffer.from(read(file));
    const tls = { certificate: read("server.pem"), key: read("server.key") };
    const server = await start({ tls, host: "localhost" });
    const secure = credentials.createSsl(pem("ca.pem"));
    const list = (address: string, token: string | undefined, channel?: ChannelCredentials) =>
      callAs(address, token, "CatalogService", "ListEnvironments", {}, channel);
    await expect(list(server.address, "ann-secret", secure)).resolves.toBeDefined();
    await expect(list(server.address, "ann-secret")).rejects.toMatchObject({ name: "TransportError" });

    const mutual = await start({ tls: { ...tls, clientCa: read("ca.pem") }, host: "localhost" });
    const own = credentials.createSsl(pem("ca.pem"), pem("client.key"), pem("client.pem"));
    await expect(list(mutual.address, undefined, own)).resolves.toBeDefined();
    await expect(list(mutual.address, "ann-secret", secure)).rejects.toMatchObject({ name: "TransportError" });
  });

  it.skipIf(!hasOpenssl)("a key that is none is refused at start", async () => {
    await expect(start({ tls: { certificate: "x", key: "y" } })).rejects.toThrow(/tls/);
  });
});

describe("this project's own client", () => {
  it("plays with its token, and is refused without", async () => {
    const { address } = await start();
    const open = (identity: ClientIdentity) => {
      const service = new GrpcWorldService({ addresses: [address], environment: "corridor", identity });
      onClose(() => service.close());
      return service;
    };
    await expect(open({}).connect()).rejects.toMatchObject({ reason: "TOKEN_INVALID" });
    const service = open({ token: "ann-secret" });
    await service.connect();
    const specs = [{ groupKey: "g", taskId: "corridor/1.0.0/train/1", seed: 1, replicaCount: 1 }];
    const [group] = await service.createGroups(specs);
    if (group === undefined || "error" in group) throw new Error("no group");
    expect((await service.step(group.sessions[0]!, "look")).seq).toBe(1);
  });
});

describe("the metrics endpoint", () => {
  it("serves the exposition and the health over HTTP, and nothing else", async () => {
    const server = await start({ metricsPort: 0, auth: undefined as never });
    const group = await createAs(server.address, undefined);
    await callAs(server.address, undefined, "EnvironmentService", "Step", step(group.sessions[0]!.sessionId));
    const get = async (path: string) => {
      const response = await fetch(`http://${server.metricsAddress}${path}`);
      return { status: response.status, text: await response.text() };
    };
    const { text } = await get("/metrics");
    expect(text).toContain('anchorgym_sessions{environment="corridor",state="ACTIVE"} 2\n');
    expect(text).toContain('anchorgym_steps_total{environment="corridor",validity="NO_EFFECT"} 1\n');
    expect(text).toContain('anchorgym_groups_created_total{result="created"} 1\n');
    expect(text).toMatch(/anchorgym_step_seconds_count\{phase="env"\} 1\n/);
    expect(text).toMatch(/anchorgym_message_bytes_total\{direction="in"\} \d+\n/);
    expect(await get("/healthz")).toMatchObject({ status: 200 });
    expect(await get("/else")).toMatchObject({ status: 404 });
  });
});
