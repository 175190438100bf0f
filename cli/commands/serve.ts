// `anchorgym serve`: environment servers as a process. Listens, announces its address in a file for whoever started it,
// and drains on SIGTERM and SIGINT. Standard output stays empty; the start-up line and logs go to standard error.

import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { findWorld } from "../../envs/worlds.ts";
import { fail } from "../../proto/errors.ts";
import { DEFAULT_LIMITS, LOG_LEVELS, type LogLevel } from "../../server/config.ts";
import { createLogger } from "../../server/observability/logger.ts";
import { createServer } from "../../server/server.ts";

interface ServeFlags {
  readonly env: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly announce?: string;
  readonly maxSessions: number;
  readonly logLevel: LogLevel;
  readonly exitWithParent?: boolean;
}

function integerIn(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`It must be an integer in ${low} .. ${high}.`);
  };
}

/** Whole or not at all: whoever waits for the file never reads half of it. */
function writeAnnouncement(path: string, address: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = openSync(temporary, "w");
    writeSync(file, `${JSON.stringify({ address, pid: process.pid })}\n`);
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

/** Serves until a signal asks for the end and everything has drained. */
async function serve(flags: ServeFlags): Promise<void> {
  const logger = createLogger(flags.logLevel);
  const worlds = findWorlds(flags.env);
  const { host, port, maxSessions } = flags;
  const server = await createServer({ worlds, host, port, logger, limits: { maxSessions } });
  const stopAsked = stopRequest(flags.exitWithParent === true);
  if (flags.announce !== undefined) writeAnnouncement(flags.announce, server.address);
  const names = worlds.map(({ description }) => `${description.name} ${description.version}`).join(", ");
  process.stderr.write(`anchorgym: serving ${names} on ${server.address} (pid ${process.pid})\n`);
  if ((await stopAsked) === "drain") await server.drain();
  else await server.close();
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
  anchorgym serve --env household --port 0 --announce server.json    # writes {"address","pid"} once it serves`;

/** The command, to be added to a program; its action resolves when the server has drained. */
export function serveCommand(): Command {
  return new Command("serve")
    .description("serve environments over gRPC; SIGTERM drains")
    .requiredOption("--env <name...>", "environment to serve; may be given several times")
    .option(
      "--host <address>",
      "address to listen on; there is no transport security, so keep to loopback",
      "127.0.0.1",
    )
    .option("--port <number>", "port to listen on; 0: any free port", integerIn(0, 65_535), 50_051)
    .option("--announce <file>", 'write {"address","pid"} to this file once the server serves')
    .option("--max-sessions <number>", "sessions alive at once", integerIn(1, 1_000_000), DEFAULT_LIMITS.maxSessions)
    .addOption(new Option("--log-level <level>", "least severe log line to write").choices(LOG_LEVELS).default("warn"))
    .addOption(new Option("--exit-with-parent", "exit when standard input ends").hideHelp())
    .addHelpText("after", EXAMPLE)
    .action(serve);
}
