// A server with an action log is killed without warning while steps are on their way, and started again: every
// acknowledged step is there, none is there twice, and the episodes go on as if nothing had happened.

import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { RandomStream } from "../../envs/core/random.ts";
import type { CreateGroupsResponse } from "../../proto/gen/anchorgym/v1/CreateGroupsResponse.ts";
import type { Outcome } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import type { ResumeSessionsResponse } from "../../proto/gen/anchorgym/v1/ResumeSessionsResponse.ts";
import { call, closeAll, environmentClient, onClose, stepAll, stepItem } from "../doubles/running-server.ts";
import { CommandProcess } from "./command-process.ts";

afterEach(closeAll);

const ENVIRONMENT = "tally-sequential";
const SESSIONS = 24;
const ROUNDS_OF_DEATH = 4;
const hex = (bytes: Buffer | undefined): string => bytes?.toString("hex") ?? "";

async function serve(dir: string, durability: string): Promise<{ address: string; process: CommandProcess }> {
  const announce = join(dir, "server.json");
  rmSync(announce, { force: true });
  const flags = ["--env", ENVIRONMENT, "--port", "0", "--announce", announce];
  const server = new CommandProcess(["serve", ...flags, "--log-dir", join(dir, "log"), "--durability", durability]);
  onClose(async () => {
    server.kill("SIGKILL");
    await server.ended;
  });
  await server.until(() => statSync(announce, { throwIfNoEntry: false }) !== undefined);
  return { address: (JSON.parse(readFileSync(announce, "utf8")) as { address: string }).address, process: server };
}

/** The scripted action of a step: the same whoever sends it, and however often. Small sums: the episode stays long. */
const actionOf = (session: number, seq: number): string => ["pass", "add 1", "sing"][(session * 7 + seq * 5) % 3] ?? "";
const agentOf = (seq: number): string => (seq % 2 === 1 ? "a" : "b");
const itemOf = (sessionId: string, session: number, seq: number, epoch: number) => ({
  ...stepItem(sessionId, seq, "", epoch),
  actions: [{ agentId: agentOf(seq), text: actionOf(session, seq) }],
});

async function createSessions(address: string): Promise<string[]> {
  const request = {
    requestId: "the-one",
    leaseId: "the-lease",
    environment: ENVIRONMENT,
    groups: Array.from({ length: SESSIONS / 4 }, (_, index) => ({
      groupKey: `g${index}`,
      // The same problem by name and by value.
      ...(index % 2 === 0 ? { taskId: `${ENVIRONMENT}/1.0.0/train/7` } : { inlineTaskJson: '{"target": 15}' }),
      seed: String(index),
      replicaCount: 4,
    })),
  };
  const { results } = await call<object, CreateGroupsResponse>(environmentClient(address), "CreateGroups", request);
  return results.flatMap(({ group }) => group?.sessions.map(({ sessionId }) => sessionId) ?? []);
}

describe("the action log and SIGKILL", () => {
  it.each(["LOG", "SYNC"])("keeps every acknowledged step, once: --durability %s", async (durability) => {
    const dir = mkdtempSync(join(tmpdir(), "anchorgym-killed-"));
    onClose(() => rmSync(dir, { recursive: true, force: true }));
    const random = new RandomStream(11).split(durability);
    let { address, process } = await serve(dir, durability);
    const ids = await createSessions(address);
    expect(ids).toHaveLength(SESSIONS);
    /** Full hashes of acknowledged outcomes, per session by seq. */
    const acknowledged: string[][] = ids.map(() => [""]);
    const over = new Set<number>();
    let epoch = 1;

    const learn = (session: number, outcome: Outcome): void => {
      const known = acknowledged[session]?.[outcome.seq];
      if (known !== undefined) expect(hex(outcome.fullStateHash)).toBe(known);
      (acknowledged[session] as string[])[outcome.seq] = hex(outcome.fullStateHash);
      if (outcome.actingAgents.length === 0) over.add(session);
    };

    for (let death = 0; death <= ROUNDS_OF_DEATH; death++) {
      const isLast = death === ROUNDS_OF_DEATH;
      const killAfter = isLast ? Number.POSITIVE_INFINITY : 1 + random.int(40);
      let answered = 0;
      const play = async (session: number): Promise<void> => {
        while (!over.has(session)) {
          const seq = (acknowledged[session] as string[]).length;
          const [result] = await stepAll(address, [itemOf(ids[session] ?? "", session, seq, epoch)]);
          if (result?.outcome == null) throw new Error(`seq ${seq}: ${result?.status?.message}`);
          learn(session, result.outcome);
          if (++answered === killAfter) process.kill("SIGKILL");
        }
      };
      const played = await Promise.allSettled(ids.map((_, session) => play(session)));
      if (isLast) {
        expect(played.filter(({ status }) => status === "rejected")).toEqual([]);
        break;
      }
      process.kill("SIGKILL");
      await process.ended;
      ({ address, process } = await serve(dir, durability));
      // A retry of the creating call finds the same sessions.
      expect(await createSessions(address)).toEqual(ids);
      const request = { requestId: `resume-${death}`, leaseId: "the-lease", fromLeaseId: "the-lease" };
      const resumed = await call<object, ResumeSessionsResponse>(environmentClient(address), "ResumeSessions", request);
      expect(resumed.results).toHaveLength(SESSIONS);
      epoch++;
      for (const { resumed: value, sessionId } of resumed.results) {
        const session = ids.indexOf(sessionId);
        const hashes = acknowledged[session] as string[];
        // Nothing that was answered is lost; at most the one step on its way is there without an answer.
        expect(value?.session?.epoch).toBe(epoch);
        expect([hashes.length, hashes.length + 1]).toContain(value?.session?.nextSeq);
        if (value?.session?.nextSeq === hashes.length && hashes.length > 1) {
          expect(hex(value.session.fullStateHash)).toBe(hashes.at(-1));
        }
      }
    }
    // The undisturbed run, on a server that nobody kills.
    const calm = await serve(mkdtempSync(join(dir, "calm-")), durability);
    const twins = await createSessions(calm.address);
    for (const [session, hashes] of acknowledged.entries()) {
      const seen = [""];
      for (let seq = 1; seq < hashes.length; seq++) {
        const [result] = await stepAll(calm.address, [itemOf(twins[session] ?? "", session, seq, 1)]);
        seen.push(hex(result?.outcome?.fullStateHash));
      }
      expect(seen).toEqual(hashes);
    }
    expect(over.size).toBe(SESSIONS);
  });
});
