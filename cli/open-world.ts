// From a configuration's `environment` to a world that answers: servers of this machine, each a process of its own and
// replaced when it dies, or servers that run elsewhere. A replaced server has lost its episodes; rollouts start those
// groups again from their seeds.

import { GrpcWorldService } from "../client/transport/grpc-world-service.ts";
import { LocalServers, nodeCommand } from "../client/transport/local-servers.ts";
import type { WorldService } from "../client/transport/world-service.ts";
import { fail, isAnchorgymError } from "../proto/errors.ts";
import { builtInWorld } from "./experts.ts";
import { explainRefusal, OPEN_ACCESS, requireUnderstanding, type ServerAccess } from "./server-access.ts";

export interface WorldPlace {
  /** As the catalogue names it. */
  readonly environment: string;
  /** Exactly one is set. */
  readonly spawn?: number | undefined;
  readonly addresses?: readonly string[] | undefined;
  /** To servers at addresses; those that are started here ask for nothing. */
  readonly access?: ServerAccess;
}

export interface OpenWorld {
  readonly service: WorldService;
  readonly addresses: readonly string[];
  /** Of the processes that this one started. */
  readonly pids: () => readonly number[];
  close(): Promise<void>;
}

/** How often dead servers are looked for; rollouts retry for longer than this. */
const WATCH_INTERVAL_MS = 200;
/** A server that cannot be started so often in a row is left dead: rollouts then end with its address and reason. */
const MAX_FAILED_STARTS = 3;

/** @throws {AnchorgymError} CONFIG_INVALID, TOKEN_INVALID, SCOPE_MISSING, SERVER_UNREACHABLE, ENVIRONMENT_NOT_FOUND, BUILD_CHANGED when there is nothing to play on. */
export async function openWorld(place: WorldPlace, say: (line: string) => void): Promise<OpenWorld> {
  const { environment, addresses, spawn = 1, access = OPEN_ACCESS } = place;
  if (addresses !== undefined) {
    await requireUnderstanding(addresses, access);
    const service = await connected(addresses, environment, access);
    return { service, addresses, pids: () => [], close: () => service.close() };
  }
  builtInWorld(environment);
  const command = [...nodeCommand("cli/main.ts"), "serve", "--env", environment];
  const servers = await LocalServers.start({ command, count: spawn });
  const watch = new ServerWatch(servers, say);
  try {
    const service = await connected(servers.addresses, environment, OPEN_ACCESS);
    const close = async () => {
      watch.stop();
      await service.close();
      await servers.stop();
    };
    return { service, addresses: servers.addresses, pids: () => servers.pids, close };
  } catch (error) {
    watch.stop();
    await servers.stop();
    throw error;
  }
}

async function connected(
  addresses: readonly string[],
  environment: string,
  access: ServerAccess,
): Promise<GrpcWorldService> {
  const service = new GrpcWorldService({ addresses, environment, identity: access.identity });
  try {
    await service.connect();
    return service;
  } catch (error) {
    await service.close();
    if (!isAnchorgymError(error) || error.reason !== "DEADLINE_EXCEEDED") throw explainRefusal(error, access);
    await requireUnderstanding(addresses, access); // of one that came up in the meantime
    const place = error.ids["endpoint"] ?? addresses.join(", ");
    const cure = `start one with "anchorgym serve --env ${environment}", or correct the address`;
    throw fail("SERVER_UNREACHABLE", `no server answers at ${place}; ${cure}`, { cause: error });
  }
}

/** Puts a new process in the place of one that ended. */
class ServerWatch {
  readonly #servers: LocalServers;
  readonly #say: (line: string) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #failedStarts = new Map<string, number>();
  readonly #busy = new Set<string>();

  constructor(servers: LocalServers, say: (line: string) => void) {
    this.#servers = servers;
    this.#say = say;
    this.#timer = setInterval(() => this.#look(), WATCH_INTERVAL_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const address of this.#servers.addresses) {
      const failed = this.#failedStarts.get(address) ?? 0;
      if (this.#busy.has(address) || failed >= MAX_FAILED_STARTS || this.#servers.isRunning(address)) continue;
      this.#busy.add(address);
      void this.#replace(address, failed).finally(() => this.#busy.delete(address));
    }
  }

  /** Never rejects. */
  async #replace(address: string, failed: number): Promise<void> {
    this.#say(`the server at ${address} ended; starting another in its place`);
    try {
      await this.#servers.replace(address);
      this.#failedStarts.delete(address);
    } catch (error) {
      this.#failedStarts.set(address, failed + 1);
      const sentence = error instanceof Error ? error.message : String(error);
      this.#say(`no server could be started at ${address} (try ${failed + 1} of ${MAX_FAILED_STARTS}): ${sentence}`);
    }
  }
}
