// The action log written anew while the server runs: what was answered is there whatever moment the process dies at,
// nothing that is closed stays, and a disk that refuses leaves the old file in use.

import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { World } from "../../envs/core/world.ts";
import type { ForkResponse } from "../../proto/gen/anchorgym/v1/ForkResponse.ts";
import type { ResumeSessionsResponse } from "../../proto/gen/anchorgym/v1/ResumeSessionsResponse.ts";
import type { CompactionSettings } from "../../server/log/action-log.ts";
import { type LoadedLog, loadLog } from "../../server/log/load-log.ts";
import { createServer } from "../../server/server.ts";
import { nodeAt } from "../../server/sessions/session-history.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";
import {
  call,
  closeAll,
  createGroups,
  environmentClient,
  onClose,
  stepAll,
  stepItem,
} from "../doubles/running-server.ts";

/**
 * Told of each call of the disk before it happens; a call that does not block waits for what `until` gives; a name in
 * `failing` fails like a full disk.
 */
const disk = vi.hoisted(() => ({
  before: (_call: string): void => undefined,
  until: (_call: string): Promise<void> | undefined => undefined,
  failing: new Set<string>(),
}));
vi.mock("node:fs", async (original) => {
  const real = await original<typeof import("node:fs")>();
  const full = (): Error => new Error("ENOSPC: no space left on device");
  const watched: Record<string, unknown> = {};
  for (const name of ["writeSync", "renameSync", "fsyncSync", "fdatasyncSync"] as const) {
    const call = real[name] as (...words: unknown[]) => unknown;
    watched[name] = (...words: unknown[]): unknown => {
      disk.before(name);
      if (disk.failing.has(name)) throw full();
      return call(...words);
    };
  }
  for (const name of ["write", "fsync"] as const) {
    const call = real[name] as (...words: unknown[]) => void;
    watched[name] = (...words: unknown[]): void => {
      disk.before(name);
      const wait = disk.until(name);
      if (disk.failing.has(name)) (words.at(-1) as (error: Error) => void)(full());
      else if (wait === undefined) call(...words);
      else void wait.then(() => call(...words));
    };
  }
  return { ...real, ...watched };
});

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "anchorgym-compaction-"));
});
afterEach(async () => {
  disk.before = () => undefined;
  disk.until = () => undefined;
  disk.failing.clear();
  await closeAll();
  rmSync(dir, { recursive: true });
});

const SMALL: CompactionSettings = { floorBytes: 4_000, closedShare: 0.5 };
const logFile = (folder = dir): string => join(folder, "worker-0.jsonl");

async function open(durability: "LOG" | "SYNC", compaction: CompactionSettings = SMALL) {
  const server = await createServer({
    worlds: [corridorWorld() as World],
    log: { dir, durability, compaction },
    logger: pino({ level: "silent" }),
  });
  onClose(() => server.close());
  const client = environmentClient(server.address);
  const closeSessions = (sessionIds: readonly string[]) => call(client, "CloseSessions", { sessionIds });
  const compactions = (result: string): number =>
    Number(new RegExp(`log_compactions_total{result="${result}"} (\\d+)`).exec(server.renderMetrics())?.[1] ?? 0);
  return { ...server, client, closeSessions, compactions };
}

let requests = 0;
async function createSessions(address: string, count: number): Promise<string[]> {
  const { results } = await createGroups(address, [4], count, { requestId: `compaction-${requests++}` });
  return results[0]?.group?.sessions.map(({ sessionId }) => sessionId) ?? [];
}

/** What clients know: the last answered step of each session, and which ones are closed. */
class Answered {
  readonly steps = new Map<string, { readonly seq: number; readonly hash: string }>();
  readonly closed = new Set<string>();

  async step(address: string, ids: readonly string[], seq: number): Promise<void> {
    const items = ids.map((id, at) => stepItem(id, seq, at % 2 === 0 ? "look" : "go left"));
    for (const { sessionId, outcome, status } of await stepAll(address, items)) {
      if (outcome == null) throw new Error(`step ${seq} of ${sessionId} was refused: ${status?.message}`);
      this.steps.set(sessionId, { seq, hash: outcome.fullStateHash.toString("hex") });
    }
  }

