// Training and evaluation on servers that ask who calls: TLS with a token, mTLS, a wrong token; and no secret is left in
// what a run writes and says.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { householdWorld } from "../../envs/household/household-world.ts";
import { hasOpenssl, makeCertificates } from "../doubles/certificates.ts";
import { closeAll, onClose, startServer } from "../doubles/running-server.ts";
import { CommandProcess } from "./command-process.ts";
import { newFolder, succeeded, train } from "./train-runs.ts";

afterEach(closeAll);

const SECRET = "the-secret-token";
const AUTH = {
  principals: [
    {
      name: "trainer",
      scopes: ["catalog", "control"],
      tokenSha256: [createHash("sha256").update(SECRET).digest("hex")],
      certificateNames: ["trainer-cert"],
    },
  ],
} as const;

/** All that lies below a folder, as one text. */
function everythingIn(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
  return files
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, "latin1"))
    .join("\n");
}

describe.skipIf(!hasOpenssl)("a run on servers that ask who calls", () => {
  it("trains with a token over TLS, is evaluated under mTLS, and leaves no secret behind", async () => {
    const { path, read } = makeCertificates({ server: "localhost", client: "trainer-cert" });
    const tls = { certificate: read("server.pem"), key: read("server.key") };
    const household = [householdWorld as never];
    const byToken = await startServer(household, {}, { host: "localhost", tls, auth: AUTH });
    const mutual = { ...tls, clientCa: read("ca.pem") };
    const byCertificate = await startServer(household, {}, { host: "localhost", tls: mutual, auth: AUTH });
    writeFileSync(path("token"), `${SECRET}\n`);
    writeFileSync(path("wrong"), `${SECRET}x\n`);

    const ca = { caFile: path("ca.pem") };
    const asked = (tokenFile: string) =>
      newFolder({ servers: { addresses: [byToken.address], tokenFile: path(tokenFile), tls: ca } });
    const { root, config } = asked("token");
    onClose(() => rmSync(root, { recursive: true }));
    const trained = await succeeded(train(config, join(root, "runs")));

    const pair = { certificateFile: path("client.pem"), keyFile: path("client.key") };
    const other = newFolder({ servers: { addresses: [byCertificate.address], tls: { ...ca, ...pair } } });
    onClose(() => rmSync(other.root, { recursive: true }));
    const words = ["eval", other.config, "--run-dir", join(root, "runs"), "--json"];
    const evaluated = await succeeded(new CommandProcess(words));
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ episodes: 10 });

    const wrong = asked("wrong");
    onClose(() => rmSync(wrong.root, { recursive: true }));
    const refused = await train(wrong.config, join(wrong.root, "runs")).ended;
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/TOKEN_INVALID.* correct the token of environment\.servers\.tokenFile/);

    const runs = join(root, "runs");
    expect(readFileSync(join(runs, "tiny", "config.yaml"), "utf8")).toContain(`tokenFile: ${path("token")}`);
    const written = everythingIn(runs) + everythingIn(join(wrong.root, "runs"));
    const said = [trained, evaluated, refused].map(({ stdout, stderr }) => stdout + stderr).join("\n");
    const keyLine = read("client.key").split("\n")[1]!;
    for (const secret of [SECRET, keyLine]) expect(written + said).not.toContain(secret);
  });
});
