// VER: verdicts. A wrong answer scores 0; what cannot be judged is a status, and nobody's score. The kit does not know a
// right answer, and has no answer that runs for ever: what those become is left to the environment's own tests.

import type { ListEnvironmentsResponse } from "../../proto/gen/anchorgym/v1/ListEnvironmentsResponse.ts";
import type { SampleTasksResponse } from "../../proto/gen/anchorgym/v1/SampleTasksResponse.ts";
import type { VerifyResponse } from "../../proto/gen/anchorgym/v1/VerifyResponse.ts";
import type { VerifyResult } from "../../proto/gen/anchorgym/v1/VerifyResult.ts";
import { demand, demandEqual, NotApplicable, rule } from "../rule.ts";
import { demandReason, type Subject } from "../subject.ts";
import { CallRefused } from "../wire.ts";

const UNIMPLEMENTED = 12;
const NO_ANSWERS = ["", "\u0000\uFFFE", "🙂".repeat(50), "I do not know.", "x".repeat(5_000)];

async function verify(subject: Subject, items: readonly object[]): Promise<readonly VerifyResult[]> {
  return (await subject.wire.call<VerifyResponse>("VerifierService", "Verify", { items })).results;
}

/** An environment of this server that verifies, and one of its tasks. @throws {NotApplicable} */
async function someTask(subject: Subject): Promise<{ readonly environment: string; readonly taskId: string }> {
  const { environments } = await subject.wire.call<ListEnvironmentsResponse>("CatalogService", "ListEnvironments", {});
  for (const { name: environment, splits } of environments) {
    const sample = { environment, split: splits[0]?.name ?? "", seed: "1", count: 1 };
    const { tasks } = await subject.wire.call<SampleTasksResponse>("CatalogService", "SampleTasks", sample);
    const taskId = tasks[0]?.taskId ?? "";
    try {
      const [result] = await verify(subject, [{ itemId: "probe", environment, taskId, completion: "" }]);
      if (result?.verdict != null) return { environment, taskId };
    } catch (thrown) {
      if (thrown instanceof CallRefused && thrown.status.code === UNIMPLEMENTED) {
        subject.wire.statuses.pop(); // gRPC's own word for a service that is not there
        throw new NotApplicable("the server has no VerifierService", { cause: thrown });
      }
      throw thrown;
    }
  }
  throw new NotApplicable("no environment of this server verifies");
}

async function noAnswersScoreNothing(subject: Subject): Promise<void> {
  const task = await someTask(subject);
  const results = await verify(
    subject,
    NO_ANSWERS.map((completion, at) => ({ itemId: `${at}`, ...task, completion })),
  );
  demand(results.length === NO_ANSWERS.length, `${NO_ANSWERS.length} items got ${results.length} results`);
  for (const [at, { itemId, verdict }] of results.entries()) {
    demandEqual(itemId, `${at}`, "item_id of a result, in item order");
    demand(
      verdict != null,
      `completion ${JSON.stringify(NO_ANSWERS[at]?.slice(0, 20))} got a status instead of a verdict`,
    );
    demand(verdict.score === 0 && !verdict.passed, `a completion that is no answer scores ${verdict.score}`);
  }
}

async function unjudgedIsAStatus(subject: Subject): Promise<void> {
  const task = await someTask(subject);
  const [nowhere, unknown, judged] = await verify(subject, [
    { itemId: "a", ...task, environment: "no-such-environment", completion: "1" },
    { itemId: "b", ...task, taskId: "no-such-task", completion: "1" },
    { itemId: "c", ...task, completion: "" },
  ]);
  demandReason(subject.refused(nowhere, "verdict"), "ENVIRONMENT_NOT_FOUND");
  demandReason(subject.refused(unknown, "verdict"), "TASK_NOT_FOUND");
  demand(judged?.verdict != null, "an item that could not be judged took another one with it");
  demandReason(await subject.wire.refusal("VerifierService", "Verify", { items: [] }), "MESSAGE_INVALID");
}

async function verdictsRepeat(subject: Subject): Promise<void> {
  const task = await someTask(subject);
  const items = ["1", "12", "yes"].map((completion, at) => ({ itemId: `${at}`, ...task, completion }));
  const tell = async (): Promise<string> =>
    (await verify(subject, items)).map(({ verdict }) => `${verdict?.score} ${verdict?.passed}`).join("; ");
  const first = await tell();
  demandEqual(await tell(), first, "verdicts on the same completions, asked for again");
  for (const { verdict } of await verify(subject, items)) {
    demand(verdict != null && verdict.score >= 0 && verdict.score <= 1, `a score is ${verdict?.score}, outside [0, 1]`);
  }
}

export const verifierRules = [
  rule("VER-1", "full", "A completion that is no answer is a verdict with score 0.", noAnswersScoreNothing),
  rule("VER-2", "full", "What cannot be judged is a status and harms no other item.", unjudgedIsAStatus),
  rule("VER-3", "full", "The same completion gets the same verdict, with a score in [0, 1].", verdictsRepeat),
];
