// CatalogService: what can be played here. Read-only; decode, look up, encode.

import type { Split } from "../../envs/core/types.ts";
import { fail } from "../../proto/errors.ts";
import type { CatalogServiceHandlers } from "../../proto/gen/anchorgym/v1/CatalogService.ts";
import type { EnvironmentInit } from "../../proto/gen/anchorgym/v1/Environment.ts";
import type { GetEnvironmentRequest } from "../../proto/gen/anchorgym/v1/GetEnvironmentRequest.ts";
import type { GetEnvironmentResponseInit } from "../../proto/gen/anchorgym/v1/GetEnvironmentResponse.ts";
import type { ListEnvironmentsRequest } from "../../proto/gen/anchorgym/v1/ListEnvironmentsRequest.ts";
import type { ListEnvironmentsResponseInit } from "../../proto/gen/anchorgym/v1/ListEnvironmentsResponse.ts";
import type { ListTasksRequest } from "../../proto/gen/anchorgym/v1/ListTasksRequest.ts";
import type { ListTasksResponseInit } from "../../proto/gen/anchorgym/v1/ListTasksResponse.ts";
import type { SampleTasksRequest } from "../../proto/gen/anchorgym/v1/SampleTasksRequest.ts";
import type { SampleTasksResponseInit } from "../../proto/gen/anchorgym/v1/SampleTasksResponse.ts";
import {
  decodePageToken,
  encodeEnvironment,
  encodeLimits,
  encodePageToken,
  encodeTask,
} from "../codec/catalog-codec.ts";
import { decodeHash, decodeSeed, encodeHash, invalidField } from "../codec/field-checks.ts";
import type { HostedWorld } from "../worlds/hosted-world.ts";
import type { TaskSummary } from "../worlds/task-index.ts";
import type { ServiceContext } from "./service-context.ts";
import { unary } from "./unary.ts";

const DEFAULT_PAGE_TASKS = 100;
/** Tasks looked at for one page: bounds the work of a filter that matches rarely. */
const MAX_SCANNED_TASKS = 10_000;

interface PinnedSplit {
  readonly hosted: HostedWorld;
  readonly split: Split;
  /** Hex. */
  readonly digest: string;
}

/** @throws {RequestError} ENVIRONMENT_NOT_FOUND, TASK_NOT_FOUND, CATALOGUE_CHANGED when the pin does not hold. */
async function findSplit(
  context: ServiceContext,
  environment: string,
  name: string,
  pinned: Buffer,
): Promise<PinnedSplit> {
  const hosted = context.worlds.find(environment, "");
  const split = hosted.tasks.split(name);
  if (split === undefined) {
    const known = hosted.world.description.splits.map((candidate) => candidate.name).join(", ");
    throw fail("TASK_NOT_FOUND", `${environment} has no split ${JSON.stringify(name)}; it has: ${known}`, {
      ids: { environment, split: name },
    });
  }
  await hosted.tasks.ready(split);
  const digest = hosted.tasks.digest(split);
  const pin = decodeHash(pinned, "split_digest");
  if (pin !== "" && pin !== digest) {
    throw fail("CATALOGUE_CHANGED", `split ${name} of ${environment} holds other tasks than those pinned`, {
      ids: { environment, split: name, expected: pin, actual: digest },
    });
  }
  return { hosted, split, digest };
}

async function listTasks(context: ServiceContext, request: ListTasksRequest): Promise<ListTasksResponseInit> {
  const { hosted, split, digest } = await findSplit(context, request.environment, request.split, request.splitDigest);
  const from = decodePageToken(request.pageToken);
  const pageTasks = Math.min(request.pageSize || DEFAULT_PAGE_TASKS, context.limits.maxBatchItems);
  const tasks: TaskSummary[] = [];
  let index = from;
  let task = hosted.tasks.at(split, index);
  while (task !== undefined && tasks.length < pageTasks && index - from < MAX_SCANNED_TASKS) {
    if (request.tags.every((tag) => task?.tags.includes(tag))) tasks.push(task);
    task = hosted.tasks.at(split, ++index);
  }
  return {
    tasks: tasks.map(encodeTask),
    nextPageToken: task === undefined ? "" : encodePageToken(index),
    splitDigest: encodeHash(digest),
  };
}

async function sampleTasks(context: ServiceContext, request: SampleTasksRequest): Promise<SampleTasksResponseInit> {
  const { hosted, split, digest } = await findSplit(context, request.environment, request.split, request.splitDigest);
  const seed = decodeSeed(request.seed, "seed");
  if (request.count > context.limits.maxBatchItems) {
    throw invalidField("count", `must be at most ${context.limits.maxBatchItems}, is ${request.count}`);
  }
  const tasks = Array.from({ length: request.count }, (_, position) => {
    const task = hosted.tasks.sample(split, seed, request.offset + position);
    if (task !== undefined) return encodeTask(task);
    throw fail("TASK_NOT_FOUND", `split ${split.name} of ${request.environment} is empty`, {
      ids: { environment: request.environment, split: split.name },
    });
  });
  return { tasks, splitDigest: encodeHash(digest) };
}

async function describe(hosted: HostedWorld, withSplitDigests: boolean): Promise<EnvironmentInit> {
  const { tasks, world } = hosted;
  if (withSplitDigests) for (const split of world.description.splits) await tasks.ready(split);
  return encodeEnvironment(hosted, withSplitDigests);
}

async function listEnvironments(context: ServiceContext): Promise<ListEnvironmentsResponseInit> {
  const environments = await Promise.all(context.worlds.all().map((hosted) => describe(hosted, true)));
  return { environments, limits: encodeLimits(context.limits, context.journal.durability) };
}

async function getEnvironment(
  context: ServiceContext,
  request: GetEnvironmentRequest,
): Promise<GetEnvironmentResponseInit> {
  const hosted = context.worlds.find(request.name, request.version);
  return { environment: await describe(hosted, !request.omitSplitDigests) };
}

export function catalogService(context: ServiceContext): CatalogServiceHandlers {
  return {
    ListEnvironments: unary("ListEnvironments", context, (_request: ListEnvironmentsRequest) => {
      return listEnvironments(context);
    }),
    GetEnvironment: unary("GetEnvironment", context, (request: GetEnvironmentRequest) => {
      return getEnvironment(context, request);
    }),
    ListTasks: unary("ListTasks", context, (request: ListTasksRequest) => listTasks(context, request)),
    SampleTasks: unary("SampleTasks", context, (request: SampleTasksRequest) => sampleTasks(context, request)),
  };
}
