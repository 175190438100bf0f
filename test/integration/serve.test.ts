// The server as a process of its own: announcement, drain on SIGTERM, sudden death, replacement, and no orphans.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { GrpcWorldService } from "../../client/transport/grpc-world-service.ts";
import { LocalServers, nodeCommand } from "../../client/transport/local-servers.ts";
import { type GroupStart, isGroupFailure } from "../../client/transport/world-service.ts";
import { closeAll, onClose } from "../doubles/running-server.ts";

afterEach(closeAll);

const SERVE = [...nodeCommand("cli/main.ts"), "serve", "--env", "household"];

async function startServers(count: number): Promise<LocalServers> {
  const servers = await LocalServers.start({ command: SERVE, count });
  onClose(() => servers.stop());
  return servers;
}

async function newService(addresses: readonly string[]): Promise<GrpcWorldService> {
  const timeouts = { reconnectMs: 800, stepTimeoutMs: 10_000, callTimeoutMs: 3_000 };
  const service = new GrpcWorldService({ addresses, environment: "household", timeouts });
  onClose(() => service.close());
  await service.connect();
  return service;
}

async function newGroups(service: GrpcWorldService, groupCount: number): Promise<readonly GroupStart[]> {
  const tasks = await service.sampleTasks({ split: "train", seed: 1, offset: 0, count: groupCount });
  const specs = tasks.map(({ taskId }, index) => ({ groupKey: `g${index}`, taskId, seed: index, replicaCount: 4 }));
  const results = await service.createGroups(specs);
  return results.map((result) => {
    if (isGroupFailure(result)) throw result.error;
    return result;
  });
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Runs `serve` with these flags. */
function run(flags: readonly string[]) {
  const [program, ...words] = [...nodeCommand("cli/main.ts"), "serve", ...flags];
  const child = spawn(program ?? "", words, { stdio: ["ignore", "pipe", "pipe"] });
  let stderr = "";
  let stdout = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  const exit = new Promise<number | null>((resolve) => child.once("close", resolve));
  onClose(() => child.kill("SIGKILL"));
  return { child, exit, stderr: () => stderr, stdout: () => stdout };
}

describe("anchorgym serve", () => {
  it("announces its address once it serves, and exits 0 after SIGTERM", async () => {
    const folder = mkdtempSync(join(tmpdir(), "anchorgym-serve-"));
    onClose(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "server.json");
    const server = run(["--env", "household", "--port", "0", "--announce", file]);
    await until(() => existsSync(file));
    const announced = JSON.parse(readFileSync(file, "utf8")) as { address: string; pid: number };
    expect(announced.pid).toBe(server.child.pid);
    const service = await newService([announced.address]);
    const [group] = await newGroups(service, 1);
    expect(group?.initial.observation.length).toBeGreaterThan(0);
    server.child.kill("SIGTERM");
    expect(await server.exit).toBe(0);
    expect(server.stderr()).toMatch(/serving household \S+ on 127\.0\.0\.1:\d+ \(pid \d+\)/);
    expect(server.stdout()).toBe("");
  });

  it.each([
    [["--env", "atlantis"], /--env: no world is called "atlantis"; known worlds: household/],
    [["--env", "household", "--port", "70000"], /--port.*integer in 0 \.\. 65535/],
    [
      ["--env", "household", "--port", "0", "--announce", "/nowhere/at/all.json"],
      /--announce \/nowhere\/at\/all\.json cannot be written/,
    ],
    [["--env", "household", "--log-level", "loud"], /--log-level.*Allowed choices/],
    [[], /--env/],
  ])("refuses %j with exit code 2", async (flags, sentence) => {
    const server = run(flags);
    expect(await server.exit).toBe(2);
    expect(server.stderr()).toMatch(sentence);
  });
});

it.each([
  ["one process", []],
  ["workers", ["--workers", "2"]],
])("a log folder behind a link that leads nowhere is refused with exit code 2 and the cure: %s", async (_, more) => {
  const folder = mkdtempSync(join(tmpdir(), "anchorgym-serve-"));
  onClose(() => rmSync(folder, { recursive: true }));
  symlinkSync(join(folder, "gone"), join(folder, "link"));
  const dir = join(folder, "link", "log");
  const server = run(["--env", "household", "--port", "0", "--log-dir", dir, ...more]);
  expect(await server.exit).toBe(2);
  expect(server.stderr()).toContain(`the log folder ${dir} cannot be written: `);
  expect(server.stderr()).toContain("set --log-dir (logDir) to a folder that can be");
});

describe("a run with servers of its own", () => {
  it("a server killed mid-rollout gives typed errors, its neighbour goes on, and a replacement serves", async () => {
    const servers = await startServers(2);
    const service = await newService(servers.addresses);
    const groups = await newGroups(service, 8);
    const [victim, survivor] = servers.addresses as [string, string];
    const sessions = groups.flatMap((group) => group.sessions);
    const settled = new Map<string, string[]>([
      [victim, []],
      [survivor, []],
    ]);
    let stepCount = 0;
    const play = async (session: (typeof sessions)[number]): Promise<void> => {
      for (;;) {
        try {
          const outcome = await service.step(session, "look");
          stepCount++;
          if (outcome.endReason !== undefined || outcome.seq >= 40) {
            settled.get(session.endpoint)?.push("played");
            return;
          }
        } catch (thrown) {
          const { reason, retryable } = thrown as { reason: string; retryable: boolean };
          settled.get(session.endpoint)?.push(`${reason} ${retryable}`);
          return;
        }
      }
    };
    const playing = Promise.all(sessions.map(play));
    await until(() => stepCount >= 64);
    process.kill(servers.pids[0] ?? 0, "SIGKILL");
    await playing;
    expect(new Set(settled.get(victim))).toEqual(new Set(["SERVER_UNREACHABLE true"]));
    expect(new Set(settled.get(survivor))).toEqual(new Set(["played"]));
    expect(servers.isRunning(victim)).toBe(false);

    await servers.replace(victim);
    expect(servers.addresses).toEqual([victim, survivor]);
    const lost = sessions.find((session) => session.endpoint === victim);
    if (lost === undefined) throw new Error("no session was on the victim");
    await expect(service.step(lost, "look")).rejects.toMatchObject({ reason: "SESSION_NOT_FOUND" });
    const fresh = (await newGroups(service, 2)).flatMap((group) => group.sessions);
    expect(new Set(fresh.map(({ endpoint }) => endpoint))).toEqual(new Set([victim, survivor]));
    for (const session of fresh) expect((await service.step(session, "look")).seq).toBe(1);
  });

  it("stop ends every process", async () => {
    const servers = await startServers(1);
    const [pid] = servers.pids as [number];
    expect(isAlive(pid)).toBe(true);
    await servers.stop();
    expect(isAlive(pid)).toBe(false);
  });

  it("servers do not outlive a parent that was killed", async () => {
    const script = `
      import { LocalServers } from ${JSON.stringify(new URL("../../client/transport/local-servers.ts", import.meta.url).href)};
      const servers = await LocalServers.start({ command: ${JSON.stringify(SERVE)}, count: 1 });
      console.log(servers.pids[0]);
      setInterval(() => {}, 1000);`;
    const [program, ...loader] = nodeCommand("cli/main.ts").slice(0, -1);
    const parent = spawn(program ?? "", [...loader, "--input-type=module", "--eval", script]);
    onClose(() => parent.kill("SIGKILL"));
    const pid = await new Promise<number>((resolve) => parent.stdout.once("data", (text) => resolve(Number(text))));
    expect(isAlive(pid)).toBe(true);
    parent.kill("SIGKILL");
    await until(() => !isAlive(pid));
  });

  it("a command that fails is reported with its last words", async () => {
    const command = [...nodeCommand("cli/main.ts"), "serve", "--env", "atlantis"];
    await expect(LocalServers.start({ command, count: 1 })).rejects.toMatchObject({
      reason: "SERVER_UNREACHABLE",
      retryable: false,
      message: expect.stringContaining("no world is called"),
    });
  });
});
