// The advertised address of several workers on one machine (`protocol.md` section 2, placement). It creates on the
// workers, refers sessions to them by `Session.endpoint`, and forwards unary calls: correct, but slow; the hot path goes
// straight to a worker. It holds no session. Interact is served by workers alone.

import { createHash } from "node:crypto";
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import { ReflectionService } from "@grpc/reflection";
import { HealthImplementation } from "grpc-health-check";
import { anchorgymV1, packageDefinition, SERVICE_NAMES } from "../../proto/definition.ts";
import { AnchorgymError, fail } from "../../proto/errors.ts";
import type { CloseSessionsResult } from "../../proto/gen/anchorgym/v1/CloseSessionsResult.ts";
import type { CreateGroupsRequest } from "../../proto/gen/anchorgym/v1/CreateGroupsRequest.ts";
import type { CreateGroupsResponse } from "../../proto/gen/anchorgym/v1/CreateGroupsResponse.ts";
import type { CreateGroupsResult } from "../../proto/gen/anchorgym/v1/CreateGroupsResult.ts";
import type { ForkResult } from "../../proto/gen/anchorgym/v1/ForkResult.ts";
import type { Lease } from "../../proto/gen/anchorgym/v1/Lease.ts";
import type { ResumeResult } from "../../proto/gen/anchorgym/v1/ResumeResult.ts";
import type { Session } from "../../proto/gen/anchorgym/v1/Session.ts";
import { encodeCallStatus } from "../../proto/rich-status.ts";
import { type ForwardedCall, firstFound, type ItemResult, type ServiceName, Workers } from "./forward.ts";

export interface FrontOptions {
  readonly host: string;
  readonly port: number;
  /** host:port of each worker as clients reach it; must stay the same when a worker is replaced. */
  readonly workers: readonly string[];
  readonly maxMessageBytes: number;
}

export interface RunningFront {
  readonly address: string;
  /** NOT_SERVING, then the end of the port; workers are drained by whoever started them. */
  drain(): Promise<void>;
}

type Forward = (workers: Workers, call: ForwardedCall, request: never) => Promise<unknown>;

const toAnyone: Forward = (workers, call, request) => workers.call(workers.anyone(), call, request);

const splitItems: Forward = async (workers, call, request: { items: { sessionId: string }[] }) => ({
  results: await workers.split(
    call,
    request.items,
    ({ sessionId }) => sessionId,
    (items) => ({ ...(request as object), items }),
  ),
});

function refer(workers: Workers, worker: number, sessions: readonly (Session | null | undefined)[]): void {
  for (const session of sessions) {
    if (session == null) continue;
    session.endpoint = workers.addresses[worker] ?? "";
    workers.remember(session.groupId, worker);
  }
}

function addLeases(leases: readonly (Lease | null)[]): Lease | null {
  const known = leases.filter((lease) => lease !== null);
  const [first] = known;
  if (first === undefined) return null;
  const sum = (count: (lease: Lease) => number): number => known.reduce((total, lease) => total + count(lease), 0);
  return {
    ...first,
    activeSessions: sum((lease) => lease.activeSessions),
    suspendedSessions: sum((lease) => lease.suspendedSessions),
  };
}

/** Groups go round from a worker that the request id chooses, so that a repeated request meets the same workers. */
const createGroups: Forward = async (workers, call, request: CreateGroupsRequest) => {
  const first = createHash("sha256").update(request.requestId).digest().readUInt32BE(0);
  const shares = workers.addresses.map((_, worker) =>
    request.groups.flatMap((group, index) => ((first + index) % workers.count === worker ? [{ group, index }] : [])),
  );
  const results: (CreateGroupsResult | undefined)[] = new Array(request.groups.length).fill(undefined);
  const leases = await Promise.all(
    shares.map(async (share, worker) => {
      // A request without groups is refused by one worker, in its own words.
      if (share.length === 0 && !(request.groups.length === 0 && worker === 0)) return null;
      const groups = share.map(({ group }) => group);
      const answer = await workers.call<CreateGroupsResponse>(worker, call, { ...request, groups });
      share.forEach(({ index }, at) => {
        const result = answer.results[at];
        refer(workers, worker, result?.group?.sessions ?? []);
        results[index] = result;
      });
      return answer.lease;
    }),
  );
  return { results, lease: addLeases(leases) };
};

/** Everybody is asked; of the answers to each id the one that knows it counts. */
async function askAll<Response extends { results: Result[] }, Result extends ItemResult>(
  workers: Workers,
  call: ForwardedCall,
  request: object,
  onAnswer: (worker: number, answer: Response) => void = () => undefined,
): Promise<{ readonly answers: readonly Response[]; readonly merged: (count: number) => Result[] }> {
  const answers = await Promise.all(
    workers.addresses.map(async (_, worker) => {
      const answer = await workers.call<Response>(worker, call, request);
      onAnswer(worker, answer);
      return answer;
    }),
  );
  const merged = (count: number): Result[] =>
    Array.from({ length: count }, (_, index) => {
      const found = answers.reduce<Result | undefined>(
        (known, { results }) => firstFound(known, results[index]),
        undefined,
      );
      return found as Result;
    });
  return { answers, merged };
}

const closeSessions: Forward = async (workers, call, request: { sessionIds: string[]; groupIds: string[] }) => {
  type Response = { results: CloseSessionsResult[] };
  const { merged } = await askAll<Response, CloseSessionsResult>(workers, call, request);
  return { results: merged(request.sessionIds.length + request.groupIds.length) };
};

