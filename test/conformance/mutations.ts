// The vocabulary in which mutants.ts says what a wrong server does: changes of items, outcomes, groups, leases and frames on
// their way through the double.

import type { ServiceError } from "@grpc/grpc-js";
import { Metadata } from "@grpc/grpc-js";
import { fail, type Reason } from "../../proto/errors.ts";
import type { AgentOutcome } from "../../proto/gen/anchorgym/v1/AgentOutcome.ts";
import type { CreateGroupsRequest } from "../../proto/gen/anchorgym/v1/CreateGroupsRequest.ts";
import type { CreateGroupsResponse } from "../../proto/gen/anchorgym/v1/CreateGroupsResponse.ts";
import type { Group } from "../../proto/gen/anchorgym/v1/Group.ts";
import type { InteractResponse } from "../../proto/gen/anchorgym/v1/InteractResponse.ts";
import type { ListEnvironmentsResponse } from "../../proto/gen/anchorgym/v1/ListEnvironmentsResponse.ts";
import type { Outcome } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import type { RenewLeaseRequest } from "../../proto/gen/anchorgym/v1/RenewLeaseRequest.ts";
import type { RenewLeaseResponse } from "../../proto/gen/anchorgym/v1/RenewLeaseResponse.ts";
import type { StepItem } from "../../proto/gen/anchorgym/v1/StepItem.ts";
import type { StepRequest } from "../../proto/gen/anchorgym/v1/StepRequest.ts";
import type { StepResponse } from "../../proto/gen/anchorgym/v1/StepResponse.ts";
import type { StepResult } from "../../proto/gen/anchorgym/v1/StepResult.ts";
import type { Status } from "../../proto/gen/google/rpc/Status.ts";
import { decodeStatus, encodeStatus } from "../../proto/rich-status.ts";
import type { Mutation, UnaryMutation } from "../doubles/mutant-server.ts";

export type Call<Request, Response> = (
  request: Request,
  forward: (request: Request) => Promise<Response>,
) => Promise<Response>;
export type StepCall = Call<StepRequest, StepResponse>;
export type CreateCall = Call<CreateGroupsRequest, CreateGroupsResponse>;

export function unary<Request, Response>(method: string, call: Call<Request, Response>): Mutation {
  return { unary: { [method]: call as unknown as UnaryMutation } };
}
export const onStep = (call: StepCall): Mutation => unary("Step", call);
export const onCreate = (call: CreateCall): Mutation => unary("CreateGroups", call);

/** Changes every outcome of a unary step. */
export function outcomes(change: (outcome: Outcome, result: StepResult) => unknown): Mutation {
  return onStep(async (request, forward) => {
    const response = await forward(request);
    for (const result of response.results) if (result.outcome != null) change(result.outcome, result);
    return response;
  });
}
export const agents = (change: (agent: AgentOutcome) => unknown): Mutation =>
  outcomes((outcome) => {
    outcome.agents.forEach(change);
  });
/** Changes every group that is created. */
export function groups(change: (group: Group, request: CreateGroupsRequest, index: number) => unknown): Mutation {
  return onCreate(async (request, forward) => {
    const response = await forward(request);
    response.results.forEach(({ group }, index) => {
      if (group != null) change(group, request, index);
    });
    return response;
  });
}
export const starts = (change: (outcome: Outcome) => unknown): Mutation =>
  groups(({ initial }) => change(initial as Outcome));

/** Several mutations of different methods at once. */
export function both(...mutations: readonly Mutation[]): Mutation {
  return { unary: Object.assign({}, ...mutations.map((mutation) => mutation.unary)) };
}

export const reasonOf = (status: Status | null | undefined): string =>
  status == null ? "" : decodeStatus(status).reason;

export function withReason(reason: Reason): Status {
  return encodeStatus(fail(reason, "another reason than the true one")) as unknown as Status;
}

