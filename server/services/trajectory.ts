// GetTrajectory reads what a session has done, ReplayTrajectory executes what somebody else says that it did. Both
// execute episodes in scratch instances and touch no session.

import { canonicalJson } from "../../envs/core/canonical-json.ts";
import type { StateHash } from "../../envs/core/types.ts";
import { fail } from "../../proto/errors.ts";
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
import { actionsFit, type Executed } from "../sessions/execute-step.ts";
import { replayEpisode, replayFault, withFullLists } from "../sessions/replay.ts";
import { type HistoryNode, nodeAt } from "../sessions/session-history.ts";
import { Slices } from "../sessions/slices.ts";
import type { StepRecord } from "../sessions/step-record.ts";
import { actionsBody, type SubmittedActions } from "../sessions/submitted-action.ts";
import type { EpisodeStart, Position } from "../sessions/world-runner.ts";
import { findTask } from "../worlds/find-task.ts";
import type { ServiceContext } from "./service-context.ts";

/** Actions, seq and reseed of one entry. */
const ENTRY_BYTES = 128;

/** @throws {SessionError} SESSION_NOT_FOUND, SESSION_CLOSED, SEQ_GAP beyond the last step; and as `replayEpisode` */
export async function getTrajectory(
  context: ServiceContext,
  request: GetTrajectoryRequest,
): Promise<GetTrajectoryResponseInit> {
  const { limits, table } = context;
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
  let sizeBytes = 2_048 + Buffer.byteLength(session.start.inlineTaskJson);
  const { state } = await replayEpisode(session.start, until, (node, executed) => {
    if (node.seq < fromSeq) return undefined;
    const record = entries.length === 0 ? withFullLists(executed) : executed;
    sizeBytes += boundAnswerBytes({ record, replayed: false }, detail) + 2 * node.actionsJson.length + ENTRY_BYTES;
    if (entries.length > 0 && sizeBytes > limits.maxMessageBytes) return "stop";
    entries.push(encodeLogEntry(node, record, detail));
    return undefined;
  });
  session.start.runner.drop(state);
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
  const { world, buildDigest, runner } = hosted;
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
  const start = { world, runner, task, seed, options, optionsJson, inlineTaskJson, buildDigest, requestId: "" };
  const slices = new Slices(context.nowMs);
  let current: Position | undefined;
  let replayedSteps = 0;
  try {
    for (const { seq, actions, reseed, outcome } of log.entries) {
      await slices.pause();
      if (current !== undefined && !actionsFit(current.executed.record.actingAgents, actions)) {
        const expected = JSON.stringify([...actions.keys()]);
        const actual = JSON.stringify(current.executed.record.actingAgents);
        return { replayedSteps, buildMatches, firstDivergence: { seq, field: "acting_agents", expected, actual } };
      }
      const before = current;
      try {
        current = await follow(start, before, actions, reseed);
      } catch (thrown) {
        throw replayFault(thrown, log.environment, seq);
      }
      if (before !== undefined) runner.drop(before.executed.state);
      if (seq > 0) replayedSteps++;
      const firstDivergence = outcome === undefined ? undefined : difference(seq, outcome, current.executed.record);
      if (firstDivergence !== undefined) return { replayedSteps, buildMatches, firstDivergence };
    }
    return { replayedSteps, buildMatches };
  } finally {
    if (current !== undefined) runner.drop(current.executed.state);
  }
}

/** One entry of a log executed after another, without looking at what the log says of it. */
async function follow(
  start: EpisodeStart,
  before: Position | undefined,
  actions: SubmittedActions,
  reseed: number | undefined,
): Promise<Position> {
  const { runner } = start;
  const work = { actions, wholeLists: true, isReplay: true };
  const executed = await (before === undefined ? runner.reset(start) : runner.step(before, work));
  const node = nodeOf(before, before === undefined ? "" : canonicalJson(actionsBody(actions)), executed, undefined);
  const stepped: Position = { start, history: node, executed };
  if (reseed === undefined) return stepped;
  const reseeded = await runner.reseed(stepped, reseed);
  runner.drop(executed.state);
  return { start, history: nodeOf(before, node.actionsJson, reseeded, reseed), executed: reseeded };
}

function nodeOf(
  before: Position | undefined,
  actionsJson: string,
  { record }: Executed,
  reseed: number | undefined,
): HistoryNode {
  const { seq, fullHash } = record;
  return { before: before?.history, seq, actionsJson, fullHash, reseed };
}
