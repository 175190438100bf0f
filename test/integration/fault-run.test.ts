// Hundreds of episodes while the server is killed, the client is killed and the connection is cut at seeded moments: no
// step is applied twice, no acknowledged step is lost, and every trajectory is that of the undisturbed run.
// ANCHORGYM_LONG=1 plays 1,000 episodes.

import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { RandomStream } from "../../client/random.ts";
import { DEFAULT_TIMEOUTS } from "../../client/transport/channel-options.ts";
import { EnvironmentClient } from "../../client/transport/environment-client.ts";
import { LocalServers, nodeCommand } from "../../client/transport/local-servers.ts";
import { closeAll, onClose } from "../doubles/running-server.ts";
import { TcpProxy } from "../doubles/tcp-proxy.ts";
import { type FaultLine, type FaultRun, readFaultLines } from "./fault-client.ts";

afterEach(closeAll);

const IS_LONG = process.env["ANCHORGYM_LONG"] === "1";
const GROUP_SIZE = 4;
const GROUPS = IS_LONG ? 250 : 75;
const FAULTS = IS_LONG ? { server: 20, client: 15, connection: 60 } : { server: 6, client: 5, connection: 20 };
const SEED = 3;

type Ack = Extract<FaultLine, { kind: "ack" }>;
type FaultKind = keyof typeof FAULTS;

async function startServer(folder: string): Promise<LocalServers> {
  const flags = ["--env", "household", "--log-dir", folder];
  const servers = await LocalServers.start({ command: [...nodeCommand("cli/main.ts"), "serve", ...flags], count: 1 });
  onClose(() => servers.stop());
  return servers;
}

interface ClientEvents {
  onAcks(acks: number): void;
}

/** Runs the client until it is done or dies. */
function startClient(run: FaultRun, events: ClientEvents) {
  const file = fileURLToPath(new URL("./fault-client.ts", import.meta.url));
  const loader = ["--import", import.meta.resolve("tsx")];
  const child: ChildProcess = fork(file, [JSON.stringify(run)], { execArgv: loader, silent: true });
  let words = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    words += text;
  });
  let recovered = 0;
  child.on("message", (message: { acks?: number; recovered?: number }) => {
    recovered = message.recovered ?? recovered;
    if (message.acks !== undefined) events.onAcks(message.acks);
  });
  const ended = new Promise<{ code: number | null; words: string; recovered: number }>((resolve) => {
    child.once("exit", (code) => resolve({ code, words, recovered }));
  });
  onClose(() => child.kill("SIGKILL"));
  return { child, ended };
}

function acksByEpisode(lines: readonly FaultLine[]): Map<string, Ack[]> {
  const episodes = new Map<string, Ack[]>();
  for (const line of lines) {
    if (line.kind !== "ack") continue;
    const key = `${line.g}/${line.replica}`;
    const own = episodes.get(key) ?? [];
    own.push(line);
    episodes.set(key, own);
  }
  return episodes;
}

it(`${GROUPS * GROUP_SIZE} episodes survive kills and cuts unchanged`, async () => {
  const folder = mkdtempSync(join(tmpdir(), "anchorgym-faults-"));
  onClose(() => rmSync(folder, { recursive: true, force: true }));
  const common = { environment: "household", groupCount: GROUPS, groupSize: GROUP_SIZE, openGroups: 8 };

  const calm = await startServer(join(folder, "calm"));
  const calmRun = { ...common, address: calm.addresses[0]!, file: join(folder, "calm.jsonl") };
  const calmEnd = await startClient(calmRun, { onAcks: () => undefined }).ended;
  expect(calmEnd.code, calmEnd.words).toBe(0);
  await calm.stop();
  const expected = acksByEpisode(readFaultLines(calmRun.file));
  const totalAcks = [...expected.values()].reduce((sum, acks) => sum + acks.length, 0);

  const random = new RandomStream(SEED);
  const faults = (Object.keys(FAULTS) as FaultKind[])
    .flatMap((kind) => Array.from({ length: FAULTS[kind] }, () => ({ kind, at: random.int(totalAcks) })))
    .sort((a, b) => a.at - b.at);

  const servers = await startServer(join(folder, "log"));
  const address = servers.addresses[0]!;
  const proxy = await TcpProxy.start(address);
  const run = { ...common, address: proxy.address, file: join(folder, "stormy.jsonl") };
  const done: Record<FaultKind, number> = { server: 0, client: 0, connection: 0 };
  let recovered = 0;
  let restarting: Promise<void> = Promise.resolve();
  for (;;) {
    const before = readFaultLines(run.file).filter(({ kind }) => kind === "ack").length;
    const client = startClient(run, {
      onAcks: (acks) => {
        while (faults[0] !== undefined && faults[0].at <= before + acks) {
          const { kind } = faults.shift()!;
          done[kind]++;
          if (kind === "connection") proxy.cut();
          else if (kind === "client") client.child.kill("SIGKILL");
          else restarting = restarting.then(() => servers.replace(address));
        }
      },
    });
    const { code, words, recovered: count } = await client.ended;
    recovered += count;
    await restarting;
    if (code === 0) break;
    expect(code, words).toBeNull(); // killed by this test; anything else is a failure
  }

  const lines = readFaultLines(run.file);
  const actual = acksByEpisode(lines);
  expect(actual.size).toBe(GROUPS * GROUP_SIZE);
  let twice = 0;
  for (const [episode, acks] of actual) {
    twice += acks.length - new Set(acks.map(({ seq }) => seq)).size;
    expect(acks, `episode ${episode}`).toEqual(expected.get(episode));
  }
  expect(twice).toBe(0);

  // The server's own account: each acknowledged step, once, with the same state after it.
  const unary = new EnvironmentClient(address, "auditor", DEFAULT_TIMEOUTS);
  onClose(() => unary.close());
  let lost = 0;
  for (const line of lines) {
    if (line.kind !== "group") continue;
    for (const [replica, sessionId] of line.sessionIds.entries()) {
      const acks = actual.get(`${line.g}/${replica}`) ?? [];
      const entries = await wholeTrajectory(unary, sessionId);
      expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: acks.length + 1 }, (_, seq) => seq));
      lost += acks.filter(({ seq, full }) => entries[seq]?.full !== full).length;
    }
  }
  expect(lost).toBe(0);
  console.info(
    `${actual.size} episodes, ${totalAcks} steps; killed the server ${done.server} times, the client ${done.client} times, ` +
      `cut ${done.connection} times; ${recovered} sessions recovered in living clients; 0 steps twice, 0 lost`,
  );
  expect(done).toEqual(FAULTS);
  expect(recovered).toBeGreaterThan(0);
}, 1_200_000);

async function wholeTrajectory(unary: EnvironmentClient, sessionId: string) {
  const entries: { seq: number; full: string }[] = [];
  for (;;) {
    const { log, more } = await unary.getTrajectory(sessionId, entries.length);
    for (const { seq, outcome } of log?.entries ?? []) {
      entries.push({ seq, full: outcome?.fullStateHash.toString("hex") ?? "" });
    }
    if (!more) return entries;
  }
}
