// GetTrajectory reads what a session has done, ReplayTrajectory executes what somebody else says that it did. Both
// execute episodes in scratch instances and touch no session.

import type { StateHash } from "../../envs/core/types.ts";
import { AnchorgymError, fail } from "../../proto/errors.ts";
import type { DivergenceInit } from "../../proto/gen/anchorgym/v1/Divergence.ts";
import type { GetTrajectoryRequest } from "../../proto/gen/anchorgym/v1/GetTrajectoryRequest.ts";
import type { GetTrajectoryResponseInit } from "../../proto/gen/anchorgym/v1/GetTrajectoryResponse.ts";
import type { LogEntryInit } from "../../proto/gen/anchorgym/v1/LogEntry.ts";
import type { Outcome } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import type { ReplayTrajectoryRequest } from "../../proto/gen/anchorgym/v1/ReplayTrajectoryRequest.ts";
import type { ReplayTrajectoryResponseInit } from "../../proto/gen/anchorgym/v1/ReplayTrajectoryResponse.ts";
import { invalidField } from "../codec/field-checks.ts";
import { boundAnswerBytes, decodeDetail } from "../codec/step-codec.ts";
import { decodeActionLog, encodeLogEntry, encodeLogHeader } from "../codec/trajectory-codec.ts";
import { actionsFit, type Executed, executeStep, reseed } from "../sessions/execute-step.ts";
import { replayEpisode, resetEpisode, withFullLists } from "../sessions/replay.ts";
import { nodeAt } from "../sessions/session-history.ts";
import type { StepRecord } from "../sessions/step-record.ts";
import { findTask } from "../worlds/find-task.ts";
import type { ServiceContext } from "./service-context.ts";

/** Executing time between two visits of the event loop, in milliseconds. */
const SLICE_MS = 5;
/** Actions, seq and reseed of one entry. */
const ENTRY_BYTES = 128;

/** Yields to I/O when the current slice is over. */
export class Slices {
  readonly #nowMs: () => number;
  #endMs: number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#endMs = nowMs() + SLICE_MS;
  }

  async pause(): Promise<void> {
    if (this.#nowMs() < this.#endMs) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#endMs = this.#nowMs() + SLICE_MS;
  }
}

/** @throws {SessionError} SESSION_NOT_FOUND, SESSION_CLOSED, SEQ_GAP beyond the last step; and as `replayEpisode` */
export async function getTrajectory(
  context: ServiceContext,
  request: GetTrajectoryRequest,
): Promise<GetTrajectoryResponseInit> {
  const { limits, nowMs, table } = context;
  const { sessionId, fromSeq, maxSteps } = request;
  const detail = decodeDetail(request.detail);
  const session = table.findOpen(sessionId);
  const ids = { session: sessionId, seq: String(fromSeq) };
  if (session === undefined) {
    if (table.find(sessionId) === undefined) throw fail("SESSION_NOT_FOUND", "no session of this id is here", { ids });
    throw fail("SESSION_CLOSED", "the session is closed and its log is gone", { ids });
  }
  const last = session.history;
  if (fromSeq > last.seq) throw fail("SEQ_GAP", `step ${fromSeq} was not taken`, { ids });
  const wanted = maxSteps === 0 ? last.seq : Math.min(last.seq, fromSeq + maxSteps - 1);
  const until = nodeAt(last, wanted) ?? last;
  const entries: LogEntryInit[] = [];
  const slices = new Slices(nowMs);
  let sizeBytes = 2_048 + Buffer.byteLength(session.start.inlineTaskJson);
  for (const { node, executed } of replayEpisode(session.start, until)) {
    await slices.pause();
    if (node.seq < fromSeq) continue;
    const record = entries.length === 0 ? withFullLists(executed.record) : executed.record;
    sizeBytes += boundAnswerBytes({ record, replayed: false }, detail) + 2 * node.actionsJson.length + ENTRY_BYTES;
    if (entries.length > 0 && sizeBytes > limits.maxMessageBytes) break;
    entries.push(encodeLogEntry(node, record, detail));
  }
  const more = fromSeq + entries.length <= last.seq;
  return { log: { header: encodeLogHeader(session), entries }, more };
}

