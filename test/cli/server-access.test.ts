// Who a command says it is: settings and flags read strictly, secrets kept out of every sentence, servers under TLS, mTLS
// and tokens played on, and each way of not understanding one another told with the setting that cures it.

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { readConfigFile } from "../../cli/config-file.ts";
import { runCommandLine } from "../../cli/program.ts";
import { accessOfConfig, accessOfFlags } from "../../cli/server-access.ts";
import { handshakeProblem } from "../../client/transport/handshake.ts";
import { householdWorld } from "../../envs/household/household-world.ts";
import { type Certificates, hasOpenssl, makeCertificates } from "../doubles/certificates.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";
import { closeAll, onClose, startServer } from "../doubles/running-server.ts";

const SECRET = "the-secret-token";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "anchorgym-access-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = 0;
  await closeAll();
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** A configuration that calls servers. @param servers YAML, flow style */
const configOf = (servers: string): string =>
  file("run.yaml", `name: x\nenvironment:\n  name: household\n  servers: ${servers}\nalgorithm: { name: gigpo }\n`);
const accessOf = async (servers: string) => accessOfConfig(await readConfigFile(configOf(servers)));

async function run(...words: readonly string[]) {
  let output = "";
  let errors = "";
  const collect = (text: unknown): boolean => {
    output += String(text);
    return true;
  };
  vi.spyOn(process.stdout, "write").mockImplementation(collect);
  vi.spyOn(process.stderr, "write").mockImplementation(collect);
  const code = await runCommandLine(words, (text) => {
    errors += text;
  });
  expect(output + errors).not.toContain(SECRET);
  return { code, output, errors };
}

const LOCAL = `addresses: ["127.0.0.1:1"]`;

describe("the token", () => {
  it("comes from a file, without the end of its line, or from an environment variable", async () => {
    const path = file("token", `${SECRET}\n`);
    expect((await accessOf(`{ ${LOCAL}, tokenFile: ${path} }`)).identity).toEqual({ token: SECRET });
    vi.stubEnv("ANCHORGYM_TEST_TOKEN", SECRET);
    const { identity } = await accessOf(`{ ${LOCAL}, tokenVariable: ANCHORGYM_TEST_TOKEN }`);
    expect(identity).toEqual({ token: SECRET });
    expect(accessOfFlags({ tokenFile: path }, ["localhost:1"]).identity).toEqual({ token: SECRET });
  });

  it("is refused in the configuration itself, and not shown", async () => {
    const refused = accessOf(`{ ${LOCAL}, token: ${SECRET} }`);
    await expect(refused).rejects.toThrow(/environment\.servers\.token: no such field.*tokenFile, tokenVariable/);
    await expect(refused).rejects.not.toThrow(SECRET);
    await expect(accessOf(`{ token: ${SECRET} }`)).rejects.not.toThrow(SECRET);
    await expect(accessOf(`{ ${LOCAL}, tls: { key: ${SECRET}, keyFile: a } }`)).rejects.not.toThrow(SECRET);
  });

  it.each([
    ["an empty file", "\n", /tokenFile: \S+ is empty; expected the bearer token/],
    ["two words", `Bearer ${SECRET}`, /tokenFile: \S+ holds more than one word/],
  ])("%s holds none", async (_, text, sentence) => {
    const refused = accessOf(`{ ${LOCAL}, tokenFile: ${file("token", text)} }`);
    await expect(refused).rejects.toThrow(sentence);
    await expect(refused).rejects.not.toThrow(SECRET);
  });

  it("never travels in plain text off this machine", async () => {
    const path = file("token", SECRET);
    await expect(accessOf(`{ addresses: ["[::1]:1", "envs.example.org:1"], tokenFile: ${path} }`)).rejects.toThrow(
      "environment.servers.tokenFile: the token would travel in plain text to envs.example.org:1; set environment.servers.tls",
    );
    expect(() => accessOfFlags({ tokenFile: path }, ["10.0.0.1:1"])).toThrow(/--token-file: .* set --tls/);
    expect(accessOfFlags({ tokenFile: path, tls: true }, ["10.0.0.1:1"]).identity).toEqual({ token: SECRET, tls: {} });
  });
});

