// The smallest verifier: "7 + 5 = ?". Judged without a session, and played in one turn with the score as reward. It
// breaks on purpose for completions that ask for it.

import { integer, readJson, record } from "../../envs/core/form.ts";
import { inlineTaskOf, MAX_INLINE_TASK_BYTES } from "../../envs/core/inline-task.ts";
import { taskDigest } from "../../envs/core/state-hash.ts";
import { ended } from "../../envs/core/transition.ts";
import { SINGLE_AGENT, type Task } from "../../envs/core/types.ts";
import type { Verdict } from "../../envs/core/verifier.ts";
import type { World } from "../../envs/core/world.ts";

interface SumTask {
  readonly a: number;
  readonly b: number;
}
interface SumState extends SumTask {
  readonly turn: number;
  readonly answer: string;
}

const TASK_FORM = record(
  { a: integer(0, 1_000), b: integer(0, 1_000) },
  { description: "A sum of two numbers.", examples: [{ a: 2, b: 3 }] },
);

/** Counts what is really judged, to tell it from what is remembered. */
export interface SumsCalls {
  verified: number;
}

export function sumsWorld(calls: SumsCalls = { verified: 0 }): World<SumState, null, SumTask> {
  const problem = (data: SumTask) => ({ title: `${data.a} + ${data.b} = ?`, tags: [], maxTurns: 1, data });
  const digestOf = ({ a, b }: SumTask) => taskDigest({ a, b });
  const task = (split: string, index: number): Task<SumTask> => {
    if (split !== "train" || index < 0 || index >= 10) throw new Error(`no task ${split} ${index}`);
    const data = { a: index, b: 5 };
    return { taskId: `sums/1.0.0/train/${index}`, split, index, ...problem(data), contentDigest: digestOf(data) };
  };
  const judge = ({ a, b }: SumTask, completion: string): Verdict => {
    const passed = completion.trim() === String(a + b);
    const score = passed ? 1 : 0;
    return { score, passed, components: [{ name: "equal", value: score }], explanation: passed ? "right" : "wrong" };
  };
  return {
    description: {
      name: "sums",
      version: "1.0.0",
      stateSchema: "sums/1",
      turnModel: "SINGLE",
      agents: [{ agentId: SINGLE_AGENT, role: "solver", team: "" }],
      splits: [{ name: "train", kind: "train", taskCount: 10 }],
      rewardComponents: ["equal"],
      optionsSchemaJson: "",
      taskSchemaJson: JSON.stringify(TASK_FORM.schema),
      limits: { maxTurns: 1, maxActionBytes: 4_096, maxObservationBytes: 64 },
    },
    parseOptions: () => null,
    task,
    taskById: (taskId) => {
      for (let index = 0; index < 10; index++) if (task("train", index).taskId === taskId) return task("train", index);
      return undefined;
    },
    inlineTask: (json) => {
      const data = readJson(TASK_FORM, json, MAX_INLINE_TASK_BYTES);
      return inlineTaskOf({ name: "sums", version: "1.0.0" }, problem(data), digestOf(data));
    },
    reset: ({ data }) => ({ ...data, turn: 0, answer: "" }),
    step: (state, actions) => {
      const action = actions.get(SINGLE_AGENT);
      const answer = action !== undefined && "text" in action ? action.text : "";
      const { score, components } = judge(state, answer);
      const verdict = { validity: "VALID", normalizedAction: answer, rewardComponents: components } as const;
      return ended({ ...state, turn: 1, answer }, verdict, score === 1 ? "GOAL_REACHED" : "TASK_FAILED", score);
    },
    observe: ({ a, b }) => ({ blocks: [{ text: `${a} + ${b} = ?` }] }),
    admissibleActions: () => [],
    canonical: ({ a, b, answer, turn }) => ({ full: { a, answer, b }, semantic: { a, answer, b }, rng: null, turn }),
    initiallyActing: () => [SINGLE_AGENT],
    verify: ({ data }, completion) => {
      calls.verified++;
      if (completion === "break") throw new Error("the verifier tripped");
      if (completion === "overflow") return { ...judge(data, "0"), score: 2 };
      if (completion === "forever") return new Promise<Verdict>(() => undefined);
      return judge(data, completion);
    },
  };
}
