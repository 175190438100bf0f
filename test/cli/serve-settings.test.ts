import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { loadServeSettings } from "../../cli/serve-settings.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function fileOf(text: string, more: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "anchorgym-serve-"));
  folders.push(folder);
  for (const [name, content] of Object.entries(more)) writeFileSync(join(folder, name), content);
  const file = join(folder, "serve.yaml");
  writeFileSync(file, text);
  return file;
}

describe("serve settings", () => {
  it("flags alone: everything else has a default", () => {
    expect(loadServeSettings(undefined, { environments: ["household"], port: 0 })).toMatchObject({
      environments: ["household"],
      host: "127.0.0.1",
      port: 0,
      workers: 1,
      durability: "LOG",
      limits: {},
      tls: undefined,
      auth: undefined,
      logDir: undefined,
    });
  });

  it("flags go over the file, and key files are read beside it", () => {
    const text = `environments: [household]
port: 7
limits: { maxSessions: 9, maxEpisodeSteps: 50 }
tls: { certificateFile: a.pem, keyFile: b.pem }
auth:
  principals:
    - { name: ann, scopes: [control], tokenSha256: [${"ab".repeat(32)}] }
`;
    const settings = loadServeSettings(fileOf(text, { "a.pem": "CERT", "b.pem": "KEY" }), { "limits.maxSessions": 10 });
    expect(settings).toMatchObject({
      port: 7,
      limits: { maxSessions: 10, maxEpisodeSteps: 50 },
      tls: { certificate: "CERT", key: "KEY" },
      auth: { principals: [{ name: "ann", scopes: ["control"], tokenSha256: ["ab".repeat(32)] }] },
    });
  });

  it.each([
    ["prot: 5\nenvironments: [household]", /serve\.yaml:1:1: prot: no such field; did you mean "port"\?/],
    [
      "environments: [household]\nlimits: { maxSessions: -3 }",
      /:2:\d+: limits\.maxSessions: found -3, expected an integer/,
    ],
    ["environments: []", /environments: .*at least one world/],
    [
      "environments: [household]\nworldThreads: 2\nthreadedEnvironments: [household, sokoban]",
      /:3:\d+: threadedEnvironments\[1\]: found "sokoban", expected one of environments: household/,
    ],
    ["environments: [household]\nthreadedEnvironments: [household]", /worldThreads: is missing, .*--world-threads/],
    ["environments: [household]\nworldThreads: 0", /:2:\d+: worldThreads: found 0, expected an integer/],
    ["port: 1", /environments: is missing.*--env/],
    ["environments: [a]\nlogLevel: loud", /:2:\d+: logLevel: found "loud", expected one of trace/],
    [
      "environments: [a]\nauth: { principals: [{ name: a, tokenSha256: [secret] }] }",
      /auth\.principals\[0\]\.tokenSha256\[0\].*64 hex digits; write the SHA-256/,
    ],
    [
      "environments: [a]\ntls: { certificateFile: no.pem, keyFile: no.pem }",
      /tls\.certificateFile: .*no\.pem cannot be read/,
    ],
    ["environments: [a]\nenvironments: [b]", /unique/],
  ])("names the place and the cure: %j", (text, sentence) => {
    expect(() => loadServeSettings(fileOf(text), {})).toThrow(sentence);
  });

  it("a file that is not there is named", () => {
    expect(() => loadServeSettings("/nowhere/serve.yaml", {})).toThrow(
      /--config: \/nowhere\/serve\.yaml cannot be read/,
    );
  });
});
