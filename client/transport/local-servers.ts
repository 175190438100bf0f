// Environment servers of this machine, each a process of its own, for a run that brings its own worlds. The command
// line is the caller's: a client knows no server code. A process that dies can be replaced on its old port; none
// outlives the parent, because each watches its standard input, which ends with the parent.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fail } from "../../proto/errors.ts";
import { sleep } from "./channel-options.ts";
import { awaitServing, type HealthPlace } from "./health-wait.ts";

/** What a server says of itself once it listens. */
export interface Announcement {
  /** host:port. */
  readonly address: string;
  /** host:port for a front, of a server that was told to have one. */
  readonly forwardAddress?: string;
}

export interface LocalServersOptions {
  /** Program and arguments before the flags below: `nodeCommand("cli/main.ts")`, then "serve", "--env", ... */
  readonly command: readonly string[];
  readonly count: number;
  /** Flags of one server's own, by its position, and for a replacement by what the former one announced. */
  readonly flagsOf?: (position: number, former: Announcement | undefined) => readonly string[];
  /** A line that each server gets on its standard input: what neither a command line nor an environment may show. */
  readonly input?: string;
  /** Where a server is asked whether it serves; absent: at its address, in plain text. */
  readonly healthOf?: (announced: Announcement) => HealthPlace;
  /** From spawn to SERVING. */
  readonly startTimeoutMs?: number;
  /** From SIGTERM to SIGKILL. */
  readonly stopTimeoutMs?: number;
}

interface LocalServer {
  readonly position: number;
  readonly announced: Announcement;
  readonly child: ChildProcess;
}

/** Last words of a process that did not start, for the error. */
const KEPT_STDERR_CHARS = 2_000;

/**
 * A command line that runs a module of this package by the Node that runs now: through tsx from the sources, bare from
 * dist/. @param modulePath from the package root, with the extension .ts
 */
export function nodeCommand(modulePath: string): readonly string[] {
  const here = fileURLToPath(import.meta.url);
  const isSource = here.endsWith(".ts");
  const packageRoot = join(here, "..", "..", "..");
  const file = join(packageRoot, isSource ? modulePath : modulePath.replace(/\.ts$/, ".js"));
  return isSource ? [process.execPath, "--import", import.meta.resolve("tsx"), file] : [process.execPath, file];
}

export class LocalServers {
  readonly #options: LocalServersOptions;
  readonly #folder: string;
  #servers: LocalServer[] = [];
  #spawned = 0;
  /** A last resort when the parent exits without `stop`; standard input covers its sudden death. */
  readonly #killAll = (): void => {
    for (const { child } of this.#servers) child.kill("SIGKILL");
  };

  private constructor(options: LocalServersOptions) {
    this.#options = options;
    this.#folder = mkdtempSync(join(tmpdir(), "anchorgym-servers-"));
    process.once("exit", this.#killAll);
  }

  /**
   * Starts them all; resolves when each one serves.
   * @throws {TransportError} SERVER_UNREACHABLE with the last words of the process that did not start
   */
  static async start(options: LocalServersOptions): Promise<LocalServers> {
    const servers = new LocalServers(options);
    const started = await Promise.allSettled(
      Array.from({ length: options.count }, (_, position) => servers.#spawn(position)),
    );
    const failed = started.find((result) => result.status === "rejected");
    servers.#servers = started.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    if (failed !== undefined) {
      await servers.stop();
      throw failed.reason;
    }
    return servers;
  }

  /** host:port of each, in order of start. */
  get addresses(): readonly string[] {
    return this.#servers.map(({ announced }) => announced.address);
  }

  /** In order of `addresses`. */
  get announcements(): readonly Announcement[] {
    return this.#servers.map(({ announced }) => announced);
  }

  /** Process ids, in order of `addresses`. */
  get pids(): readonly number[] {
    return this.#servers.map(({ child }) => child.pid ?? 0);
  }

  /** False: the process has exited. @throws {ConfigError} for an address that is none of ours */
  isRunning(address: string): boolean {
    const { child } = this.#find(address);
    return child.exitCode === null && child.signalCode === null;
  }

  /** Kills what is left of the server at `address` and starts another on the same port. Without a log its sessions are gone. */
  async replace(address: string): Promise<void> {
    const former = this.#find(address);
    former.child.kill("SIGKILL");
    await exitOf(former.child);
    const next = await this.#spawn(former.position, former.announced);
    this.#servers = this.#servers.map((server) => (server === former ? next : server));
  }

  /** SIGTERM to all, SIGKILL to those that do not end in time. Resolves when none is left. */
  async stop(): Promise<void> {
    await Promise.all(
      this.#servers.map(async ({ child }) => {
        child.kill("SIGTERM");
        const timer = setTimeout(() => child.kill("SIGKILL"), this.#options.stopTimeoutMs ?? 5_000);
        await exitOf(child);
        clearTimeout(timer);
      }),
    );
    this.#servers = [];
    process.off("exit", this.#killAll);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #find(address: string): LocalServer {
    const server = this.#servers.find(({ announced }) => announced.address === address);
    if (server === undefined) throw fail("CONFIG_INVALID", `no local server is at ${address}`);
    return server;
  }

  async #spawn(position: number, former?: Announcement): Promise<LocalServer> {
    const announceFile = join(this.#folder, `server-${this.#spawned++}.json`);
    const [program, ...words] = this.#options.command;
    if (program === undefined) throw fail("CONFIG_INVALID", "the command line of local servers is empty");
    const own = this.#options.flagsOf?.(position, former) ?? [];
    const flags = [...own, "--port", portOf(former?.address), "--announce", announceFile, "--exit-with-parent"];
    const child = spawn(program, [...words, ...flags], { stdio: ["pipe", "ignore", "pipe"] });
    // Neither the process nor its pipes keep this one alive.
    child.unref();
    let lastWords = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      lastWords = (lastWords + text).slice(-KEPT_STDERR_CHARS);
    });
    child.stdin?.on("error", () => undefined); // its end is seen as an exit
    if (this.#options.input !== undefined) child.stdin?.write(`${this.#options.input}\n`);
    try {
      const deadlineMs = Date.now() + (this.#options.startTimeoutMs ?? 30_000);
      const announced = await announcement(child, announceFile, deadlineMs);
      await awaitServing(this.#options.healthOf?.(announced) ?? { address: announced.address }, deadlineMs);
      return { position, announced, child };
    } catch (cause) {
      child.kill("SIGKILL");
      const sentence = `a local server did not start; its last words: ${lastWords.trim() || "none"}`;
      throw fail("SERVER_UNREACHABLE", sentence, { cause, retryable: false });
    }
  }
}

async function exitOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.ref();
  await new Promise<void>((resolve) => child.once("exit", () => resolve()));
}

/** For a flag: the port of an address, or any free one. */
export function portOf(address: string | undefined): string {
  return address === undefined ? "0" : address.slice(address.lastIndexOf(":") + 1);
}

async function announcement(child: ChildProcess, file: string, deadlineMs: number): Promise<Announcement> {
  let spawnError: Error | undefined;
  child.once("error", (error) => {
    spawnError = error;
  });
  while (!existsSync(file)) {
    if (spawnError !== undefined) throw spawnError;
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`it exited with ${child.exitCode ?? child.signalCode}`);
    }
    if (Date.now() > deadlineMs) throw new Error("it announced no address in time");
    await sleep(20);
  }
  const announced = JSON.parse(readFileSync(file, "utf8")) as Partial<Announcement> | null;
  if (typeof announced?.address === "string") return { ...announced, address: announced.address };
  throw new Error("its announcement holds no address");
}
