// INL: tasks by value. The kit sends the examples that an environment's task schema publishes: it knows no task of its own.

import type { ResumeSessionsResponse } from "../../proto/gen/anchorgym/v1/ResumeSessionsResponse.ts";
import type { VerifyResponse } from "../../proto/gen/anchorgym/v1/VerifyResponse.ts";
import { Episode } from "../episode.ts";
import { demand, demandEqual, NotApplicable, rule } from "../rule.ts";
import { demandReason, type Subject } from "../subject.ts";
import { fetchLog, replayLog } from "../trajectory.ts";
import { CallRefused } from "../wire.ts";

const UNIMPLEMENTED = 12;

interface Inline {
  readonly subject: Subject;
  readonly schema: Readonly<Record<string, unknown>>;
  /** JSON texts, at least one. */
  readonly examples: readonly string[];
}

/** The environments that take tasks by value and publish examples. @throws {NotApplicable} when there is none */
async function inlineSubjects(subject: Subject): Promise<readonly Inline[]> {
  const found: Inline[] = [];
  for (const other of await subject.environments()) {
    const { taskSchemaJson } = other.environment;
    if (taskSchemaJson === "") continue;
    const schema = JSON.parse(taskSchemaJson) as Readonly<Record<string, unknown>>;
    const examples = Array.isArray(schema["examples"]) ? schema["examples"].map((one) => JSON.stringify(one)) : [];
    if (examples.length > 0) found.push({ subject: other, schema, examples });
  }
  if (found.length === 0) throw new NotApplicable("no environment publishes a task schema with examples");
  return found;
}

const byValue = (inlineTaskJson: string) => ({ task: { inlineTaskJson } });

async function examplesStart(subject: Subject): Promise<void> {
  for (const { subject: other, examples } of await inlineSubjects(subject)) {
    for (const example of examples) {
      const [first, again] = await other.groups([
        { ...byValue(example), replicas: 2 },
        { ...byValue(example), replicas: 1 },
      ]);
      demandEqual(
        again!.initial!.fullStateHash.toString("hex"),
        first!.initial!.fullStateHash.toString("hex"),
        `full hash of the start of the same inline task of ${other.environment.name}, sent twice`,
      );
      const [one, two] = Episode.of(other, first!);
      const actions = one!.drawActions();
      demandEqual(
        (await two!.step(actions)).fullStateHash.toString("hex"),
        (await one!.step(actions)).fullStateHash.toString("hex"),
        `full hash after one step of two replicas of an inline task of ${other.environment.name}`,
      );
    }
  }
}

async function otherTasksDiffer(subject: Subject): Promise<void> {
  let compared = 0;
  for (const { subject: other, examples } of await inlineSubjects(subject)) {
    if (examples.length < 2) continue;
    compared++;
    const groups = await other.groups(examples.map(byValue));
    const hashes = new Set(groups.map(({ initial }) => initial?.semanticStateHash.toString("hex")));
    const what = `${examples.length} examples of ${other.environment.name} start in`;
    demand(hashes.size === new Set(examples).size, `${what} ${hashes.size} semantic hashes`);
  }
  if (compared === 0) throw new NotApplicable("no environment publishes two examples");
}

async function unreadableFailsAlone(subject: Subject): Promise<void> {
  for (const { subject: other, schema, examples } of await inlineSubjects(subject)) {
    const [good = ""] = examples;
    const bad = ["", "{", "[]", '"text"'];
    const isClosed = schema["additionalProperties"] === false;
    if (isClosed) bad.push(JSON.stringify({ ...(JSON.parse(good) as object), "no such field": 1 }));
    const { results } = await other.create(other.createRequest([good, ...bad, good].map(byValue)));
    demand(results.length === bad.length + 2, `${bad.length + 2} groups got ${results.length} results`);
    bad.forEach((text, at) => {
      const result = results[at + 1];
      demand(result?.status != null, `a group of the inline task ${JSON.stringify(text)} was created`);
      demandReason(other.refused(result, "group"), "MESSAGE_INVALID");
    });
    for (const result of [results[0], results.at(-1)]) {
      demand(result?.group != null, "an inline task that cannot be read took other groups with it");
    }
  }
}

async function unsupportedIsSaid(subject: Subject): Promise<void> {
  const without = (await subject.environments()).filter(({ environment }) => environment.taskSchemaJson === "");
  const [other] = without;
  if (other === undefined) throw new NotApplicable("every environment takes tasks by value");
  const { results } = await other.create(other.createRequest([byValue("{}"), { task: await other.task() }]));
  demandReason(other.refused(results[0], "group"), "INLINE_TASK_UNSUPPORTED");
  demand(results[1]?.group != null, "an inline task that is not supported took another group with it");
}

