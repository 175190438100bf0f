// How each call of a front goes to its workers: to anyone, to whoever holds what it names, or to all of them, whose
// answers become one.

import { createHash } from "node:crypto";
import type { CloseSessionsResult } from "../../proto/gen/anchorgym/v1/CloseSessionsResult.ts";
import type { CreateGroupsRequest } from "../../proto/gen/anchorgym/v1/CreateGroupsRequest.ts";
import type { CreateGroupsResponse } from "../../proto/gen/anchorgym/v1/CreateGroupsResponse.ts";
import type { CreateGroupsResult } from "../../proto/gen/anchorgym/v1/CreateGroupsResult.ts";
import type { ForkResult } from "../../proto/gen/anchorgym/v1/ForkResult.ts";
import type { Lease } from "../../proto/gen/anchorgym/v1/Lease.ts";
import type { ResumeResult } from "../../proto/gen/anchorgym/v1/ResumeResult.ts";
import type { Session } from "../../proto/gen/anchorgym/v1/Session.ts";
import { type ForwardedCall, firstFound, type ItemResult, type ServiceName, type Workers } from "./forward.ts";

/** Answers a call by its workers. @throws the refusal of a worker, as it came */
export type Forward = (workers: Workers, call: ForwardedCall, request: never) => Promise<unknown>;

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

/** By service and method. */
export const FORWARDS: Readonly<Record<ServiceName, Readonly<Record<string, Forward>>>> = {
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
