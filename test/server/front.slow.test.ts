// A front and two workers in one process: callers are known to the workers as they were to the front, and nobody else can
// say who calls.

import { createHash } from "node:crypto";
import { credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import type { World } from "../../envs/core/world.ts";
import { anchorgymV1 } from "../../proto/definition.ts";
import type { CreateGroupsResponse } from "../../proto/gen/anchorgym/v1/CreateGroupsResponse.ts";
import type { StepResponse } from "../../proto/gen/anchorgym/v1/StepResponse.ts";
import { decodeCallError, decodeStatus } from "../../proto/rich-status.ts";
import { createFront } from "../../server/front/front.ts";
import { forwardedMetadata, newForwardKey } from "../../server/security/forwarding.ts";
import { createServer } from "../../server/server.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";
import { closeAll, onClose } from "../doubles/running-server.ts";

afterEach(closeAll);

const digest = (token: string): string => createHash("sha256").update(token).digest("hex");
const AUTH = {
  principals: [
    { name: "ann", scopes: ["catalog", "control"] as const, tokenSha256: [digest("ann-secret")] },
    { name: "bob", scopes: ["catalog", "control"] as const, certificateNames: ["bøb"] },
  ],
};

async function start() {
  const key = newForwardKey();
  const workers = await Promise.all(
    [0, 1].map(async () => {
      const server = await createServer({
        worlds: [corridorWorld() as World],
        auth: AUTH,
        logger: pino({ level: "silent" }),
        forward: { port: 0, key },
      });
      onClose(() => server.close());
      return server;
    }),
  );
  const openFront = async () => {
    const front = await createFront({
      host: "127.0.0.1",
      port: 0,
      workers: workers.map(({ address, forwardAddress = "" }) => ({ address, forwardAddress })),
      forwardKey: key,
      tls: undefined,
      authenticates: true,
      maxMessageBytes: 1_048_576,
    });
    onClose(() => front.drain());
    return front.address;
  };
  return { key, workers, openFront };
}

async function callWith<Response>(
  address: string,
  metadata: Metadata,
  method: string,
  request: object,
): Promise<Response> {
  const client = new anchorgymV1.EnvironmentService(address, credentials.createInsecure());
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

function bearer(token: string): Metadata {
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${token}`);
  return metadata;
}

const create = {
  requestId: "front",
  leaseId: "lease",
  environment: "corridor",
  groups: [0, 1, 2, 3].map((index) => ({
    groupKey: `g${index}`,
    taskId: `corridor/1.0.0/train/${index}`,
    seed: "1",
    replicaCount: 1,
  })),
  issueAgentTokens: true,
};
const stepsOf = (ids: readonly string[], seq: number) => ({
  items: ids.map((sessionId) => ({ sessionId, epoch: 1, seq, actions: [{ agentId: "", text: "look" }] })),
});

describe("a front", () => {
  it("refers to workers under their own addresses and passes the caller's token on", async () => {
    const { workers, openFront } = await start();
    const front = await openFront();
    const { results } = await callWith<CreateGroupsResponse>(front, bearer("ann-secret"), "CreateGroups", create);
    const sessions = results.flatMap(({ group }) => group?.sessions ?? []);
    expect(new Set(sessions.map(({ endpoint }) => endpoint))).toEqual(new Set(workers.map(({ address }) => address)));
    const ids = sessions.map(({ sessionId }) => sessionId);
    const stepped = await callWith<StepResponse>(front, bearer("ann-secret"), "Step", stepsOf(ids, 1));
    expect(stepped.results.map(({ outcome }) => outcome?.seq)).toEqual([1, 1, 1, 1]);
    for (const metadata of [bearer("wrong"), new Metadata()]) {
      const refused = callWith(front, metadata, "Step", stepsOf(ids, 2));
      await expect(refused).rejects.toMatchObject({ reason: "TOKEN_INVALID" });
    }
    await expect(callWith(front, bearer("ann-secret"), "Step", { items: [] })).rejects.toMatchObject({
      reason: "MESSAGE_INVALID",
    });
  });

  it("passes agent tokens on, also where it has to ask every worker", async () => {
    const { openFront } = await start();
    const { results } = await callWith<CreateGroupsResponse>(
      await openFront(),
      bearer("ann-secret"),
      "CreateGroups",
      create,
    );
    // Another front remembers no holder; three of four answers come from the worker that did not sign the token.
    const front = await openFront();
    for (const { group } of results) {
      const [session] = group?.sessions ?? [];
      const token = session?.agentTokens[0]?.token ?? "";
      const ids = [session?.sessionId ?? ""];
      const stepped = await callWith<StepResponse>(front, bearer(token), "Step", stepsOf(ids, 1));
      expect(stepped.results[0]?.outcome).toMatchObject({ seq: 1, agents: [{ reward: 0 }] });
      expect(stepped.results[0]?.outcome?.fullStateHash).toHaveLength(0);
      const foreign = await callWith<StepResponse>(front, bearer(token), "Step", stepsOf(["nobody/0"], 1));
      expect(decodeStatus(foreign.results[0]!.status!).reason).toBe("SESSION_NOT_FOUND");
    }
    const forged = callWith(front, bearer("agent.e30.AAAA"), "Step", stepsOf(["nobody/0"], 1));
    await expect(forged).rejects.toMatchObject({ reason: "TOKEN_INVALID" });
  });

  it("is believed by its key alone: what a caller says of itself counts on no port", async () => {
    const { key, workers, openFront } = await start();
    const [{ address, forwardAddress = "" }] = workers as [(typeof workers)[0]];
    const asBob = (givenKey: string): Metadata =>
      forwardedMetadata(givenKey, { authorization: undefined, certificateName: "bøb" });
    const closing = { sessionIds: ["nobody"] };
    await expect(callWith(forwardAddress, asBob(key), "CloseSessions", closing)).resolves.toBeDefined();
    for (const [where, metadata] of [
      [forwardAddress, asBob(newForwardKey())],
      [forwardAddress, asBob("")],
      [forwardAddress, bearer("ann-secret")],
      // The right key is of no use elsewhere: the headers are not looked at.
      [address, asBob(key)],
      [await openFront(), asBob(key)],
    ] as const) {
      await expect(callWith(where, metadata, "CloseSessions", closing)).rejects.toMatchObject({
        reason: "TOKEN_INVALID",
      });
    }
  });
});