async function contentIsInTheDigest(subject: Subject): Promise<void> {
  const [{ subject: other, examples }] = (await inlineSubjects(subject)) as [Inline];
  const [example = ""] = examples;
  const request = { requestId: other.uuid(), leaseId: other.uuid() };
  const idsOf = async (text: string) => {
    const { results } = await other.create(other.createRequest([byValue(text)], request));
    return results[0]?.group?.sessions.map(({ sessionId }) => sessionId).join(" ") ?? "none";
  };
  const first = await idsOf(example);
  demand(first !== "none", "an example was refused");
  demandEqual(await idsOf(example), first, "session ids of a request with an inline task, sent again");
  const changed = other.createRequest([byValue(` ${example}`)], request);
  demandReason(await other.wire.refusal("EnvironmentService", "CreateGroups", changed), "REQUEST_CONFLICT");
}

async function logsHoldTheTask(subject: Subject): Promise<void> {
  const [{ subject: other, examples }] = (await inlineSubjects(subject)) as [Inline];
  const [example = ""] = examples;
  const [episode] = Episode.of(other, await other.group(byValue(example)));
  await episode!.play(3);
  const log = await fetchLog(other, episode!.sessionId);
  demandEqual(log.header?.inlineTaskJson ?? "", example, "header.inline_task_json of a log");
  const { firstDivergence, replayedSteps } = await replayLog(other, log);
  demand(firstDivergence == null, () => `a true log of an inline task diverges: ${JSON.stringify(firstDivergence)}`);
  demand(replayedSteps === episode!.latest.seq, `${replayedSteps} of ${episode!.latest.seq} steps were replayed`);
}

async function comesBackAfterARestart(subject: Subject): Promise<void> {
  const { limits, restart } = subject;
  if (restart === undefined) throw new NotApplicable("no --restart command was given");
  if (limits.durability === "DURABILITY_MEMORY") throw new NotApplicable("durability is MEMORY");
  const [{ subject: other, examples }] = (await inlineSubjects(subject)) as [Inline];
  const [episode] = Episode.of(other, await other.group(byValue(examples[0] ?? "")));
  await episode!.step();
  await restart();
  const request = { requestId: other.uuid(), leaseId: other.uuid(), sessionIds: [episode!.sessionId] };
  const { results } = await other.wire.call<ResumeSessionsResponse>("EnvironmentService", "ResumeSessions", request);
  const session = results[0]?.resumed?.session;
  demand(session != null, "a session of an inline task does not come back after a restart");
  demand(session.nextSeq === 2, `it took one step and comes back with next_seq ${session.nextSeq}`);
  demandEqual(
    session.fullStateHash.toString("hex"),
    episode!.latest.fullStateHash.toString("hex"),
    "full hash of a session of an inline task after a restart",
  );
}

async function isJudgedWithoutASession(subject: Subject): Promise<void> {
  let judged = 0;
  for (const { subject: other, examples } of await inlineSubjects(subject)) {
    const environment = other.environment.name;
    const items = [examples[0] ?? "", "{"].map((inlineTaskJson, at) => {
      return { itemId: `${at}`, environment, inlineTaskJson, completion: "" };
    });
    const { results } = await verify(other, items);
    const [good, bad] = results;
    if (good?.status != null && other.refused(good, "verdict").reason === "ENVIRONMENT_NOT_FOUND") continue;
    judged++;
    demand(good?.verdict != null, `an empty answer to an inline task of ${environment} got no verdict`);
    demand(good.verdict.score === 0, `an empty answer to an inline task scores ${good.verdict.score}`);
    demandReason(other.refused(bad, "verdict"), "MESSAGE_INVALID");
  }
  if (judged === 0) throw new NotApplicable("no environment that verifies takes tasks by value");
}

async function verify(subject: Subject, items: readonly object[]): Promise<VerifyResponse> {
  try {
    return await subject.wire.call<VerifyResponse>("VerifierService", "Verify", { items });
  } catch (thrown) {
    if (!(thrown instanceof CallRefused) || thrown.status.code !== UNIMPLEMENTED) throw thrown;
    subject.wire.statuses.pop(); // gRPC's own word for a service that is not there
    throw new NotApplicable("the server has no VerifierService", { cause: thrown });
  }
}

export const inlineTaskRules = [
  rule("INL-1", "core", "A published example starts, in the same state as often as it is sent.", examplesStart),
  rule("INL-2", "core", "Different inline tasks never share a semantic hash.", otherTasksDiffer),
  rule(
    "INL-3",
    "core",
    "An inline task that cannot be read is MESSAGE_INVALID for its group alone.",
    unreadableFailsAlone,
  ),
  rule(
    "INL-4",
    "core",
    "An environment without a task schema answers INLINE_TASK_UNSUPPORTED for the group alone.",
    unsupportedIsSaid,
  ),
  rule("INL-5", "core", "The inline task is part of what a request_id stands for.", contentIsInTheDigest),
  rule("INL-6", "full", "A log holds the inline task as it was sent, and replays.", logsHoldTheTask),
  rule("INL-7", "full", "A session of an inline task comes back after a restart.", comesBackAfterARestart),
  rule(
    "INL-8",
    "full",
    "An inline task is judged without a session, and one that cannot be read is refused.",
    isJudgedWithoutASession,
  ),
];
