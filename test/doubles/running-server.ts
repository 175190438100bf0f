// A server on a free port of this process and raw clients for it, closed together at the end of a test.

import { type Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { pino } from "pino";
import type { World } from "../../envs/core/world.ts";
import { anchorgymV1 } from "../../proto/definition.ts";
import type { AnchorgymError } from "../../proto/errors.ts";
import type { CreateGroupsResponse } from "../../proto/gen/anchorgym/v1/CreateGroupsResponse.ts";
import type { Group } from "../../proto/gen/anchorgym/v1/Group.ts";
import type { StepItemInit } from "../../proto/gen/anchorgym/v1/StepItem.ts";
import type { StepResult } from "../../proto/gen/anchorgym/v1/StepResult.ts";
import { decodeCallError, decodeStatus } from "../../proto/rich-status.ts";
import type { ServerLimits } from "../../server/config.ts";
import { createServer, type RunningServer, type ServerOptions } from "../../server/server.ts";
import { corridorWorld } from "./corridor-world.ts";

const open: (() => unknown)[] = [];

/** For `afterEach`: closes everything that a test opened, newest first. */
export async function closeAll(): Promise<void> {
  for (const close of open.splice(0).reverse()) await close();
}

export function onClose(close: () => unknown): void {
  open.push(close);
}

export async function startServer(
  worlds: readonly World<never, never, never>[] = [corridorWorld() as never],
  limits: Partial<ServerLimits> = {},
  more: Pick<ServerOptions, "log" | "worldThreads" | "host" | "tls" | "auth"> = {},
): Promise<RunningServer> {
  const server = await createServer({
    worlds: worlds as unknown as readonly World[],
    limits,
    logger: pino({ level: "silent" }),
    ...more,
  });
  onClose(() => server.close());
  return server;
}

function opened<Opened extends Client>(client: Opened): Opened {
  onClose(() => client.close());
  return client;
}

export function catalogClient(address: string) {
  return opened(new anchorgymV1.CatalogService(address, credentials.createInsecure()));
}

export function environmentClient(address: string) {
  return opened(new anchorgymV1.EnvironmentService(address, credentials.createInsecure()));
}

/** A unary call as a promise; rejects with the typed error. @param deadlineMs from now; Infinity: none */
export async function call<Request, Response>(
  client: Client,
  method: string,
  request: Request,
  deadlineMs = 15_000,
): Promise<Response> {
  const options = { deadline: Date.now() + deadlineMs };
  const invoke = (client as unknown as Record<string, (...words: unknown[]) => void>)[method];
  return new Promise((resolve, reject) => {
    invoke?.call(client, request, new Metadata(), options, (error: ServiceError | null, response: Response) => {
      if (error === null) resolve(response);
      else reject(decodeCallError(error));
    });
  });
}

let requestCount = 0;
/** Groups of the corridor, one per task index of its train split. */
export async function createGroups(
  address: string,
  taskIndices: readonly number[],
  replicaCount: number,
  more: Record<string, unknown> = {},
): Promise<CreateGroupsResponse> {
  return call(environmentClient(address), "CreateGroups", {
    requestId: `request-${requestCount++}`,
    leaseId: "lease-1",
    environment: "corridor",
    groups: taskIndices.map((index) => ({
      groupKey: `g${index}`,
      taskId: `corridor/1.0.0/train/${index}`,
      seed: "7",
      replicaCount,
    })),
    ...more,
  });
}

export async function createGroup(address: string, taskIndex: number, replicaCount: number): Promise<Group> {
  const { results } = await createGroups(address, [taskIndex], replicaCount);
  const group = results[0]?.group;
  if (group == null) throw new Error(`no group: ${JSON.stringify(results[0]?.status)}`);
  return group;
}

export function stepItem(sessionId: string, seq: number, text: string, epoch = 1): StepItemInit {
  return { sessionId, epoch, seq, actions: [{ agentId: "", text }] };
}

export async function stepAll(address: string, items: readonly StepItemInit[]): Promise<readonly StepResult[]> {
  const { results } = await call<unknown, { results: StepResult[] }>(environmentClient(address), "Step", { items });
  return results;
}

export async function stepOnce(address: string, item: StepItemInit): Promise<StepResult> {
  const [result] = await stepAll(address, [item]);
  if (result === undefined) throw new Error("no result");
  return result;
}

/** The typed error of an item; undefined when it succeeded. */
export function errorOf(result: Pick<StepResult, "status"> | undefined): AnchorgymError | undefined {
  return result?.status == null ? undefined : decodeStatus(result.status);
}