describe("settings that do not go together are refused:", () => {
  it.each([
    [`{ ${LOCAL}, tokenFile: a, tokenVariable: B }`, /servers\.tokenVariable: .*either tokenFile or tokenVariable/],
    [`{ spawn: 1, tls: {} }`, /servers\.tls: .*expected addresses beside it/],
    [`{ spawn: 1, tokenFile: a }`, /servers\.tokenFile: .*expected addresses beside it/],
    [`{ ${LOCAL}, tls: { keyFile: a } }`, /servers\.tls\.keyFile: .*certificateFile and keyFile together/],
    [`{ ${LOCAL}, tls: { ca: a } }`, /tls\.ca: no such field.*caFile/],
    [
      `{ ${LOCAL}, tokenFile: /nowhere/token }`,
      /servers\.tokenFile: \/nowhere\/token cannot be read: .*name a readable/,
    ],
    [`{ ${LOCAL}, tokenVariable: ANCHORGYM_UNSET }`, /the environment variable ANCHORGYM_UNSET is not set; set it/],
    [`{ ${LOCAL}, tls: { caFile: /nowhere/ca.pem } }`, /tls\.caFile: \/nowhere\/ca\.pem cannot be read/],
  ])("%s", async (servers, sentence) => {
    await expect(accessOf(servers)).rejects.toThrow(sentence);
  });

  it.each([
    [["--token-file", "a"], "for the servers of --address"],
    [["--address", "127.0.0.1:1", "--token-file", "a", "--token-variable", "B"], "either --token-file or"],
    [["--address", "127.0.0.1:1", "--tls-key", "a"], "--tls-cert and --tls-key go together"],
    [["--address", "127.0.0.1:1", "--tls-ca", "/nowhere/ca.pem"], "--tls-ca: /nowhere/ca.pem cannot be read"],
  ])("rollout %j", async (words, said) => {
    const { code, errors } = await run("rollout", ...words);
    expect(errors).toContain(said);
    expect(code).toBe(2);
  });
});

const sha256 = createHash("sha256").update(SECRET).digest("hex");
const AUTH = {
  principals: [
    { name: "trainer", scopes: ["catalog", "control"], tokenSha256: [sha256], certificateNames: ["trainer-cert"] },
  ],
} as const;

/** A server under its own authority. @param mutual it asks for client certificates */
async function secured({ read }: Certificates, mutual: boolean, world: unknown = householdWorld) {
  const tls = { certificate: read("server.pem"), key: read("server.key") };
  return startServer(
    [world as never],
    {},
    {
      host: "localhost",
      tls: mutual ? { ...tls, clientCa: read("ca.pem") } : tls,
      auth: AUTH,
    },
  );
}