function difference(seq: number, logged: Outcome, record: StepRecord): DivergenceInit | undefined {
  const compare = (field: string, expected: string, actual: string): DivergenceInit | undefined =>
    expected === actual ? undefined : { seq, field, expected, actual };
  const hash = (field: string, bytes: Buffer, actual: StateHash): DivergenceInit | undefined =>
    bytes.length === 0 ? undefined : compare(field, bytes.toString("hex"), actual);
  const reason = logged.endReason === "END_REASON_UNSPECIFIED" ? "" : logged.endReason.replace("END_REASON_", "");
  const found =
    hash("full_state_hash", logged.fullStateHash, record.fullHash) ??
    hash("semantic_state_hash", logged.semanticStateHash, record.semanticHash) ??
    compare("end_reason", reason, record.endReason ?? "");
  if (found !== undefined) return found;
  for (const agent of logged.agents) {
    const own = record.agents.find(({ agentId }) => agentId === agent.agentId);
    const reward = compare("reward", String(agent.reward), String(own?.transition?.reward ?? 0));
    if (reward !== undefined) return reward;
    const seen = hash("observation_hash", agent.observationHash, own?.observationHash ?? ("none" as StateHash));
    if (seen !== undefined) return seen;
  }
  for (const { name, value } of logged.teamRewards) {
    const own = record.teamRewards.find((entry) => entry.name === name)?.value ?? 0;
    const reward = compare("reward", String(value), String(own));
    if (reward !== undefined) return reward;
  }
  return undefined;
}

/**
 * @throws {RequestError} MESSAGE_INVALID, ENVIRONMENT_NOT_FOUND, as `findTask`, CATALOGUE_CHANGED when the task is
 * another problem now; {EnvError} ENV_FAULT when the world breaks
 */
export async function replayTrajectory(
  context: ServiceContext,
  request: ReplayTrajectoryRequest,
): Promise<ReplayTrajectoryResponseInit> {
  const log = decodeActionLog(request.log);
  const hosted = context.worlds.find(log.environment, "");
  const { world, buildDigest } = hosted;
  const task = findTask(world, log.task, "log.header.inline_task_json");
  if (log.taskDigest !== "" && log.taskDigest !== task.contentDigest) {
    throw fail("CATALOGUE_CHANGED", "the task of this name is another problem than the logged one", {
      ids: { task: task.taskId, expected: log.taskDigest, actual: task.contentDigest },
    });
  }
  const { seed, optionsJson } = log;
  const inlineTaskJson = "inlineTaskJson" in log.task ? log.task.inlineTaskJson : "";
  let options: unknown;
  try {
    options = world.parseOptions(optionsJson);
  } catch (cause) {
    throw invalidField("log.header.options_json", cause instanceof Error ? cause.message : String(cause));
  }
  const buildMatches = log.buildDigest === "" || log.buildDigest === buildDigest;
  const start = { world, task, seed, options, optionsJson, inlineTaskJson, buildDigest, requestId: "" };
  const slices = new Slices(context.nowMs);
  let current: Executed | undefined;
  let replayedSteps = 0;
  for (const { seq, actions, reseed: newSeed, outcome } of log.entries) {
    await slices.pause();
    try {
      if (current === undefined) {
        current = resetEpisode(start);
      } else {
        const { actingAgents } = current.record;
        if (!actionsFit(actingAgents, actions)) {
          const expected = JSON.stringify([...actions.keys()]);
          const found = { seq, field: "acting_agents", expected, actual: JSON.stringify(actingAgents) };
          return { replayedSteps, buildMatches, firstDivergence: found };
        }
        current = executeStep(world, task, current.state, seq, actions, undefined);
      }
      if (newSeed !== undefined) current = reseed(world, task, current, newSeed);
    } catch (thrown) {
      const cause = AnchorgymError.from(thrown, "ENV_FAULT");
      throw fail("ENV_FAULT", `${log.environment} failed in a replay: ${cause.sentence}`, {
        ids: { seq: String(seq) },
        cause: thrown,
      });
    }
    if (seq > 0) replayedSteps++;
    const firstDivergence = outcome === undefined ? undefined : difference(seq, outcome, current.record);
    if (firstDivergence !== undefined) return { replayedSteps, buildMatches, firstDivergence };
  }
  return { replayedSteps, buildMatches };
}
