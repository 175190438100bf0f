import { type Client, credentials, makeGenericClientConstructor } from "@grpc/grpc-js";
import { service } from "grpc-health-check";
import { afterEach, describe, expect, it } from "vitest";
import { corridorWorld } from "../doubles/corridor-world.ts";
import { InteractProbe } from "../doubles/interact-probe.ts";
import {
  call,
  closeAll,
  createGroup,
  createGroups,
  onClose,
  startServer,
  stepItem,
} from "../doubles/running-server.ts";

afterEach(closeAll);

function healthClient(address: string): Client {
  const Health = makeGenericClientConstructor(service, "Health");
  const client = new Health(address, credentials.createInsecure());
  onClose(() => client.close());
  return client;
}
const healthOf = async (client: Client, name: string): Promise<unknown> =>
  (await call<object, { status: unknown }>(client, "check", { service: name })).status;

describe("health", () => {
  it("answers for the server and for each service", async () => {
    const { address } = await startServer();
    const client = healthClient(address);
    for (const name of ["", "anchorgym.v1.CatalogService", "anchorgym.v1.EnvironmentService"]) {
      expect(await healthOf(client, name)).toBe("SERVING");
    }
  });
});

describe("drain", () => {
  it("says goodbye, refuses new groups, finishes and answers running steps, and ends", async () => {
    const server = await startServer([corridorWorld({ stepMs: 4 }) as never]);
    const { address } = server;
    const { sessions } = await createGroup(address, 4, 20);
    const client = healthClient(address);
    await healthOf(client, "");
    const probe = new InteractProbe(address);
    await probe.hello();
    probe.send({ frameId: 2, step: { items: sessions.map(({ sessionId }) => stepItem(sessionId, 1, "look")) } });
    await probe.until(() => probe.answersTo(2).length > 0);
    const drained = server.drain();
    await probe.until(() => probe.frames.some(({ frame }) => frame === "goAway"));
    const goAway = probe.frames.find(({ frame }) => frame === "goAway")?.goAway;
    expect(goAway).toMatchObject({ reason: "GO_AWAY_REASON_DRAINING", deadline: { seconds: "25" } });
    expect(await healthOf(client, "")).toBe("NOT_SERVING");
    await expect(createGroups(address, [0], 1)).rejects.toMatchObject({ reason: "DRAINING", retryable: true });
    expect(await probe.results(2)).toHaveLength(20);
    probe.stream.end();
    await drained;
    await expect(createGroups(address, [0], 1)).rejects.toMatchObject({ reason: "SERVER_UNREACHABLE" });
  });

  it("does not wait for ever for a client that ignores the goodbye", async () => {
    const server = await startServer(undefined, { drainGraceMs: 200 });
    const probe = new InteractProbe(server.address);
    await probe.hello();
    await server.drain();
    await probe.until(() => probe.error !== undefined);
    expect(probe.error).toMatchObject({ reason: "DRAINING", retryable: true });
  });
});
