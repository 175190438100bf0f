// Assembly: worlds, tables, services, health and reflection on one port, and the two ways to stop. It reads no flags
// and no environment variables; a process around it decides what SIGTERM means (`cli/commands/serve.ts`).

import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ReflectionService } from "@grpc/reflection";
import { HealthImplementation } from "grpc-health-check";
import type { Logger } from "pino";
import type { World } from "../envs/core/world.ts";
import { anchorgymV1, packageDefinition, SERVICE_NAMES } from "../proto/definition.ts";
import { fail } from "../proto/errors.ts";
import { resolveLimits, type ServerLimits } from "./config.ts";
import { type Counters, createCounters } from "./observability/counters.ts";
import { createLogger } from "./observability/logger.ts";
import { catalogService } from "./services/catalog-service.ts";
import { environmentService } from "./services/environment-service.ts";
import { InteractStreams } from "./services/interact.ts";
import type { ServiceContext } from "./services/service-context.ts";
import { SessionTable } from "./sessions/session-table.ts";
import { StepQueue } from "./sessions/step-queue.ts";
import { WorldTable } from "./worlds/hosted-world.ts";

/** How often expired leases and forgotten sessions are looked for, in milliseconds. */
const SWEEP_PERIOD_MS = 1_000;

export interface ServerOptions {
  readonly worlds: readonly World[];
  /** Loopback by default: there is no transport security yet. */
  readonly host?: string;
  /** 0: any free port. */
  readonly port?: number;
  readonly limits?: Partial<ServerLimits>;
  readonly logger?: Logger;
}

export interface RunningServer {
  /** host:port, with the port that was bound. */
  readonly address: string;
  /** Counts since start. */
  readonly counters: Readonly<Counters>;
  /** Sessions that are not closed. */
  liveSessionCount(): number;
  /**
   * Stops gracefully: NOT_SERVING, nothing new is created, streams get GoAway, running steps are answered. Resolves
   * when all is over, after the grace of the limits at the latest (plus the moment that cutting takes).
   */
  drain(): Promise<void>;
  /** Stops at once: connections are cut. */
  close(): Promise<void>;
}

/** `host` in a form that a client can dial. */
function dialable(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function within(promise: Promise<void>, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs);
    void promise.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** @throws {ConfigError} CONFIG_INVALID for limits, worlds or an address that cannot be served. */
export async function createServer(options: ServerOptions): Promise<RunningServer> {
  const limits = resolveLimits(options.limits ?? {});
  const logger = options.logger ?? createLogger("info");
  const counters = createCounters();
  const nowMs = () => performance.now();
  const table = new SessionTable(limits, counters);
  const queue = new StepQueue(nowMs);
  const streams = new InteractStreams();
  let draining = false;
  const context: ServiceContext = {
    limits,
    worlds: new WorldTable(options.worlds),
    table,
    queue,
    counters,
    logger,
    nowMs,
    isDraining: () => draining,
  };

  const server = new Server({
    "grpc.max_receive_message_length": limits.maxMessageBytes,
    "grpc.max_send_message_length": limits.maxMessageBytes,
    "grpc.enable_channelz": 0,
    "grpc.keepalive_time_ms": 60_000,
    "grpc.keepalive_timeout_ms": 20_000,
  });
  server.addService(anchorgymV1.CatalogService.service, catalogService(context));
  server.addService(anchorgymV1.EnvironmentService.service, environmentService(context, streams));
  const health = new HealthImplementation({});
  const setHealth = (status: "SERVING" | "NOT_SERVING"): void => {
    for (const service of ["", ...SERVICE_NAMES]) health.setStatus(service, status);
  };
  health.addToServer(server);
  new ReflectionService(packageDefinition, { services: [...SERVICE_NAMES] }).addToServer(server);

  const host = options.host ?? "127.0.0.1";
  const port = await bind(server, dialable(host, options.port ?? 0));
  setHealth("SERVING");
  const address = dialable(host, port);

  let lastSweepMs = nowMs();
  const sweeper = setInterval(() => {
    const now = nowMs();
    const stallMs = now - lastSweepMs - SWEEP_PERIOD_MS;
    lastSweepMs = now;
    if (stallMs > SWEEP_PERIOD_MS) table.leases.extendAll(stallMs);
    const swept = table.sweep(now);
    if (swept.leases > 0 || swept.idleExpired > 0) logger.warn(swept, "sessions of absent clients were closed");
  }, SWEEP_PERIOD_MS);
  sweeper.unref();

  const shutDown = async (graceMs: number): Promise<void> => {
    // Without channelz forceShutdown knows no connections and leaves them open, and drain cuts only those that it was
    // the first to close: so drain comes first.
    server.drain(address, graceMs);
    await within(new Promise<void>((resolve) => server.tryShutdown(() => resolve())), graceMs + 100);
    server.forceShutdown();
  };
  const close = async (): Promise<void> => {
    clearInterval(sweeper);
    await shutDown(0);
  };
  const drain = async (): Promise<void> => {
    if (draining) return;
    draining = true;
    const deadlineMs = nowMs() + limits.drainGraceMs;
    setHealth("NOT_SERVING");
    logger.info({ sessions: table.liveCount, streams: streams.size }, "draining");
    streams.drain(limits.drainGraceMs);
    await within(
      Promise.all([streams.empty(), queue.idle()]).then(() => undefined),
      limits.drainGraceMs,
    );
    clearInterval(sweeper);
    streams.end();
    // Idle connections end at once; watchers of the health service do not, and are not worth the whole grace.
    await shutDown(Math.min(1_000, Math.max(100, deadlineMs - nowMs())));
    logger.info({ counters }, "stopped");
  };
  return { address, counters, liveSessionCount: () => table.liveCount, drain, close };
}

async function bind(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(fail("CONFIG_INVALID", `cannot listen on ${address}: ${error.message}`, { cause: error }));
    });
  });
}
