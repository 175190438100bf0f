// Sends the calls of a front to its workers. A call that may be answered by anybody goes round; one that names sessions
// goes to whoever holds them. Where the front does not know (it restarted), it asks all: only the holder has an effect,
// the others answer NOT_FOUND. It changes no message but for the endpoint that sessions are referred to.

import { type CallOptions, type Client, credentials, type Deadline, Metadata, type ServiceError } from "@grpc/grpc-js";
import { anchorgymV1 } from "../../proto/definition.ts";
import type { Status } from "../../proto/gen/google/rpc/Status.ts";
import { decodeStatus } from "../../proto/rich-status.ts";

export type ServiceName = "CatalogService" | "EnvironmentService" | "VerifierService";

/** One call as it came in. */
export interface ForwardedCall {
  readonly service: ServiceName;
  readonly method: string;
  readonly authorization: string | undefined;
  readonly deadline: Deadline;
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

export class Workers {
  readonly addresses: readonly string[];
  readonly #clients: readonly Readonly<Record<ServiceName, Client>>[];
  readonly #workerOfGroup = new Map<string, number>();
  #next = 0;

  constructor(addresses: readonly string[]) {
    this.addresses = addresses;
    this.#clients = addresses.map((address) => ({
      CatalogService: new anchorgymV1.CatalogService(address, credentials.createInsecure()),
      EnvironmentService: new anchorgymV1.EnvironmentService(address, credentials.createInsecure()),
      VerifierService: new anchorgymV1.VerifierService(address, credentials.createInsecure()),
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
    const metadata = new Metadata();
    if (call.authorization !== undefined) metadata.set("authorization", call.authorization);
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
   * the first that is not NOT_FOUND.
   */
  async split<Item, Result extends ItemResult>(
    call: ForwardedCall,
    items: readonly Item[],
    sessionIdOf: (item: Item) => string,
    requestOf: (items: readonly Item[]) => object,
  ): Promise<readonly Result[]> {
    const shares = this.addresses.map((): number[] => []);
    items.forEach((item, index) => {
      for (const worker of this.holdersOf(sessionIdOf(item))) shares[worker]?.push(index);
    });
    const results: (Result | undefined)[] = new Array(items.length).fill(undefined);
    await Promise.all(
      shares.map(async (indices, worker) => {
        if (indices.length === 0) return;
        const own = indices.map((index) => items[index] as Item);
        const answer = await this.call<{ results: readonly Result[] }>(worker, call, requestOf(own));
        indices.forEach((index, at) => {
          results[index] = firstFound(results[index], answer.results[at]);
        });
      }),
    );
    return results.map((result) => result as Result);
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
