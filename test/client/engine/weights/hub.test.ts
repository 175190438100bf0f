// The hub client against a hub of this process on 127.0.0.1: what it asks, resumes, checks, caches and says.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { resolveModel } from "../../../../client/engine/weights/hub.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const weights = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31) % 251));
const files: Readonly<Record<string, Buffer>> = {
  "config.json": Buffer.from('{"model_type":"llama"}'),
  "tokenizer.json": Buffer.from("{}"),
  "chat_template.jinja": Buffer.from("{{ messages }}"),
  "model.safetensors": weights,
  "pytorch_model.bin": Buffer.from("not wanted"),
  "README.md": Buffer.from("not wanted either"),
};

let directory: string;
let hub: Server;
let endpoint: string;
let requests: IncomingMessage[];
/** Bytes after which an answer with the weights is cut; null: never. */
let cutAfter: number | null;
let sha256: string;
let token: string | null;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "anchorgym-hub-"));
  [requests, cutAfter, token] = [[], null, null];
  sha256 = createHash("sha256").update(weights).digest("hex");
  hub = createServer(answer);
  await new Promise<void>((resolve) => hub.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
});
afterEach(async () => {
  hub.closeAllConnections();
  await new Promise((resolve) => hub.close(resolve));
  await rm(directory, { recursive: true, force: true });
});

function answer(request: IncomingMessage, response: ServerResponse): void {
  requests.push(request);
  const url = request.url ?? "";
  if (token !== null && request.headers.authorization !== `Bearer ${token}`) {
    response.writeHead(401).end();
  } else if (url === "/api/models/org/tiny/revision/main?blobs=true") {
    const siblings = Object.entries(files).map(([rfilename, bytes]) => ({
      rfilename,
      size: bytes.length,
      ...(rfilename === "model.safetensors" ? { lfs: { sha256 } } : {}),
    }));
    response.end(JSON.stringify({ sha: COMMIT, siblings }));
  } else if (url.startsWith(`/org/tiny/resolve/${COMMIT}/`)) {
    send(files[url.split("/").at(-1) ?? ""] as Buffer, request, response);
  } else {
    response.writeHead(404).end();
  }
}

function send(file: Buffer, request: IncomingMessage, response: ServerResponse): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const rest = file.subarray(start);
  const range = start > 0 ? { "content-range": `bytes ${start}-${file.length - 1}/${file.length}` } : {};
  response.writeHead(start > 0 ? 206 : 200, { "content-length": rest.length, ...range });
  if (cutAfter === null || rest.length <= cutAfter) {
    response.end(rest);
  } else {
    response.write(rest.subarray(0, cutAfter), () => response.destroy());
  }
}

const environment = (more: Readonly<Record<string, string>> = {}) => ({
  HF_ENDPOINT: endpoint,
  HF_HUB_CACHE: directory,
  ...more,
});
const weightRequests = () => requests.filter(({ url }) => url?.endsWith("model.safetensors"));

test("a model by name is fetched once, in the layout of other tools' caches, and only what a model needs", async () => {
  const folder = await resolveModel("org/tiny", { environment: environment() });
  expect(folder).toBe(join(directory, "models--org--tiny", "snapshots", COMMIT));
  for (const name of ["config.json", "tokenizer.json", "chat_template.jinja", "model.safetensors"]) {
    expect(await readFile(join(folder, name)), name).toEqual(files[name]);
  }
  expect(existsSync(join(folder, "pytorch_model.bin"))).toBe(false);
  expect(existsSync(join(folder, "README.md"))).toBe(false);
  expect(await readFile(join(directory, "models--org--tiny", "refs", "main"), "utf8")).toBe(COMMIT);
  expect(await resolveModel("org/tiny@main", { environment: environment() })).toBe(folder);
  expect(weightRequests()).toHaveLength(1);
});

test("a broken transfer goes on where it stopped", async () => {
  cutAfter = 120_000;
  const folder = await resolveModel("org/tiny", { environment: environment() });
  expect(await readFile(join(folder, "model.safetensors"))).toEqual(weights);
  const ranges = weightRequests().map(({ headers }) => headers.range);
  expect(ranges[0]).toBeUndefined();
  expect(ranges.length).toBeGreaterThan(2);
  expect(ranges.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range ?? ""))).toBe(true);
  expect(existsSync(join(folder, "model.safetensors.incomplete"))).toBe(false);
});

test("what another process left is continued, and refused where the whole has another checksum", async () => {
  const snapshot = join(directory, "models--org--tiny", "snapshots", COMMIT);
  await mkdir(snapshot, { recursive: true });
  const partial = join(snapshot, "model.safetensors.incomplete");
  await writeFile(partial, weights.subarray(0, 1000));
  await resolveModel("org/tiny", { environment: environment() });
  expect(weightRequests().map(({ headers }) => headers.range)).toEqual(["bytes=1000-"]);

  await rm(snapshot, { recursive: true });
  await mkdir(snapshot);
  await writeFile(partial, Buffer.alloc(1000, 7));
  await expect(resolveModel("org/tiny", { environment: environment() })).rejects.toThrow(/SHA-256 .* instead of/);
  expect(existsSync(partial)).toBe(false);
  await resolveModel("org/tiny", { environment: environment() });
});

test("without network a cached copy serves, and without one the message says what to do", async () => {
  const folder = await resolveModel("org/tiny", { environment: environment() });
  const gone = environment({ HF_ENDPOINT: "http://127.0.0.1:1" });
  expect(await resolveModel("org/tiny", { environment: gone })).toBe(folder);
  const asked = requests.length;
  expect(await resolveModel("org/tiny", { environment: environment({ HF_HUB_OFFLINE: "1" }) })).toBe(folder);
  expect(requests.length).toBe(asked);
  expect(await resolveModel(`org/tiny@${COMMIT}`, { environment: gone })).toBe(folder);
  await expect(resolveModel("org/other", { environment: gone })).rejects.toThrow(
    /127\.0\.0\.1:1 cannot be reached .*org\/other at main is not in .*HF_ENDPOINT.*name its path/,
  );
  await expect(resolveModel("org/other", { environment: environment({ HF_HUB_OFFLINE: "1" }) })).rejects.toThrow(
    /HF_HUB_OFFLINE is set/,
  );
});

test("private models want a token, and what is neither a folder nor a name is refused without a question", async () => {
  token = "secret-token";
  await expect(resolveModel("org/tiny", { environment: environment() })).rejects.toThrow(/401 .*set HF_TOKEN/);
  await resolveModel("org/tiny", { environment: environment({ HF_TOKEN: token }) });
  await expect(resolveModel("org/missing", { environment: environment({ HF_TOKEN: token }) })).rejects.toThrow(
    /404 .*no such model, revision or file of org\/missing/,
  );
  const asked = requests.length;
  await expect(resolveModel("./no/such/folder", { environment: environment() })).rejects.toThrow(
    /no folder that exists/,
  );
  expect(requests.length).toBe(asked);
  expect(await resolveModel(directory, { environment: environment() })).toBe(directory);
});
