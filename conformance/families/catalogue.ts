// CAT: what a server says it hosts. Digests and orders are computed here from the published definitions; a server that
// agrees with itself alone is not enough. Splits above MAX_TASKS are read in part and not compared with their digest.

import type { GetEnvironmentResponse } from "../../proto/gen/anchorgym/v1/GetEnvironmentResponse.ts";
import type { ListEnvironmentsResponse } from "../../proto/gen/anchorgym/v1/ListEnvironmentsResponse.ts";
import type { ListTasksResponse } from "../../proto/gen/anchorgym/v1/ListTasksResponse.ts";
import type { SampleTasksResponse } from "../../proto/gen/anchorgym/v1/SampleTasksResponse.ts";
import type { Split } from "../../proto/gen/anchorgym/v1/Split.ts";
import type { Task } from "../../proto/gen/anchorgym/v1/Task.ts";
import { deriveSeed, publishedHash } from "../canonical-hash.ts";
import { demand, demandEqual, NotApplicable, rule } from "../rule.ts";
import { demandReason, type Subject } from "../subject.ts";

const MAX_TASKS = 2_000;
const SERVICE = "CatalogService";

const isBounded = (split: Split): boolean => split.taskCount !== undefined;
const hex = (bytes: Buffer): string => bytes.toString("hex");

function boundedSplits(subject: Subject): readonly Split[] {
  const splits = subject.environment.splits.filter((split) => isBounded(split) && (split.taskCount ?? 0) <= MAX_TASKS);
  if (splits.length === 0) throw new NotApplicable(`no split is bounded by ${MAX_TASKS} tasks`);
  return splits;
}

async function page(subject: Subject, split: string, pageSize: number, pageToken: string): Promise<ListTasksResponse> {
  const request = { environment: subject.environment.name, split, pageSize, pageToken };
  return subject.wire.call<ListTasksResponse>(SERVICE, "ListTasks", request);
}

async function wholeSplit(subject: Subject, split: Split, pageSize: number): Promise<readonly Task[]> {
  const tasks: Task[] = [];
  let token = "";
  do {
    const answer = await page(subject, split.name, pageSize, token);
    tasks.push(...answer.tasks);
    token = answer.nextPageToken;
    demand(tasks.length <= MAX_TASKS + pageSize, `the pages of ${split.name} do not end after ${tasks.length} tasks`);
  } while (token !== "");
  return tasks;
}

async function sample(subject: Subject, split: string, seed: number, offset: number, count: number) {
  const request = { environment: subject.environment.name, split, seed: String(seed), offset, count };
  return (await subject.wire.call<SampleTasksResponse>(SERVICE, "SampleTasks", request)).tasks;
}

async function environmentsAgree(subject: Subject): Promise<void> {
  const { environments } = await subject.wire.call<ListEnvironmentsResponse>(SERVICE, "ListEnvironments", {});
  const names = environments.map(({ name }) => name);
  const ordered = [...new Set(names)].sort((a, b) => (a < b ? -1 : 1));
  demandEqual(names.join(" "), ordered.join(" "), "the names in ListEnvironments");
  for (const listed of environments) {
    const request = { name: listed.name };
    const got = await subject.wire.call<GetEnvironmentResponse>(SERVICE, "GetEnvironment", request);
    demandEqual(JSON.stringify(got.environment), JSON.stringify(listed), `GetEnvironment of ${listed.name}`);
  }
}

async function describesItself(subject: Subject): Promise<void> {
  const { agents, buildDigest, determinism, forkMode, hashScheme, name, stateSchema, turnModel } = subject.environment;
  demand(buildDigest.length === 32, `build_digest of ${name} has ${buildDigest.length} bytes`);
  demandEqual(hashScheme, "anchorgym-jcs-sha256-v1", "hash_scheme");
  demand(stateSchema !== "", "state_schema is empty");
  for (const value of [determinism, forkMode, turnModel])
    demand(!`${value}`.endsWith("UNSPECIFIED"), `${value} is sent`);
  const ids = agents.map(({ agentId }) => agentId);
  demand(new Set(ids).size === ids.length && ids.length > 0, `agent ids are ${JSON.stringify(ids)}`);
  if (turnModel === "TURN_MODEL_SINGLE") demandEqual(JSON.stringify(ids), '[""]', "agents of a SINGLE environment");
}

async function pagesCover(subject: Subject): Promise<void> {
  for (const split of boundedSplits(subject)) {
    const tasks = await wholeSplit(subject, split, 37);
    demand(
      tasks.length === split.taskCount,
      `${split.name} promises ${split.taskCount} tasks, its pages hold ${tasks.length}`,
    );
    tasks.forEach((task, at) => {
      demand(task.index === at, `task ${task.taskId} of ${split.name} comes as number ${at} with index ${task.index}`);
      demand(
        task.contentDigest.length === 32,
        `content_digest of ${task.taskId} has ${task.contentDigest.length} bytes`,
      );
      demandEqual(task.split, split.name, `split of ${task.taskId}`);
    });
    demand(new Set(tasks.map(({ taskId }) => taskId)).size === tasks.length, `${split.name} names a task twice`);
  }
}

