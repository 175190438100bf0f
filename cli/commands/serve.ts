// `anchorgym serve`: environment servers as a process. Listens, announces its address in a file for whoever started it,
// and drains on SIGTERM and SIGINT. Standard output stays empty; the start-up line and logs go to standard error.

import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import type { Announcement } from "../../client/transport/local-servers.ts";
import { findWorld } from "../../envs/worlds.ts";
import { moduleBeside } from "../../platform/start-thread.ts";
import { fail } from "../../proto/errors.ts";
import { DEFAULT_LIMITS, LOG_LEVELS, type LogLevel } from "../../server/config.ts";
import { createLogger } from "../../server/observability/logger.ts";
import { createServer, type ServerOptions } from "../../server/server.ts";
import type { WorldThreadSettings } from "../../server/threads/thread-pool.ts";
import { loadServeSettings, type ServeSettings } from "../serve-settings.ts";
import { serveWorkers } from "../serve-workers.ts";

interface ServeFlags {
  readonly config?: string;
  readonly env?: readonly string[];
  readonly host?: string;
  readonly port?: number;
  readonly advertiseHost?: string;
  readonly forwardPort?: number;
  readonly workers?: number;
  readonly worldThreads?: number;
  readonly threadedEnv?: readonly string[];
  readonly metricsPort?: number;
  readonly logDir?: string;
  readonly logName?: string;
  readonly durability?: "LOG" | "SYNC";
  readonly announce?: string;
  readonly maxSessions?: number;
  readonly logLevel?: LogLevel;
  readonly exitWithParent?: boolean;
}

/** Flag -> dotted path of the configuration file. */
const PATHS = {
  env: "environments",
  host: "host",
  port: "port",
  advertiseHost: "advertiseHost",
  workers: "workers",
  worldThreads: "worldThreads",
  threadedEnv: "threadedEnvironments",
  metricsPort: "metricsPort",
  logDir: "logDir",
  logName: "logName",
  durability: "durability",
  maxSessions: "limits.maxSessions",
  logLevel: "logLevel",
} as const satisfies Partial<Record<keyof ServeFlags, string>>;

function integerIn(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`It must be an integer in ${low} .. ${high}.`);
  };
}

/** Whole or not at all: whoever waits for the file never reads half of it. */
function writeAnnouncement(path: string, announced: Announcement): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = openSync(temporary, "w");
    writeSync(file, `${JSON.stringify({ ...announced, pid: process.pid })}\n`);
    fsyncSync(file);
    closeSync(file);
    renameSync(temporary, path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw fail("CONFIG_INVALID", `--announce ${path} cannot be written: ${why}; name a file in a writable folder`, {
      cause,
    });
  }
}

