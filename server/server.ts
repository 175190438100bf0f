// Assembly: worlds, tables, services, health and reflection on one port, and the two ways to stop. It reads no flags
// and no environment variables; a process around it decides what SIGTERM means (`cli/commands/serve.ts`).

import { Server, type ServerCredentials, type ServiceDefinition } from "@grpc/grpc-js";
import { ReflectionService } from "@grpc/reflection";
import { HealthImplementation } from "grpc-health-check";
import type { Logger } from "pino";
import type { World } from "../envs/core/world.ts";
import { anchorgymV1, packageDefinition, SERVICE_NAMES } from "../proto/definition.ts";
import { fail } from "../proto/errors.ts";
import { resolveLimits, type ServerLimits } from "./config.ts";
import { authenticateInterceptor } from "./interceptors/authenticate.ts";
import { ActionLog, type LogSettings } from "./log/action-log.ts";
import type { LoadedLog } from "./log/load-log.ts";
import { restoreSessions } from "./log/restore.ts";
import { type Counters, createCounters } from "./observability/counters.ts";
import type { Labels } from "./observability/exposition.ts";
import { createLogger } from "./observability/logger.ts";
import { Metrics } from "./observability/metrics.ts";
import { openMetricsEndpoint } from "./observability/metrics-endpoint.ts";
import { type AuthSettings, Identities } from "./security/identity.ts";
import { serverCredentials, type TlsSettings } from "./security/transport-security.ts";
import { catalogService } from "./services/catalog-service.ts";
import { environmentService } from "./services/environment-service.ts";
import { InteractStreams } from "./services/interact.ts";
import type { ServiceContext } from "./services/service-context.ts";
import { verifierService } from "./services/verifier-service.ts";
import { Admission } from "./sessions/admission.ts";
import { NO_JOURNAL } from "./sessions/journal.ts";
import type { Session } from "./sessions/session.ts";
import { SessionTable } from "./sessions/session-table.ts";
import { StepQueue } from "./sessions/step-queue.ts";
import { dispatch, MALFORMED, type Tenant } from "./tenants.ts";
import type { WorldThreadSettings } from "./threads/thread-pool.ts";
import { placeWorlds, type WorldPlacement } from "./threads/world-placement.ts";
import { WorldTable } from "./worlds/hosted-world.ts";

/** How often expired leases and forgotten sessions are looked for, in milliseconds. */
const SWEEP_PERIOD_MS = 1_000;

export interface ServerOptions {
  readonly worlds: readonly World[];
  /** Loopback by default. Elsewhere TLS is wanted: see `transport-security.ts`. */
  readonly host?: string;
  /** 0: any free port. */
  readonly port?: number;
  readonly limits?: Partial<ServerLimits>;
  readonly logger?: Logger;
  /** Absent: durability MEMORY, and sessions end with the process. */
  readonly log?: LogSettings;
  /** Absent: plain text. */
  readonly tls?: TlsSettings;
  /** Absent: everybody is one principal with all scopes. */
  readonly auth?: AuthSettings;
  /** Port of GET /metrics and /healthz on the same host; 0: any free one. Absent: none. */
  readonly metricsPort?: number;
  /** Absent: every world runs in the event loop, where a step that takes long holds everybody up. */
  readonly worldThreads?: WorldThreadSettings;
}

