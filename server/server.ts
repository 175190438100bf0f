// Assembly: worlds, tables, services, health and reflection on one port, and the two ways to stop. It reads no flags
// and no environment variables; a process around it decides what SIGTERM means (`cli/commands/serve.ts`).

import type { Logger } from "pino";
import type { World } from "../envs/core/world.ts";
import { anchorgymV1 } from "../proto/definition.ts";
import { resolveLimits, type ServerLimits } from "./config.ts";
import { dialable, GrpcPort, within } from "./grpc-port.ts";
import { type AuthenticateOptions, authenticateInterceptor } from "./interceptors/authenticate.ts";
import { ActionLog, type LogSettings } from "./log/action-log.ts";
import { bringBack } from "./log/restore.ts";
import { counted } from "./observability/count-bytes.ts";
import { type Counters, createCounters } from "./observability/counters.ts";
import { createLogger } from "./observability/logger.ts";
import { countSessions, Metrics } from "./observability/metrics.ts";
import { openMetricsEndpoint } from "./observability/metrics-endpoint.ts";
import { proofForwarded, proofOfConnection } from "./security/forwarding.ts";
import { type AuthSettings, Identities } from "./security/identity.ts";
import { serverCredentials, type TlsSettings, withoutClientCa } from "./security/transport-security.ts";
import { catalogService } from "./services/catalog-service.ts";
import { environmentService } from "./services/environment-service.ts";
import { InteractStreams } from "./services/interact-streams.ts";
import type { ServiceContext } from "./services/service-context.ts";
import { verifierService } from "./services/verifier-service.ts";
import { Admission } from "./sessions/admission.ts";
import { NO_JOURNAL } from "./sessions/journal.ts";
import { SessionTable } from "./sessions/session-table.ts";
import { StepQueue } from "./sessions/step-queue.ts";
import { dispatch, type Tenant } from "./tenants.ts";
import type { WorldThreadSettings } from "./threads/thread-pool.ts";
import { placeWorlds, type WorldPlacement } from "./threads/world-placement.ts";
import { WorldTable } from "./worlds/hosted-world.ts";

/** How often expired leases and forgotten sessions are looked for, in milliseconds. */
const SWEEP_PERIOD_MS = 1_000;
const LOOPBACK = "127.0.0.1";

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
  /** Of a worker behind a front: a second port on 127.0.0.1 that takes forwarded calls from whoever knows the key. */
  readonly forward?: { readonly port: number; readonly key: string };
  /** Port of GET /metrics and /healthz on the same host; 0: any free one. Absent: none. */
  readonly metricsPort?: number;
  /** Absent: every world runs in the event loop, where a step that takes long holds everybody up. */
  readonly worldThreads?: WorldThreadSettings;
}

export interface RunningServer {
  /** host:port, with the port that was bound. */
  readonly address: string;
  /** host:port for the front; undefined when none was asked for. */
  readonly forwardAddress: string | undefined;
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
    logBytes: () => log?.sizeBytes,
  });
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
          onCompacted: (compaction) => {
            metrics.logCompacted(compaction.seconds);
            logger.info({ ...compaction }, "the action log was compacted");
          },
          onCompactionFailed: (error) => {
            metrics.logCompactionFailed();
            logger.warn({ err: error }, "the action log could not be compacted and goes on as it was");
          },
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
  if (log !== undefined && logged !== undefined) {
    const contexts = [...tenants.values()].map(({ context }) => context);
    const { sessions, requests } = bringBack(contexts, logged, logger);
    log.begin(sessions, requests);
  }
  const liveCount = (): number => sumOver(tenants, ({ context }) => context.table.liveCount);

  const onRefusal = (reason: string): void => metrics.refused(reason);
  const openPort = (proofOf: AuthenticateOptions["proofOf"]): GrpcPort => {
    const interceptor = authenticateInterceptor({ identities, proofOf, onRefusal });
    const port = new GrpcPort(limits.maxMessageBytes, [interceptor]);
    for (const name of ["CatalogService", "EnvironmentService", "VerifierService"] as const) {
      const definition = counted(anchorgymV1[name].service, metrics);
      port.addService(definition, dispatch(name, definition, tenants, identities));
    }
    return port;
  };

  const host = options.host ?? LOOPBACK;
  const { forward, tls } = options;
  const port = openPort(proofOfConnection);
  const credentials = serverCredentials(host, tls, options.auth !== undefined);
  const boundPort = await port.listen(host, options.port ?? 0, credentials);
  const ports = [port];
  let forwardAddress: string | undefined;
  if (forward !== undefined) {
    const forwardPort = openPort((metadata) => proofForwarded(metadata, forward.key));
    // The front has no client certificate; the key says who it is.
    const own = serverCredentials(LOOPBACK, withoutClientCa(tls), true);
    forwardAddress = dialable(LOOPBACK, await forwardPort.listen(LOOPBACK, forward.port, own));
    ports.push(forwardPort);
  }
  const setHealth = (status: "SERVING" | "NOT_SERVING"): void => {
    for (const each of ports) each.setHealth(status);
  };
  const isServing = (): boolean => !draining;
  const endpoint =
    options.metricsPort === undefined
      ? undefined
      : await openMetricsEndpoint(host, options.metricsPort, { render: () => metrics.render(), isServing });
  setHealth("SERVING");
  const address = dialable(host, boundPort);

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

  const close = async (): Promise<void> => {
    clearInterval(sweeper);
    metrics.close();
    endpoint?.close();
    await Promise.all(ports.map((each) => each.stop(0)));
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
    const graceMs = Math.min(1_000, Math.max(100, deadlineMs - nowMs()));
    await Promise.all(ports.map((each) => each.stop(graceMs)));
    metrics.close();
    endpoint?.close();
    await pool?.close();
    log?.close();
    logger.info({ counters }, "stopped");
  };
  return {
    address,
    forwardAddress,
    metricsAddress: endpoint?.address,
    renderMetrics: () => metrics.render(),
    counters,
    liveSessionCount: liveCount,
    drain,
    close,
  };
}

function sumOver(tenants: ReadonlyMap<string, Tenant>, value: (tenant: Tenant) => number): number {
  let sum = 0;
  for (const tenant of tenants.values()) sum += value(tenant);
  return sum;
}