async function digestsAreHashes(subject: Subject): Promise<void> {
  for (const split of boundedSplits(subject)) {
    const tasks = await wholeSplit(subject, split, 500);
    const pairs = tasks.map(({ taskId, contentDigest }) => [taskId, hex(contentDigest)]);
    demandEqual(hex(split.digest), publishedHash("split", "split/1", pairs), `digest of split ${split.name}`);
    const { splitDigest } = await page(subject, split.name, 1, "");
    demandEqual(hex(splitDigest), hex(split.digest), `split_digest of ListTasks for ${split.name}`);
  }
}

async function splitsAreApart(subject: Subject): Promise<void> {
  const seen = new Map<string, string>();
  for (const split of boundedSplits(subject)) {
    for (const { taskId } of await wholeSplit(subject, split, 500)) {
      const other = seen.get(taskId);
      demand(other === undefined, `task ${taskId} is in ${other} and in ${split.name}`);
      seen.set(taskId, split.name);
    }
  }
}

async function curriculumIsPublished(subject: Subject): Promise<void> {
  for (const split of subject.environment.splits) {
    const seed = 3;
    if (isBounded(split) && (split.taskCount ?? 0) <= MAX_TASKS) {
      const ids = (await wholeSplit(subject, split, 500)).map(({ taskId }) => taskId);
      if (ids.length === 0) continue;
      const rank = (id: string): string => publishedHash("sample", "sample/1", [seed, 0, id]);
      const order = ids.map((id) => [rank(id), id] as const).sort(([a], [b]) => (a < b ? -1 : 1));
      const count = Math.min(ids.length, subject.limits.maxBatchItems || ids.length, 64);
      const drawn = (await sample(subject, split.name, seed, 0, count)).map(({ taskId }) => taskId);
      demandEqual(
        drawn.join("\n"),
        order
          .slice(0, count)
          .map(([, id]) => id)
          .join("\n"),
        `SampleTasks of ${split.name}`,
      );
    } else if (!isBounded(split)) {
      const indices = (await sample(subject, split.name, seed, 5, 3)).map(({ index }) => index);
      const expected = [5, 6, 7].map((position) => deriveSeed(seed, `task/${position}`) % 2 ** 32);
      demandEqual(indices.join(" "), expected.join(" "), `task numbers that SampleTasks draws from ${split.name}`);
    }
  }
}

async function sampleIsStateless(subject: Subject): Promise<void> {
  const whole = await sample(subject, subject.split, 11, 0, 12);
  demand(whole.length === 12, `12 positions were asked for, ${whole.length} came`);
  const parts = [
    ...(await sample(subject, subject.split, 11, 5, 7)),
    ...(await sample(subject, subject.split, 11, 0, 5)),
  ];
  const ids = (tasks: readonly Task[]): string => tasks.map(({ taskId }) => taskId).join("\n");
  demandEqual(ids([...parts.slice(7), ...parts.slice(0, 7)]), ids(whole), "positions 0 to 11 in two pieces");
}

async function staleDigestIsRefused(subject: Subject): Promise<void> {
  const pinned = { environment: subject.environment.name, split: subject.split, splitDigest: Buffer.alloc(32, 1) };
  demandReason(await subject.wire.refusal(SERVICE, "ListTasks", pinned), "CATALOGUE_CHANGED");
  demandReason(
    await subject.wire.refusal(SERVICE, "SampleTasks", { ...pinned, seed: "1", count: 1 }),
    "CATALOGUE_CHANGED",
  );
}

async function unknownNamesAreRefused(subject: Subject): Promise<void> {
  const { name } = subject.environment;
  const nowhere = "no-such-environment";
  demandReason(await subject.wire.refusal(SERVICE, "GetEnvironment", { name: nowhere }), "ENVIRONMENT_NOT_FOUND");
  const split = { environment: name, split: "no-such-split", seed: "1", count: 1 };
  demandReason(await subject.wire.refusal(SERVICE, "ListTasks", split), "TASK_NOT_FOUND");
  demandReason(await subject.wire.refusal(SERVICE, "SampleTasks", split), "TASK_NOT_FOUND");
}

export const catalogueRules = [
  rule(
    "CAT-1",
    "core",
    "Environments are listed once, in the order of their names, and GetEnvironment agrees.",
    environmentsAgree,
  ),
  rule(
    "CAT-2",
    "core",
    "An environment names its scheme, schema, agents and build, and sends no UNSPECIFIED.",
    describesItself,
  ),
  rule("CAT-3", "core", "The pages of a split hold each of its tasks once, in index order.", pagesCover),
  rule(
    "CAT-4",
    "core",
    "A split's digest is the published hash of its tasks, and every page carries it.",
    digestsAreHashes,
  ),
  rule("CAT-5", "core", "Splits never share a task.", splitsAreApart),
  rule(
    "CAT-6",
    "core",
    "SampleTasks draws in the published order and repeats nothing within a pass.",
    curriculumIsPublished,
  ),
  rule(
    "CAT-7",
    "core",
    "SampleTasks is stateless: a position holds the same task however it is asked for.",
    sampleIsStateless,
  ),
  rule(
    "CAT-8",
    "core",
    "A pinned split digest that is not the split's fails with CATALOGUE_CHANGED.",
    staleDigestIsRefused,
  ),
  rule("CAT-9", "core", "Unknown environments and splits are refused as such.", unknownNamesAreRefused),
];
