// Unary calls to one server: the catalogue, creating and closing groups. Every call has a deadline and rejects with a
// typed error. Only UNAVAILABLE is retried, and only where a second call cannot have a second effect: reading, and
// effects under a request id.

import { randomUUID } from "node:crypto";
import type { CallOptions, Metadata, ServiceError } from "@grpc/grpc-js";
import { anchorgymV1 } from "../../proto/definition.ts";
import { type AnchorgymError, fail } from "../../proto/errors.ts";
import type { CatalogServiceClient } from "../../proto/gen/anchorgym/v1/CatalogService.ts";
import type { CreateGroupsRequestInit } from "../../proto/gen/anchorgym/v1/CreateGroupsRequest.ts";
import type { CreateGroupsResult } from "../../proto/gen/anchorgym/v1/CreateGroupsResult.ts";
import type { Environment } from "../../proto/gen/anchorgym/v1/Environment.ts";
import type { EnvironmentServiceClient } from "../../proto/gen/anchorgym/v1/EnvironmentService.ts";
import type { GetTrajectoryResponse } from "../../proto/gen/anchorgym/v1/GetTrajectoryResponse.ts";
import type { GroupSpecInit } from "../../proto/gen/anchorgym/v1/GroupSpec.ts";
import type { ListEnvironmentsResponse } from "../../proto/gen/anchorgym/v1/ListEnvironmentsResponse.ts";
import type { ResumeSessionsRequestInit } from "../../proto/gen/anchorgym/v1/ResumeSessionsRequest.ts";
import type { ResumeSessionsResponse } from "../../proto/gen/anchorgym/v1/ResumeSessionsResponse.ts";
import type { StepRequestInit } from "../../proto/gen/anchorgym/v1/StepRequest.ts";
import type { StepResponse } from "../../proto/gen/anchorgym/v1/StepResponse.ts";
import type { Task } from "../../proto/gen/anchorgym/v1/Task.ts";
import { decodeCallError, decodeStatus } from "../../proto/rich-status.ts";
import { backoffMs, sleep, type TransportTimeouts, UNARY_CHANNEL } from "./channel-options.ts";
import {
  ANONYMOUS_CLIENT,
  type ClientIdentity,
  callMetadata,
  channelCredentials,
  identityOptions,
} from "./client-identity.ts";

/** A unary method of a generated client, reduced to the one of its overloads that is used here. */
type Invoke<Response> = (
  metadata: Metadata,
  options: CallOptions,
  callback: (error: ServiceError | null, response?: Response) => void,
) => unknown;

const MAX_ATTEMPTS = 4;

export interface CallPolicy {
  /** Retry UNAVAILABLE: the call reads, or carries a request id. */
  readonly retry: boolean;
  /** Wait for a server that is not up yet, for this long, instead of failing at once. */
  readonly waitForReadyMs?: number;
}

export class EnvironmentClient {
  /** host:port. */
  readonly address: string;
  readonly leaseId: string;
  /** True: the server keeps a log, so it is worth waiting for. */
  recoversServer: () => boolean = () => false;
  readonly #identity: ClientIdentity;
  readonly #timeouts: TransportTimeouts;
  readonly #catalog: CatalogServiceClient;
  readonly #environment: EnvironmentServiceClient;

  constructor(address: string, leaseId: string, timeouts: TransportTimeouts, identity = ANONYMOUS_CLIENT) {
    this.#identity = identity;
    this.address = address;
    this.leaseId = leaseId;
    this.#timeouts = timeouts;
    const channel = channelCredentials(identity);
    const options = { ...UNARY_CHANNEL, ...identityOptions(identity) };
    this.#catalog = new anchorgymV1.CatalogService(address, channel, options);
    this.#environment = new anchorgymV1.EnvironmentService(address, channel, options);
  }

