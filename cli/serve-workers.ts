// `serve --workers N`: N server processes with a port each, and a front that creates on them and refers to them. A
// worker that dies is started again on its old port; with --log-dir its sessions come back with it.

import { setTimeout as sleep } from "node:timers/promises";
import { LocalServers, nodeCommand } from "../client/transport/local-servers.ts";
import { fail } from "../proto/errors.ts";
import { resolveLimits } from "../server/config.ts";
import { createFront } from "../server/front/front.ts";
import { createLogger } from "../server/observability/logger.ts";
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

/** The flags of worker `position`: its log file, and its port of metrics behind that of worker 0. */
function ownFlags({ logDir, metricsPort }: ServeSettings, position: number): readonly string[] {
  const metrics = metricsPort === undefined || metricsPort === 0 ? metricsPort : metricsPort + position;
  return [
    ...(logDir === undefined ? [] : ["--log-name", `worker-${position}`]),
    ...(metrics === undefined ? [] : ["--metrics-port", String(metrics)]),
  ];
}

/** @throws {ConfigError} CONFIG_INVALID for settings that do not go with workers; SERVER_UNREACHABLE: one did not start */
export async function serveWorkers(
  settings: ServeSettings,
  flags: SharedFlags,
  stopAsked: Promise<"drain" | "cut">,
  announce: (path: string, address: string) => void,
): Promise<void> {
  const { host, port, workers, tls } = settings;
  if (tls !== undefined)
    throw fail("CONFIG_INVALID", "tls does not go with several workers yet; serve each by its own");
  if (["0.0.0.0", "::"].includes(host)) {
    throw fail("CONFIG_INVALID", `clients are referred to ${host}, which is no address; name the one that they reach`);
  }
  const logger = createLogger(settings.logLevel);
  const servers = await LocalServers.start({
    command: [...nodeCommand("cli/main.ts"), "serve", ...sharedFlags(settings, flags.config)],
    count: workers,
    flagsOf: (position) => ownFlags(settings, position),
    stopTimeoutMs: 30_000,
  });
  try {
    const { maxMessageBytes } = resolveLimits(settings.limits);
    const front = await createFront({ host, port, workers: servers.addresses, maxMessageBytes });
    if (flags.announce !== undefined) announce(flags.announce, front.address);
    const names = settings.environments.join(", ");
    const where = servers.addresses.join(", ");
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
