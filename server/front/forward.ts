// Sends the calls of a front to its workers. A call that may be answered by anybody goes round; one that names sessions
// goes to whoever holds them. Where the front does not know (it restarted), it asks all: only the holder has an effect,
// the others answer NOT_FOUND. It changes no message but for the endpoint that sessions are referred to.

import type { CallOptions, ChannelCredentials, Client, Deadline, Metadata, ServiceError } from "@grpc/grpc-js";
import { anchorgymV1 } from "../../proto/definition.ts";
import type { Status } from "../../proto/gen/google/rpc/Status.ts";
import { decodeStatus } from "../../proto/rich-status.ts";
import { type CallerProof, forwardedMetadata } from "../security/forwarding.ts";

export type ServiceName = "CatalogService" | "EnvironmentService" | "VerifierService";

/** One call as it came in. */
export interface ForwardedCall {
  readonly service: ServiceName;
  readonly method: string;
  readonly proof: CallerProof;
  readonly deadline: Deadline;
}

export interface WorkerAddress {
  /** host:port as clients reach it. */
  readonly address: string;
  /** host:port of the port that takes forwarded calls. */
  readonly forwardAddress: string;
}

/** An item's answer as far as the front reads it. */
export interface ItemResult {
  readonly status?: Status | null;
}

type Invoke = (
  request: object,
  metadata: Metadata,
  options: CallOptions,
  callback: (error: ServiceError | null, response?: never) => void,
) => void;

/** Groups whose worker is remembered; older ones are asked for. */
const REMEMBERED_GROUPS = 100_000;

/** Worker certificates are pinned; what name they are for does not matter on loopback, and TLS wants no IP address. */
const CHANNEL = { "grpc.ssl_target_name_override": "localhost", "grpc.enable_channelz": 0 };
const UNAUTHENTICATED = 16;

export class Workers {
  /** As clients reach them. */
  readonly addresses: readonly string[];
  readonly #clients: readonly Readonly<Record<ServiceName, Client>>[];
  readonly #workerOfGroup = new Map<string, number>();
  #next = 0;

  readonly #key: string;

  constructor(workers: readonly WorkerAddress[], key: string, credentials: ChannelCredentials) {
    this.addresses = workers.map(({ address }) => address);
    this.#key = key;
    this.#clients = workers.map(({ forwardAddress }) => ({
      CatalogService: new anchorgymV1.CatalogService(forwardAddress, credentials, CHANNEL),
      EnvironmentService: new anchorgymV1.EnvironmentService(forwardAddress, credentials, CHANNEL),
      VerifierService: new anchorgymV1.VerifierService(forwardAddress, credentials, CHANNEL),
    }));
  }

  get count(): number {
    return this.addresses.length;
  }

  /** Workers in turn. */
  anyone(): number {
    this.#next = (this.#next + 1) % this.count;
    return this.#next;
  }

  remember(groupId: string, worker: number): void {
    this.#workerOfGroup.set(groupId, worker);
    if (this.#workerOfGroup.size <= REMEMBERED_GROUPS) return;
    const oldest = this.#workerOfGroup.keys().next();
    if (!oldest.done) this.#workerOfGroup.delete(oldest.value);
  }

  /** Who may hold the session: its group's worker, or, when that is not known, everybody. */
  holdersOf(sessionId: string): readonly number[] {
    const known = this.#workerOfGroup.get(sessionId.slice(0, Math.max(0, sessionId.lastIndexOf("/"))));
    return known === undefined ? this.addresses.map((_, worker) => worker) : [known];
  }

  async call<Response>(
    worker: number,
    { service, method, ...call }: ForwardedCall,
    request: object,
  ): Promise<Response> {
    const client = this.#clients[worker]?.[service];
    if (client === undefined) throw new Error(`there is no worker ${worker}`);
    const metadata = forwardedMetadata(this.#key, call.proof);
    const invoke = (client as unknown as Record<string, Invoke>)[method] as Invoke;
    return new Promise<Response>((resolve, reject) => {
      invoke.call(client, request, metadata, { deadline: call.deadline }, (error, response) => {
        if (error === null && response !== undefined) resolve(response);
        else reject(error);
      });
    });
  }

  /**
   * Splits a batch by who may hold each item and puts the results together in item order: of several answers to one item
   * the first that is not NOT_FOUND. A worker that does not know the caller holds nothing of its items: an agent token is
   * known to the worker that issued it.
   */
  async split<Item, Result extends ItemResult>(
    call: ForwardedCall,
    items: readonly Item[],
    sessionIdOf: (item: Item) => string,
    requestOf: (items: readonly Item[]) => object,
  ): Promise<readonly Result[]> {
    // An empty batch is refused by one worker, in its own words.
    if (items.length === 0)
      return (await this.call<{ results: Result[] }>(this.anyone(), call, requestOf(items))).results;
    const shares = this.addresses.map((): number[] => []);
    items.forEach((item, index) => {
      for (const worker of this.holdersOf(sessionIdOf(item))) shares[worker]?.push(index);
    });
    const results: (Result | undefined)[] = new Array(items.length).fill(undefined);
    let stranger: unknown;
    await Promise.all(
      shares.map(async (indices, worker) => {
        if (indices.length === 0) return;
        const own = indices.map((index) => items[index] as Item);
        let answer: { readonly results: readonly Result[] };
        try {
          answer = await this.call(worker, call, requestOf(own));
        } catch (thrown) {
          if ((thrown as { code?: number }).code !== UNAUTHENTICATED) throw thrown;
          stranger = thrown;
          return;
        }
        indices.forEach((index, at) => {
          results[index] = firstFound(results[index], answer.results[at]);
        });
      }),
    );
    if (stranger !== undefined && results.includes(undefined)) throw stranger;
    return results as readonly Result[];
  }

  close(): void {
    for (const clients of this.#clients) for (const client of Object.values(clients)) client.close();
  }
}

/** Of two answers to the same question, the one of a worker that knew. */
export function firstFound<Result extends ItemResult>(
  known: Result | undefined,
  other: Result | undefined,
): Result | undefined {
  if (known === undefined || other === undefined) return known ?? other;
  return isNotFound(known) ? other : known;
}

function isNotFound({ status }: ItemResult): boolean {
  return status != null && ["SESSION_NOT_FOUND", "GROUP_NOT_FOUND"].includes(decodeStatus(status).reason);
}
