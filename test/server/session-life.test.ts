// The whole life of a session as a property: steps, branches, commits, suspensions and resumptions in any order, with
// stale epochs and wrong hashes among them, in the event loop and where executions outlast the turn in which they begin.
// Whatever is answered must be what a plain world does.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { World } from "../../envs/core/world.ts";
import { createCounters } from "../../server/observability/counters.ts";
import { buildGroup } from "../../server/sessions/group.ts";
import type { Session } from "../../server/sessions/session.ts";
import { nodesUpTo } from "../../server/sessions/session-history.ts";
import type { BranchAnswer, StepAnswer } from "../../server/sessions/session-items.ts";
import { hostWorld } from "../../server/worlds/hosted-world.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";
import { DeferredRunner } from "../doubles/deferred-runner.ts";

const world = corridorWorld({ maxTurns: 1_000 });
const inLoop = hostWorld(world as World);
const TEXTS = ["go left", "look", "sing"] as const;

/** @param runner undefined: the event loop */
async function newSession(runner?: DeferredRunner) {
  const hosted = runner === undefined ? inLoop : hostWorld(world as World, () => runner);
  const counters = createCounters();
  const plan = {
    groupKey: "k",
    field: "groups[0]",
    task: { taskId: "corridor/1.0.0/train/4" },
    seed: 1,
    replicaCount: 1,
    replicaSeeds: "SHARED",
    optionsJson: "",
  } as const;
  const context = { groupId: "g", leaseId: "l", outcomeWindow: 4, counters, nowMs: 0 };
  const building = buildGroup(hosted, plan, context);
  const group = await (runner?.until(building) ?? building);
  return { session: group.sessions[0] as Session, counters };
}

const ahead = fc.integer({ min: -5, max: 2 });
const text = fc.constantFrom(...TEXTS);
const staleness = fc.constantFrom(0, 0, 0, 0, 1);
const event = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("step" as const), ahead, text, staleness }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("branch" as const),
      ahead,
      texts: fc.array(text, { minLength: 1, maxLength: 3 }),
      staleness,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("commit" as const),
      pick: fc.nat(50),
      ahead: fc.constantFrom(0, 0, -1),
      staleness,
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("run" as const) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("deliver" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("suspend" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("resume" as const) }) },
);

const actionsOf = (said: string) => new Map([["", { text: said }]]);