/** Answers one reason for another. */
export function relabel(from: Reason, to: Reason): Mutation {
  return onStep(async (request, forward) => {
    const response = await forward(request);
    for (const result of response.results) if (reasonOf(result.status) === from) result.status = withReason(to);
    return response;
  });
}

/** Answers one reason of a refused group for another. */
export function relabelGroups(from: Reason, to: Reason): Mutation {
  return onCreate(async (request, forward) => {
    const response = await forward(request);
    for (const result of response.results) if (reasonOf(result.status) === from) result.status = withReason(to);
    return response;
  });
}

/** Sends items that got this reason again, repaired; the caller never learns. */
export function forgive(reason: Reason, repair: (item: StepItem, status: Status) => StepItem): Mutation {
  return onStep(async (request, forward) => {
    const response = await forward(request);
    for (const [at, result] of response.results.entries()) {
      if (reasonOf(result.status) !== reason) continue;
      const item = request.items[at] as StepItem;
      const [repaired] = (await forward({ ...request, items: [repair(item, result.status as Status)] })).results;
      response.results[at] = { ...(repaired as StepResult), seq: item.seq };
    }
    return response;
  });
}

/** Executes a step again when it is sent again: `isRepeated` says when that goes wrong. */
export function executesAgain(onlyWhileRunning: boolean): Mutation {
  const extra = new Map<string, number>();
  const seen = new Set<string>();
  return onStep(async (request, forward) => {
    const keys = request.items.map(({ sessionId, seq }) => `${sessionId} ${seq}`);
    const items = request.items.map((item, at) => {
      const key = keys[at] as string;
      if (seen.has(key)) extra.set(item.sessionId, (extra.get(item.sessionId) ?? 0) + 1);
      seen.add(key);
      return { ...item, seq: item.seq + (extra.get(item.sessionId) ?? 0) };
    });
    // Long enough for the others to arrive while this one runs.
    if (onlyWhileRunning) await new Promise((resolve) => setTimeout(resolve, 20));
    const response = await forward({ ...request, items });
    response.results.forEach((result, at) => {
      const { seq } = request.items[at] as StepItem;
      if (result.outcome != null) result.outcome.seq = seq;
      result.seq = seq;
      if (onlyWhileRunning) seen.delete(keys[at] as string);
    });
    return response;
  });
}

export function remembersActions(): Mutation {
  const actions = new Map<string, StepItem["actions"]>();
  return onStep(async (request, forward) => {
    const items = request.items.map((item) => {
      const key = `${item.sessionId} ${item.seq}`;
      const first = actions.get(key) ?? item.actions;
      actions.set(key, first);
      return { ...item, actions: first };
    });
    return forward({ ...request, items });
  });
}

export const stepItems = (change: (item: StepItem) => StepItem): Mutation =>
  onStep((request, forward) => forward({ ...request, items: request.items.map(change) }));

export const frames = (change: (frame: InteractResponse) => unknown): Mutation => ({
  toClient: (frame) => {
    change(frame);
    return [frame];
  },
});

export const OTHER_HASH = (): Buffer => Buffer.alloc(32, 9);
let count = 0;
export const freshHash = (): Buffer => {
  const hash = Buffer.alloc(32);
  hash.writeUInt32BE(++count);
  return hash;
};
/** A number that no other call has given. */
export const nextCount = (): number => ++count;

export function listed(change: (environment: ListEnvironmentsResponse["environments"][number]) => unknown): Mutation {
  return unary<object, ListEnvironmentsResponse>("ListEnvironments", async (request, forward) => {
    const response = await forward(request);
    response.environments.forEach(change);
    return response;
  });
}

export function leases(change: (lease: NonNullable<RenewLeaseResponse["lease"]>) => unknown): Mutation {
  return unary<RenewLeaseRequest, RenewLeaseResponse>("RenewLease", async (request, forward) => {
    const response = await forward(request);
    if (response.lease != null) change(response.lease);
    return response;
  });
}

export function serviceError(details: string): ServiceError {
  return Object.assign(new Error(details), { code: 9, details, metadata: new Metadata() });
}
