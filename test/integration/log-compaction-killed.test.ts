// A server that writes its log anew nearly all the time is killed without warning, again and again, until it was killed
// in the middle of that: every answered step is there at the next start, and nothing whose end was answered.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { RandomStream } from "../../envs/core/random.ts";
import type { CreateGroupsResponse } from "../../proto/gen/anchorgym/v1/CreateGroupsResponse.ts";
import type { ResumeSessionsResponse } from "../../proto/gen/anchorgym/v1/ResumeSessionsResponse.ts";
import { call, closeAll, environmentClient, errorOf, onClose, stepAll, stepItem } from "../doubles/running-server.ts";
import { CommandProcess } from "./command-process.ts";

afterEach(closeAll);

const ENVIRONMENT = "tally-sequential";
const MAX_DEATHS = 25;
/** Answers that the server gets beyond its hour to begin another file. */
const MAX_PATIENCE = 200;

async function serve(dir: string, durability: string): Promise<{ address: string; process: CommandProcess }> {
  const announce = join(dir, "server.json");
  rmSync(announce, { force: true });
  const config = join(dir, "serve.yaml");
  const compaction = "{ floorBytes: 1000, closedShare: 0.05 }";
  writeFileSync(config, `environments: [${ENVIRONMENT}]\nport: 0\nlogLevel: info\nlogCompaction: ${compaction}\n`);
  const flags = ["--config", config, "--announce", announce];
  const server = new CommandProcess(["serve", ...flags, "--log-dir", join(dir, "log"), "--durability", durability]);
  onClose(async () => {
    server.kill("SIGKILL");
    await server.ended;
  });
  await server.until(() => statSync(announce, { throwIfNoEntry: false }) !== undefined);
  return { address: (JSON.parse(readFileSync(announce, "utf8")) as { address: string }).address, process: server };
}

let requests = 0;
async function createSessions(address: string): Promise<readonly string[]> {
  const groups = [{ groupKey: "g", taskId: `${ENVIRONMENT}/1.0.0/train/7`, seed: "1", replicaCount: 8 }];
  const request = { requestId: `churn-${requests++}`, leaseId: "lease", environment: ENVIRONMENT, groups };
  const { results } = await call<object, CreateGroupsResponse>(environmentClient(address), "CreateGroups", request);
  return results[0]?.group?.sessions.map(({ sessionId }) => sessionId) ?? [];
}

it.each(["LOG", "SYNC"])("no answered step is lost and no closed session comes back: %s", async (durability) => {
  const dir = mkdtempSync(join(tmpdir(), "anchorgym-compacted-"));
  onClose(() => rmSync(dir, { recursive: true, force: true }));
  const random = new RandomStream(durability === "LOG" ? 11 : 12);
  const answered = new Map<string, { readonly seq: number; readonly hash: string }>();
  const closed = new Set<string>();
  let compactions = 0;
  let killedInside = 0;
  for (let death = 0; (killedInside < 2 || compactions <= 5) && death < MAX_DEATHS; death++) {
    const { address, process } = await serve(dir, durability);
    expect(
      readdirSync(join(dir, "log")).filter((file) => file.endsWith(".new") && !file.includes(`.${process.child.pid}-`)),
    ).toEqual([]);
    const ids = [...answered.keys(), ...closed];
    if (ids.length > 0) {
      const request = { requestId: `resume-${death}`, leaseId: "lease", sessionIds: ids };
      const resumed = await call<object, ResumeSessionsResponse>(environmentClient(address), "ResumeSessions", request);
      for (const result of resumed.results) {
        const known = answered.get(result.sessionId);
        if (known === undefined) {
          expect(errorOf(result)?.reason).toBe("SESSION_NOT_FOUND");
          continue;
        }
        // A step that was on its way may be there as well.
        const nextSeq = result.resumed?.session?.nextSeq ?? 0;
        expect([known.seq + 1, known.seq + 2]).toContain(nextSeq);
        const hash = result.resumed?.session?.fullStateHash.toString("hex");
        if (nextSeq === known.seq + 1) expect(hash).toBe(known.hash);
      }
      answered.clear();
      closed.clear();
      await call(environmentClient(address), "CloseSessions", { sessionIds: ids });
    }
    const killAfter = 20 + random.int(150);
    let answers = 0;
    const answer = (): void => {
      if (++answers === killAfter + MAX_PATIENCE) process.kill("SIGKILL");
    };
    // The file that is being written is the moment to kill at; a server that writes none for long dies all the same.
    const watcher = watch(join(dir, "log"), (_event, file) => {
      if (answers >= killAfter && file?.endsWith(".new")) process.kill("SIGKILL");
    });
    onClose(() => watcher.close());
    const churn = async (): Promise<void> => {
      for (;;) {
        const own = await createSessions(address);
        for (let seq = 1; seq <= 3; seq++) {
          const actions = [{ agentId: seq % 2 === 1 ? "a" : "b", text: "pass" }];
          const results = await stepAll(
            address,
            own.map((id) => ({ ...stepItem(id, seq, ""), actions })),
          );
          for (const { sessionId, outcome } of results) {
            if (outcome == null) throw new Error(`step ${seq} of ${sessionId} was refused`);
            answered.set(sessionId, { seq, hash: outcome.fullStateHash.toString("hex") });
          }
          answer();
        }
        const gone = own.slice(2);
        // From here on a session may be there or not; when its end was answered it may not.
        for (const id of gone) answered.delete(id);
        await call(environmentClient(address), "CloseSessions", { sessionIds: gone });
        for (const id of gone) closed.add(id);
        answer();
      }
    };
    await Promise.allSettled([churn(), churn(), churn()]);
    await process.ended;
    watcher.close();
    compactions += process.stderr.split("the action log was compacted").length - 1;
    killedInside += readdirSync(join(dir, "log")).filter((file) => file.endsWith(".new")).length;
  }
  expect(compactions).toBeGreaterThan(5);
  expect(killedInside).toBeGreaterThan(1);
});