export interface RunningServer {
  /** host:port, with the port that was bound. */
  readonly address: string;
  /** host:port of the metrics; undefined when none were asked for. */
  readonly metricsAddress: string | undefined;
  /** The Prometheus exposition of this moment. */
  renderMetrics(): string;
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

/** @throws {ConfigError} CONFIG_INVALID for limits, worlds, threads or an address that cannot be served. */
export async function createServer(options: ServerOptions): Promise<RunningServer> {
  const limits = resolveLimits(options.limits ?? {});
  const logger = options.logger ?? createLogger("info");
  const counters = createCounters();
  const onRestart = (): void => void counters.world_thread_restarts_total++;
  const placement = await placeWorlds(options.worlds, options.worldThreads, limits.maxStepMs, { logger, onRestart });
  try {
    return await assemble(options, { limits, logger, counters, placement });
  } catch (error) {
    await placement.pool?.close();
    throw error;
  }
}

interface Parts {
  readonly limits: ServerLimits;
  readonly logger: Logger;
  readonly counters: Counters;
  readonly placement: WorldPlacement;
}

async function assemble(
  options: ServerOptions,
  { limits, logger, counters, placement: { runnerOf, pool } }: Parts,
): Promise<RunningServer> {
  const nowMs = () => performance.now();
  const identities = new Identities(options.auth);
  const queue = new StepQueue(nowMs);
  const worlds = new WorldTable(options.worlds, runnerOf);
  let draining = false;
  const tenants = new Map<string, Tenant>();
  const metrics = new Metrics({
    counters,
    sessions: () => countSessions([...tenants.values()].map(({ context }) => context.table)),
    leases: () => sumOver(tenants, ({ context }) => context.table.leases.size),
    streamItems: () => sumOver(tenants, ({ streams }) => streams.inFlightItems),
    threadQueue: () => pool?.load ?? 0,
    threadStates: () => pool?.stateCount ?? 0,
  });
  counters.onStep = (environment, record) => metrics.stepped(environment, record);
  const admission = new Admission(limits, {
    heapBytes: () => process.memoryUsage().heapUsed + (pool?.heapBytes ?? 0),
    onRejection: (reason) => {
      counters.admission_rejections_total++;
      metrics.rejected(reason);
    },
  });
  const log =
    options.log === undefined
      ? undefined
      : new ActionLog(options.log, {
          onAppend: (seconds) => metrics.logAppended(seconds),
          onBroken: (error) => {
            logger.fatal({ err: error }, "the action log cannot be written");
            setHealth("NOT_SERVING");
            void close();
          },
        });
  const logged = log?.load();
  for (const { name } of identities.principals()) {
    const context: ServiceContext = {
      principal: name,
      limits,
      worlds,
      table: new SessionTable(limits, counters, name, admission),
      queue,
      journal: log ?? NO_JOURNAL,
      restoredRequests: logged?.requests.filter(({ principal }) => principal === name) ?? [],
      counters,
      logger,
      nowMs,
      isDraining: () => draining,
    };
    const streams = new InteractStreams();
    const services = {
      CatalogService: catalogService(context),
      EnvironmentService: environmentService(context, streams),
      VerifierService: verifierService(context),
    };
    tenants.set(name, { context, streams, services });
  }
  if (log !== undefined && logged !== undefined) beginLog(log, logged, tenants, logger);
  const liveCount = (): number => sumOver(tenants, ({ context }) => context.table.liveCount);

  const server = new Server({
    "grpc.max_receive_message_length": limits.maxMessageBytes,
    "grpc.max_send_message_length": limits.maxMessageBytes,
    "grpc.enable_channelz": 0,
    "grpc.keepalive_time_ms": 60_000,
    "grpc.keepalive_timeout_ms": 20_000,
    interceptors: [authenticateInterceptor({ identities, onRefusal: (reason) => metrics.refused(reason) })],
  });
  for (const name of ["CatalogService", "EnvironmentService", "VerifierService"] as const) {
    const definition = counted(anchorgymV1[name].service, metrics);
    server.addService(definition, dispatch(name, definition, tenants, identities));
  }
  const health = new HealthImplementation({});
  const setHealth = (status: "SERVING" | "NOT_SERVING"): void => {
    for (const service of ["", ...SERVICE_NAMES]) health.setStatus(service, status);
  };
  health.addToServer(server);
  new ReflectionService(packageDefinition, { services: [...SERVICE_NAMES] }).addToServer(server);

  const host = options.host ?? "127.0.0.1";
  const credentials = serverCredentials(host, options.tls, options.auth !== undefined);
  const port = await bind(server, dialable(host, options.port ?? 0), credentials);
  const isServing = (): boolean => !draining;
  const endpoint =
    options.metricsPort === undefined
      ? undefined
      : await openMetricsEndpoint(host, options.metricsPort, { render: () => metrics.render(), isServing });
  setHealth("SERVING");
  const address = dialable(host, port);

  let lastSweepMs = nowMs();
  const sweeper = setInterval(() => {
    const now = nowMs();
    const stallMs = now - lastSweepMs - SWEEP_PERIOD_MS;
    lastSweepMs = now;
    for (const { context } of tenants.values()) {
      if (stallMs > SWEEP_PERIOD_MS) context.table.leases.extendAll(stallMs);
      const swept = context.table.sweep(now);
      if (swept.leases > 0 || swept.idleExpired > 0) logger.warn(swept, "sessions of absent clients were suspended");
    }
    admission.wake(); // memory may have become free
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
    metrics.close();
    endpoint?.close();
    await shutDown(0);
    await pool?.close();
    log?.close();
  };
  const drain = async (): Promise<void> => {
    if (draining) return;
    draining = true;
    const deadlineMs = nowMs() + limits.drainGraceMs;
    setHealth("NOT_SERVING");
    const streams = [...tenants.values()].map((tenant) => tenant.streams);
    const streamCount = streams.reduce((sum, { size }) => sum + size, 0);
    logger.info({ sessions: liveCount(), streams: streamCount }, "draining");
    for (const own of streams) own.drain(limits.drainGraceMs);
    await within(
      Promise.all([...streams.map((own) => own.empty()), queue.idle()]).then(() => undefined),
      limits.drainGraceMs,
    );
    clearInterval(sweeper);
    for (const own of streams) own.end();
    // Idle connections end at once; watchers of the health service do not, and are not worth the whole grace.
    await shutDown(Math.min(1_000, Math.max(100, deadlineMs - nowMs())));
    metrics.close();
    endpoint?.close();
    await pool?.close();
    log?.close();
    logger.info({ counters }, "stopped");
  };
  return {
    address,
    metricsAddress: endpoint?.address,
    renderMetrics: () => metrics.render(),
    counters,
    liveSessionCount: liveCount,
    drain,
    close,
  };
}

/** Gives every principal its sessions back, and the log a file that holds these alone. */
function beginLog(log: ActionLog, logged: LoadedLog, tenants: ReadonlyMap<string, Tenant>, logger: Logger): void {
  const sessions: Session[] = [];
  const lost: unknown[] = [];
  for (const { context } of tenants.values()) {
    const restored = restoreSessions(context, logged.sessions);
    sessions.push(...restored.sessions);
    lost.push(...restored.lost);
  }
  const ids = new Set(sessions.map(({ sessionId }) => sessionId));
  const requests = logged.requests.filter(({ items }) =>
    items.some(({ sessionIds }) => sessionIds?.some((id) => ids.has(id)) ?? false),
  );
  const orphans = logged.sessions.length - sessions.length - lost.length;
  if (lost.length + orphans > 0) logger.warn({ lost, orphans }, "sessions of the log cannot come back here");
  if (logged.tornBytes > 0)
    logger.warn({ bytes: logged.tornBytes }, "the last line of the log was torn and is dropped");
  if (sessions.length > 0) logger.info({ sessions: sessions.length }, "suspended sessions came back from the log");
  log.begin(sessions, requests);
}

function sumOver(tenants: ReadonlyMap<string, Tenant>, value: (tenant: Tenant) => number): number {
  let sum = 0;
  for (const tenant of tenants.values()) sum += value(tenant);
  return sum;
}

function countSessions(tables: readonly SessionTable[]): Iterable<readonly [Labels, number]> {
  const counts = new Map<string, number>();
  for (const table of tables) {
    for (const { start, status } of table.open()) {
      const key = JSON.stringify({ environment: start.world.description.name, state: status });
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return [...counts].map(([key, count]) => [JSON.parse(key) as Labels, count] as const);
}

/** The definition with its bytes counted, which nothing above it sees. */
function counted<Definition extends ServiceDefinition>(definition: Definition, metrics: Metrics): Definition {
  const methods = Object.entries(definition).map(([name, method]) => {
    const requestDeserialize: typeof method.requestDeserialize = (bytes) => {
      metrics.transferred("in", bytes.length);
      try {
        return method.requestDeserialize(bytes);
      } catch {
        // gRPC would answer INTERNAL, which says that the server is broken; a stream would end. Interact answers
        // this, a frame without content, with a problem.
        return MALFORMED;
      }
    };
    const responseSerialize: typeof method.responseSerialize = (value) => {
      const bytes = method.responseSerialize(value);
      metrics.transferred("out", bytes.length);
      return bytes;
    };
    return [name, { ...method, requestDeserialize, responseSerialize }];
  });
  return Object.fromEntries(methods) as Definition;
}

async function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error === null) resolve(port);
      else reject(fail("CONFIG_INVALID", `cannot listen on ${address}: ${error.message}`, { cause: error }));
    });
  });
}