describe.skipIf(!hasOpenssl)("servers under TLS", () => {
  let made: Certificates;
  beforeEach(() => {
    made = makeCertificates({ server: "localhost", client: "trainer-cert" });
  });
  const own = (): string[] => ["--tls-cert", made.path("client.pem"), "--tls-key", made.path("client.key")];

  it.each([
    ["holds no certificate", () => `caFile: ${made.path("server.key")}`, /tls\.caFile: \S+ holds no certificate/],
    [
      "holds no key",
      () => `certificateFile: ${made.path("client.pem")}, keyFile: ${made.path("ca.pem")}`,
      /tls\.keyFile: \S+ holds no usable key; expected a PEM/,
    ],
    [
      "holds another certificate's key",
      () => `certificateFile: ${made.path("client.pem")}, keyFile: ${made.path("server.key")}`,
      /tls\.keyFile: \S+ is the key of another certificate/,
    ],
  ])("a file that %s is named", async (_, tls, sentence) => {
    await expect(accessOf(`{ ${LOCAL}, tls: { ${tls()} } }`)).rejects.toThrow(sentence);
  });

  it("are played on with a token, by flags and by configuration", async () => {
    const { address } = await secured(made, false);
    const token = file("token", `${SECRET}\n`);
    const flags = ["--tls-ca", made.path("ca.pem"), "--token-file", token];
    expect(await run("rollout", "--address", address, ...flags, "--json")).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^\{/),
    });
    const tls = `tls: { caFile: ${made.path("ca.pem")} }`;
    const config = configOf(`{ addresses: ["${address}"], tokenFile: ${token}, ${tls} }`);
    expect((await run("rollout", "--config", config, "--json")).code).toBe(0);
  });

  it("are held to the protocol with a token and by certificate, through streams and proxies, too", async () => {
    const rules = ["--rule", "GRP-2", "ONE-16", "STR-1", "SEC-3"];
    const ca = ["--tls-ca", made.path("ca.pem")];
    const { address } = await secured(made, false, corridorWorld());
    const byToken = await run("conformance", address, ...ca, "--token-file", file("token", SECRET), ...rules);
    expect(byToken.output).toMatch(/\n4 passed, 0 failed, 0 skipped\n$/);
    const { address: mutual } = await secured(made, true, corridorWorld());
    const byCertificate = await run("conformance", mutual, ...ca, ...own(), ...rules);
    expect(byCertificate.output).toMatch(/\n4 passed, 0 failed, 0 skipped\n$/);
  });

  it("are played on by the name of their certificate where the address is another", async () => {
    const { address } = await secured(made, false);
    const there = `127.0.0.1:${address.slice(address.lastIndexOf(":") + 1)}`;
    const flags = ["--tls-ca", made.path("ca.pem"), "--token-file", file("token", SECRET)];
    const refused = await run("rollout", "--address", there, ...flags);
    expect(refused.errors).toMatch(/certificate is not for this address; .* set --tls-server-name .*endpoint=127/);
    expect(refused.code).toBe(2);
    expect((await run("rollout", "--address", there, ...flags, "--tls-server-name", "localhost")).code).toBe(0);
  });

  it("know a client by its certificate", async () => {
    const { address } = await secured(made, true);
    const flags = ["--tls-ca", made.path("ca.pem"), ...own()];
    expect((await run("rollout", "--address", address, ...flags)).code).toBe(0);
  });

  it("a wrong token and none are told with the setting, and not shown", async () => {
    const { address } = await secured(made, false);
    const ca = ["--tls-ca", made.path("ca.pem")];
    const wrong = [...ca, "--token-file", file("wrong", `${SECRET}x`)];
    const refused = await run("rollout", "--address", address, ...wrong);
    expect(refused.errors).toMatch(/TOKEN_INVALID.* correct the token of --token-file or --token-variable/);
    expect(refused.code).toBe(1);
    expect((await run("rollout", "--address", address, ...ca)).errors).toMatch(/TOKEN_INVALID.*; set --token-file/);
    const kit = await run("conformance", address, ...wrong, "--rule", "CAT-2");
    expect(kit.errors).toMatch(/TOKEN_INVALID.* correct the token of --token-file/);
    expect(kit.code).toBe(2);
  });

  it("and clients that do not understand each other are told why at once, with the cure", async () => {
    const plain = (await startServer([householdWorld as never])).address;
    const { address: secure } = await secured(made, false);
    const { address: mutual } = await secured(made, true);
    const old = makeCertificates({ server: "localhost" }, -1);
    const { address: late } = await secured(old, false);
    const ca = ["--tls-ca", made.path("ca.pem")];
    const strangers = makeCertificates({ client: "trainer-cert" });
    const foreign = ["--tls-cert", strangers.path("client.pem"), "--tls-key", strangers.path("client.key")];
    const cases: readonly (readonly [string, readonly string[], string])[] = [
      [secure, [], "the server speaks TLS and was spoken to in plain text; set --tls, or --tls-ca"],
      [mutual, [], "the server speaks TLS and was spoken to in plain text"],
      [plain, ca, "the server speaks plain text and was spoken to in TLS; leave --tls out"],
      [secure, ["--tls"], "of no authority that is trusted here; set --tls-ca"],
      [secure, ["--tls-ca", strangers.path("ca.pem")], "of no authority that is trusted here; set --tls-ca"],
      [late, ["--tls-ca", old.path("ca.pem")], "certificate is out of date; have it renewed"],
      [mutual, ca, "the server asks for a client certificate; set --tls-cert and --tls-key"],
      [mutual, [...ca, ...foreign], "the server refuses the client certificate; set --tls-cert"],
    ];
    for (const [address, flags, said] of cases) {
      for (const words of [
        ["rollout", "--address", address],
        ["conformance", address],
      ]) {
        const { code, errors } = await run(...words, ...flags);
        expect(errors).toContain(said);
        expect(errors).toContain(`endpoint=${address}`);
        expect(code).toBe(2);
      }
    }
  });
});

describe("the handshake", () => {
  it("finds nothing wrong with a server that is absent, and with one that is silent", async () => {
    expect(await handshakeProblem("127.0.0.1:1", {})).toBeUndefined();
    expect(await handshakeProblem("127.0.0.1:1", { tls: {} })).toBeUndefined();
    const silent: Server = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    onClose(() => silent.close());
    const { port } = silent.address() as { port: number };
    expect(await handshakeProblem(`127.0.0.1:${port}`, {}, 100)).toBeUndefined();
    expect(await handshakeProblem(`127.0.0.1:${port}`, { tls: {} }, 100)).toBeUndefined();
  });

  it("finds nothing wrong with a plain server that is spoken to in plain text", async () => {
    expect(await handshakeProblem((await startServer()).address, {})).toBeUndefined();
  });
});