describe("the life of a session", () => {
  it.each([
    ["the event loop", undefined, 400],
    ["a thread", () => new DeferredRunner(world as World), 200],
  ])(
    "answers everybody once, and only with what the world does, whatever happens to it: %s",
    async (_, makeRunner, numRuns) => {
      await fc.assert(
        fc.asyncProperty(fc.array(event, { maxLength: 120 }), async (events) => {
          const runner = makeRunner?.();
          const { session, counters } = await newSession(runner);
          const resumptions: Promise<void>[] = [];
          const answers: { count: number }[] = [];
          /** Full hashes of acknowledged outcomes by seq: two different ones for one seq would be two effects. */
          const acknowledged = new Map<number, string>();
          const offered: { seq: number; branchIndex: number; fullHash: string }[] = [];
          /** Seqs that a commit consumed; a second sender of the same commit joins it and is told the same. */
          const commits = new Set<number>();
          const settleStep = (isCommit: boolean) => {
            const answer = { count: 0 };
            answers.push(answer);
            return (settled: StepAnswer) => {
              answer.count++;
              if ("error" in settled) {
                expect(settled.error.reason).not.toBe("INTERNAL_FAULT");
                return;
              }
              const { seq, fullHash } = settled.record;
              expect(acknowledged.get(seq) ?? fullHash).toBe(fullHash);
              acknowledged.set(seq, fullHash);
              if (isCommit && !settled.replayed) commits.add(seq);
            };
          };
          const submit = (each: { kind: "step" | "branch" | "commit" } & Record<string, unknown>): void => {
            const epoch = session.epoch - (each["staleness"] as number);
            const seq = Math.max(1, session.nextSeq + (each["ahead"] as number));
            if (each.kind === "step") {
              const step = { epoch, seq, actions: actionsOf(each["text"] as string), expectedFullHash: "" };
              session.submit(step, 0, settleStep(false));
            } else if (each.kind === "branch") {
              const answer = { count: 0 };
              answers.push(answer);
              const candidates = (each["texts"] as string[]).map(actionsOf);
              session.submitBranch({ epoch, seq, candidates }, 0, (settled: BranchAnswer) => {
                answer.count++;
                if ("error" in settled) return;
                settled.candidates.forEach((candidate, branchIndex) => {
                  if ("error" in candidate) throw candidate.error;
                  offered.push({ seq, branchIndex, fullHash: candidate.record.fullHash });
                });
              });
            } else {
              const known = offered[(each["pick"] as number) % Math.max(1, offered.length)];
              const commit = { seq, branchIndex: 0, fullHash: "f".repeat(64), ...known, epoch };
              session.submitCommit(commit, 0, settleStep(true));
            }
          };
          for (const each of events) {
            if (each.kind === "run") session.runNext(() => 0);
            else if (each.kind === "suspend") session.suspend();
            else if (each.kind === "deliver") await runner?.deliver();
            else if (each.kind === "resume") {
              resumptions.push(session.resume("l", () => 0));
              if (runner === undefined) await resumptions.at(-1);
            } else submit(each);
          }
          let resumed = 0;
          for (const resumption of resumptions) void resumption.then(() => resumed++);
          while (session.hasQueuedSteps || resumed < resumptions.length) {
            session.runNext(() => 0);
            if (!(await runner?.deliver())) await Promise.resolve();
          }

          for (const { count } of answers) expect(count).toBe(1);
          const history = nodesUpTo(session.history);
          expect(history.map(({ seq }) => seq)).toEqual(history.map((_, index) => index));
          expect(counters.steps_total).toBe(history.length - 1);
          expect(commits.size).toBeLessThanOrEqual(counters.steps_total);
          // The history is what was acknowledged, and the plain world does the same.
          const twin = (await newSession()).session;
          for (const node of history.slice(1)) {
            expect(acknowledged.get(node.seq)).toBe(node.fullHash);
            const [{ text: said = "" } = {}] = JSON.parse(node.actionsJson) as { text?: string }[];
            twin.submit(
              { epoch: 1, seq: node.seq, actions: actionsOf(said), expectedFullHash: "" },
              0,
              () => undefined,
            );
            twin.runNext(() => 0);
            expect(twin.latest.fullHash).toBe(node.fullHash);
          }
          expect([...acknowledged.keys()].every((seq) => seq < session.nextSeq)).toBe(true);
          // And it can always come back.
          session.suspend();
          const back = session.resume("other", () => 0);
          await (runner?.until(back) ?? back);
          expect(session.latest.fullHash).toBe(history.at(-1)?.fullHash);
          // And it leaves nothing behind.
          session.close();
          while (await runner?.deliver());
          expect(runner?.kept.size ?? 0).toBe(0);
        }),
        { numRuns },
      );
    },
  );

  it("really commits, suspends and resumes in those runs", async () => {
    const { session } = await newSession();
    const hashes: string[] = [];
    session.submitBranch({ epoch: 1, seq: 1, candidates: TEXTS.map(actionsOf) }, 0, (answer) => {
      if ("candidates" in answer) {
        for (const candidate of answer.candidates) if ("record" in candidate) hashes.push(candidate.record.fullHash);
      }
    });
    session.runNext(() => 0);
    expect(hashes).toHaveLength(3);
    session.suspend();
    await session.resume("l", () => 0);
    const reasons: string[] = [];
    const commit = (epoch: number) =>
      session.submitCommit({ epoch, seq: 1, branchIndex: 0, fullHash: hashes[0] ?? "" }, 0, (answer) => {
        reasons.push("error" in answer ? answer.error.reason : "outcome");
      });
    commit(1);
    commit(2); // branches are lost to a suspension
    session.runNext(() => 0);
    expect(reasons).toEqual(["STALE_EPOCH", "BRANCH_NOT_FOUND"]);
    session.submitBranch({ epoch: 2, seq: 1, candidates: TEXTS.map(actionsOf) }, 0, () => undefined);
    session.runNext(() => 0);
    commit(2);
    session.runNext(() => 0);
    expect(reasons.at(-1)).toBe("outcome");
  });

  it("while a step runs elsewhere, equal items join it, and what happens to the session answers all of them", async () => {
    const settled: string[] = [];
    const lives: [string, (session: Session) => unknown, string][] = [
      ["close", (session) => session.close(), "SESSION_CLOSED"],
      ["suspend", (session) => session.suspend(), "SESSION_SUSPENDED"],
      ["resume", (session) => session.resume("other", () => 0), "STALE_EPOCH"],
    ];
    for (const [, act, reason] of lives) {
      settled.length = 0;
      const runner = new DeferredRunner(world as World);
      const { session, counters } = await newSession(runner);
      const submit = (seq: number, said: string) =>
        session.submit({ epoch: 1, seq, actions: actionsOf(said), expectedFullHash: "" }, 0, (answer) => {
          settled.push("error" in answer ? answer.error.reason : "outcome");
        });
      submit(1, "look");
      expect(session.runNext(() => 0)).toBe(true);
      expect(session.runNext(() => 0)).toBe(false);
      submit(1, "look");
      submit(1, "sing");
      submit(2, "look");
      expect(settled).toEqual(["STEP_CONFLICT"]);
      act(session);
      expect(settled).toEqual(["STEP_CONFLICT", reason, reason, reason]);
      while (await runner.deliver());
      // The step is over on its thread: nobody has heard of it, and it did not happen.
      expect(settled).toHaveLength(4);
      expect(session.nextSeq).toBe(1);
      expect(counters.steps_total).toBe(0);
    }
  });
});
