// The image's health check as the process that it is: plain text, TLS by the served certificate alone, mTLS.

import { execFile } from "node:child_process";
import { afterEach, describe, expect, it } from "vitest";
import { nodeCommand } from "../../client/transport/local-servers.ts";
import { hasOpenssl, makeCertificates } from "../doubles/certificates.ts";
import { closeAll, startServer } from "../doubles/running-server.ts";

afterEach(closeAll);

async function check(words: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const [program = "", ...before] = nodeCommand("cli/health-check.ts");
  return new Promise<{ code: number; errors: string }>((resolve) => {
    const child = execFile(
      program,
      [...before, ...words],
      { env: { ...process.env, ...variables } },
      (_error, _out, errors) => resolve({ code: child.exitCode ?? -1, errors }),
    );
  });
}

it("a server in plain text is healthy, and one that is not there is not", async () => {
  const { address } = await startServer();
  expect(await check([address])).toEqual({ code: 0, errors: "" });
  expect(await check(["127.0.0.1:1"])).toMatchObject({ code: 1, errors: expect.stringContaining("127.0.0.1:1: 14 ") });
});

describe.skipIf(!hasOpenssl)("a server under TLS", () => {
  it("is healthy to whoever names its certificate, by flag or variable, and to nobody else", async () => {
    const { path, read } = makeCertificates({ server: "envs.example.org", other: "envs.example.org" });
    const tls = { certificate: read("server.pem"), key: read("server.key") };
    const { address } = await startServer(undefined, {}, { tls });
    expect(await check([address, "--certificate", path("server.pem")])).toEqual({ code: 0, errors: "" });
    expect(await check([address], { ANCHORGYM_HEALTH_CERTIFICATE: path("server.pem") })).toEqual({
      code: 0,
      errors: "",
    });
    expect((await check([address, "--certificate", path("other.pem")])).code).toBe(1);
    const plain = await check([address]);
    expect(plain.errors).toContain(
      "it speaks TLS; name the certificate that it serves with --certificate or ANCHORGYM",
    );
    expect(plain.code).toBe(1);
  });

  it("that asks for a client certificate gets one", async () => {
    const { path, read } = makeCertificates({ server: "localhost", probe: "probe" });
    const tls = { certificate: read("server.pem"), key: read("server.key"), clientCa: read("ca.pem") };
    const { address } = await startServer(undefined, {}, { tls });
    const words = [address, "--certificate", path("server.pem")];
    const pair = ["--client-cert", path("probe.pem"), "--client-key", path("probe.key")];
    expect(await check([...words, ...pair])).toEqual({ code: 0, errors: "" });
    expect((await check(words)).code).toBe(1);
    expect((await check([...words, "--client-cert", path("probe.pem")])).errors).toContain("go together");
  });
});