function findWorlds(names: readonly string[]): ReturnType<typeof findWorld>[] {
  try {
    return names.map(findWorld);
  } catch (cause) {
    throw fail("CONFIG_INVALID", `--env: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function settingsOf(flags: ServeFlags): ServeSettings {
  const given = Object.entries(PATHS)
    .map(([flag, path]) => [path, flags[flag as keyof typeof PATHS]] as const)
    .filter(([, value]) => value !== undefined);
  return loadServeSettings(flags.config, Object.fromEntries(given));
}

function threadSettings({ worldThreads, threadedEnvironments }: ServeSettings): WorldThreadSettings | undefined {
  if (worldThreads === undefined) return undefined;
  const module = moduleBeside("../../envs/worlds", import.meta.url);
  const which = threadedEnvironments === undefined ? {} : { environments: threadedEnvironments };
  return { count: worldThreads, module, ...which };
}

function serverOptions(settings: ServeSettings): ServerOptions {
  const { host, port, limits, tls, auth, metricsPort, logDir, logName, durability, logLevel } = settings;
  const { logCompaction: compaction } = settings;
  const log =
    logDir === undefined
      ? undefined
      : { dir: logDir, durability, compaction, ...(logName === undefined ? {} : { name: logName }) };
  const worldThreads = threadSettings(settings);
  return {
    worlds: findWorlds(settings.environments),
    host,
    port,
    limits,
    logger: createLogger(logLevel),
    ...(tls === undefined ? {} : { tls }),
    ...(auth === undefined ? {} : { auth }),
    ...(metricsPort === undefined ? {} : { metricsPort }),
    ...(log === undefined ? {} : { log }),
    ...(worldThreads === undefined ? {} : { worldThreads }),
  };
}

/** Serves until a signal asks for the end and everything has drained. */
async function serve(flags: ServeFlags): Promise<void> {
  const settings = settingsOf(flags);
  if (settings.workers > 1) {
    await serveWorkers(settings, flags, stopRequest(flags.exitWithParent === true), writeAnnouncement);
    return;
  }
  const { forwardPort } = flags;
  const forward = forwardPort === undefined ? {} : { forward: { port: forwardPort, key: await lineOfStdin() } };
  const options = { ...serverOptions(settings), ...forward };
  const server = await createServer(options);
  const stopAsked = stopRequest(flags.exitWithParent === true);
  const { address, forwardAddress } = server;
  const announced = forwardAddress === undefined ? { address } : { address, forwardAddress };
  if (flags.announce !== undefined) writeAnnouncement(flags.announce, announced);
  process.stderr.write(`${startUpLine(settings, options, server)}\n`);
  if ((await stopAsked) === "drain") await server.drain();
  else await server.close();
}

/** The first line that the parent writes: the key that a front and its workers share. */
async function lineOfStdin(): Promise<string> {
  const { stdin } = process;
  return new Promise((resolve, reject) => {
    let text = "";
    const read = (chunk: Buffer): void => {
      text += chunk.toString("latin1");
      const end = text.indexOf("\n");
      if (end === -1) return;
      stdin.off("data", read);
      stdin.off("end", ended);
      stdin.pause();
      resolve(text.slice(0, end));
    };
    const ended = (): void =>
      reject(fail("CONFIG_INVALID", "--forward-port needs the key of its front on standard input"));
    stdin.on("data", read);
    stdin.once("end", ended);
  });
}

/** One line that says what is served, where, for whom and what survives. */
function startUpLine(
  { tls, auth, logDir, durability, worldThreads, threadedEnvironments }: ServeSettings,
  { worlds }: ServerOptions,
  { address, metricsAddress }: { readonly address: string; readonly metricsAddress: string | undefined },
): string {
  const names = worlds.map(({ description }) => `${description.name} ${description.version}`).join(", ");
  const security = tls === undefined ? "plain text" : tls.clientCa === undefined ? "TLS" : "mTLS";
  const callers = auth === undefined ? "anybody" : `${auth.principals.length} principals`;
  const survival = logDir === undefined ? "sessions in memory" : `sessions logged in ${logDir} (${durability})`;
  const metrics = metricsAddress === undefined ? "" : `; metrics on http://${metricsAddress}/metrics`;
  const threaded = threadedEnvironments === undefined ? "worlds" : threadedEnvironments.join(", ");
  const threads = worldThreads === undefined ? "" : `, ${threaded} on ${worldThreads} threads`;
  const facts = `${security}, for ${callers}, ${survival}${threads}${metrics}`;
  return `anchorgym: serving ${names} on ${address} (pid ${process.pid}); ${facts}`;
}

/** Resolves when the process is asked to end: gracefully by a signal, at once by the death of its parent. */
async function stopRequest(withParent: boolean): Promise<"drain" | "cut"> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve("drain"));
    if (!withParent) {
      process.once("SIGINT", () => resolve("drain"));
      return;
    }
    // Ctrl-C reaches the whole terminal's group; the parent decides when its servers end, after its work is saved.
    process.on("SIGINT", () => undefined);
    // The parent holds the other end of standard input and never writes; the end of the stream is the parent's end.
    process.stdin.once("end", () => resolve("cut"));
    process.stdin.once("error", () => resolve("cut"));
    process.stdin.resume();
  });
}

const EXAMPLE = `
Examples:
  anchorgym serve --env household --port 50051
  anchorgym serve --config serve.yaml
  anchorgym serve --env household sokoban --world-threads 2 --threaded-env sokoban
  anchorgym serve --env household --port 0 --announce server.json    # writes {"address","pid"} once it serves`;

/** The command, to be added to a program; its action resolves when the server has drained. */
export function serveCommand(): Command {
  return new Command("serve")
    .description("serve environments over gRPC; SIGTERM drains")
    .option("--config <file>", "YAML file with all settings; flags go over it")
    .option("--env <name...>", "environment to serve; may be given several times")
    .option("--host <address>", "address to listen on (default 127.0.0.1); off loopback, set tls in --config")
    .option("--port <number>", "port to listen on (default 50051); 0: any free port", integerIn(0, 65_535))
    .option("--advertise-host <name>", "with --workers: the name that clients reach this machine by (default --host)")
    .option("--workers <number>", "server processes behind one front (default 1)", integerIn(1, 256))
    .option(
      "--world-threads <number>",
      "threads that worlds run on, for steps of more than a few milliseconds (default: none, the event loop)",
      integerIn(1, 256),
    )
    .option("--threaded-env <name...>", "worlds that run on --world-threads (default: all)")
    .option("--metrics-port <number>", "port of GET /metrics for Prometheus; 0: any free one", integerIn(0, 65_535))
    .option("--log-dir <folder>", "write every step there, so that sessions survive this process")
    .option("--log-name <name>", "file of this process in --log-dir (default worker-0)")
    .addOption(
      new Option("--durability <mode>", "LOG survives the process, SYNC the machine (default LOG)").choices([
        "LOG",
        "SYNC",
      ]),
    )
    .option("--announce <file>", 'write {"address","pid"} to this file once the server serves')
    .option(
      "--max-sessions <number>",
      `sessions alive at once (default ${DEFAULT_LIMITS.maxSessions})`,
      integerIn(1, 1_000_000),
    )
    .addOption(new Option("--log-level <level>", "least severe log line (default warn)").choices(LOG_LEVELS))
    .addOption(
      new Option("--forward-port <number>", "port for the front of this worker")
        .argParser(integerIn(0, 65_535))
        .hideHelp(),
    )
    .addOption(new Option("--exit-with-parent", "exit when standard input ends").hideHelp())
    .addHelpText("after", EXAMPLE)
    .action(serve);
}