  copy(): Answered {
    const copy = new Answered();
    for (const [id, step] of this.steps) copy.steps.set(id, step);
    for (const id of this.closed) copy.closed.add(id);
    return copy;
  }

  /** Everything that was answered is in the log, and nothing whose end was answered. @param closing asked to be closed */
  demandIn({ sessions }: LoadedLog, closing: ReadonlySet<string>): void {
    const histories = new Map(sessions.map(({ line, history }) => [line.id, history]));
    const isLost = ([id, { seq, hash }]: readonly [
      string,
      { readonly seq: number; readonly hash: string },
    ]): boolean => {
      const history = histories.get(id);
      return history === undefined ? !closing.has(id) : nodeAt(history, seq)?.fullHash !== hash;
    };
    expect({
      lost: [...this.steps].filter(isLost),
      undead: [...this.closed].filter((id) => histories.has(id)),
    }).toEqual({ lost: [], undead: [] });
  }
}

describe("the action log, compacted while it is in use", () => {
  it.each(["LOG", "SYNC"] as const)(
    "holds every answered step at each call of the disk, should the process die there: %s",
    async (durability) => {
      const server = await open(durability);
      const answered = new Answered();
      const closing = new Set<string>();
      const moments: { readonly folder: string; readonly known: Answered; readonly closing: Set<string> }[] = [];
      disk.before = (name) => {
        const folder = join(dir, `moment-${moments.length}-${name}`);
        mkdirSync(folder);
        copyFileSync(logFile(), logFile(folder));
        moments.push({ folder, known: answered.copy(), closing: new Set(closing) });
      };
      for (let round = 0; round < 12; round++) {
        const ids = await createSessions(server.address, 6);
        for (let seq = 1; seq <= 3; seq++) await answered.step(server.address, ids, seq);
        const items = [{ sessionId: ids[0], epoch: 1, count: 2, atSeq: 2, replicaSeeds: "REPLICA_SEEDS_DERIVED" }];
        const fork = { requestId: `fork-${round}`, leaseId: "lease-1", items };
        const { results } = await call<object, ForkResponse>(server.client, "Fork", fork);
        const children = results[0]?.forked?.sessions.map(({ sessionId }) => sessionId) ?? [];
        // In odd rounds the parent goes and its children stay, in even ones all are there for a while.
        const gone = ids.slice(round % 2 === 0 ? 1 : 0, 5);
        for (const id of gone) closing.add(id);
        // Children step while their siblings are closed and the file is written anew.
        const [, closed] = await Promise.all([
          answered.step(server.address, children, 3),
          server.closeSessions(gone).then(() => gone),
        ]);
        for (const id of closed) answered.closed.add(id);
      }
      while (server.compactions("done") < 3) {
        const [id = ""] = await createSessions(server.address, 1);
        await server.closeSessions([id]);
      }
      expect(server.compactions("failed")).toBe(0);
      expect(new Set(moments.map(({ folder }) => folder.split("-").at(-1)))).toContain("renameSync");
      for (const { folder, known, closing: asked } of moments) known.demandIn(loadLog(logFile(folder)), asked);
      answered.demandIn(loadLog(logFile()), closing);
      await server.drain();
      expect(readdirSync(dir).filter((file) => file.endsWith(".new"))).toEqual([]);
    },
  );

  it.each(["write", "fsync", "renameSync"])("a disk that refuses %s leaves the old log in use", async (refused) => {
    const server = await open("LOG");
    const ids = await createSessions(server.address, 40);
    const answered = new Answered();
    await answered.step(server.address, ids, 1);
    disk.failing.add(refused);
    await server.closeSessions(ids.slice(4));
    for (const id of ids.slice(4)) answered.closed.add(id);
    const kept = ids.slice(0, 4);
    let seq = 2;
    for (; server.compactions("failed") === 0; seq++) await answered.step(server.address, kept, seq);
    expect(readdirSync(dir).filter((file) => file.endsWith(".new"))).toEqual([]);
    await answered.step(server.address, kept, seq);
    const closed = new Set(answered.closed);
    answered.demandIn(loadLog(logFile()), closed);
    // There is room again: it is tried again when the file has grown, and succeeds.
    disk.failing.clear();
    while (server.compactions("done") === 0) {
      const more = await createSessions(server.address, 10);
      await server.closeSessions(more);
    }
    answered.demandIn(loadLog(logFile()), closed);
    const text = readFileSync(logFile(), "utf8");
    expect([...closed].filter((id) => text.includes(`"t":"session","id":"${id}"`))).toEqual([]);
  });

  it("gives way to steps while it writes, and puts what they append behind it", async () => {
    const server = await open("LOG", { floorBytes: 200_000, closedShare: 0.4 });
    const ids: string[] = [];
    for (let group = 0; group < 4; group++) ids.push(...(await createSessions(server.address, 500)));
    const answered = new Answered();
    for (let from = 0; from < ids.length; from += 500) {
      await answered.step(server.address, ids.slice(from, from + 500), 1);
    }
    const gone = ids.slice(1_000);
    // The new file's first write takes until the log in use is appended to: whoever waited for it would wait for ever.
    const calls: string[] = [];
    let appended: () => void = () => undefined;
    const append = new Promise<void>((resolve) => {
      appended = resolve;
    });
    disk.before = (name) => {
      calls.push(name);
      if (name === "writeSync" && calls.includes("write")) appended();
    };
    disk.until = (name) => (name === "write" ? append : undefined);
    const closings = [0, 250, 500, 750].map((from) => server.closeSessions(gone.slice(from, from + 250)));
    for (let turn = 0; server.compactions("done") === 0; turn++) {
      const from = (turn % 50) * 20;
      await answered.step(server.address, ids.slice(from, from + 20), 2 + Math.floor(turn / 50));
    }
    await Promise.all(closings);
    expect(calls.slice(calls.indexOf("write"), calls.lastIndexOf("write"))).toContain("writeSync");
    answered.demandIn(loadLog(logFile()), new Set(gone));
  });

  it("what came back from a compacted log is what was answered, parents closed and children alive", async () => {
    const server = await open("LOG");
    const [parent = "", other = ""] = await createSessions(server.address, 2);
    const answered = new Answered();
    for (let seq = 1; seq <= 5; seq++) await answered.step(server.address, [parent, other], seq);
    const items = [{ sessionId: parent, epoch: 1, count: 2, atSeq: 4, replicaSeeds: "REPLICA_SEEDS_DERIVED" }];
    const fork = { requestId: "fork", leaseId: "lease-1", items };
    const { results } = await call<object, ForkResponse>(server.client, "Fork", fork);
    const children = results[0]?.forked?.sessions.map(({ sessionId }) => sessionId) ?? [];
    await answered.step(server.address, children, 5);
    await server.closeSessions([parent]);
    while (server.compactions("done") < 2) await server.closeSessions(await createSessions(server.address, 8));
    await server.drain();

    const again = await open("LOG");
    const request = { requestId: "resume", leaseId: "lease-2", sessionIds: [other, ...children] };
    const resumed = await call<object, ResumeSessionsResponse>(again.client, "ResumeSessions", request);
    for (const { sessionId, resumed: value } of resumed.results) {
      expect(value?.session?.fullStateHash.toString("hex")).toBe(answered.steps.get(sessionId)?.hash);
    }
    const retried = await call<object, ForkResponse>(again.client, "Fork", fork);
    expect(retried.results[0]?.forked?.sessions.map(({ sessionId }) => sessionId)).toEqual(children);
  });

  it("an unfinished file of a process that died is removed at the next start", async () => {
    const unfinished = `${logFile()}.99-1.new`;
    copyFileSync(new URL(import.meta.url), unfinished);
    await open("LOG");
    expect(existsSync(unfinished)).toBe(false);
  });

  it.each([{ floorBytes: 0 }, { closedShare: 0 }, { closedShare: 1 }])(
    "refuses settings that are none: %j",
    async (bad) => {
      await expect(open("LOG", { ...SMALL, ...bad })).rejects.toMatchObject({ reason: "CONFIG_INVALID" });
    },
  );
});
