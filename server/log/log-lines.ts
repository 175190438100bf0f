// The lines of the action log: JSON, one effect each, in order of effect. Reading is strict: a line that is not what this
// version writes stops the start of the server with its number, except a last line without its end, which a crash tore
// and which therefore was never answered.

import { closeSync, openSync, readSync } from "node:fs";
import { canonicalJson } from "../../envs/core/canonical-json.ts";
import type { Json } from "../../envs/core/types.ts";
import { fail } from "../../proto/errors.ts";
import type { JournaledRequest } from "../sessions/journal.ts";
import type { Session } from "../sessions/session.ts";
import { type HistoryNode, nodesUpTo } from "../sessions/session-history.ts";

export const LOG_FORMAT = "anchorgym-log-v1";

interface NodeLine {
  readonly q: number;
  readonly h: string;
  /** Absent at the start. */
  readonly a?: Json;
  readonly r?: number;
}

/** A session, with all its steps so far, or with those of its parent. */
export interface SessionLine {
  readonly t: "session";
  readonly id: string;
  readonly group: string;
  readonly lease: string;
  readonly principal: string;
  readonly replica: number;
  readonly environment: string;
  readonly version: string;
  readonly build: string;
  readonly task: string;
  /** The task by value, as it was sent. */
  readonly inline?: string;
  readonly taskDigest: string;
  readonly options: string;
  readonly request: string;
  readonly seed: number;
  readonly epoch: number;
  readonly failed?: boolean;
  readonly parent?: { readonly sessionId: string; readonly seq: number };
  /** From the start; absent where the parent's up to `parent.seq` are meant, the last of which `last` replaces. */
  readonly nodes?: readonly NodeLine[];
  readonly last?: NodeLine;
}

export type LogLine =
  | { readonly t: "format"; readonly format: string }
  | SessionLine
  | ({ readonly t: "step"; readonly s: string } & NodeLine)
  | { readonly t: "resume"; readonly s: string; readonly e: number; readonly l: string }
  | { readonly t: "fail"; readonly s: string }
  | { readonly t: "close"; readonly s: string }
  | ({ readonly t: "request" } & JournaledRequest);

export const lineOf = (line: LogLine): string => `${JSON.stringify(line)}\n`;

/** As `lineOf`, without parsing the actions, which are JSON already. */
export function stepLine(sessionId: string, { seq, fullHash, actionsJson }: HistoryNode): string {
  return `{"t":"step","s":${JSON.stringify(sessionId)},"q":${seq},"h":"${fullHash}","a":${actionsJson}}\n`;
}

function nodeLine({ seq, fullHash, actionsJson, reseed }: HistoryNode): NodeLine {
  return {
    q: seq,
    h: fullHash,
    ...(actionsJson === "" ? {} : { a: JSON.parse(actionsJson) as Json }),
    ...(reseed === undefined ? {} : { r: reseed }),
  };
}

/** The inverse of what a node line says. */
export function readNode(line: NodeLine, before: HistoryNode | undefined): HistoryNode {
  return {
    before,
    seq: line.q,
    actionsJson: line.a === undefined ? "" : canonicalJson(line.a),
    fullHash: line.h,
    reseed: line.r,
  };
}

/** @param whole true: with all its steps, whatever its parent's were */
export function sessionLine(session: Session, whole: boolean): SessionLine {
  const { start, parent, history } = session;
  const { world, task } = start;
  const steps: Pick<SessionLine, "nodes" | "last"> =
    parent !== undefined && !whole ? { last: nodeLine(history) } : { nodes: nodesUpTo(history).map(nodeLine) };
  return {
    t: "session",
    id: session.sessionId,
    group: session.groupId,
    lease: session.leaseId,
    principal: session.principal,
    replica: session.replicaIndex,
    environment: world.description.name,
    version: world.description.version,
    build: start.buildDigest,
    task: task.taskId,
    ...(start.inlineTaskJson === "" ? {} : { inline: start.inlineTaskJson }),
    taskDigest: task.contentDigest,
    options: start.optionsJson,
    request: start.requestId,
    seed: start.seed,
    epoch: session.epoch,
    ...(session.hasFailed ? { failed: true } : {}),
    ...(parent === undefined ? {} : { parent }),
    ...steps,
  };
}

const CHUNK_BYTES = 1 << 20;
const KINDS: readonly unknown[] = ["format", "session", "step", "resume", "fail", "close", "request"];

function parseLine(text: string, path: string, number: number): LogLine {
  try {
    const line = JSON.parse(text) as LogLine;
    if (KINDS.includes(line.t)) return line;
    throw new Error(`no line is called ${JSON.stringify(line.t)}`);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw fail(
      "CONFIG_INVALID",
      `${path}:${number} is not a line of ${LOG_FORMAT}: ${why}; restore it or move it away`,
      {
        cause,
      },
    );
  }
}

/**
 * All whole lines of the file, in order; `onTorn` is told the size of a last line without its end.
 * @throws {ConfigError} CONFIG_INVALID naming the line that is damaged
 */
export function* readLines(path: string, onTorn: (sizeBytes: number) => void): Generator<LogLine, void> {
  const file = openSync(path, "r");
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let rest: Buffer[] = [];
    let number = 0;
    for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) {
      let from = 0;
      for (let end = chunk.indexOf(10, from); end !== -1 && end < size; end = chunk.indexOf(10, from)) {
        rest.push(chunk.subarray(from, end));
        yield parseLine(Buffer.concat(rest).toString("utf8"), path, ++number);
        rest = [];
        from = end + 1;
      }
      rest.push(Buffer.from(chunk.subarray(from, size)));
    }
    const tornBytes = rest.reduce((sum, part) => sum + part.length, 0);
    if (tornBytes > 0) onTorn(tornBytes);
  } finally {
    closeSync(file);
  }
}
