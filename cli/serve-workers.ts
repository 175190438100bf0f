// `serve --workers N`: N server processes with a port each, and a front that creates on them and refers to them, all
// under one certificate where there is one. A worker that dies is started again on its old ports; with --log-dir its
// sessions come back with it.

import { setTimeout as sleep } from "node:timers/promises";
import { type Announcement, LocalServers, nodeCommand, portOf } from "../client/transport/local-servers.ts";
import { fail } from "../proto/errors.ts";
import { resolveLimits } from "../server/config.ts";
import { createFront } from "../server/front/front.ts";
import { dialable } from "../server/grpc-port.ts";
import { makeLogFolder } from "../server/log/log-file.ts";
import { createLogger } from "../server/observability/logger.ts";
import { newForwardKey, pinnedCredentials } from "../server/security/forwarding.ts";
import { requireCertificateFor } from "../server/security/transport-security.ts";
import type { ServeSettings } from "./serve-settings.ts";

/** How often dead workers are looked for, in milliseconds. */
const SUPERVISE_PERIOD_MS = 250;

/** Flags that a worker shares with the front. */
interface SharedFlags {
  readonly config?: string;
  readonly announce?: string;
}

/** Flags of every worker: the front's own settings, but for what each worker has of its own. */
function sharedFlags(settings: ServeSettings, config: string | undefined): readonly string[] {
  const { environments, host, durability, logDir, logLevel, limits, worldThreads, threadedEnvironments } = settings;
  const maxSessions = limits.maxSessions === undefined ? [] : ["--max-sessions", String(limits.maxSessions)];
  return [
    ...(config === undefined ? [] : ["--config", config]),
    ...["--workers", "1", "--host", host, "--log-level", logLevel, "--env", ...environments],
    ...maxSessions,
    ...(worldThreads === undefined ? [] : ["--world-threads", String(worldThreads)]),
    ...(threadedEnvironments === undefined ? [] : ["--threaded-env", ...threadedEnvironments]),
    ...(logDir === undefined ? [] : ["--log-dir", logDir, "--durability", durability]),
  ];
}

/** The flags of worker `position`: its log file, its port of metrics behind that of worker 0, and its port for the front. */
function ownFlags(
  { logDir, metricsPort }: ServeSettings,
  position: number,
  former: Announcement | undefined,
): readonly string[] {
  const metrics = metricsPort === undefined || metricsPort === 0 ? metricsPort : metricsPort + position;
  return [
    ...(logDir === undefined ? [] : ["--log-name", `worker-${position}`]),
    ...(metrics === undefined ? [] : ["--metrics-port", String(metrics)]),
    ...["--forward-port", portOf(former?.forwardAddress)],
  ];
}

/**
 * The name that clients are referred to.
 * @throws {ConfigError} CONFIG_INVALID for one that no client can reach, or would not believe
 */
function advertisedHost({ host, advertiseHost = host, tls }: ServeSettings): string {
  if (["0.0.0.0", "::"].includes(advertiseHost)) {
    const cure = "name the one that they reach with --advertise-host";
    throw fail("CONFIG_INVALID", `clients are referred to ${advertiseHost}, which is no address; ${cure}`);
  }
  if (tls !== undefined) requireCertificateFor(advertiseHost, tls);
  return advertiseHost;
}

/** @throws {ConfigError} CONFIG_INVALID for settings that do not go with workers; SERVER_UNREACHABLE: one did not start */
export async function serveWorkers(
  settings: ServeSettings,
  flags: SharedFlags,
  stopAsked: Promise<"drain" | "cut">,
  announce: (path: string, announced: Announcement) => void,
): Promise<void> {
  const { host, port, workers, tls, auth } = settings;
  const advertised = advertisedHost(settings);
  // Before the workers start, whose exit codes say less.
  if (settings.logDir !== undefined) makeLogFolder(settings.logDir);
  const forwardKey = newForwardKey();
  const credentials = pinnedCredentials(tls);
  const logger = createLogger(settings.logLevel);
  const servers = await LocalServers.start({
    command: [...nodeCommand("cli/main.ts"), "serve", ...sharedFlags(settings, flags.config)],
    count: workers,
    flagsOf: (position, former) => ownFlags(settings, position, former),
    input: forwardKey,
    // All of them start at once and share the cores.
    startTimeoutMs: 120_000,
    // A client that asks at the worker's own port may need a certificate; the front has none.
    healthOf: ({ address, forwardAddress = address }) => ({
      address: forwardAddress,
      credentials,
      certificateName: "localhost",
    }),
    stopTimeoutMs: 30_000,
  });
  try {
    const { maxMessageBytes } = resolveLimits(settings.limits);
    const referred = servers.announcements.map(({ address, forwardAddress = address }) => ({
      address: dialable(advertised, Number(portOf(address))),
      forwardAddress,
    }));
    const authenticates = auth !== undefined;
    const front = await createFront({ host, port, workers: referred, forwardKey, tls, authenticates, maxMessageBytes });
    if (flags.announce !== undefined) announce(flags.announce, { address: front.address });
    const names = settings.environments.join(", ");
    const where = referred.map(({ address }) => address).join(", ");
    process.stderr.write(
      `anchorgym: serving ${names} on ${front.address} (pid ${process.pid}) with ${workers} workers: ${where}\n`,
    );
    let stopping = false;
    const supervise = async (): Promise<void> => {
      while (!stopping) {
        for (const address of servers.addresses) {
          if (stopping || servers.isRunning(address)) continue;
          logger.error({ worker: address }, "a worker died; it is started again");
          await servers.replace(address).catch((error: unknown) => logger.error({ err: error }, "it did not start"));
        }
        await sleep(SUPERVISE_PERIOD_MS);
      }
    };
    const supervised = supervise();
    await stopAsked;
    stopping = true;
    await supervised;
    await front.drain();
  } finally {
    await servers.stop();
  }
}
