// From log lines back to sessions: each comes back SUSPENDED, with its history and epoch, and is executed and verified
// when somebody resumes it. What cannot come back (its world, version or task is not served any more) is named.

import type { Task } from "../../envs/core/types.ts";
import { AnchorgymError } from "../../proto/errors.ts";
import type { ServiceContext } from "../services/service-context.ts";
import { Session } from "../sessions/session.ts";
import { findTask, taskRef } from "../worlds/find-task.ts";
import type { LoggedSession } from "./load-log.ts";

export interface Restored {
  readonly sessions: readonly Session[];
  /** Ids and why, of sessions that this server cannot execute. */
  readonly lost: readonly { readonly sessionId: string; readonly why: string }[];
}

function restoreOne(context: ServiceContext, { line, ...logged }: LoggedSession): Session | string {
  const { counters, journal, limits, nowMs, principal, worlds } = context;
  const hosted = worlds.all().find(({ world }) => world.description.name === line.environment);
  if (hosted === undefined) return `environment ${line.environment} is not served`;
  const { world, buildDigest, runner } = hosted;
  if (world.description.version !== line.version) return `version ${line.version} of ${line.environment} is not served`;
  const { inline: inlineTaskJson = "" } = line;
  let task: Task;
  try {
    task = findTask(world, taskRef(line.task, inlineTaskJson), "inline");
  } catch (thrown) {
    return `task ${line.task} is not served: ${AnchorgymError.from(thrown).sentence}`;
  }
  if (task.contentDigest !== line.taskDigest) return `task ${line.task} is another problem now`;
  if (buildDigest !== line.build) return `${line.environment} is another build now`;
  const { seed, options: optionsJson, request: requestId } = line;
  return new Session({
    sessionId: line.id,
    groupId: line.group,
    leaseId: logged.leaseId,
    principal,
    replicaIndex: line.replica,
    start: {
      world,
      runner,
      task,
      seed,
      options: world.parseOptions(optionsJson),
      optionsJson,
      inlineTaskJson,
      buildDigest,
      requestId,
    },
    history: logged.history,
    live: undefined,
    failed: logged.failed,
    parent: line.parent,
    epoch: logged.epoch,
    outcomeWindow: limits.outcomeWindow,
    counters,
    journal,
    createdAtMs: nowMs(),
  });
}

/** Puts the principal's sessions of a log into its table. */
export function restoreSessions(context: ServiceContext, logged: readonly LoggedSession[]): Restored {
  const sessions: Session[] = [];
  const lost: { sessionId: string; why: string }[] = [];
  for (const each of logged) {
    if (each.line.principal !== context.principal) continue;
    const restored = restoreOne(context, each);
    if (typeof restored === "string") {
      lost.push({ sessionId: each.line.id, why: restored });
      continue;
    }
    context.table.addSessions(restored.groupId, [restored], context.nowMs());
    sessions.push(restored);
  }
  return { sessions, lost };
}