  async listEnvironments(): Promise<ListEnvironmentsResponse> {
    return this.#call<ListEnvironmentsResponse>({ retry: true }, (metadata, options, callback) =>
      this.#catalog.ListEnvironments({}, metadata, options, callback),
    );
  }

  /** The environment without split digests. Waits for a server that is just starting. @throws {RequestError} ENVIRONMENT_NOT_FOUND */
  async getEnvironment(name: string): Promise<Environment> {
    const policy = { retry: true, waitForReadyMs: this.#timeouts.connectTimeoutMs };
    const { environment } = await this.#call<{ environment: Environment | null }>(
      policy,
      (metadata, options, callback) =>
        this.#catalog.GetEnvironment({ name, omitSplitDigests: true }, metadata, options, callback),
    );
    if (environment === null) throw this.#invalid("GetEnvironment answered without an environment");
    return environment;
  }

  /** The first `count` tasks of a split in index order, over as many pages as that takes, all of one catalogue. */
  async listTasks(environment: string, split: string, count: number): Promise<readonly Task[]> {
    const tasks: Task[] = [];
    let pageToken = "";
    let splitDigest = Buffer.alloc(0);
    while (tasks.length < count) {
      const request = { environment, split, pageSize: count - tasks.length, pageToken, splitDigest };
      const page = await this.#call<{ tasks: Task[]; nextPageToken: string; splitDigest: Buffer }>(
        { retry: true },
        (metadata, options, callback) => this.#catalog.ListTasks(request, metadata, options, callback),
      );
      tasks.push(...page.tasks);
      if (page.nextPageToken === "") break;
      pageToken = page.nextPageToken;
      splitDigest = Buffer.from(page.splitDigest);
    }
    return tasks.slice(0, count);
  }

  /** @throws {TransportError} ANSWER_INVALID when the server answers with another number of tasks. */
  async sampleTasks(
    environment: string,
    split: string,
    seed: number,
    offset: number,
    count: number,
  ): Promise<readonly Task[]> {
    const request = { environment, split, seed: String(seed), offset, count };
    const { tasks } = await this.#call<{ tasks: Task[] }>({ retry: true }, (metadata, options, callback) =>
      this.#catalog.SampleTasks(request, metadata, options, callback),
    );
    if (tasks.length !== count) throw this.#invalid(`SampleTasks answered ${tasks.length} tasks, not ${count}`);
    return tasks;
  }

  /** One result per spec, in order. @throws {TransportError} ANSWER_INVALID when keys do not match. */
  async createGroups(
    environment: string,
    groups: readonly GroupSpecInit[],
    maxWaitMs: number,
  ): Promise<readonly CreateGroupsResult[]> {
    const request: CreateGroupsRequestInit = {
      requestId: randomUUID(),
      leaseId: this.leaseId,
      leaseTtl: { seconds: Math.ceil(this.#timeouts.leaseTtlMs / 1_000) },
      environment,
      groups: [...groups],
      maxWait: { seconds: Math.floor(maxWaitMs / 1_000), nanos: (maxWaitMs % 1_000) * 1_000_000 },
    };
    const { results } = await this.#call<{ results: CreateGroupsResult[] }>(
      { retry: true },
      (metadata, options, callback) => this.#environment.CreateGroups(request, metadata, options, callback),
    );
    const matches =
      results.length === groups.length && results.every(({ groupKey }, i) => groupKey === groups[i]?.groupKey);
    if (!matches) throw this.#invalid("CreateGroups did not answer one result per group, in order");
    return results;
  }

  /** The unary form of stepping, for tools and comparisons; rollouts use the stream. */
  async step(request: StepRequestInit): Promise<StepResponse> {
    return this.#call<StepResponse>({ retry: true }, (metadata, options, callback) =>
      this.#environment.Step(request, metadata, options, callback),
    );
  }

  /** Takes sessions over under this client's lease. One result per session id, in order. */
  async resumeSessions(
    request: Pick<ResumeSessionsRequestInit, "requestId" | "sessionIds">,
  ): Promise<ResumeSessionsResponse> {
    const leaseTtl = { seconds: Math.ceil(this.#timeouts.leaseTtlMs / 1_000) };
    const asked: ResumeSessionsRequestInit = { ...request, leaseId: this.leaseId, leaseTtl, detail: "DETAIL_FULL" };
    return this.#call<ResumeSessionsResponse>({ retry: true }, (metadata, options, callback) =>
      this.#environment.ResumeSessions(asked, metadata, options, callback),
    );
  }

  /** One page of what a session has done, from `fromSeq`. */
  async getTrajectory(sessionId: string, fromSeq: number): Promise<GetTrajectoryResponse> {
    const request = { sessionId, fromSeq, detail: "DETAIL_LEAN" as const };
    return this.#call<GetTrajectoryResponse>({ retry: true }, (metadata, options, callback) =>
      this.#environment.GetTrajectory(request, metadata, options, callback),
    );
  }

  /** Groups that are gone already count as closed. @returns the number of sessions that this call closed */
  async closeGroups(groupIds: readonly string[]): Promise<number> {
    const request = { requestId: randomUUID(), groupIds: [...groupIds] };
    const { results } = await this.#call<{
      results: { closed?: { sessionCount: number } | null; status?: Parameters<typeof decodeStatus>[0] | null }[];
    }>({ retry: true }, (metadata, options, callback) =>
      this.#environment.CloseSessions(request, metadata, options, callback),
    );
    let closedCount = 0;
    for (const { closed, status } of results) {
      closedCount += closed?.sessionCount ?? 0;
      if (status == null) continue;
      const error = decodeStatus(status, { endpoint: this.address });
      if (error.reason !== "GROUP_NOT_FOUND") throw error;
    }
    return closedCount;
  }

  close(): void {
    this.#catalog.close();
    this.#environment.close();
  }

  #invalid(sentence: string): AnchorgymError {
    return fail("ANSWER_INVALID", sentence, { ids: { endpoint: this.address } });
  }

  async #call<Response>(policy: CallPolicy, invoke: Invoke<Response>): Promise<Response> {
    const deadlineMs = Date.now() + (policy.waitForReadyMs ?? this.#timeouts.callTimeoutMs);
    const recoverUntilMs = this.recoversServer() ? Date.now() + this.#timeouts.recoverMs : 0;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#once(deadlineMs, policy.waitForReadyMs !== undefined, invoke);
      } catch (thrown) {
        const error = decodeCallError(thrown, { endpoint: this.address });
        const waitMs = Math.max(backoffMs(attempt), error.retryDelayMs ?? 0);
        const isTried = attempt + 1 >= MAX_ATTEMPTS && Date.now() >= recoverUntilMs;
        const again = policy.retry && error.reason === "SERVER_UNREACHABLE" && !isTried;
        if (!again || Date.now() + waitMs >= deadlineMs) throw error;
        await sleep(waitMs);
      }
    }
  }

  async #once<Response>(deadlineMs: number, waitForReady: boolean, invoke: Invoke<Response>): Promise<Response> {
    return new Promise((resolve, reject) => {
      // As a call option wait-for-ready is silently ignored; it belongs to the metadata.
      invoke(callMetadata(this.#identity, waitForReady), { deadline: deadlineMs }, (error, response) => {
        if (error !== null) reject(error);
        else if (response === undefined) reject(this.#invalid("the call succeeded without an answer"));
        else resolve(response);
      });
    });
  }
}
