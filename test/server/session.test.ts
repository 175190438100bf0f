import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { World } from "../../envs/core/world.ts";
import { createCounters } from "../../server/observability/counters.ts";
import { buildGroup } from "../../server/sessions/group.ts";
import type { Session } from "../../server/sessions/session.ts";
import type { StepAnswer } from "../../server/sessions/session-items.ts";
import { hostWorld } from "../../server/worlds/hosted-world.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";

const WINDOW = 4;
const hosted = hostWorld(corridorWorld({ maxTurns: 1_000 }) as World);

async function newSession() {
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
  const context = { groupId: "g", leaseId: "l", outcomeWindow: WINDOW, counters, nowMs: 0 };
  const [session] = (await buildGroup(hosted, plan, context)).sessions;
  return { session: session as Session, counters };
}

/** One thing that happens to a session: a client asks for a step, or the queue serves it. */
const event = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ ahead: fc.integer({ min: -6, max: 3 }), text: fc.constantFrom("go left", "look") }),
  },
  { weight: 2, arbitrary: fc.constant("run" as const) },
);

describe("Session", () => {
  it("has each effect once and answers everybody, in whatever order steps are sent, repeated and run", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 80 }), async (events) => {
        const { session, counters } = await newSession();
        const asked: { seq: number; text: string; answers: StepAnswer[] }[] = [];
        for (const each of events) {
          if (each === "run") {
            session.runNext(() => 0);
            continue;
          }
          const step = { seq: Math.max(1, session.nextSeq + each.ahead), text: each.text, answers: [] as StepAnswer[] };
          asked.push(step);
          const actions = new Map([["", { text: step.text }]]);
          session.submit({ epoch: 1, seq: step.seq, actions, expectedFullHash: "" }, 0, (answer) => {
            step.answers.push(answer);
          });
        }
        while (session.hasQueuedSteps) session.runNext(() => 0);

        // Each seq took effect once, with one text; replaying those texts on the world gives the same hashes.
        const applied = new Map<number, { text: string; hash: string }>();
        for (const { seq, text, answers } of asked) {
          expect(answers).toHaveLength(1);
          const [answer] = answers;
          if (answer === undefined || "error" in answer) continue;
          expect(answer.record.seq).toBe(seq);
          const known = applied.get(seq);
          if (known !== undefined) expect(known).toEqual({ text, hash: answer.record.fullHash });
          applied.set(seq, { text, hash: answer.record.fullHash });
        }
        expect([...applied.keys()].sort((a, b) => a - b)).toEqual(
          Array.from({ length: session.nextSeq - 1 }, (_, index) => index + 1),
        );
        expect(counters.steps_total).toBe(session.nextSeq - 1);
        const replay = (await newSession()).session;
        for (let seq = 1; seq < session.nextSeq; seq++) {
          const actions = new Map([["", { text: applied.get(seq)?.text ?? "" }]]);
          replay.submit({ epoch: 1, seq, actions, expectedFullHash: "" }, 0, () => undefined);
          replay.runNext(() => 0);
          expect(replay.latest.fullHash).toBe(applied.get(seq)?.hash);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("refuses with reasons of the table only", async () => {
    const { session } = await newSession();
    const reasons = new Set<string>();
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom("look", "go left"),
        fc.boolean(),
        (seq, text, runs) => {
          const actions = new Map([["", { text }]]);
          session.submit({ epoch: 1, seq, actions, expectedFullHash: "" }, 0, (answer) => {
            if ("error" in answer) reasons.add(answer.error.reason);
          });
          if (runs) session.runNext(() => 0);
        },
      ),
      { numRuns: 500, seed: 1 },
    );
    expect([...reasons].sort()).toEqual(["SEQ_EXPIRED", "SEQ_GAP", "STEP_CONFLICT"]);
  });
});
