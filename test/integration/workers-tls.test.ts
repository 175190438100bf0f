// `serve --workers 2` under TLS: one certificate for the front and its workers, referral under a name of the certificate,
// callers by token and by client certificate, wrong clients, and a worker that is killed and comes back.

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { credentials } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import type { ClientIdentity } from "../../client/transport/client-identity.ts";
import { GrpcWorldService } from "../../client/transport/grpc-world-service.ts";
import { LocalServers, nodeCommand } from "../../client/transport/local-servers.ts";
import { type GroupStart, isGroupFailure } from "../../client/transport/world-service.ts";
import { type Certificates, hasOpenssl, makeCertificates } from "../doubles/certificates.ts";
import { closeAll, onClose } from "../doubles/running-server.ts";
import { workersOf } from "./worker-processes.ts";

afterEach(closeAll);

const COMMAND = [...nodeCommand("cli/main.ts"), "serve"];

/** A front with two workers. @returns its address under the name of the certificate */
async function serve({ path, read }: Certificates, tls: string, auth: string) {
  const folder = mkdtempSync(join(tmpdir(), "anchorgym-workers-tls-"));
  onClose(() => rmSync(folder, { recursive: true, force: true }));
  const config = join(folder, "serve.yaml");
  writeFileSync(
    config,
    `environments: [household]
workers: 2
advertiseHost: localhost
logDir: ${join(folder, "log")}
tls: { certificateFile: ${path("server.pem")}, keyFile: ${path("server.key")}${tls} }
auth:
  principals:
    - { name: trainer, scopes: [catalog, control], ${auth} }
`,
  );
  const pem = (file: string): Buffer => Buffer.from(read(file));
  const own = credentials.createSsl(pem("ca.pem"), pem("client.key"), pem("client.pem"));
  const fronts = await LocalServers.start({
    command: [...COMMAND, "--config", config],
    count: 1,
    startTimeoutMs: 150_000,
    stopTimeoutMs: 20_000,
    healthOf: ({ address }) => ({ address, credentials: own, certificateName: "localhost" }),
  });
  onClose(() => fronts.stop());
  const [address = ""] = fronts.addresses;
  return { fronts, address: `localhost:${address.slice(address.lastIndexOf(":") + 1)}` };
}

function open(address: string, identity: ClientIdentity, connectTimeoutMs = 30_000): GrpcWorldService {
  const timeouts = { connectTimeoutMs };
  const service = new GrpcWorldService({ addresses: [address], environment: "household", identity, timeouts });
  onClose(() => service.close());
  return service;
}

async function play(service: GrpcWorldService): Promise<readonly GroupStart[]> {
  await service.connect();
  const tasks = await service.sampleTasks({ split: "train", seed: 1, offset: 0, count: 4 });
  const specs = tasks.map(({ taskId }, index) => ({ groupKey: `g${index}`, taskId, seed: index, replicaCount: 2 }));
  return (await service.createGroups(specs)).map((result) => {
    if (isGroupFailure(result)) throw result.error;
    return result;
  });
}

const certificates = (): Certificates =>
  makeCertificates({ server: "localhost", client: "trainer-cert", stranger: "trainer", other: "localhost" });

describe.skipIf(!hasOpenssl)("workers under TLS", () => {
  it("are met by a client that verifies them, with a token; wrong clients are refused; a killed worker comes back", async () => {
    const made = certificates();
    const sha256 = createHash("sha256").update("the-token").digest("hex");
    const { fronts, address } = await serve(made, "", `tokenSha256: ["${sha256}"]`);
    const ca = made.read("ca.pem");
    const service = open(address, { token: "the-token", tls: { ca } });
    const groups = await play(service);
    const sessions = groups.flatMap((group) => group.sessions);
    const endpoints = new Set(sessions.map(({ endpoint }) => endpoint));
    expect(endpoints.size).toBe(2);
    for (const endpoint of endpoints) expect(endpoint).toMatch(/^localhost:\d+$/);
    for (const session of sessions) expect((await service.step(session, "look")).seq).toBe(1);

    const elsewhere = makeCertificates({ any: "localhost" }).read("ca.pem");
    for (const place of [address, sessions[0]!.endpoint]) {
      for (const identity of [{ token: "another", tls: { ca } }, { tls: { ca } }]) {
        await expect(open(place, identity).connect()).rejects.toMatchObject({ reason: "TOKEN_INVALID" });
      }
      for (const identity of [{ token: "the-token" }, { token: "the-token", tls: { ca: elsewhere } }]) {
        await expect(open(place, identity, 1_000).connect()).rejects.toMatchObject({ name: "TransportError" });
      }
    }

    const [victim] = workersOf(fronts.pids[0]!);
    process.kill(victim!, "SIGKILL");
    const after = await Promise.all(sessions.map((session) => service.step(session, "look")));
    expect(after.map(({ seq }) => seq)).toEqual(sessions.map(() => 2));
    expect(service.counters.sessionsRecovered).toBeGreaterThan(0);
    // The front reaches the new worker as it reached the old one.
    expect(await play(service)).toHaveLength(4);
  });

  it("know a client by its certificate, straight and through the front, and cut off who has none", async () => {
    const made = certificates();
    const clientCa = `, clientCaFile: ${made.path("ca.pem")}`;
    const { address } = await serve(made, clientCa, "certificateNames: [trainer-cert]");
    const ca = made.read("ca.pem");
    const as = (file: string): ClientIdentity => ({
      tls: { ca, certificate: made.read(`${file}.pem`), key: made.read(`${file}.key`) },
    });
    const service = open(address, as("client"));
    const sessions = (await play(service)).flatMap((group) => group.sessions);
    const endpoints = new Set(sessions.map(({ endpoint }) => endpoint));
    expect(endpoints.size).toBe(2);
    for (const session of sessions) expect((await service.step(session, "look")).seq).toBe(1);
    const foreign = makeCertificates({ client: "trainer-cert" });
    const foreignPair = { certificate: foreign.read("client.pem"), key: foreign.read("client.key") };
    for (const place of [address, sessions[0]!.endpoint]) {
      // Signed by the right authority, and of another name, though it be the principal's.
      await expect(open(place, as("stranger")).connect()).rejects.toMatchObject({ reason: "TOKEN_INVALID" });
      await expect(open(place, { tls: { ca } }, 1_000).connect()).rejects.toMatchObject({ name: "TransportError" });
      const foreigner = open(place, { tls: { ca, ...foreignPair } }, 1_000);
      await expect(foreigner.connect()).rejects.toMatchObject({ name: "TransportError" });
    }
  });

  it("do not start under a name that clients would refuse", async () => {
    const { path } = certificates();
    const folder = mkdtempSync(join(tmpdir(), "anchorgym-workers-tls-"));
    onClose(() => rmSync(folder, { recursive: true, force: true }));
    const config = join(folder, "serve.yaml");
    const pair = `certificateFile: ${path("server.pem")}, keyFile: ${path("server.key")}`;
    writeFileSync(config, `environments: [household]\nworkers: 2\ntls: { ${pair} }\n`);
    await expect(LocalServers.start({ command: [...COMMAND, "--config", config], count: 1 })).rejects.toThrow(
      /referred to 127\.0\.0\.1, for which the certificate is not valid \(it is for CN=localhost\); set advertiseHost/,
    );
  });
});