const resumeSessions: Forward = async (workers, call, request: { sessionIds: string[]; groupIds: string[] }) => {
  type Response = { results: ResumeResult[]; more: boolean; lease: Lease | null };
  const isPlain = request.groupIds.length === 0;
  const { answers, merged } = await askAll<Response, ResumeResult>(workers, call, request, (worker, { results }) => {
    for (const { resumed } of results) refer(workers, worker, [resumed?.session]);
  });
  const named = merged(request.sessionIds.length);
  const others = answers.flatMap(({ results }) => results.slice(request.sessionIds.length));
  // What was asked for by group is where it is; a group that one worker does not know may be another's.
  const found = isPlain ? others : others.filter(({ status }) => status == null);
  const lease = addLeases(answers.map((answer) => answer.lease));
  return { results: [...named, ...found], more: answers.some(({ more }) => more), lease };
};

const renewLease: Forward = async (workers, call, request) => {
  const answers = await Promise.all(
    workers.addresses.map((_, worker) => workers.call<{ lease: Lease | null }>(worker, call, request)),
  );
  return { lease: addLeases(answers.map(({ lease }) => lease)) };
};

const fork: Forward = async (workers, call, request: never) => {
  const answer = (await splitItems(workers, call, request)) as { results: ForkResult[] };
  for (const { sessionId, forked } of answer.results) {
    const [worker] = workers.holdersOf(sessionId);
    if (workers.holdersOf(sessionId).length === 1 && worker !== undefined)
      refer(workers, worker, forked?.sessions ?? []);
  }
  return answer;
};

const getTrajectory: Forward = async (workers, call, request: { sessionId: string }) => {
  let notFound: unknown;
  for (const worker of workers.holdersOf(request.sessionId)) {
    try {
      return await workers.call(worker, call, request);
    } catch (thrown) {
      if ((thrown as { code?: number }).code !== 5) throw thrown;
      notFound = thrown;
    }
  }
  throw notFound;
};

const FORWARDS: Readonly<Record<ServiceName, Readonly<Record<string, Forward>>>> = {
  CatalogService: { ListEnvironments: toAnyone, GetEnvironment: toAnyone, ListTasks: toAnyone, SampleTasks: toAnyone },
  EnvironmentService: {
    CreateGroups: createGroups,
    Step: splitItems,
    BranchStep: splitItems,
    CommitBranch: splitItems,
    Fork: fork,
    CloseSessions: closeSessions,
    RenewLease: renewLease,
    ResumeSessions: resumeSessions,
    GetTrajectory: getTrajectory,
    ReplayTrajectory: toAnyone,
  },
  VerifierService: { Verify: toAnyone },
};

/** @throws {ConfigError} CONFIG_INVALID when the address cannot be had */
export async function createFront({
  host,
  port,
  workers: addresses,
  maxMessageBytes,
}: FrontOptions): Promise<RunningFront> {
  const workers = new Workers(addresses);
  const server = new Server({
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
    "grpc.enable_channelz": 0,
  });
  for (const [service, forwards] of Object.entries(FORWARDS) as [ServiceName, Readonly<Record<string, Forward>>][]) {
    const handlers: Record<string, unknown> = {};
    for (const [method, forward] of Object.entries(forwards)) {
      handlers[method] = (incoming: ServerUnaryCall<never, unknown>, callback: sendUnaryData<unknown>) => {
        const header = incoming.metadata.get("authorization")[0];
        const authorization = header === undefined ? undefined : String(header);
        const call = { service, method, authorization, deadline: incoming.getDeadline() };
        forward(workers, call, incoming.request).then(
          (response) => callback(null, response),
          (thrown: unknown) =>
            callback(isServiceError(thrown) ? thrown : encodeCallStatus(AnchorgymError.from(thrown))),
        );
      };
    }
    if (service === "EnvironmentService") {
      handlers["Interact"] = (stream: { emit(event: "error", error: unknown): void }) => {
        const sentence = "this address creates and refers; open the stream at Session.endpoint";
        const ids = { endpoint: workers.addresses.join(",") };
        stream.emit("error", encodeCallStatus(fail("WRONG_ENDPOINT", sentence, { ids })));
      };
    }
    server.addService(anchorgymV1[service].service, handlers as never);
  }
  const health = new HealthImplementation({});
  const setHealth = (status: "SERVING" | "NOT_SERVING"): void => {
    for (const service of ["", ...SERVICE_NAMES]) health.setStatus(service, status);
  };
  health.addToServer(server);
  new ReflectionService(packageDefinition, { services: [...SERVICE_NAMES] }).addToServer(server);
  const bracketed = host.includes(":") ? `[${host}]` : host;
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${bracketed}:${port}`, ServerCredentials.createInsecure(), (error, boundPort) => {
      if (error === null) resolve(boundPort);
      else reject(fail("CONFIG_INVALID", `cannot listen on ${host}:${port}: ${error.message}`, { cause: error }));
    });
  });
  setHealth("SERVING");
  const address = `${bracketed}:${bound}`;
  return {
    address,
    drain: async () => {
      setHealth("NOT_SERVING");
      server.drain(address, 1_000);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1_100);
        server.tryShutdown(() => {
          clearTimeout(timer);
          resolve();
        });
      });
      server.forceShutdown();
      workers.close();
    },
  };
}

/** A worker's own refusal: its code, sentence and details travel on unchanged. */
function isServiceError(thrown: unknown): thrown is { code: number; details: string } {
  return thrown instanceof Error && "code" in thrown && "details" in thrown;
}
